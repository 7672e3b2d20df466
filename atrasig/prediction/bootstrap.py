"""How far a mean rank over a list depends on the list's genes and on the reads that were drawn."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

import numpy as np

from atrasig.scoring.arrays import Array
from atrasig.scoring.ranks import DenseRanks

DRAWS = 1000
RESAMPLES = 100
"""Poisson resamples of a sample's counts; draw b of the genes goes with resample b modulo 100."""
LEVEL = 0.95
_AT_ONCE = 20


@lru_cache(maxsize=128)
def gene_weights(n_genes: int, seed: int) -> Array:
    """Bootstrap weights of a list's genes.

    The same list gets the same draws in every sample, so that an interval depends on the sample
    and the artefact alone.

    Parameters
    ----------
    n_genes
        Measured genes of the list.
    seed
        From the hash of the artefact and the list's place in it.

    Returns
    -------
    numpy.ndarray
        Shape (1000, n_genes), read-only; each row sums to 1.
    """
    generator = np.random.default_rng([seed, n_genes])
    drawn = generator.integers(n_genes, size=(DRAWS, n_genes))
    drawn += n_genes * np.arange(DRAWS)[:, None]
    times = np.bincount(drawn.ravel(), minlength=DRAWS * n_genes).reshape(DRAWS, n_genes)
    weights: Array = times / n_genes
    weights.setflags(write=False)
    return weights


def weighted_sums(weights: Array, values: Array) -> Array:
    """Sum of `values` under each row of `weights`, shape (draws,).

    Not a BLAS product, whose last digits depend on the number of threads.
    """
    sums: Array = np.einsum("ij,j->i", weights, values)
    return sums


def resampled_ranks(counts: Array) -> Array:
    """Ranks of a sample had its reads been drawn again, each count from a Poisson of itself.

    Zeros stay zero. Seeded from the counts alone, so that neither name nor place of a sample
    matters.

    Parameters
    ----------
    counts
        Shape (genes,): reads, NaN where not measured.

    Returns
    -------
    numpy.ndarray
        Shape (100, genes): normalised ranks, NaN where not measured.
    """
    generator = np.random.default_rng(int.from_bytes(sha256(counts.tobytes()).digest()[:8]))
    columns = np.arange(counts.size)
    drawn = np.flatnonzero(counts > 0)
    ranks = np.empty((RESAMPLES, counts.size))
    for start in range(0, RESAMPLES, _AT_ONCE):
        reads = np.repeat(counts[None, :], _AT_ONCE, axis=0)
        reads[:, drawn] = generator.poisson(counts[drawn], size=(_AT_ONCE, drawn.size))
        found = DenseRanks.rank(reads, columns)
        ranks[start : start + _AT_ONCE] = found.dense() / found.n_present[:, None]
    return ranks


def resampled_sums(weights: Array, values: Array) -> Array:
    """Sum `values` under `weights`, each resample of the values under its share of the rows.

    Parameters
    ----------
    weights
        Shape (1000, genes).
    values
        Shape (100, genes): one row a resample.

    Returns
    -------
    numpy.ndarray
        Shape (1000,): row b of the weights on row b modulo 100 of the values.
    """
    grouped = weights.reshape(-1, *values.shape)
    sums: Array = np.einsum("kri,ri->kr", grouped, values).ravel()
    return sums


def interval(draws: Array) -> tuple[float, float]:
    """Lower and upper bound of the central 95 % of bootstrap draws."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def seed_of(model_hash: str, place: int) -> int:
    """Seed of the list at a place of an artefact."""
    return int(model_hash[:12], 16) + place
