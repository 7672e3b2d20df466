"""HTML of the page of cells."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from atrasig.report import cells_words as words
from atrasig.report.cells import CellData, Maps, distributions, maps
from atrasig.report.cells_numbers import Spread, spread
from atrasig.report.html import render_page

_QUALITY = {
    "qc_n_genes": "Genes detected",
    "qc_total_counts": "Counts",
    "qc_percent_mito": "Mitochondrial counts, percent",
}
_FAILING = "cells_failing_"


class QualityRow(NamedTuple):
    """Quality of the cells: what is measured, and its quartiles."""

    name: str
    spread: Spread


def render_cells(data: CellData) -> str:
    """HTML page of scored cells.

    Parameters
    ----------
    data
        The cells; equal ones give equal bytes.

    Returns
    -------
    str
        A whole page with inline style and figures, readable offline and without scripts. Its size
        does not grow with the number of cells beyond some thousands.
    """
    return render_page(
        "cells.html.j2", "print.js sort.js", _view(data), style="style.css cells.css"
    )


def _view(data: CellData) -> dict[str, Any]:
    drawn = maps(data)
    return {
        "data": data,
        "n_cells": len(data.labels),
        "n_types": sum(1 for name in data.types if name),
        "axis": words.axis_name(data),
        "notes": words.notes(data, drawn),
        "maps": drawn,
        "how_drawn": words.how_drawn(data, drawn) if drawn is not None else "",
        "distributions": distributions(data, words.axis_name(data)),
        "quality": _quality(data),
        "left_out": _left_out(data),
        "methods": words.methods(data, drawn),
        "limits": words.limits(),
        "binned": _is_binned(drawn),
    }


def _is_binned(drawn: Maps | None) -> bool:
    return drawn is not None and drawn.n_bins > 0


def _quality(data: CellData) -> list[QualityRow]:
    return [
        QualityRow(_QUALITY.get(name, name), spread(np.asarray(values, dtype=np.float64)))
        for name, values in data.quality.items()
    ]


def _left_out(data: CellData) -> list[tuple[str, int]]:
    """Count the cells that were left out before, all of them first, then by limit."""
    facts = {name: value for name, value in data.facts.items() if isinstance(value, int)}
    if "cells_removed" not in facts:
        return []
    failing = []
    for name, number in sorted(facts.items()):
        if name.startswith(_FAILING):
            limit = name.removeprefix(_FAILING)
            failing.append((f"beyond {limit} {data.facts.get(f'cells_{limit}', '')}", number))
    return [("left out in all", facts["cells_removed"]), *failing]
