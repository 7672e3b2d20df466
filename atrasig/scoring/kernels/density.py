"""Kernel estimates of the cumulative distribution of each gene over a cohort.

The estimate at a sample's value ``x`` is the mean over the measured samples of a smooth step from 0
to 1: a Gaussian of a quarter of the gene's standard deviation, a Poisson distribution function, or
the bare step. Written out it takes one distribution function a pair of samples.

The Gaussian estimate takes time linear in the samples here. The line is cut into cells of 1.25
bandwidths. The samples of a cell enter through their moments about its middle, and the estimate
within a cell is a power series about that middle. Both are cut where the next term is below 1e-14.

Every estimate is made from the sorted values of the gene, so not even its last digit depends on the
order of the samples.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.kernels.compile import compiled

Array = NDArray[np.float64]

BANDWIDTHS_PER_SD = 4.0
"""The Gaussian bandwidth is the standard deviation of the gene over this."""
POISSON_SHIFT = 0.5
"""Added to a count to make the mean of its Poisson kernel."""

_CELL = 1.25  # bandwidths
_TERMS = 20  # even, and a multiple of the four that are added at once
_REACH = 7  # cells further apart lie 8.75 bandwidths apart or more: the step is 0 or 1 to 1e-17
_FACTORIALS = np.cumprod(np.maximum(1.0, np.arange(_TERMS)))
_NEGLIGIBLE = 1e-19


@cache
def step_derivatives() -> Array:
    """Tabulate the standard normal distribution function and its derivatives between cells.

    Returns
    -------
    numpy.ndarray
        Shape (15, 39): at 7 cells below to 7 above, in units of the width of a cell.
    """
    table = np.empty((2 * _REACH + 1, 2 * _TERMS - 1))
    for row, cells in zip(table, range(-_REACH, _REACH + 1), strict=True):
        z = cells * _CELL
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        row[:3] = math.erfc(-z / math.sqrt(2)) / 2, density, -z * density
        for order in range(3, row.size):
            row[order] = -z * row[order - 1] - (order - 2) * row[order - 2]
    return table * _CELL ** np.arange(2 * _TERMS - 1)


@compiled
def count_measured(ordered: Array) -> int:
    """Count the measured values of a gene, sorted with NaN last; 0 where they are all equal."""
    size = ordered.size - np.isnan(ordered).sum()
    return 0 if size < 2 or ordered[0] == ordered[size - 1] else size


@compiled
def bandwidth(ordered: Array) -> float:
    """Quarter of the standard deviation (n - 1) of the values of a gene."""
    mean = 0.0
    for value in ordered:
        mean += value
    mean /= ordered.size
    squares = 0.0
    for value in ordered:
        squares += (value - mean) ** 2
    return math.sqrt(squares / (ordered.size - 1)) / BANDWIDTHS_PER_SD


@compiled
def cell_moments(ordered: Array, scale: float) -> Array:
    """Sum the powers of what lacks to the middle of its cell over the values of each cell.

    Parameters
    ----------
    ordered
        Sorted values of a gene; the first one opens the first cell.
    scale
        One over the width of a cell.

    Returns
    -------
    numpy.ndarray
        Shape (cells, 20): of power ``p``, divided by ``p!``, in units of the width.
    """
    first = ordered[0]
    moments = np.zeros((int((ordered[-1] - first) * scale) + 1, _TERMS))
    for value in ordered:
        place = (value - first) * scale
        cell = int(place)
        lacking = cell + 0.5 - place
        term = 1.0
        for power in range(_TERMS):
            moments[cell, power] += term
            term *= lacking
    for cell in range(moments.shape[0]):
        for power in range(_TERMS):
            moments[cell, power] /= _FACTORIALS[power]
    return moments


@compiled
def cell_series(moments: Array, derivatives: Array) -> Array:
    """Expand the summed steps about the middle of each cell that holds a value.

    Parameters
    ----------
    moments
        From :func:`cell_moments`.
    derivatives
        From :func:`step_derivatives`.

    Returns
    -------
    numpy.ndarray
        Shape (cells, 20): coefficients from the constant one up, in widths of a cell.
    """
    n_cells = moments.shape[0]
    series = np.zeros((n_cells, _TERMS))
    below = 0.0
    for cell in range(n_cells):
        if cell > _REACH:
            below += moments[cell - _REACH - 1, 0]
        if moments[cell, 0] == 0.0:
            continue
        own = series[cell]
        own[0] = below
        for source in range(max(0, cell - _REACH), min(n_cells, cell + _REACH + 1)):
            if moments[source, 0] == 0.0:
                continue
            row = derivatives[cell - source + _REACH]
            # Four at once: the compiler then works on several orders in one instruction.
            for power in range(0, _TERMS, 4):
                m0, m1, m2, m3 = moments[source, power : power + 4]
                row0 = row[power : power + _TERMS]
                row1 = row[power + 1 : power + 1 + _TERMS]
                row2 = row[power + 2 : power + 2 + _TERMS]
                row3 = row[power + 3 : power + 3 + _TERMS]
                for order in range(_TERMS):
                    own[order] += (
                        m0 * row0[order] + m1 * row1[order] + m2 * row2[order] + m3 * row3[order]
                    )
        for order in range(_TERMS):
            own[order] /= _FACTORIALS[order]
    return series


@compiled
def gaussian_cdf(values: Array, ordered: Array, derivatives: Array, out: Array) -> None:
    """Estimate with a Gaussian kernel of a quarter of the gene's standard deviation.

    Parameters
    ----------
    values
        Shape (genes, samples), NaN where not measured.
    ordered
        The same, each gene sorted, NaN last.
    derivatives
        From :func:`step_derivatives`.
    out
        Shape (genes, samples): receives the estimates, 0 to 1, to 1e-14; NaN where a gene was not
        measured, and for a gene of which the standard deviation is 0 or no number.
    """
    out[:] = np.nan
    for gene in range(values.shape[0]):
        size = count_measured(ordered[gene])
        if size == 0:
            continue
        known = ordered[gene, :size]
        width = _CELL * bandwidth(known)
        if not 0.0 < width < np.inf:
            continue
        scale = 1.0 / width
        series = cell_series(cell_moments(known, scale), derivatives)
        for sample in range(values.shape[1]):
            value = values[gene, sample]
            if np.isnan(value):
                continue
            place = (value - known[0]) * scale
            cell = int(place)
            beyond = place - (cell + 0.5)
            squared = beyond * beyond
            even, odd = 0.0, 0.0  # apart: two short chains of products instead of a long one
            for order in range(_TERMS - 2, -1, -2):
                even = even * squared + series[cell, order]
                odd = odd * squared + series[cell, order + 1]
            out[gene, sample] = (even + beyond * odd) / size


@compiled
def distinct(ordered: Array) -> tuple[Array, Array]:
    """Find the distinct values among the sorted ones of a gene, and how often each occurs."""
    levels, times = np.zeros((2, ordered.size))
    n_levels = 0
    for place in range(ordered.size):
        if place == 0 or ordered[place] != ordered[place - 1]:
            levels[n_levels] = ordered[place]
            n_levels += 1
        times[n_levels - 1] += 1.0
    return levels[:n_levels], times[:n_levels]


@compiled
def add_poisson_step(own: int, times: float, counts: Array, steps: Array, total: Array) -> int:
    """Add the distribution function of one Poisson kernel at the counts of a gene.

    The probabilities follow from that of the mode by recurrence, up and down, and are divided by
    their sum, so no gamma function enters.

    Parameters
    ----------
    own
        Place of the sample's count, which is the mode of its kernel.
    times
        How many samples have it.
    counts
        Distinct counts of the gene, sorted.
    steps
        Scratch, as large as `counts`.
    total
        Receives what is added, as large as `counts`.

    Returns
    -------
    int
        Place of the first count at which the function is 1; nothing was added from there on.
    """
    mean = counts[own] + POISSON_SHIFT
    lowest = own
    k, term, summed = counts[own], 1.0, 1.0
    while k > 0.0 and term > _NEGLIGIBLE:
        term *= k / mean
        k -= 1.0
        if lowest > 0 and counts[lowest - 1] == k:
            lowest -= 1
            steps[lowest] = summed
        summed += term
    at_mode = summed
    beyond = own + 1
    k, term = counts[own], 1.0
    while term > _NEGLIGIBLE:
        k += 1.0
        term *= mean / k
        summed += term
        if beyond < counts.size and counts[beyond] == k:
            steps[beyond] = summed
            beyond += 1
    for place in range(lowest, own):
        total[place] += times * (at_mode - steps[place]) / summed
    total[own] += times * at_mode / summed
    for place in range(own + 1, beyond):
        total[place] += times * steps[place] / summed
    return beyond


@compiled
def step_cdf(values: Array, ordered: Array, poisson: bool, out: Array) -> None:
    """Estimate with a Poisson kernel, or without a kernel.

    Parameters
    ----------
    values
        Shape (genes, samples), NaN where not measured; whole numbers from 0 on for Poisson.
    ordered
        The same, each gene sorted, NaN last.
    poisson
        Whether each sample counts as a Poisson distribution with a mean 0.5 above its count, or as
        a bare step.
    out
        As :func:`gaussian_cdf`.
    """
    out[:] = np.nan
    for gene in range(values.shape[0]):
        size = count_measured(ordered[gene])
        if size == 0:
            continue
        known = ordered[gene, :size]
        levels, times = distinct(known)
        steps, total, done = np.zeros((3, levels.size + 1))
        for place in range(levels.size):
            beyond = place
            if poisson:
                beyond = add_poisson_step(place, times[place], levels, steps, total)
            done[beyond] += times[place]
        whole = 0.0
        for place in range(levels.size):
            whole += done[place]
            total[place] += whole
        for sample in range(values.shape[1]):
            value = values[gene, sample]
            if not np.isnan(value):
                out[gene, sample] = total[np.searchsorted(levels, value)] / size
