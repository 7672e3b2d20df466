"""Moments and compressed populations against explicit ranks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from atrasig.scoring.features import RANK, Feature
from atrasig.scoring.nulls import (
    LinearScore,
    PartSums,
    RankPopulation,
    linear_moments,
    linear_null,
    ssgsea_null,
)
from atrasig.scoring.nulls.ssgsea import TERMS
from tests.scoring.nulls.linear_features import FROM_MIDDLE, capped_rank, recovery

STATISTICS = [RANK, FROM_MIDDLE, capped_rank(30), capped_rank(5000), recovery(0.05), *TERMS]
KINDS = ["untied", "bulk", "cell"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [2, 37, 400, 3001])
def test_moments_equal_those_of_the_explicit_ranks(
    kind: str, n: int, sample_of: Callable[..., Any]
) -> None:
    sample = sample_of(kind, n)
    statistics = tuple(STATISTICS)
    mean, covariance = sample.population.moments(statistics)
    explicit = np.stack([sample.contributions(s) for s in statistics])
    np.testing.assert_allclose(mean, explicit.mean(axis=1), rtol=1e-11)
    scale = explicit.std(axis=1) + 1e-9 * np.abs(mean)
    expected = np.cov(explicit, bias=True)
    assert np.all(np.abs(covariance - expected) <= 1e-8 * np.outer(scale, scale))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("resolution", [64, 500])
@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda s: s.name)
def test_nodes_keep_mass_mean_and_heavy_atoms(
    kind: str, resolution: int, statistic: Feature, sample_of: Callable[..., Any]
) -> None:
    sample = sample_of(kind, 4000)
    nodes = sample.population.nodes((statistic,), resolution)
    explicit = sample.contributions(statistic)
    values = nodes.values[:, 0]
    scale = np.abs(explicit).max()
    assert nodes.mass.sum() == pytest.approx(1, abs=1e-12)
    assert nodes.mass @ values == pytest.approx(explicit.mean(), abs=1e-11 * scale)
    spread = nodes.mass @ values**2 - (nodes.mass @ values) ** 2
    assert spread == pytest.approx(explicit.var(), rel=2e-3)
    found, counts = np.unique(np.round(explicit, 9), return_counts=True)
    for value, count in zip(found, counts, strict=True):
        if count >= 4000 / 64:
            held = nodes.mass[nodes.atom & (np.abs(values - value) < 1e-9 * scale)]
            # A gene elsewhere that happens to have the value of an atom may stay apart.
            assert held.sum() == pytest.approx(count / 4000, abs=1.1 / 4000)


def all_designs(n: int, k_up: int, k_down: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    found = []
    for up in combinations(range(n), k_up):
        rest = [g for g in range(n) if g not in up]
        found += [(up, down) for down in combinations(rest, k_down)]
    return found


@pytest.mark.parametrize("statistic", [RANK, FROM_MIDDLE, capped_rank(4), recovery(0.3)])
@pytest.mark.parametrize(("k_up", "k_down"), [(3, 0), (2, 2), (0, 4)])
@pytest.mark.parametrize(
    "ranks",
    [
        np.arange(1.0, 13),
        np.array([3, 3, 3, 3, 3, 6.5, 6.5, 8, 9, 10, 11.5, 11.5]),
    ],
)
def test_small_populations_by_enumeration(
    statistic: Feature, k_up: int, k_down: int, ranks: np.ndarray, sample_with: Callable[..., Any]
) -> None:
    f = sample_with(ranks).contributions(statistic)
    a_up, a_down = 1 / max(k_up, 1), -1 / max(k_down, 1)
    designs = all_designs(12, k_up, k_down)
    scores = np.array([a_up * f[list(u)].sum() + a_down * f[list(d)].sum() for u, d in designs])
    score = LinearScore.of(
        statistic,
        const=0.0,
        a_up=a_up,
        k_up=np.full(scores.size, k_up),
        a_down=a_down,
        k_down=k_down,
    )
    population = RankPopulation.from_ranks(ranks)
    mean, sd = linear_moments(population, score)
    assert mean[0] == pytest.approx(scores.mean(), abs=1e-12)
    assert sd[0] == pytest.approx(scores.std(), rel=1e-10)
    tails = linear_null(population, score, scores)
    upper = np.array([(scores >= s - 1e-9).mean() for s in scores])
    lower = np.array([(scores <= s + 1e-9).mean() for s in scores])
    for found, exact in ((tails.upper, upper), (tails.lower, lower)):
        # Exact, but for the mean of a tied run over its places, which falls between two points.
        assert np.all(found >= exact - 1e-6)
        assert np.all(found <= exact + (0.02 if statistic.over_places else 1e-6))


def test_a_sample_whose_genes_all_tie_has_one_score_and_p_1() -> None:
    population = RankPopulation.from_ranks(np.full(50, 25.5))
    score = LinearScore.of(RANK, const=0.0, a_up=1.0, k_up=np.array([5, 9]))
    tails = linear_null(population, score, np.array([127.5, 229.5]))
    assert np.array_equal(tails.sd, [0, 0])
    assert np.array_equal(tails.p, [1, 1])
    r = np.array([25.5])
    sums = PartSums(np.array([3.0]), 3 * r, 3 * r**0.25, 3 * r**1.25)
    es = ssgsea_null(population, sums, PartSums.none(1))
    assert es.sd[0] == 0
    assert es.p[0] == 1


def test_missing_scores_and_empty_sets_stay_missing() -> None:
    score = LinearScore.of(RANK, const=0.0, a_up=1.0, k_up=np.array([5, 0, 5]))
    tails = linear_null(RankPopulation.untied(100), score, np.array([np.nan, 0.0, 300.0]))
    assert np.isnan(tails.p[:2]).all()
    assert 0 < tails.p[2] < 1


def test_a_sample_without_measured_genes_has_no_null() -> None:
    nothing, size = RankPopulation.untied(0), np.zeros(2)
    line = LinearScore.of(RANK, const=0.0, a_up=1.0, k_up=size)
    missing = np.full(2, np.nan)
    sums = PartSums.none(2)
    for tails in (linear_null(nothing, line, missing), ssgsea_null(nothing, sums, sums)):
        for values in (tails.mean, tails.sd, tails.p):
            assert np.isnan(values).all()
