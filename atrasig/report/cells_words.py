"""What the page of cells says in sentences: notes, methods and limits."""

from __future__ import annotations

import numpy as np

from atrasig.report.cells import MAX_DOTS, CellData, CellScore, Maps
from atrasig.report.cells_violins import FEW

_LIMITS = (
    "Research use only: nothing here is a diagnosis or an advice on treatment.",
    "No call is made from the values of a cell. Calls rest on samples: sum the cells of a sample "
    "(atrasig pseudobulk), then call the sums (atrasig run).",
    "Most genes of a cell are not detected and tie at the floor, so the score of one cell is "
    "coarse: compare groups of cells, not two cells. Cells with fewer detected genes tend to "
    "other scores than cells with many.",
    "Cells are no samples: those of one patient resemble each other, so a difference between "
    "types on this page carries no p-value, and many cells are no evidence of many patients.",
    "A map keeps neighbours together; sizes of clusters and distances between them say little.",
    "mRNA is not protein.",
)


def axis_name(data: CellData) -> str:
    """Name what the scores count, for axes and scales."""
    return f"{data.method_title.partition(' (')[0] or data.method} score"


def notes(data: CellData, drawn: Maps | None) -> list[str]:
    """Tell what is missing or left out, most general first.

    Parameters
    ----------
    data
        The cells.
    drawn
        Their maps, if there are any.
    """
    n = len(data.labels)
    told = []
    if drawn is None:
        told.append(f"There is no map. {data.map_how}")
    elif drawn.n_placed < n:
        told.append(f"{n - drawn.n_placed:,} of {n:,} cells have no place on the map.")
    unlabelled = int((data.labels.astype(str) == "").sum())
    if unlabelled:
        told.append(f"{unlabelled:,} of {n:,} cells have no value in the column {data.group}.")
    small = [name for name, size in zip(data.names, data.counts, strict=True) if size < FEW]
    if small:
        told.append(
            f"Types of fewer than {FEW} cells, drawn cell by cell: {', '.join(small)}. Their "
            "quartiles say little."
        )
    return [*told, *(text for score in data.scores if (text := _absent(score)))]


def _absent(score: CellScore) -> str:
    absent, n = int(np.isnan(score.values).sum()), score.values.size
    if not absent:
        return ""
    reason = f": {score.reasons}" if score.reasons else "; the reason is not recorded"
    cells = "No cell has a" if absent == n else f"{absent:,} of {n:,} cells have no"
    return f"{cells} score for {score.signature}{reason}."


def how_drawn(data: CellData, drawn: Maps) -> str:
    """Tell how cells became marks of the maps."""
    if len(data.labels) <= MAX_DOTS:
        return (
            "Every cell is one mark. Where marks overlap, the higher score lies on top, and in "
            "the map of types the rarer type."
        )
    return (
        f"{drawn.n_placed:,} cells lie in {drawn.n_bins:,} squares of one grid, each cell in "
        "exactly one. A square shows the mean score of its cells, or the commonest type among "
        "them; it is the larger the more cells it holds, on a logarithmic scale from half a side "
        f"for one cell to a whole side for {drawn.fullest:,}. Its numbers show where the pointer "
        "rests."
    )


def methods(data: CellData, drawn: Maps | None) -> list[str]:
    """Tell how the page was made, as a methods section would.

    Parameters
    ----------
    data, drawn
        As for :func:`notes`.
    """
    made = data.scoring
    version = made.get("atrasig_version") or "a version that is not recorded"
    universe = {"coding": "protein-coding genes", "all": "genes"}
    ranked = str(made.get("universe", ""))
    size = f"{int(made['universe_genes']):,} " if made.get("universe_genes") else ""
    reference = f" ({data.method_reference})" if data.method_reference else ""
    where = f", values from {made['values_from']}" if made.get("values_from") else ""
    done = (
        "for this page" if made.get("scored_for_this_page") else "before, and taken from the file"
    )
    return [
        f"{len(data.labels):,} cells of {data.file} were scored {done}: {data.method_title} "
        f"{reference}, atrasig {version}, over {size}{universe.get(ranked, ranked or 'genes')} "
        f"of the cell{where}.".replace("  ", " "),
        *([data.map_how] if drawn is not None else []),
        "Quartiles are interpolated linearly between neighbours. Outlines of violins are Gaussian "
        "kernel densities with Scott's bandwidth, cut off at the lowest and the highest score of "
        "the type, each with a height of its own.",
    ]


def limits() -> tuple[str, ...]:
    """Tell what the page cannot say."""
    return _LIMITS
