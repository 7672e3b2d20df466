"""Null of scores that are sums over genes: singscore, UCell, AUCell, undirected singscore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from atrasig.scoring.arrays import Array
from atrasig.scoring.features import Feature
from atrasig.scoring.kernels.tails import sum_deviates
from atrasig.scoring.nulls.lattice import FLOOR, Draws, Lattice, build_lattice
from atrasig.scoring.nulls.population import RankPopulation
from atrasig.scoring.nulls.tails import Tails, normal_tails

RESOLUTION = 64
LATTICE_RESOLUTION = 2048
LUMPY = 1e-4
POINTS = 4096
FEW = 3
_KEPT_POINTS = 2**17


@dataclass(frozen=True)
class LinearScore:
    """Scores ``const + a_up * sum over up + a_down * sum over down``, one a set.

    Parameters
    ----------
    statistic
        What a gene adds.
    const, a_up, a_down
        Shape (sets,). A coefficient of a part without genes is ignored.
    k_up, k_down
        Shape (sets,): matched genes of each part. Parts of a set do not share genes.
    """

    statistic: Feature
    const: Array
    a_up: Array
    a_down: Array
    k_up: Array
    k_down: Array

    @classmethod
    def of(
        cls,
        statistic: Feature,
        *,
        const: Array | float,
        a_up: Array | float,
        k_up: Array,
        a_down: Array | float = 0.0,
        k_down: Array | float = 0.0,
    ) -> LinearScore:
        """Broadcast scalars to sets, and clear the coefficients of parts without genes."""
        columns = np.broadcast_arrays(*map(np.atleast_1d, (const, a_up, a_down, k_up, k_down)))
        base, up, down, size_up, size_down = (np.array(c, dtype=np.float64) for c in columns)
        up[size_up == 0] = down[size_down == 0] = 0.0
        return cls(statistic, base, up, down, size_up, size_down)


def linear_moments(population: RankPopulation, score: LinearScore) -> tuple[Array, Array]:
    """Exact mean and standard deviation of a score over random gene sets, ties included.

    Gene sets are drawn without replacement, the parts of a set from one pool.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (sets,).
    """
    mean, covariance = population.moments((score.statistic,))
    up, down = score.k_up, score.k_down
    centre = score.const + mean[0] * (score.a_up * up + score.a_down * down)
    n_genes = population.n_genes
    own = score.a_up**2 * up * (n_genes - up) + score.a_down**2 * down * (n_genes - down)
    shared = 2 * score.a_up * score.a_down * up * down
    variance = covariance[0, 0] * (own - shared) / max(n_genes - 1, 1)
    return centre, np.sqrt(np.maximum(variance, 0.0))


def linear_null(population: RankPopulation, score: LinearScore, observed: Array) -> Tails:
    """Null distribution of a linear score in one sample.

    Smooth sums by a saddlepoint, whose deviation is scaled by the exact standard deviation; sums
    that ties or a flat part of the statistic make lumpy, and those of very few genes, on a lattice.

    Parameters
    ----------
    population
        Ranks of the sample.
    score
        How scores are made.
    observed
        Shape (sets,): observed scores; NaN stays NaN.

    Returns
    -------
    Tails
        Arrays of shape (sets,); NaN in a sample without genes.
    """
    observed = np.asarray(observed, dtype=np.float64)
    if not population.n_genes:
        return Tails.unknown(observed.shape)
    mean, sd = linear_moments(population, score)
    lower, upper = np.full(mean.size, np.nan), np.full(mean.size, np.nan)
    valid = ~np.isnan(observed) & (score.k_up + score.k_down > 0)
    fixed = valid & (sd <= 1e-12 * np.maximum(1.0, np.abs(mean)))
    lower[fixed] = upper[fixed] = 1.0
    todo = valid & ~fixed
    lumpy = todo & _is_lumpy(population, score)
    for chosen, solve in ((todo & ~lumpy, _smooth), (lumpy, _lumpy)):
        where = np.flatnonzero(chosen)
        if where.size:
            part = _take(score, where)
            deviation = observed[where] - mean[where]
            lower[where], upper[where] = solve(population, part, deviation, sd[where])
    return Tails(mean, sd, lower, upper)


def _take(score: LinearScore, where: Any) -> LinearScore:
    columns = (score.const, score.a_up, score.a_down, score.k_up, score.k_down)
    return LinearScore(score.statistic, *(column[where] for column in columns))


def _is_lumpy(population: RankPopulation, score: LinearScore) -> Any:
    size = score.k_up + score.k_down
    if score.statistic.truncated:
        return np.ones(size.size, dtype=bool)
    nodes = population.nodes((score.statistic,), RESOLUTION)
    return (nodes.atomic**size > LUMPY) | (size <= FEW)


def _deviates(
    population: RankPopulation, score: LinearScore, deviation: Array, sd: Array
) -> tuple[Array, Array]:
    nodes = population.nodes((score.statistic,), RESOLUTION)
    values = nodes.values[:, 0] - nodes.mass @ nodes.values[:, 0]
    spread = float(nodes.mass @ values**2)
    free = np.sqrt(spread * (score.a_up**2 * score.k_up + score.a_down**2 * score.k_down))
    return sum_deviates(
        values,
        nodes.mass,
        score.a_up,
        score.a_down,
        score.k_up,
        score.k_down,
        deviation * free / sd,
    )


def _smooth(
    population: RankPopulation, score: LinearScore, deviation: Array, sd: Array
) -> tuple[Array, Array]:
    return normal_tails(_deviates(population, score, deviation, sd)[0])


def _lumpy(
    population: RankPopulation, score: LinearScore, deviation: Array, sd: Array
) -> tuple[Array, Array]:
    lower, upper = np.empty(sd.size), np.empty(sd.size)
    mean = population.moments((score.statistic,))[0][0]
    designs = np.stack([score.a_up, score.a_down, score.k_up, score.k_down], axis=1)
    kinds, of = np.unique(designs, axis=0, return_inverse=True)
    for kind, design in enumerate(kinds):
        where = np.flatnonzero(of.ravel() == kind)
        lattice = _lattice(population, score.statistic, *design)
        centre = mean * (design[0] * design[2] + design[1] * design[3])
        lower[where], upper[where] = lattice.tails(deviation[where] + centre)
    far = np.minimum(lower, upper) < FLOOR
    if far.any():
        where = np.flatnonzero(far)
        exponent = _deviates(population, _take(score, where), deviation[where], sd[where])[1]
        bound = np.minimum(FLOOR, np.exp(-np.abs(exponent)))
        lower[where] = np.where(exponent < 0, bound, 1.0)
        upper[where] = np.where(exponent < 0, 1.0, bound)
    return lower, upper


def _lattice(
    population: RankPopulation,
    statistic: Feature,
    a_up: float,
    a_down: float,
    k_up: float,
    k_down: float,
) -> Lattice:
    def make() -> Lattice:
        nodes = population.nodes((statistic,), LATTICE_RESOLUTION)
        values = nodes.values[:, 0]
        draws = Draws(
            a_up * values,
            a_down * values,
            nodes.mass,
            int(k_up),
            int(k_down),
            population.n_genes,
            nodes.atomic,
        )
        # Tables without ties are shared by all samples of a size: finer ones pay there.
        most = POINTS if population.is_tied else _KEPT_POINTS
        coefficients = {abs(a) for a, k in ((a_up, k_up), (a_down, k_down)) if k}
        unit = max(coefficients) * statistic.unit if len(coefficients) == 1 else 0.0
        return build_lattice(draws, unit, most, careful=statistic.truncated)

    # A tied population is asked once for each: to keep them would only fill the memory.
    if population.is_tied:
        return make()
    return population.recall(("lattice", statistic.name, a_up, a_down, k_up, k_down), make)
