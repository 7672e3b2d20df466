"""How far a mean rank over a list depends on the list's genes and on the reads that were drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256

import numpy as np

from atrasig.scoring.arrays import Array, Places
from atrasig.scoring.kernels.poisson import (
    BUCKETS,
    FIGURES,
    draw_reads,
    prepare,
    rank_some,
    tabulate,
)

DRAWS = 1000
RESAMPLES = 100
"""Poisson resamples of a sample's counts; draw b of the genes goes with resample b modulo 100."""
LEVEL = 0.95
_AT_ONCE = 2**15
_TABULATED = 2**14


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


@dataclass(frozen=True, eq=False)
class ResampledRanks:
    """Ranks of some genes of a sample had its reads been drawn again.

    Parameters
    ----------
    places
        Shape (genes,): places of the genes in the ranking universe, ascending.
    ranks
        Shape (100, genes): normalised ranks among all genes, NaN where not measured.
    """

    places: Places
    ranks: Array

    def at(self, places: Sequence[int]) -> Array:
        """Ranks of the genes at some places of the universe, shape (100, places)."""
        found: Array = self.ranks[:, np.searchsorted(self.places, places)]
        return found


def resampled_ranks(counts: Array, places: Places | None = None) -> ResampledRanks:
    """Rank genes of a sample had its reads been drawn again, each count from a Poisson of itself.

    Zeros stay zero. Seeded from the counts alone, so that neither name nor place of a sample
    matters, nor which genes are asked for.

    Parameters
    ----------
    counts
        Shape (genes,): reads, none below 0, NaN where not measured.
    places
        Places of the genes whose ranks are asked for, ascending; all by default.
    """
    asked = np.arange(counts.size) if places is None else places
    generator = np.random.default_rng(int.from_bytes(sha256(counts.tobytes()).digest()[:8]))
    drawn = np.flatnonzero(counts > 0)
    measured = ~np.isnan(counts)
    own = np.full(counts.size, -1)
    own[drawn] = np.arange(drawn.size)
    codes = np.empty((RESAMPLES, asked.size), np.int32)
    reads, following = np.empty(drawn.size), np.empty(drawn.size, np.int32)
    sizes, last = np.empty((2, BUCKETS), np.int32)
    n_present = int(measured.sum())
    for row, _ in zip(codes, _draws(generator, counts[drawn], reads), strict=True):
        rank_some(
            reads, reads.view(np.int64), n_present - drawn.size, own[asked], sizes, last,
            following, row,
        )  # fmt: skip
    ranks = np.where(measured[asked], codes / 2, np.nan) / max(n_present, 1)
    return ResampledRanks(asked, ranks)


def _draws(generator: np.random.Generator, rates: Array, reads: Array) -> Iterator[None]:
    """Draw reads anew, a resample at a time, as ``generator.poisson(rates)`` would."""
    figures, uniforms = np.empty((rates.size, FIGURES)), np.empty(0)
    prepare(rates, figures)
    for _ in range(RESAMPLES):
        gene, taken = draw_reads(figures, _log_factorials(), 0, uniforms, reads)
        while gene < rates.size:
            uniforms = np.concatenate([uniforms[taken:], generator.random(_AT_ONCE)])
            gene, taken = draw_reads(figures, _log_factorials(), gene, uniforms, reads)
        uniforms = uniforms[taken:]
        yield


@cache
def _log_factorials() -> Array:
    table = np.empty(_TABULATED)
    tabulate(table)
    return table


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
