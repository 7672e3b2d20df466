"""The page of associations: forest plots and tables, from the tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from atrasig.association import Association
from atrasig.report.forest import ForestRow, forest
from atrasig.report.html import render_page
from atrasig.report.numbers import written

MAX_FOREST = 30
"""Rows of a forest plot: those with the smallest p."""
MAX_ROWS = 200
"""Rows of a table; all are in the file."""
SIGNIFICANT = 0.05
_NUMBERS = (
    "effect", "low", "high", "p", "q", "n", "n_term", "n_reference", "n_events", "n_missing",
    "n_unscored", "n_left_out", "share", "ph_rho", "ph_p", "statistic",
)  # fmt: skip
_QUESTIONS = {
    "batch": "How much of each score lies between batches",
    "continuous": "Change of the score, in SD, with one SD of the covariate",
    "binary": "Difference of the two groups, in SD of the score",
    "categorical": "Difference of each group from the reference, in SD of the score",
    "survival": "Hazard ratio of one SD of the score",
}


def render_association(found: Association, facts: Mapping[str, str]) -> str:
    """HTML page of associations.

    Parameters
    ----------
    found
        Associations; equal ones give equal bytes.
    facts
        What was compared with what: shown at the head, names with texts.

    Returns
    -------
    str
        A whole page with inline style and figures, readable offline and without scripts.
    """
    view = {
        "facts": {name: text for name, text in facts.items() if text},
        "counts": found.facts,
        "warnings": found.warnings,
        "covariates": [_plain(row, ("batch_share",)) for row in _records(found.covariates)],
        "sections": [
            _section(str(name), str(kind), rows)
            for (name, kind), rows in found.table.groupby(["covariate", "kind"], sort=False)
        ],
    }
    return render_page("association.html.j2", "sort.js", view)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]


def _plain(row: Mapping[str, Any], numbers: tuple[str, ...] = _NUMBERS) -> dict[str, Any]:
    """Missing numbers as None, as the template writes them."""
    return {**row, **{n: None if pd.isna(row[n]) else float(row[n]) for n in numbers}}


def _section(name: str, kind: str, rows: pd.DataFrame) -> dict[str, Any]:
    adjusted = sorted(set(rows["adjusted_for"]))[0]
    return {
        "name": name,
        "kind": kind,
        "question": _QUESTIONS[kind],
        "adjusted_for": adjusted,
        "parts": [
            _part(name, str(test), str(method), part)
            for (method, test), part in rows.groupby(["method", "test"], sort=False)
        ],
    }


def _part(name: str, test: str, method: str, rows: pd.DataFrame) -> dict[str, Any]:
    ordered = rows.sort_values(["p", "signature", "term"], kind="stable", na_position="last")
    estimated = ordered[ordered["p"].notna()]
    return {
        "test": test,
        "method": method,
        "n_rows": len(rows),
        "n_estimated": len(estimated),
        "n_significant": int((rows["q"] < SIGNIFICANT).sum()),
        "plots": _plots(name, test, estimated),
        "largest": _largest(rows) if test == "share" else "",
        "rows": [_plain(row) for row in _records(ordered.head(MAX_ROWS))],
    }


def _largest(rows: pd.DataFrame) -> str:
    """Name the score that batches explain most of."""
    known = rows[rows["share"].notna()]
    if known.empty:
        return ""
    row = known.sort_values(["share", "signature"], ascending=[False, True], kind="stable").iloc[0]
    return f"{row['signature']}, {written(float(row['share']), 'score')} ({row['note']})"


def _plots(name: str, test: str, rows: pd.DataFrame) -> list[tuple[str, Markup]]:
    """One forest plot, or one a group of the covariate."""
    drawn = rows[rows["low"].notna()]
    plots = []
    for (term, reference), part in drawn.groupby(["term", "reference"], sort=True):
        shown = part.head(MAX_FOREST).sort_values(
            ["effect", "signature"], ascending=[False, True], kind="stable"
        )
        title = f"{name}: {term} against {reference}" if reference else name
        more = (
            f"; the {len(shown)} of {len(part)} with the smallest p"
            if len(part) > len(shown)
            else ""
        )
        figure = forest(
            [_forest_row(row) for row in _records(shown)],
            title, str(part["unit"].iloc[0]), ratio=test == "hazard",
        )  # fmt: skip
        plots.append((f"{title}{more}", figure))
    return plots


def _forest_row(row: Mapping[str, Any]) -> ForestRow:
    note = f"q {written(row['q'], 'p')}"
    return ForestRow(
        str(row["signature"]), float(row["effect"]), float(row["low"]), float(row["high"]), note,
        bool(row["q"] < SIGNIFICANT),
    )  # fmt: skip
