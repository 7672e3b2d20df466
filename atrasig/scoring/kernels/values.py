"""Loops over expression values: moments of samples and genes, sums over sets.

Everywhere NaN is a gene that was not measured, an entry that a sparse block does not store is 0,
and sums are taken in float64 whatever the values are stored in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.kernels.compile import compiled

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Moments of the measured values, one entry a sample or one a gene.

    Parameters
    ----------
    count
        Number of measured values.
    mean
        Their mean, NaN where there is none.
    squares
        Sum of their squared distances from it.
    """

    count: Array
    mean: Array
    squares: Array


@dataclass(frozen=True)
class SetSums:
    """Sums over the measured members of each set, shape (samples, sets).

    Parameters
    ----------
    value
        Sum of ``weight * (value - centre)``.
    weight, square
        Sum of the weights, and of their squares.
    """

    value: Array
    weight: Array
    square: Array


def sample_moments(values: Any) -> Moments:
    """Moments of each sample over its measured genes.

    Parameters
    ----------
    values
        Shape (samples, genes), an array or a canonical ``csr_array``.
    """
    if isinstance(values, np.ndarray):
        return Moments(*_dense_sample_moments(np.ascontiguousarray(values)))
    return Moments(*_sparse_sample_moments(values.data, values.indptr, values.shape[1]))


def gene_moments(values: Any) -> Moments:
    """Moments of each gene over the samples in which it was measured.

    The means do not depend on the order of the samples: they are summed in twice the precision, so
    genes of equal mean stay equal.

    Parameters
    ----------
    values
        Shape (samples, genes), an array or a canonical ``csr_array``.
    """
    if isinstance(values, np.ndarray):
        return Moments(*_dense_gene_moments(np.ascontiguousarray(values)))
    return Moments(*_sparse_gene_moments(values.data, values.indices, *values.shape))


def set_sums(
    values: Any, sets: csr_array, centre: Array | None = None, shift: Array | None = None
) -> SetSums:
    """Sum over the measured members of each set.

    Parameters
    ----------
    values
        Shape (samples, genes), an array or a canonical ``csr_array``.
    sets
        Shape (sets, genes): weight of each member.
    centre, shift
        Shape (genes,) and (samples,): taken off each value before it is weighted, 0 by default.
    """
    n_samples, n_genes = values.shape
    centre = np.zeros(n_genes) if centre is None else centre
    shift = np.zeros(n_samples) if shift is None else shift
    if isinstance(values, np.ndarray):
        rows = np.ascontiguousarray(values)
        return SetSums(*_dense_set_sums(rows, centre, shift, *_parts(sets)))
    whole = np.stack([sets @ centre, sets.sum(axis=1), sets.power(2).sum(axis=1)])
    stored = (values.data, values.indices, values.indptr)
    return SetSums(*_sparse_set_sums(*stored, centre, shift, whole, *_parts(sets.tocsc())))


def _parts(sets: Any) -> tuple[Ints, Ints, Array]:
    return sets.indptr.astype(np.int64), sets.indices.astype(np.int64), sets.data


@compiled
def _dense_sample_moments(values: NDArray[Any]) -> tuple[Array, Array, Array]:
    n_samples, n_genes = values.shape
    count, mean, squares = np.empty(n_samples), np.empty(n_samples), np.empty(n_samples)
    for i in range(n_samples):
        measured = 0
        total = 0.0
        for j in range(n_genes):
            x = np.float64(values[i, j])
            measured += x == x
            total += x if x == x else 0.0
        rough = total / measured
        rest = 0.0
        spread = 0.0
        for j in range(n_genes):
            x = np.float64(values[i, j])
            away = x - rough if x == x else 0.0
            rest += away
            spread += away * away
        count[i] = measured
        mean[i] = rough + rest / measured
        squares[i] = spread - rest * rest / measured
    return count, mean, squares


