"""Figures of a matrix on which its scale is decided."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import ScaleError
from atrasig.harmonisation.bands import bands, by_bands

Array = NDArray[np.float64]
_GENES_AT_ONCE = 1_000


def scale_evidence(values: Any) -> dict[str, float]:
    """Figures on which the scale is decided.

    Parameters
    ----------
    values
        Shape (samples, genes), dense (NaN where missing) or sparse.

    Returns
    -------
    dict
        ``samples``, ``genes``, ``minimum``, ``maximum``, ``integer_share``, ``negative_share``,
        ``floor_share`` (median over samples of the share of values that tie at the sample's
        minimum), ``zero_share`` (the same of values that are 0), ``lowest_sum`` and
        ``highest_sum`` of a sample that is not all zero, ``gene_mean`` and ``gene_sd`` (medians
        over the genes that every sample has; near 0 and 1 for z-scores, which are never sparse, so
        0 for sparse values).
    """
    from scipy.sparse import issparse

    return _sparse_evidence(values) if issparse(values) else _dense_evidence(values)


def _sparse_evidence(values: Any) -> dict[str, float]:
    low, high = _sum_range(np.asarray(values.sum(axis=1)).ravel())
    floor, n_floor = sample_floor(values)
    n_cells = max(values.shape[0] * values.shape[1], 1)
    n_filled = (values != 0).sum(axis=1)
    fractional = int(np.sum(values.data != np.round(values.data)))
    return {
        "samples": float(values.shape[0]),
        "genes": float(values.shape[1]),
        "minimum": float(floor.min()),
        "maximum": float(values.max()),
        "integer_share": 1 - fractional / n_cells,
        "negative_share": int(np.sum(values.data < 0)) / n_cells,
        "floor_share": float(np.median(_tied(n_floor) / max(values.shape[1], 1))),
        "zero_share": float(np.median(1 - n_filled / max(values.shape[1], 1))),
        "lowest_sum": low,
        "highest_sum": high,
        "gene_mean": 0.0,
        "gene_sd": 0.0,
    }


def _dense_evidence(values: Array) -> dict[str, float]:
    measured = by_bands(values, lambda band: (~np.isnan(band)).sum(axis=1))
    n_values = int(measured.sum())
    if n_values == 0:
        raise ScaleError("The matrix has no value", fix="Check that the cells hold numbers.")
    n_measured = np.maximum(measured, 1)
    low, high = _sum_range(by_bands(values, lambda band: np.nansum(band, axis=1)))
    _, n_floor = sample_floor(values)
    n_zero = by_bands(values, lambda band: (band == 0).sum(axis=1))
    whole, negative = (by_bands(values, count).sum() for count in (_n_whole, _n_negative))
    mean, deviation = _gene_figures(values)
    return {
        "samples": float(values.shape[0]),
        "genes": float(values.shape[1]),
        "minimum": float(np.fmin.reduce(values, axis=None)),
        "maximum": float(np.fmax.reduce(values, axis=None)),
        "integer_share": float(whole / n_values),
        "negative_share": float(negative / n_values),
        "floor_share": float(np.median(_tied(n_floor) / n_measured)),
        "zero_share": float(np.median(n_zero / n_measured)),
        "lowest_sum": low,
        "highest_sum": high,
        "gene_mean": mean,
        "gene_sd": deviation,
    }


def _n_whole(values: Array) -> NDArray[np.int64]:
    return np.asarray((values == np.round(values)).sum(axis=1))


def _n_negative(values: Array) -> NDArray[np.int64]:
    return np.asarray((values < 0).sum(axis=1))


def _gene_figures(values: Array) -> tuple[float, float]:
    """Medians of mean and standard deviation over the genes that every sample has, else 0."""
    everywhere = np.ones(values.shape[1], dtype=bool)
    for band in bands(values):
        everywhere &= ~np.isnan(values[band]).any(axis=0)
    genes = np.flatnonzero(everywhere)
    if values.shape[0] <= 2 or not genes.size:
        return 0.0, 0.0
    means, deviations = np.empty(genes.size), np.empty(genes.size)
    for places in np.array_split(np.arange(genes.size), -(-genes.size // _GENES_AT_ONCE)):
        part = values[:, genes[places]]
        means[places], deviations[places] = part.mean(axis=0), part.std(axis=0)
    return float(np.median(means)), float(np.median(deviations))


def _tied(n_floor: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(n_floor > 1, n_floor, 0)


def _sum_range(sums: Array) -> tuple[float, float]:
    filled = sums[sums != 0]
    return (float(filled.min()), float(filled.max())) if filled.size else (0.0, 0.0)


def sample_floor(values: Any) -> tuple[Array, NDArray[np.int64]]:
    """Lowest value of each sample and how many of its values equal it.

    Parameters
    ----------
    values
        Shape (samples, genes), dense (NaN where missing) or sparse.

    Returns
    -------
    floor : numpy.ndarray
        Shape (samples,); infinite for a sample without a value.
    n_floor : numpy.ndarray
        Shape (samples,).
    """
    from scipy.sparse import csr_array, issparse

    if not issparse(values):
        floor = by_bands(values, _lowest)
        equal = [
            (values[band] == floor[band, None]).sum(axis=1, where=~np.isnan(values[band]))
            for band in bands(values)
        ]
        return floor, np.concatenate(equal)
    matrix = csr_array(values)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    n_stored = np.bincount(rows, weights=matrix.data != 0, minlength=matrix.shape[0])
    n_zero = matrix.shape[1] - n_stored.astype(np.int64)
    floor = np.where(n_zero > 0, 0.0, np.inf)
    np.minimum.at(floor, rows, matrix.data)
    at_floor = (matrix.data == floor[rows]) & (matrix.data != 0)
    n_floor = np.bincount(rows, weights=at_floor, minlength=matrix.shape[0]).astype(np.int64)
    return floor, n_floor + np.where(floor == 0, n_zero, 0)


def _lowest(values: Array) -> Array:
    """Lowest value of each sample, infinite for one without a value."""
    measured = np.where(np.isnan(values), np.inf, values)
    return np.asarray(np.min(measured, axis=1, initial=np.inf))


def lowest_cell(values: Any) -> tuple[int, int]:
    """Sample and gene of the lowest value.

    Parameters
    ----------
    values
        Shape (samples, genes), dense (NaN where missing) or sparse with a value below 0.
    """
    from scipy.sparse import coo_array, issparse

    if issparse(values):
        matrix = coo_array(values)
        place = int(np.argmin(matrix.data))
        return int(matrix.row[place]), int(matrix.col[place])
    row, column = np.unravel_index(np.nanargmin(values), values.shape)
    return int(row), int(column)


def centre_and_spread(values: Array) -> tuple[float, float]:
    """Median over samples of a sample's median and of its interquartile range.

    Parameters
    ----------
    values
        Shape (samples, genes), dense, NaN where missing.
    """
    measured = values[~np.isnan(values).all(axis=1)]
    low, centre, high = np.nanquantile(measured, [0.25, 0.5, 0.75], axis=1)
    return float(np.median(centre)), float(np.median(high - low))
