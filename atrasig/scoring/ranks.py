"""Ranks of the genes within each sample: the one pass that every rank-based score rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def average_ranks(values: Array) -> Array:
    """Rank the genes of each sample, tied genes sharing the mean of their places.

    Parameters
    ----------
    values
        Shape (samples, genes), any scale; NaN marks a gene that was not measured.

    Returns
    -------
    numpy.ndarray
        Shape (samples, genes), float64; 1 is the lowest of the measured genes, NaN stays NaN.
    """
    n_samples, n_genes = values.shape
    if values.size == 0:
        return np.empty((n_samples, n_genes))
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    starts_run = np.ones((n_samples, n_genes), dtype=bool)
    starts_run[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    starts = np.flatnonzero(starts_run)
    lengths = np.diff(starts, append=values.size)
    mean_place = starts % n_genes + (lengths + 1) / 2
    ranks = np.empty((n_samples, n_genes))
    np.put_along_axis(
        ranks, order, np.repeat(mean_place, lengths).reshape(n_samples, n_genes), axis=1
    )
    ranks[np.isnan(values)] = np.nan
    return ranks


@dataclass(frozen=True)
class RankBlock:
    """Ranks of a block of samples, and the values behind them.

    Parameters
    ----------
    values
        Shape (samples, genes): expression as given, 0 where a gene was not measured.
    ranks
        Shape (samples, genes): average ranks, 0 where a gene was not measured.
    present
        Shape (samples, genes): whether the gene was measured.
    n_present
        Shape (samples,): number of measured genes, N.
    """

    values: Array
    ranks: Array
    present: NDArray[np.bool_]
    n_present: Array

    @classmethod
    def from_values(cls, values: Array) -> RankBlock:
        """Rank a block of expression values, shape (samples, genes)."""
        ranks = average_ranks(values)
        present = ~np.isnan(ranks)
        return cls(
            values=np.where(present, values, 0.0),
            ranks=np.where(present, ranks, 0.0),
            present=present,
            n_present=present.sum(axis=1).astype(np.float64),
        )

    def normalised(self) -> Array:
        """Ranks divided by N, shape (samples, genes): near 0 lowest, 1 highest, NaN missing."""
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled = self.ranks / self.n_present[:, None]
        return np.where(self.present, scaled, np.nan)
