"""What the cohort index shows, in which order, and what of it stands there without scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from atrasig.failures import Failure
from atrasig.report.index import IndexRow, page_of
from atrasig.report.index_data import index_data, json_block
from atrasig.report.index_overview import Brief, Overview
from atrasig.report.index_plots import distributions, group_values, scatter_view, unscored
from atrasig.report.index_scores import KEY_SIGNATURES, MAX_LEVEL, MIN_COMPARED, levels
from atrasig.report.record import Contrast
from atrasig.report.role_view import contrast_rows, role_panel
from atrasig.report.view import TONES, TOP_CONTRASTS, WORDS, contrast_view
from atrasig.signatures import load_roles

STATIC_ROWS = 200
"""Rows that stand in the page without scripts."""
PAGE_ROWS = 50
"""Rows that the script shows at once."""
FAILED_ROWS = 200
"""Samples without result that the page lists."""
_FILES = (
    ("calls.tsv", "all calls of all models"),
    ("scores.tsv", "scores of all signatures by all methods"),
    ("qc.tsv", "all checks"),
    ("failures.tsv", "samples without result, with reasons and what to do"),
    ("enrichment.tsv", "enrichment"),
    ("atrasig.xlsx", "the tables as a workbook"),
)


class Check(NamedTuple):
    """A check, and the number of samples in which it failed or warned."""

    name: str
    n_failed: int
    n_warned: int


class HeatColumn(NamedTuple):
    """A column of the heat map: its heading, what it is, and a level a row (see `levels`)."""

    title: str
    name: str
    levels: list[int | None]


class FailedRow(NamedTuple):
    """A sample without result: its page says what to do."""

    sample: str
    matrix: str
    page: str
    stage: str
    reason: str


def index_view(
    overview: Overview,
    contrasts: Sequence[Contrast],
    failed: Sequence[tuple[str, Failure]] = (),
) -> dict[str, Any]:
    """Template variables of the index.

    Parameters
    ----------
    overview
        The samples: rows of those that are listed, and what is counted of all.
    contrasts
        Enrichment of the contrasts of groups.
    failed
        Name of the matrix and failure of each sample without result.

    Returns
    -------
    dict
        Listed rows in order with their heat map; tallies, checks, distributions and scatters of
        all; contrasts; ``data`` is what the script shows.
    """
    rows, everyone = overview.rows, overview.briefs
    signatures = _signatures(everyone)
    heat = heat_columns(everyone, signatures, len(rows))
    return {
        "n_rows": overview.n_rows,
        "n_listed": len(rows),
        "n_without_page": overview.n_without_page,
        "rows": rows[:STATIC_ROWS],
        "tallies": [
            (question, [(word, TONES[word], count[word]) for word in WORDS[question]])
            for question, count in _tallies(everyone).items()
        ],
        "checks": check_counts(everyone),
        "n_failing": sum(brief.n_fail > 0 for brief in everyone),
        "n_warning": sum(brief.n_warn > 0 and not brief.n_fail for brief in everyone),
        "diseases": sorted({row.disease for row in rows}),
        "groups": group_values(rows),
        "signatures": signatures,
        "heat": heat,
        "heat_cells": _heat_cells(rows[:STATIC_ROWS], signatures, heat),
        "heat_steps": range(-MAX_LEVEL, MAX_LEVEL + 1),
        "min_compared": MIN_COMPARED,
        "score_methods": sorted({brief.score_method for brief in everyone if brief.score_method}),
        "distributions": distributions(everyone),
        "unscored": {question: unscored(everyone, question) for question in WORDS},
        "files": _FILES,
        "data": json_block(
            {
                **index_data(rows, signatures, [column.levels for column in heat]),
                "n_rows": overview.n_rows,
                "tones": TONES,
                "words": WORDS,
                "page_rows": PAGE_ROWS,
            }
        ),
        "role_panels": [
            (one.contrast, role_panel(contrast_rows(one, load_roles()), "NES", one.contrast))
            for one in contrasts[:TOP_CONTRASTS]
        ],
        "n_failed": len(failed),
        "failed": [
            FailedRow(one.sample, matrix, page_of(one.sample), one.stage, one.reason)
            for matrix, one in failed[:FAILED_ROWS]
        ],
        **scatter_view(everyone),
        **contrast_view(contrasts),
    }


def _tallies(rows: Sequence[Brief]) -> dict[str, Counter[str]]:
    return {question: Counter(getattr(row, question) for row in rows) for question in WORDS}


def check_counts(rows: Sequence[Brief]) -> list[Check]:
    """Count samples by check that failed or warned; those that failed in most samples first."""
    failed = Counter(name for row in rows for name in set(row.failed))
    warned = Counter(name for row in rows for name in set(row.warned))
    found = [Check(name, failed[name], warned[name]) for name in failed.keys() | warned.keys()]
    return sorted(found, key=lambda check: (-check.n_failed, -check.n_warned, check.name))


def _signatures(rows: Sequence[Brief]) -> list[str]:
    """Signatures of all rows, in the order in which the first row that has them gives them."""
    return list(dict.fromkeys(name for row in rows for name in row.scores))


def heat_columns(
    rows: Sequence[Brief], signatures: Sequence[str], n_listed: int
) -> list[HeatColumn]:
    """Columns of the heat map.

    Parameters
    ----------
    rows
        All samples in order.
    signatures
        Signatures in order of display.
    n_listed
        How many of the samples, from the first, are listed.

    Returns
    -------
    list of HeatColumn
        Sensitivity, response, then the signatures. A level compares a score with those of all
        samples of the same matrix, by the same model or method alone.
    """

    def column(title: str, name: str, scores: list[float | None], source: str) -> HeatColumn:
        compared = [(row.matrix, getattr(row, source)) for row in rows]
        return HeatColumn(title, name, _levels(scores, compared)[:n_listed])

    calls = [
        column(
            f"{question.capitalize()} score",
            f"{question}_score",
            [getattr(row, f"{question}_score") for row in rows],
            f"{question}_model",
        )
        for question in WORDS
    ]
    return calls + [
        column(
            KEY_SIGNATURES.get(name, name),
            name,
            [row.scores.get(name) for row in rows],
            "score_method",
        )
        for name in signatures
    ]


def _levels(
    scores: Sequence[float | None], compared: Sequence[tuple[str, str]]
) -> list[int | None]:
    """Levels of scores, each within those that share its matrix and its model or method."""
    places: dict[tuple[str, str], list[int]] = {}
    for place, kind in enumerate(compared):
        places.setdefault(kind, []).append(place)
    found: list[int | None] = [None] * len(scores)
    for own in places.values():
        for place, level in zip(own, levels([scores[p] for p in own]), strict=True):
            found[place] = level
    return found


def _heat_cells(
    rows: Sequence[IndexRow], signatures: Sequence[str], heat: Sequence[HeatColumn]
) -> list[tuple[IndexRow, list[tuple[float | None, int | None]]]]:
    """Rows of the heat map, each with score and level of its cells."""
    cells = []
    for place, row in enumerate(rows):
        scores = [row.sensitivity_score, row.response_score, *map(row.scores.get, signatures)]
        own = [column.levels[place] for column in heat]
        cells.append((row, list(zip(scores, own, strict=True))))
    return cells
