"""Rows of one sample turned into the checked parts of its record."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from atrasig.errors import OutputError, UsageError
from atrasig.report.record import (
    Calls,
    DriverGene,
    Drivers,
    DriverSet,
    EnrichmentRow,
    Flag,
    FlagCounts,
    ResponseCall,
    Score,
    SensitivityCall,
)
from atrasig.report.tables import Row

TOP_DRIVERS = 20
SUM_TOLERANCE = 1e-6

_LEVELS = {"fail": 0, "warn": 1, "pass": 2}
_KINDS: dict[str, type[SensitivityCall | ResponseCall]] = {
    "sensitivity": SensitivityCall,
    "response": ResponseCall,
}


def call_parts(
    sample: str, rows: list[Row]
) -> tuple[Calls, tuple[SensitivityCall | ResponseCall, ...]]:
    """Parse the sample's rows of the calls table: the two primary calls, and all of them.

    Raises
    ------
    UsageError
        If a question has not exactly one primary row.
    """
    parsed = [
        _KINDS[row["question"]].model_validate(row)
        for row in sorted(rows, key=lambda row: (row["question"] != "sensitivity", row["model"]))
    ]
    primary: dict[str, Any] = {}
    for question in _KINDS:
        found = [call for call in parsed if call.primary and call.question == question]
        if len(found) != 1:
            raise UsageError(
                f"{len(found)} primary calls answer the question of {question}, not exactly one",
                where=f"sample {sample!r}",
                fix="Hand over the calls table as the predict stage wrote it.",
            )
        primary[question] = found[0]
    return Calls(**primary), tuple(parsed)


def flag_parts(rows: list[Row]) -> tuple[tuple[Flag, ...], FlagCounts]:
    """Parse the flags of a sample, failures first, and count them."""
    flags = sorted(
        (Flag.model_validate(row) for row in rows),
        key=lambda flag: (_LEVELS[flag.level], flag.flag),
    )
    count = Counter(flag.level for flag in flags)
    counts = FlagCounts(failed=count["fail"], warned=count["warn"], passed=count["pass"])
    return tuple(flags), counts


def score_parts(rows: list[Row]) -> tuple[Score, ...]:
    """Scores of a sample by signature and method."""
    parsed = (Score.model_validate(row) for row in rows)
    return tuple(sorted(parsed, key=lambda score: (score.signature, score.method)))


def driver_parts(sample: str, rows: list[Row], calls: list[Row]) -> tuple[Drivers, ...]:
    """Genes behind each model's score.

    Raises
    ------
    OutputError
        If the contributions of a model do not sum to its score.
    """
    by_model: dict[str, list[Row]] = {}
    for row in rows:
        by_model.setdefault(row["model"], []).append(row)
    scores = {row["model"]: row["score"] for row in calls}
    parts = []
    for model in sorted(by_model):
        part = _model_drivers(model, by_model[model])
        _check_sum(sample, part, scores.get(model))
        parts.append(part)
    return tuple(parts)


def _check_sum(sample: str, part: Drivers, score: float | None) -> None:
    if score is None or math.isnan(score) or not part.n_matched:
        return
    if abs(part.total - score) > SUM_TOLERANCE * max(1.0, abs(score)):
        raise OutputError(
            f"The contributions of {part.model} sum to {part.total:.10g}, not to {score:.10g}",
            where=f"sample {sample!r}",
            fix="Contributions of matched genes must sum to the model's score; mend the model.",
        )


def _model_drivers(model: str, rows: list[Row]) -> Drivers:
    genes = sorted(
        (
            DriverGene(
                gene=row["gene"], set=row["set"], rank=row["rank"], contribution=row["contribution"]
            )
            for row in rows
            if row["matched"]
        ),
        key=lambda gene: (-abs(gene.contribution), gene.gene, gene.set),
    )
    others = genes[TOP_DRIVERS:]
    sets: dict[str, tuple[list[float], list[str]]] = {}
    for row in rows:
        contributions, missing = sets.setdefault(row["set"] or "", ([], []))
        if row["matched"]:
            contributions.append(row["contribution"])
        else:
            missing.append(row["gene"])
    return Drivers(
        model=model,
        genes=tuple(genes),
        sets=tuple(_driver_set(name, *sets[name]) for name in sorted(sets)),
        total=_exact_sum(gene.contribution for gene in genes),
        n_matched=len(genes),
        n_missing=len(rows) - len(genes),
        n_others=len(others),
        others=_exact_sum(gene.contribution for gene in others),
    )


def _driver_set(name: str, contributions: list[float], missing: list[str]) -> DriverSet:
    return DriverSet(
        set=name,
        n_matched=len(contributions),
        contribution=_exact_sum(contributions),
        missing=tuple(sorted(missing)),
    )


def _exact_sum(values: Iterable[float]) -> float:
    # fsum does not depend on the order of the rows, so equal input gives equal bytes.
    return math.fsum(values)


def enrichment_rows(rows: list[Row], order: str) -> tuple[EnrichmentRow, ...]:
    """Enrichment rows by falling ``z``, or by rising ``q`` and falling size of NES."""
    parsed = [EnrichmentRow.model_validate(_with_edge(row)) for row in rows]

    def by_q(row: EnrichmentRow) -> tuple[Any, ...]:
        return (row.q is None, row.q or 0.0, -abs(row.nes or 0.0), row.signature, row.direction)

    def by_z(row: EnrichmentRow) -> tuple[Any, ...]:
        return (row.z is None, -(row.z or 0.0), row.signature, row.direction)

    return tuple(sorted(parsed, key=by_q if order == "q" else by_z))


def _with_edge(row: Row) -> Row:
    edge = row["leading_edge"]
    genes = tuple(edge.split(";")) if isinstance(edge, str) and edge else ()
    return {**row, "leading_edge": genes, "n_leading_edge": len(genes)}
