"""From values on their own scale to one row a gene on a log2 scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.harmonisation.bands import bands, by_bands
from atrasig.harmonisation.collapse import GeneGroups, collapse
from atrasig.harmonisation.scale import ScaleDecision
from atrasig.harmonisation.units import Form, Unit, recover

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Harmonised:
    """Values of the genes.

    Parameters
    ----------
    values
        Shape (samples, genes): on a log2 scale (z-scores and log ratios as they are), NaN where
        not measured; sparse where the input is.
    reads
        Shape (samples, genes): counts, or numbers proportional to them; None for other scales.
    how
        How rows of one gene were brought together: ``sum`` or ``median``.
    """

    values: Any
    reads: Any
    how: str


def harmonise_values(values: Any, groups: GeneGroups, decision: ScaleDecision) -> Harmonised:
    """Collapse the rows of each gene on the scale on which they may be combined, then take log2.

    Parameters
    ----------
    values
        Shape (samples, input genes), dense or sparse.
    groups
        Genes of the columns.
    decision
        The scale of the values.

    Returns
    -------
    Harmonised
        Read counts and what is proportional to them are summed and become ``log2(CPM+1)``, CPM
        over the genes of the matrix; other linear sequencing values are summed and become
        ``log2(x+1)``; logarithms of these are summed below their logarithm. Intensities become
        ``asinh(x/2)/ln 2`` (see :func:`generalised_log2`); of these, of log2 intensities and of
        values relative to a cohort the median is taken.
    """
    from scipy.sparse import issparse

    if issparse(values):
        return _harmonised(values, groups, decision, decision.units)
    shape = (values.shape[0], groups.symbols.size)
    result, how = np.empty(shape), ""
    reads = np.empty(shape) if decision.is_of_reads else None
    for band in bands(values):
        found = _harmonised(values[band], groups, decision, decision.units[band])
        result[band], how = found.values, found.how
        if reads is not None:
            reads[band] = found.reads
    return Harmonised(result, reads, how)


def _harmonised(
    values: Any, groups: GeneGroups, decision: ScaleDecision, units: Sequence[Unit]
) -> Harmonised:
    if decision.is_of_reads:
        reads = collapse(read_counts(values, units, decision.form), groups, "sum")
        return Harmonised(log2_cpm(reads), reads, "sum")
    if decision.is_of_amounts:
        return Harmonised(_each(collapse(values, groups, "sum"), _log2_plus_one), None, "sum")
    if decision.is_sequenced_log and (groups.sizes > 1).any():
        return Harmonised(_sum_below_log(values, groups), None, "sum")
    if decision.scale == "intensity":
        values = _each(values, generalised_log2)
    return Harmonised(collapse(values, groups, "median"), None, "median")


def read_counts(values: Any, found: Sequence[Unit], form: Form) -> Any:
    """Bring values made of read counts to whole multiples of one read, sample by sample.

    Parameters
    ----------
    values
        Shape (samples, genes), dense or sparse.
    found, form
        Unit of each sample, none for counts, which stay as they are, and how most samples come
        from whole multiples: where a sample shows no unit, that logarithm is undone and nothing
        else.
    """
    from scipy.sparse import csr_array, issparse

    if not found:
        return values
    units = [unit if unit.verdict == "shown" else Unit(unit.verdict, form=form) for unit in found]
    if not issparse(values):
        return np.vstack([recover(row, unit) for row, unit in zip(values, units, strict=True)])
    matrix = csr_array(values, copy=True)
    bounds = zip(matrix.indptr[:-1], matrix.indptr[1:], units, strict=True)
    for start, stop, unit in bounds:
        matrix.data[start:stop] = recover(matrix.data[start:stop], unit)
    return matrix


def log2_cpm(reads: Any) -> Any:
    """``log2(CPM+1)`` of counts, CPM over the genes given; a sample without reads stays at 0."""
    from scipy.sparse import csr_array, issparse

    total = row_sums(reads)
    factor = 1e6 / np.where(total > 0, total, 1)
    if not issparse(reads):
        return np.log2(reads * factor[:, None] + 1)
    scaled = csr_array(reads, dtype=np.float64, copy=True)
    scaled.data = np.log2(scaled.data * np.repeat(factor, np.diff(scaled.indptr)) + 1)
    return scaled


def generalised_log2(values: Array) -> Array:
    """``asinh(x/2)/ln 2``: log2 for large values, linear around 0, defined below it.

    Keeps the order of all values and clips none. Huber et al. 2002,
    doi:10.1093/bioinformatics/18.suppl_1.s96.
    """
    return np.asarray(np.arcsinh(values / 2) / np.log(2))


def row_sums(values: Any) -> Array:
    """Sum of the measured values of each sample, shape (samples,)."""
    from scipy.sparse import issparse

    if issparse(values):
        return np.asarray(values.sum(axis=1)).ravel()
    return by_bands(values, lambda band: np.nansum(band, axis=1))


def _each(values: Any, function: Callable[[Array], Array]) -> Any:
    """Apply a function that leaves 0 at 0 to every value."""
    from scipy.sparse import csr_array, issparse

    if not issparse(values):
        return function(values)
    changed = csr_array(values, dtype=np.float64, copy=True)
    changed.data = function(changed.data)
    return changed


def _log2_plus_one(values: Array) -> Array:
    return np.asarray(np.log2(values + 1))


def _sum_below_log(values: Any, groups: GeneGroups) -> Any:
    """Sum rows of one gene without the logarithm; each sample's lowest value stands for none."""
    from scipy.sparse import issparse

    if issparse(values):  # its lowest value is 0
        amounts = collapse(_each(values, lambda v: np.exp2(v) - 1), groups, "sum")
        return _each(amounts, _log2_plus_one)
    several = groups.sizes > 1
    floor = np.exp2(np.nanmin(values, axis=1, initial=np.inf, keepdims=True))
    summed = np.log2(collapse(np.exp2(values) - floor, groups, "sum") + floor)
    alone = collapse(values, groups, "median")
    return np.where(several, summed, alone)
