"""What the cohort index shows, in which order, and what of it stands there without scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from atrasig.report.index import IndexRow, ordered
from atrasig.report.index_data import index_data, json_block
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
_FILES = (
    ("calls.tsv", "all calls of all models"),
    ("scores.tsv", "scores of all signatures by all methods"),
    ("qc.tsv", "all checks"),
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


def index_view(rows: Sequence[IndexRow], contrasts: Sequence[Contrast]) -> dict[str, Any]:
    """Template variables of the index.

    Parameters
    ----------
    rows
        One row a sample, in any order.
    contrasts
        Enrichment of the contrasts of groups.

    Returns
    -------
    dict
        Rows in order, tallies, checks, heat map, distributions, scatters and contrasts; ``data``
        is what the script shows.
    """
    in_order = ordered(rows)
    signatures = _signatures(in_order)
    heat = heat_columns(in_order, signatures)
    return {
        "n_rows": len(in_order),
        "rows": in_order[:STATIC_ROWS],
        "tallies": [
            (question, [(word, TONES[word], count[word]) for word in WORDS[question]])
            for question, count in _tallies(in_order).items()
        ],
        "checks": check_counts(in_order),
        "n_failing": sum(row.n_fail > 0 for row in in_order),
        "n_warning": sum(row.n_warn > 0 and not row.n_fail for row in in_order),
        "diseases": sorted({row.disease for row in in_order}),
        "groups": group_values(in_order),
        "signatures": signatures,
        "heat": heat,
        "heat_cells": _heat_cells(in_order[:STATIC_ROWS], signatures, heat),
        "heat_steps": range(-MAX_LEVEL, MAX_LEVEL + 1),
        "min_compared": MIN_COMPARED,
        "score_methods": sorted({row.score_method for row in in_order if row.score_method}),
        "distributions": distributions(in_order),
        "unscored": {question: unscored(in_order, question) for question in WORDS},
        "files": _FILES,
        "data": json_block(
            {
                **index_data(in_order, signatures, [column.levels for column in heat]),
                "tones": TONES,
                "words": WORDS,
                "page_rows": PAGE_ROWS,
            }
        ),
        "role_panels": [
            (one.contrast, role_panel(contrast_rows(one, load_roles()), "NES", one.contrast))
            for one in contrasts[:TOP_CONTRASTS]
        ],
        **scatter_view(in_order),
        **contrast_view(contrasts),
    }


def _tallies(rows: Sequence[IndexRow]) -> dict[str, Counter[str]]:
    return {question: Counter(getattr(row, question) for row in rows) for question in WORDS}


def check_counts(rows: Sequence[IndexRow]) -> list[Check]:
    """Count samples by check that failed or warned; those that failed in most samples first."""
    failed = Counter(name for row in rows for name in set(row.failed))
    warned = Counter(name for row in rows for name in set(row.warned))
    found = [Check(name, failed[name], warned[name]) for name in failed.keys() | warned.keys()]
    return sorted(found, key=lambda check: (-check.n_failed, -check.n_warned, check.name))


def _signatures(rows: Sequence[IndexRow]) -> list[str]:
    """Signatures of all rows, in the order in which the first row that has them gives them."""
    return list(dict.fromkeys(name for row in rows for name in row.scores))


def heat_columns(rows: Sequence[IndexRow], signatures: Sequence[str]) -> list[HeatColumn]:
    """Columns of the heat map.

    Parameters
    ----------
    rows
        All rows.
    signatures
        Signatures in order of display.

    Returns
    -------
    list of HeatColumn
        Sensitivity, response, then the signatures. A level compares a score with those of the same
        matrix, by the same model or method alone.
    """

    def column(title: str, name: str, scores: list[float | None], source: str) -> HeatColumn:
        compared = [(row.matrix, getattr(row, source)) for row in rows]
        return HeatColumn(title, name, _levels(scores, compared))

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
