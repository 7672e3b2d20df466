"""Combination hypotheses of one sample, as its record holds and its page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from atrasig.report.part import Count, Number, Part, Text
from atrasig.report.tables import Row
from atrasig.vocabulary import load_vocabulary

Status = Literal["supported", "not extreme", "not judged", "context"]

ROW_COLUMNS = (
    "rank", "status", "combination", "partner", "context", "place", "grade", "settings",
    "n_patients", "outcome", "gene", "side", "basis", "value", "percentile", "n_beyond",
    "n_reference", "p", "false_rate", "reference", "reference_kind", "reason", "efficacy",
    "mechanism", "citation", "against", "words",
)  # fmt: skip
SUMMARY_COLUMNS = (
    "disease", "share", "n_fitting", "n_supported", "n_tested", "expected_false", "summary",
)  # fmt: skip


class HypothesisMarker(Part):
    """Where a marker gene stands: ``value`` is its rank in the sample, 0 lowest to 1 highest.

    ``percentile`` (0 to 100) is among the ``n_reference`` samples of ``reference``, of which
    ``n_beyond`` stand at or beyond it on the ``side`` of interest. ``reason`` says why it is not
    judged.
    """

    gene: str
    side: Text
    basis: Text
    value: Number
    percentile: Number
    n_beyond: Count
    n_reference: Count
    p: Number
    reference: Text
    reference_kind: Text
    reason: Text


class Combination(Part):
    """What was reported of ATRA with a partner, held against this sample; never an advice.

    ``false_rate`` is the probability, at most, with which it is supported by chance.
    """

    combination: str
    status: Status
    partner: Text
    context: Text
    place: Text
    grade: Text
    settings: tuple[str, ...]
    n_patients: Count
    outcome: Text
    efficacy: Text
    mechanism: Text
    citation: Text
    against: tuple[str, ...]
    false_rate: Number
    markers: tuple[HypothesisMarker, ...]
    words: Text


class Hypotheses(Part):
    """Combinations whose disease context fits the sample, the supported ones first.

    ``expected_false`` is the number of hypotheses expected by chance, at most, of the ``n_tested``
    combinations that could be tested.
    """

    summary: Text = ""
    disease: Text = ""
    share: Number = None
    n_fitting: int = 0
    n_supported: int = 0
    n_tested: int = 0
    expected_false: Number = None
    entries: tuple[Combination, ...] = ()


def hypotheses_part(rows: Sequence[Row], summaries: Sequence[Row]) -> Hypotheses:
    """Build the part of one sample.

    Parameters
    ----------
    rows
        Its rows of the table of hypotheses, one a combination and marker gene.
    summaries
        Its row of the table of summaries; none where nothing was looked up.

    Returns
    -------
    Hypotheses
        Empty where there is no summary.
    """
    if not summaries:
        return Hypotheses()
    by_entry: dict[str, list[Row]] = {}
    known: list[Row] = [{n: None if v is pd.NA else v for n, v in row.items()} for row in rows]
    for row in sorted(known, key=lambda row: (row["rank"], row["gene"])):
        by_entry.setdefault(row["combination"], []).append(row)
    entries = tuple(_combination(own) for own in by_entry.values())
    return Hypotheses(**summaries[0], entries=entries)


def _combination(rows: Sequence[Row]) -> Combination:
    first = rows[0]
    told = {
        name: first[name]
        for name in Combination.model_fields
        if name not in ("context", "settings", "against", "markers")
    }
    return Combination(
        **told,
        context=_disease(first["context"]),
        settings=_parts(first["settings"], ";"),
        against=_parts(first["against"], " | "),
        markers=tuple(_marker(row) for row in rows if row["gene"]),
    )


def _marker(row: Row) -> HypothesisMarker:
    return HypothesisMarker(**{name: row[name] for name in HypothesisMarker.model_fields})


def _parts(text: Any, mark: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(mark) if part) if isinstance(text, str) else ()


def _disease(identifier: str) -> str:
    vocabulary = load_vocabulary()
    return vocabulary[identifier].name if identifier in vocabulary else identifier


def hypotheses_view(found: Hypotheses) -> dict[str, Any]:
    """Sort the combinations of a sample by what can be said of them, for its page."""

    def of(status: Status) -> list[Combination]:
        return [entry for entry in found.entries if entry.status == status]

    return {
        "hypotheses": found,
        "supported": of("supported"),
        "collapsed": [
            ("No marker gene stands at the extreme asked", of("not extreme")),
            ("No marker gene could be judged", of("not judged")),
            ("Context only: no marker gene is named, nothing of this sample speaks for them",
             of("context")),
        ],
    }  # fmt: skip
