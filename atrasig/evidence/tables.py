"""Hypotheses as a tidy table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from atrasig.evidence.hypotheses import Hypothesis, SampleHypotheses
from atrasig.evidence.standing import MarkerStanding

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "sample", "disease", "rank", "status", "combination", "partner", "context", "place", "grade",
    "settings", "n_patients", "outcome", "gene", "side", "basis", "value", "percentile",
    "n_beyond", "n_reference", "p", "false_rate", "reference", "reference_kind", "reason",
    "efficacy", "mechanism", "citation", "against", "words",
)  # fmt: skip
_NUMBERS = ("value", "percentile", "p", "false_rate")
_COUNTS = ("rank", "n_patients", "n_beyond", "n_reference")


def hypotheses_table(found: Iterable[SampleHypotheses]) -> pd.DataFrame:
    """Lay the hypotheses of samples out as one table.

    Parameters
    ----------
    found
        Results of `combination_hypotheses`.

    Returns
    -------
    pandas.DataFrame
        One row a sample, combination and marker gene, and one of a combination without marker; no
        row for a sample that nothing fits. Columns: ``sample``; ``disease`` (vocabulary id);
        ``rank`` (of the combination within the sample, 1 first); ``status`` (supported, not
        extreme, not judged, context); ``combination`` (id); ``partner``; ``context`` (disease of
        the report); ``place`` (where the review tells it); ``grade``; ``settings`` (``;``-joined);
        ``n_patients`` (missing where not read); ``outcome`` of the study; ``gene``; ``side``
        (high or low) and ``basis`` (stated or inferred) of the marker; ``value`` (normalised rank,
        0 to 1); ``percentile`` (of the reference, 0 to 100); ``n_beyond``, ``n_reference``
        (reference samples at or beyond it, and all); ``p`` of the marker; ``false_rate`` of the
        combination; ``reference``, ``reference_kind`` (frozen, declared, cohort); ``reason`` why a
        marker is not judged; ``efficacy``, ``mechanism``, ``citation``; ``against`` (sentences,
        ``|``-joined); ``words``. Text is empty and numbers are missing where nothing applies.
    """
    import pandas as pd

    rows = [row for result in found for row in _rows(result)]
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    types: dict[str, Any] = dict.fromkeys(_NUMBERS, "float64") | dict.fromkeys(_COUNTS, "Int64")
    return table.astype(types)


def _rows(result: SampleHypotheses) -> Iterator[dict[str, Any]]:
    for rank, entry in enumerate(result.entries, start=1):
        shared = {"sample": result.sample, "disease": result.disease, "rank": rank}
        told = shared | _told(entry)
        for marker in entry.markers or (None,):
            yield told | _standing(marker)


def _told(entry: Hypothesis) -> dict[str, Any]:
    record = entry.combination
    return {
        "status": entry.status,
        "combination": record.id,
        "partner": record.partner,
        "context": record.disease,
        "place": record.place,
        "grade": record.grade,
        "settings": ";".join(record.settings),
        "n_patients": record.n,
        "outcome": record.outcome,
        "false_rate": entry.false_rate,
        "efficacy": record.efficacy,
        "mechanism": record.mechanism,
        "citation": entry.citation,
        "against": " | ".join(entry.against),
        "words": entry.words,
    }


def _standing(marker: MarkerStanding | None) -> dict[str, Any]:
    if marker is None:
        return dict.fromkeys(("gene", "side", "basis", "reference", "reference_kind", "reason"), "")
    judged = marker.is_judged
    return {
        "gene": marker.gene,
        "side": marker.side,
        "basis": marker.basis,
        "value": marker.value,
        "percentile": marker.percentile,
        "n_beyond": marker.n_beyond if judged else None,
        "n_reference": marker.n if judged else None,
        "p": marker.p,
        "reference": marker.reference,
        "reference_kind": marker.kind,
        "reason": marker.reason,
    }
