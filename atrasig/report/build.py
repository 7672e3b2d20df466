"""Result tables in, one record a sample out. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
from pydantic import ValidationError

from atrasig.errors import OutputError
from atrasig.files import safe_name
from atrasig.prediction.agreement import agreement_of
from atrasig.report.evidence import (
    build_provenance,
    evidence_cards,
    marker_values,
    methods_used,
)
from atrasig.report.hypotheses import ROW_COLUMNS, SUMMARY_COLUMNS, hypotheses_part
from atrasig.report.pairs import pairs_of, pairs_of_patient
from atrasig.report.parts import (
    call_parts,
    driver_parts,
    enrichment_rows,
    flag_parts,
    score_parts,
)
from atrasig.report.record import (
    Agreement,
    Contrast,
    Enrichment,
    EvidenceCard,
    MarkerValue,
    MethodUsed,
    Provenance,
    SampleRecord,
)
from atrasig.report.running import RunningSum, running_sums
from atrasig.report.standing import Cohort, cohort_scores, standing_of
from atrasig.report.tables import GroupedTable, Row

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.signatures import Marker, Signature

_CALLS = (
    "question", "model", "model_version", "model_hash", "call", "score", "low", "high",
    "interval_kind", "grade", "reference", "reason", "primary", "coverage", "n_genes", "n_matched",
)  # fmt: skip
_OPTIONAL = (
    "threshold_low", "threshold_high", "percentile", "probability", "control", "control_score",
    "control_low", "control_high", "specificity",
)  # fmt: skip
_FLAGS = ("flag", "level", "value", "threshold", "message", "consequence")
_SCORES = (
    "signature", "version", "method", "universe", "score", "z", "p", "q", "n_genes", "n_matched",
    "coverage", "reason",
)  # fmt: skip
_DRIVERS = ("model", "gene", "set", "rank", "contribution", "matched")
_ENRICHMENT = (
    "signature", "direction", "metric", "es", "nes", "z", "p", "q", "n_genes", "n_matched",
    "leading_edge", "reason",
)  # fmt: skip

BLOCK = 50
"""Samples whose genes are ranked at a time, so that memory does not grow with their number."""


def build_records(
    expr: AnnData,
    *,
    scores: pd.DataFrame,
    calls: pd.DataFrame,
    drivers: pd.DataFrame | None,
    enrichment: pd.DataFrame | None,
    contrasts: pd.DataFrame | None,
    flags: pd.DataFrame | None,
    signatures: Iterable[Signature],
    markers: Sequence[Marker],
    provenance: Mapping[str, Any],
    pairs: pd.DataFrame | None = None,
    hypotheses: pd.DataFrame | None = None,
    hypothesis_summaries: pd.DataFrame | None = None,
    samples: Sequence[str] | None = None,
) -> Iterator[SampleRecord]:
    """Build the records of some samples of one harmonised matrix.

    Parameters
    ----------
    expr
        Harmonised matrix (samples x genes, log2 scale).
    scores, drivers, flags
        Tables of the stages before, each with a column ``sample``.
    calls
        Calls of all samples of the matrix: they are the cohort that a sample's scores stand in.
    enrichment
        Enrichment rows of scope ``sample``.
    contrasts
        Enrichment rows of scope ``contrast``; every record carries all of them.
    signatures
        Signatures that were scored; each becomes an evidence card.
    markers
        Marker genes to show.
    provenance
        ``atrasig``, ``signature_set``, ``parameters`` and ``packages`` of the run.
    pairs
        Table of pairs; every record carries those of its patient.
    hypotheses, hypothesis_summaries
        Tables of combination hypotheses, one row a marker gene, and of their summaries.
    samples
        Names of the samples, in the order wanted; all of the matrix by default.

    Yields
    ------
    SampleRecord
        One record a sample.

    Raises
    ------
    UsageError
        If a table lacks a column, or a sample has not exactly one primary call a question.
    OutputError
        If contributions do not sum to the model's score, or a value does not fit the schema.
    """
    chosen = [str(name) for name in (expr.obs_names if samples is None else samples)]
    listed = list(signatures)
    tables = {
        "scores": GroupedTable(scores, "sample", _SCORES, name="scores"),
        "calls": GroupedTable(calls, "sample", _CALLS, optional=_OPTIONAL, name="calls"),
        "drivers": GroupedTable(drivers, "sample", _DRIVERS, name="drivers"),
        "enrichment": GroupedTable(enrichment, "sample", _ENRICHMENT, name="enrichment"),
        "flags": GroupedTable(flags, "sample", _FLAGS, name="flags"),
        "hypotheses": GroupedTable(hypotheses, "sample", ROW_COLUMNS, name="hypotheses"),
        "summaries": GroupedTable(
            hypothesis_summaries, "sample", SUMMARY_COLUMNS, name="hypothesis summaries"
        ),
    }
    shared = _Shared(
        signatures=evidence_cards(listed),
        methods=methods_used(scores["method"], expr),
        provenance=build_provenance(provenance, [expr], calls),
        contrasts=contrast_tables(contrasts),
        metadata=_metadata(expr),
        pairs=pairs_of(pairs),
        cohort=cohort_scores(calls),
    )
    universe = _universe(scores)
    for first in range(0, len(chosen), BLOCK):
        names = chosen[first : first + BLOCK]
        panels = marker_values(expr, markers, names)
        walks = running_sums(expr, listed, tables["enrichment"], names, universe)
        for sample in names:
            rows = {name: table.rows(sample) for name, table in tables.items()}
            yield _record(sample, rows, panels[sample], walks[sample], shared)


class _Shared(NamedTuple):
    """What is made once for all samples."""

    signatures: tuple[EvidenceCard, ...]
    methods: tuple[MethodUsed, ...]
    provenance: Provenance
    contrasts: tuple[Contrast, ...]
    metadata: dict[str, dict[str, str]]
    pairs: GroupedTable
    cohort: Cohort


def _record(
    sample: str,
    rows: dict[str, list[Row]],
    markers: tuple[MarkerValue, ...],
    running: tuple[RunningSum, ...],
    shared: _Shared,
) -> SampleRecord:
    metadata = shared.metadata[sample]
    try:
        calls, models = call_parts(sample, rows["calls"])
        flags, flag_counts = flag_parts(rows["flags"])
        return SampleRecord(
            id=sample,
            file=safe_name(sample),
            matrix=shared.provenance.inputs[0].matrix or metadata.get("matrix", ""),
            metadata=metadata,
            calls=calls,
            models=models,
            agreement=_agreement(rows["calls"]),
            standing=standing_of((calls.sensitivity, calls.response), shared.cohort),
            pairs=pairs_of_patient(shared.pairs, metadata.get("patient", "")),
            flags=flags,
            flag_counts=flag_counts,
            methods=shared.methods,
            scores=score_parts(rows["scores"]),
            markers=markers,
            drivers=driver_parts(sample, rows["drivers"], rows["calls"]),
            enrichment=Enrichment(
                sample=enrichment_rows(rows["enrichment"], "z"),
                running=running,
                contrasts=shared.contrasts,
            ),
            hypotheses=hypotheses_part(rows["hypotheses"], rows["summaries"]),
            signatures=shared.signatures,
            provenance=shared.provenance,
        )
    except ValidationError as error:
        raise OutputError(
            f"The results of a sample do not fit the record: {error}",
            where=f"sample {sample!r}",
            fix="A stage before the report wrote a value that its table does not allow.",
        ) from error


def _agreement(rows: list[Row]) -> Agreement:
    said = {
        question: agreement_of(row for row in rows if row["question"] == question).words
        for question in ("sensitivity", "response")
    }
    return Agreement(**said)


def contrast_tables(frame: pd.DataFrame | None) -> tuple[Contrast, ...]:
    """Contrast rows of an enrichment table, one part a contrast, strongest sets first.

    Parameters
    ----------
    frame
        Enrichment rows of scope ``contrast``; None for none.

    Returns
    -------
    tuple of Contrast
        In order of their names; rows by rising q, then falling size of NES.
    """
    table = GroupedTable(frame, "contrast", _ENRICHMENT, name="contrasts")
    return tuple(
        Contrast(contrast=name, rows=enrichment_rows(table.rows(name), "q")) for name in table
    )


def _universe(scores: pd.DataFrame) -> str:
    """Genes that were ranked for the scores, as long as that is one of the named choices."""
    named = set(scores["universe"].dropna()) & {"all", "coding"}
    return named.pop() if len(named) == 1 else "coding"


def _metadata(expr: AnnData) -> dict[str, dict[str, str]]:
    kept = [name for name in expr.obs.columns if not str(name).startswith("qc_")]
    columns = {str(name): expr.obs[name].astype(object).to_numpy() for name in kept}
    return {
        str(sample): {
            name: str(values[row])
            for name, values in columns.items()
            if not pd.isna(values[row]) and str(values[row])
        }
        for row, sample in enumerate(expr.obs_names)
    }