@compiled
def _sparse_sample_moments(
    data: NDArray[Any], indptr: NDArray[Any], n_genes: int
) -> tuple[Array, Array, Array]:
    n_samples = indptr.size - 1
    count, mean, squares = np.empty(n_samples), np.empty(n_samples), np.empty(n_samples)
    for i in range(n_samples):
        missing = 0
        total = 0.0
        for k in range(indptr[i], indptr[i + 1]):
            x = np.float64(data[k])
            missing += x != x
            total += x if x == x else 0.0
        measured = n_genes - missing
        unstored = n_genes - (indptr[i + 1] - indptr[i])
        rough = total / measured
        rest = -rough * unstored
        spread = rough * rough * unstored
        for k in range(indptr[i], indptr[i + 1]):
            x = np.float64(data[k])
            away = x - rough if x == x else 0.0
            rest += away
            spread += away * away
        count[i] = measured
        mean[i] = rough + rest / measured
        squares[i] = spread - rest * rest / measured
    return count, mean, squares


@compiled
def _dense_gene_moments(values: NDArray[Any]) -> tuple[Array, Array, Array]:
    n_samples, n_genes = values.shape
    count, total, rest = np.zeros(n_genes), np.zeros(n_genes), np.zeros(n_genes)
    for i in range(n_samples):
        for j in range(n_genes):
            x = np.float64(values[i, j])
            count[j] += 1.0 if x == x else 0.0
            term = x if x == x else 0.0
            # The rounding error of each addition is exact and kept (Knuth's two-sum).
            longer = total[j] + term
            added = longer - total[j]
            rest[j] += (total[j] - (longer - added)) + (term - added)
            total[j] = longer
    mean = (total + rest) / count
    squares = np.zeros(n_genes)
    for i in range(n_samples):
        for j in range(n_genes):
            x = np.float64(values[i, j])
            away = x - mean[j] if x == x else 0.0
            squares[j] += away * away
    return count, mean, squares


@compiled
def _sparse_gene_moments(
    data: NDArray[Any], indices: NDArray[Any], n_samples: int, n_genes: int
) -> tuple[Array, Array, Array]:
    count, total, rest = np.full(n_genes, float(n_samples)), np.zeros(n_genes), np.zeros(n_genes)
    unstored = np.full(n_genes, float(n_samples))
    for k in range(data.size):
        x = np.float64(data[k])
        j = indices[k]
        unstored[j] -= 1.0
        if x != x:
            count[j] -= 1.0
            continue
        longer = total[j] + x
        added = longer - total[j]
        rest[j] += (total[j] - (longer - added)) + (x - added)
        total[j] = longer
    mean = (total + rest) / count
    squares = unstored * mean * mean
    for k in range(data.size):
        x = np.float64(data[k])
        away = x - mean[indices[k]] if x == x else 0.0
        squares[indices[k]] += away * away
    return count, mean, squares


@compiled
def _dense_set_sums(
    values: NDArray[Any],
    centre: Array,
    shift: Array,
    starts: Ints,
    members: Ints,
    weights: Array,
) -> tuple[Array, Array, Array]:
    shape = (values.shape[0], starts.size - 1)
    sums, totals, squares = np.empty(shape), np.empty(shape), np.empty(shape)
    for i in range(shape[0]):
        for s in range(shape[1]):
            value = 0.0
            total = 0.0
            square = 0.0
            for k in range(starts[s], starts[s + 1]):
                gene = members[k]
                x = np.float64(values[i, gene])
                if x == x:
                    weight = weights[k]
                    value += weight * (x - centre[gene] - shift[i])
                    total += weight
                    square += weight * weight
            sums[i, s] = value
            totals[i, s] = total
            squares[i, s] = square
    return sums, totals, squares


@compiled
def _sparse_set_sums(
    data: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    centre: Array,
    shift: Array,
    whole: Array,
    starts: Ints,
    sets: Ints,
    weights: Array,
) -> tuple[Array, Array, Array]:
    shape = (indptr.size - 1, whole.shape[1])
    sums, totals, squares = np.empty(shape), np.empty(shape), np.empty(shape)
    for i in range(shape[0]):
        for s in range(shape[1]):
            sums[i, s] = -whole[0, s] - shift[i] * whole[1, s]
            totals[i, s] = whole[1, s]
            squares[i, s] = whole[2, s]
        for k in range(indptr[i], indptr[i + 1]):
            x = np.float64(data[k])
            gene = indices[k]
            for place in range(starts[gene], starts[gene + 1]):
                s = sets[place]
                weight = weights[place]
                if x == x:
                    sums[i, s] += weight * x
                else:
                    sums[i, s] += weight * (centre[gene] + shift[i])
                    totals[i, s] -= weight
                    squares[i, s] -= weight * weight
    return sums, totals, squares
