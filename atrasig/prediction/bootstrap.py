"""Gene bootstrap: how far a mean over a list depends on which genes the list holds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from atrasig.scoring.arrays import Array

DRAWS = 1000
LEVEL = 0.95


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


def interval(draws: Array) -> tuple[float, float]:
    """Lower and upper bound of the central 95 % of bootstrap draws."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def seed_of(model_hash: str, place: int) -> int:
    """Seed of the list at a place of an artefact."""
    return int(model_hash[:12], 16) + place
