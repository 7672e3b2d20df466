"""Tables of figures as Markdown, for pages of documentation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from atrasig.prediction.validation.joining import SAMPLES

_HEAD = ("Model", "Measure", "How", "n", "Positive", "Negative", "Value (95 %)", "Notes")


def as_markdown(rows: pd.DataFrame) -> str:
    """Write figures as a Markdown table.

    Parameters
    ----------
    rows
        Rows of the table of figures (``validation.tsv``).

    Returns
    -------
    str
        One line a figure: value with its interval to 3 decimals, a dash where there is none.
    """
    lines = [_line(_HEAD), _line(["---"] * len(_HEAD))]
    for row in rows.to_dict("records"):
        names = [str(row[name]) for name in ("model", "measure", "how")]
        counts = [_count(row[name]) for name in ("n", "n_positive", "n_negative")]
        span = _span(float(row["value"]), float(row["low"]), float(row["high"]))
        if row["measure"] == SAMPLES:
            counts, span = ["–"] * 3, _count(row["value"])
        lines.append(_line([*names, *counts, span, str(row["reason"])]))
    return "\n".join(lines) + "\n"


def _count(value: Any) -> str:
    return "–" if pd.isna(value) else f"{int(value):,}"


def _span(value: float, low: float, high: float) -> str:
    if np.isnan(value):
        return "–"
    bounds = "" if np.isnan(low) else f" ({low:.3f} to {high:.3f})"
    return f"{value:.3f}{bounds}".replace("-", "−")


def _line(cells: list[str] | tuple[str, ...]) -> str:
    plain = (" ".join(cell.split()).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(cell.replace('<', '&lt;') for cell in plain)} |"
