"""Null of ssGSEA: a ratio of sums over random gene sets, or a difference of two ratios."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array
from atrasig.scoring.features import RANK, Feature
from atrasig.scoring.kernels.ratio_tails import ratio_deviates, ratio_moments
from atrasig.scoring.nulls.lattice import FLOOR, Draws, build_lattice
from atrasig.scoring.nulls.linear import LUMPY, RESOLUTION
from atrasig.scoring.nulls.population import RankPopulation
from atrasig.scoring.nulls.tails import Tails, normal_tails

EXPONENT = 0.25
WEIGHTED = Feature("weighted_rank", lambda rank, n_genes: rank ** (1 + EXPONENT))
WEIGHT = Feature("weight", lambda rank, n_genes: rank**EXPONENT)
TERMS = (WEIGHTED, WEIGHT, RANK)
_FINE_RESOLUTION = 256
_POINTS = 2048
_QUADRATURE = 12
_MARGIN = 0.02


@dataclass(frozen=True)
class PartSums:
    """Sums over the matched genes of one direction part of each set.

    Parameters
    ----------
    size
        Matched genes k, shape (sets,) or (samples, sets) as all of them; 0 for a set without this
        part.
    rank, weight, weighted_rank
        Sums of ``r``, ``r^0.25`` and ``r^1.25``, r being ascending average ranks.
    """

    size: Array
    rank: Array
    weight: Array
    weighted_rank: Array

    @classmethod
    def none(cls, n_sets: int) -> PartSums:
        """Return the sums of a part that no set has."""
        empty = np.zeros(n_sets)
        return cls(empty, empty, empty, empty)

    def of(self, sample: int) -> PartSums:
        """Take the sums in one of several samples."""
        return PartSums(
            self.size[sample], self.rank[sample], self.weight[sample], self.weighted_rank[sample]
        )

    def enrichment(self, n_genes: Array | int) -> Array:
        """Give ES of the part, ``sum(r^a r) / sum(r^a) - (N(N+1)/2 - sum r) / (N - k)``.

        Parameters
        ----------
        n_genes
            Ranked genes N; shape (samples, 1) for several samples.

        Returns
        -------
        numpy.ndarray
            Of the shape of the sums; 0 for a set without the part.
        """
        used = self.size > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            hits = self.weighted_rank / self.weight
            misses = (n_genes * (n_genes + 1) / 2 - self.rank) / (n_genes - self.size)
        return np.where(used, hits - misses, 0.0)


@dataclass(frozen=True)
class _Design:
    """Null of scores of one design a set: sizes of parts, and what follows from them.

    Parameters
    ----------
    k_up, k_down
        Shape (sets,): genes of each part.
    mean, sd
        Shape (sets,): moments of the score of random sets.
    part_mean, part_variance
        Shape (2, sets): moments of ES of random parts.
    widening
        Shape (sets,): how much wider independent draws would spread.
    beside
        Shape (2, sets): what a rank adds to the numerator, the product of two sums in ES being
        linearised.
    """

    k_up: Array
    k_down: Array
    mean: Array
    sd: Array
    part_mean: Array
    part_variance: Array
    widening: Array
    beside: Array


def ssgsea_null(population: RankPopulation, up: PartSums, down: PartSums) -> Tails:
    """Null distribution of ssGSEA, up part minus down part, in one sample.

    Moments are those of the ratio (by quadrature), with the variance of draws without replacement
    from one pool. Tails are saddlepoint approximations with scores that depend on the observed
    ratio; where ties make the sums lumpy they are read off a lattice, the ratio being linear in
    the sums at the observed ones.

    Parameters
    ----------
    population
        Ranks of the sample.
    up, down
        Sums over the observed parts.

    Returns
    -------
    Tails
        Arrays of shape (sets,); NaN where a sum is NaN, or a part takes up all genes.
    """
    n_genes = population.n_genes
    observed = up.enrichment(n_genes) - down.enrichment(n_genes)
    if not n_genes:
        return Tails.unknown(observed.shape)
    design = _design(population, up.size, down.size)
    lower, upper = np.full(observed.shape, np.nan), np.full(observed.shape, np.nan)
    valid = np.isfinite(observed) & np.isfinite(design.mean)
    if population.degenerate:
        lower[valid] = upper[valid] = 1.0
        return Tails(design.mean, design.sd, lower, upper)
    where = np.flatnonzero(valid)
    deviates, exponents = _deviates(population, design, observed, where)
    lower[where], upper[where] = normal_tails(deviates)
    sizes = design.k_up[where] + design.k_down[where]
    lumpy = population.nodes(TERMS, RESOLUTION).atomic ** sizes > LUMPY
    for i, exponent in zip(where[lumpy], exponents[lumpy], strict=True):
        lower[i], upper[i] = _lumpy_tails(population, up, down, int(i), float(exponent))
    return Tails(design.mean, design.sd, lower, upper)


@lru_cache(maxsize=1)
def _laguerre() -> tuple[Array, Array]:
    points, weights = np.polynomial.laguerre.laggauss(_QUADRATURE)
    return points, weights


def _design(population: RankPopulation, k_up: Array, k_down: Array) -> _Design:
    key = ("ssgsea", k_up.tobytes(), k_down.tobytes())
    return population.recall(key, lambda: _make_design(population, np.stack([k_up, k_down])))


def _make_design(population: RankPopulation, sizes: Array) -> _Design:
    n_genes = population.n_genes
    centre, covariance = population.moments(TERMS)
    sizes = np.where(sizes < n_genes, sizes, np.nan)
    used = sizes > 0
    hits_mean, stretch = _hits(population, sizes)
    ratio = centre[0] / centre[1]
    finite = (n_genes - sizes) / max(n_genes - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_weight = np.where(used, 1 / (sizes * centre[1]), 0.0)
        gradient = np.stack([per_weight, -ratio * per_weight, used / (n_genes - sizes)])
        spread = np.einsum("aps,ab,bps->ps", gradient, covariance, gradient)
        between = np.einsum("as,ab,bs->s", gradient[:, 0], covariance, gradient[:, 1])
        mean = np.where(used, ratio + (hits_mean - ratio) * finite - (n_genes + 1) / 2, 0.0)
        free = sizes * spread
        # Disjoint parts share one pool: a high up part leaves lower ranks to the down part.
        shared = 2 * sizes[0] * sizes[1] * between / max(n_genes - 1, 1)
        linear = (free * finite).sum(axis=0) + shared
        variance = free * finite * stretch
        sd = np.sqrt(np.maximum(variance.sum(axis=0) + shared, 0.0))
        widening = np.sqrt(free.sum(axis=0) / linear)
        beside = sizes * centre[1] / (n_genes - sizes)
    total = np.where(used.any(axis=0), mean[0] - mean[1] + 0 * sizes.sum(axis=0), np.nan)
    return _Design(sizes[0], sizes[1], total, sd, mean, variance, widening, beside)


def _hits(population: RankPopulation, sizes: Array) -> tuple[Array, Array]:
    """Mean of the ratio in ES for independent draws, and its variance by that linearised."""
    nodes = population.nodes(TERMS, RESOLUTION)
    top, bottom = (np.ascontiguousarray(nodes.values[:, j]) for j in (0, 1))
    kinds, of = np.unique(np.nan_to_num(sizes), return_inverse=True)
    mean, variance = ratio_moments(top, bottom, nodes.mass, kinds, *_laguerre())
    centre = nodes.mass @ bottom
    event = top - (nodes.mass @ top) / centre * bottom
    linear = float(nodes.mass @ event**2) / centre**2
    stretch = variance * kinds / linear if linear > 0 else np.ones_like(kinds)
    return mean[of].reshape(sizes.shape), stretch[of].reshape(sizes.shape)


def _deviates(
    population: RankPopulation, design: _Design, observed: Array, where: NDArray[np.intp]
) -> tuple[Array, Array]:
    nodes = population.nodes(TERMS, RESOLUTION)
    weighted, weight, rank = (np.ascontiguousarray(nodes.values[:, j]) for j in range(3))
    middle = (population.n_genes + 1) / 2
    mean, beside = design.mean[where], np.ascontiguousarray(design.beside[:, where])
    k_up, k_down = design.k_up[where], design.k_down[where]
    difference = mean + (observed[where] - mean) * design.widening[where]
    # ES is the ratio less (N + 1) / 2; in a difference of two that cancels.
    target = difference + middle * ((k_up > 0).astype(float) - (k_down > 0))
    variance = design.part_variance[:, where]
    share = variance[0] / np.maximum(variance.sum(axis=0), np.finfo(float).tiny)
    split = design.part_mean[0, where] + (difference - mean) * share + middle
    ratios = weighted / weight + beside[:, :, None] * ((rank - middle) / weight)
    low, high = ratios.min(axis=2), ratios.max(axis=2)
    margin = _MARGIN * (high - low)
    low, high = low + margin, high - margin
    split = np.clip(split, np.maximum(low[0], low[1] + target), None)
    split = np.minimum(split, np.minimum(high[0], high[1] + target))
    return ratio_deviates(
        weighted, rank - middle, weight, nodes.mass, beside, k_up, k_down, target, split
    )


def _lumpy_tails(
    population: RankPopulation, up: PartSums, down: PartSums, i: int, exponent: float
) -> tuple[float, float]:
    nodes = population.nodes(TERMS, _FINE_RESOLUTION)
    n_genes = population.n_genes
    weighted, weight, rank = nodes.values.T
    contributions, total = [np.zeros_like(rank), np.zeros_like(rank)], 0.0
    for side, (part, sign) in enumerate(((up, 1.0), (down, -1.0))):
        if part.size[i] > 0:
            others = n_genes - part.size[i]
            ratio = part.weighted_rank[i] / part.weight[i]
            hits = (weighted - ratio * weight) / part.weight[i]
            contributions[side] = sign * (hits + rank / others)
            total += sign * float(part.rank[i]) / others
    draws = Draws(
        contributions[0],
        contributions[1],
        nodes.mass,
        int(up.size[i]),
        int(down.size[i]),
        n_genes,
        nodes.atomic,
    )
    lattice = build_lattice(draws, largest=_POINTS)
    lower, upper = (float(tail[0]) for tail in lattice.tails(np.array([total])))
    if min(lower, upper) >= FLOOR:
        return lower, upper
    bound = min(FLOOR, float(np.exp(-abs(exponent))))
    return (bound, 1.0) if exponent < 0 else (1.0, bound)
