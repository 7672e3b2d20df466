"""Numbers behind the page of cells: quartiles and densities of groups, and bins of a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array

Whole = NDArray[np.int64]
NO_PLACE = -1
"""Bin of a cell that has no place on the map."""
_STEPS = 40
_FLATTEST, _TALLEST = 0.55, 1.15


class Spread(NamedTuple):
    """Scores of some cells: how many, how many have none, and quartiles (None without scores)."""

    n: int
    n_missing: int
    low: float | None
    q1: float | None
    median: float | None
    q3: float | None
    high: float | None


def spread(values: Array) -> Spread:
    """Quartiles of scores, by linear interpolation between neighbours.

    Parameters
    ----------
    values
        Shape (cells,), NaN where there is no score.
    """
    known = values[~np.isnan(values)]
    absent = int(values.size - known.size)
    if not known.size:
        return Spread(values.size, absent, None, None, None, None, None)
    low, q1, median, q3, high = (float(one) for one in np.quantile(known, (0, 0.25, 0.5, 0.75, 1)))
    return Spread(values.size, absent, low, q1, median, q3, high)


def density(values: Array) -> tuple[Array, Array] | None:
    """Gaussian kernel density of scores between their lowest and highest.

    The bandwidth is that of Scott 1992, doi:10.1002/9780470316849: the standard deviation by the
    fifth root of the number of values.

    Parameters
    ----------
    values
        Shape (cells,), without NaN.

    Returns
    -------
    tuple of numpy.ndarray or None
        Places and densities there, the largest 1; None where all scores are one.
    """
    if values.size < 2 or not np.ptp(values) > 0:
        return None
    width = values.std(ddof=1) * values.size**-0.2
    at = np.linspace(values.min(), values.max(), _STEPS)
    # One place at a time: a million cells at all of them would fill the memory.
    found = np.array([np.exp(-0.5 * ((values - place) / width) ** 2).sum() for place in at])
    return at, found / found.max()


@dataclass(frozen=True, eq=False)
class Chart:
    """Cells laid out on a map.

    Parameters
    ----------
    x, y
        Shape (cells,): place in units of the figure, from the left and from the top; NaN where a
        cell has none.
    width, height
        Size of the figure.
    """

    x: Array
    y: Array
    width: float
    height: float

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Which cells have a place."""
        return ~np.isnan(self.x)


def lay_out(places: Array, width: float, margin: float) -> Chart:
    """Fit coordinates into a figure of a given width, its height by the shape of the cloud.

    Parameters
    ----------
    places
        Shape (cells, 2), any unit, second axis upward; a cell with a coordinate that is not finite
        has no place.
    width, margin
        In units of the figure.
    """
    known = np.isfinite(places).all(axis=1)
    x, y = (np.where(known, places[:, axis], np.nan) for axis in (0, 1))
    if not known.any():
        return Chart(x, y, width, width)
    low_x, span_x = _range(x)
    low_y, span_y = _range(y)
    inner = width - 2 * margin
    tall = inner * float(np.clip(span_y / span_x, _FLATTEST, _TALLEST))
    return Chart(
        margin + inner * (x - low_x) / span_x,
        margin + tall * (1 - (y - low_y) / span_y),
        width,
        tall + 2 * margin,
    )


def _range(values: Array) -> tuple[float, float]:
    """Lowest value, and the span up to the highest; 1 where there is none."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return low, (high - low) or 1.0


@dataclass(frozen=True, eq=False)
class Bins:
    """Squares of a map that hold cells, row by row from the top.

    Parameters
    ----------
    left, top
        Shape (bins,): corner of each, in units of the figure.
    side
        Length of a side.
    counts
        Shape (bins,): cells in each.
    of_cell
        Shape (cells,): bin of each cell, :data:`NO_PLACE` for one that has no place.
    """

    left: Array
    top: Array
    side: float
    counts: Whole
    of_cell: Whole

    def means(self, values: Array) -> tuple[Array, Whole]:
        """Mean score of each bin (NaN without any), and how many of its cells have a score."""
        scored = (self.of_cell != NO_PLACE) & ~np.isnan(values)
        bins, n = self.of_cell[scored], self.counts.size
        number = np.bincount(bins, minlength=n)
        sums = np.bincount(bins, weights=values[scored], minlength=n)
        means = np.full(n, np.nan)
        np.divide(sums, number, out=means, where=number > 0)
        return means, number

    def commonest(self, codes: Whole, n_codes: int) -> tuple[Whole, Whole]:
        """Commonest kind of cell of each bin (the first of several), and how many cells it has.

        Parameters
        ----------
        codes
            Shape (cells,): kind of each cell, from 0.
        n_codes
            Number of kinds.
        """
        placed = self.of_cell != NO_PLACE
        pairs = self.of_cell[placed] * n_codes + codes[placed]
        table = np.bincount(pairs, minlength=self.counts.size * n_codes).reshape(-1, n_codes)
        first = table.argmax(axis=1)
        return first, table[np.arange(len(table)), first]


def bin_cells(chart: Chart, most: int) -> Bins:
    """Put every cell that has a place into one square of a grid.

    Parameters
    ----------
    chart
        The cells.
    most
        Squares that hold cells, at most. Where cells leave much of the map free, the grid is finer.
    """
    for finer in (8, 6, 4, 3, 2):
        bins = _bins(chart, finer * most)
        if bins.counts.size <= most:
            return bins
    return _bins(chart, most)


def _bins(chart: Chart, most: int) -> Bins:
    """Bin by a grid of so many squares at most."""
    # A row and a column are kept in hand: whole numbers of them round up.
    side = float(np.sqrt(chart.width * chart.height / most))
    side += (chart.width + chart.height + 2) / most
    columns = int(np.ceil(chart.width / side))
    placed = chart.placed
    square = np.floor(chart.y[placed] / side) * columns + np.floor(chart.x[placed] / side)
    used, inverse, counts = np.unique(
        square.astype(np.int64), return_inverse=True, return_counts=True
    )
    of_cell = np.full(chart.x.size, NO_PLACE, dtype=np.int64)
    of_cell[placed] = inverse
    left, top = (
        np.asarray(side * one, dtype=np.float64) for one in (used % columns, used // columns)
    )
    return Bins(left, top, side, counts, of_cell)
