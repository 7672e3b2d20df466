"""p-values under the null: random gene sets scored one by one in samples of 20,000 genes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from atrasig.scoring.features import RANK, Feature
from atrasig.scoring.methods import aucell, ucell
from atrasig.scoring.nulls import (
    LinearScore,
    PartSums,
    Tails,
    expression_matched,
    linear_null,
    reference_strata,
    ssgsea_null,
)
from tests.scoring.nulls.linear_features import FROM_MIDDLE

N_GENES = 20_000
SIZES = [5, 20, 42, 200]
UCELL, AUCELL = ucell.SCALE.feature, aucell.SCALE.feature


def largest_gap(p: np.ndarray) -> float:
    ordered, steps = np.sort(p), np.arange(p.size + 1) / p.size
    return float(max(np.max(steps[1:] - ordered), np.max(ordered - steps[:-1])))


def excess(p: np.ndarray) -> float:
    """Largest amount by which P(p <= a) exceeds a."""
    return float(np.max(np.arange(1, p.size + 1) / p.size - np.sort(p)))


def observe(
    sample: Any, statistic: Feature, k_up: int, k_down: int, sets: Any
) -> tuple[LinearScore, np.ndarray]:
    """Scores of random sets by explicit sums, scaled as singscore scales them."""
    f = sample.contributions(statistic)
    n = f.size
    a_up = 1 / (k_up * (n - k_up)) if k_up else 0.0
    a_down = -1 / (k_down * (n - k_down)) if k_down else 0.0
    found = [
        a_up * f[picks[:, :k_up]].sum(axis=1) + a_down * f[picks[:, k_up:]].sum(axis=1)
        for picks in sets
    ]
    scores = np.concatenate(found)
    size = np.full(scores.size, k_up)
    score = LinearScore.of(statistic, const=0.0, a_up=a_up, k_up=size, a_down=a_down, k_down=k_down)
    return score, scores


def observe_ssgsea(sample: Any, k_up: int, k_down: int, sets: Any) -> Tails:
    parts = []
    for picks in sets:
        up, down = sample.sums(picks[:, :k_up]), sample.sums(picks[:, k_up:])
        parts.append(ssgsea_null(sample.population, up, down))
    columns = ("mean", "sd", "lower", "upper")
    return Tails(*(np.concatenate([getattr(p, c) for p in parts]) for c in columns))


def show(name: str, p: np.ndarray, mid: np.ndarray) -> None:
    rates = " ".join(f"{np.mean(p <= a) / a:6.2f}" for a in (0.05, 0.01, 1e-3, 1e-4))
    print(
        f"{name:24s} sets {p.size:7d}  |ECDF-p| {largest_gap(p):.4f}  above {excess(p):.4f}  "
        f"mid-p {largest_gap(mid):.4f}  rate/a at .05 .01 .001 .0001: {rates}"
    )


def tails_of(method: str, sample: Any, k_up: int, k_down: int, sets: Any) -> Tails:
    if method == "ssgsea":
        return observe_ssgsea(sample, k_up, k_down, sets)
    statistic = {"singscore": RANK, "undirected": FROM_MIDDLE, "ucell": UCELL, "aucell": AUCELL}
    score, observed = observe(sample, statistic[method], k_up, k_down, sets)
    return linear_null(sample.population, score, observed)


def mid_p(tails: Tails) -> np.ndarray:
    return tails.randomised(np.random.default_rng(11).random(tails.lower.size))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("method", ["singscore", "ssgsea", "undirected"])
def test_p_is_uniform_under_the_null(
    method: str, size: int, sample_of: Callable[..., Any], sets_of: Callable[..., Any]
) -> None:
    sample = sample_of("untied", N_GENES)
    first = tails_of(method, sample, size, 0, sets_of(N_GENES, size, 20_000, size))
    show(f"{method} k={size}", first.p, mid_p(first))
    assert largest_gap(first.p) <= 0.015
    if method == "undirected":
        return
    # 20,000 sets expect 20 below 1e-3: only more of them can tell 30 % from chance.
    tails = tails_of(method, sample, size, 0, sets_of(N_GENES, size, 200_000, size + 1))
    show(f"{method} k={size}", tails.p, mid_p(tails))
    assert largest_gap(tails.p) <= 0.015
    assert np.mean(tails.p <= 1e-3) == pytest.approx(1e-3, rel=0.3)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("method", ["ucell", "aucell"])
def test_truncated_scores_are_never_too_significant(
    method: str, size: int, sample_of: Callable[..., Any], sets_of: Callable[..., Any]
) -> None:
    n = 100_000
    tails = tails_of(method, sample_of("untied", N_GENES), size, 0, sets_of(N_GENES, size, n, size))
    show(f"{method} k={size}", tails.p, mid_p(tails))
    for level in (0.05, 0.01, 1e-3):
        allowed = level + 3.5 * np.sqrt(level / n)
        assert np.mean(tails.p <= level) <= allowed
    assert excess(tails.p) <= 1.7 / np.sqrt(n)
    assert largest_gap(mid_p(tails)) <= 2.0 / np.sqrt(n)


@pytest.mark.parametrize(("k_up", "k_down"), [(5, 0), (42, 0), (25, 17), (3, 2)])
@pytest.mark.parametrize("kind", ["bulk", "cell"])
@pytest.mark.parametrize("method", ["singscore", "ssgsea", "ucell", "aucell"])
def test_ties_never_make_p_too_small(
    method: str,
    kind: str,
    k_up: int,
    k_down: int,
    sample_of: Callable[..., Any],
    sets_of: Callable[..., Any],
) -> None:
    n = 2_000 if method == "ssgsea" else 40_000
    sets = sets_of(N_GENES, k_up + k_down, n, k_up)
    tails = tails_of(method, sample_of(kind, N_GENES), k_up, k_down, sets)
    show(f"{method} {kind} {k_up}+{k_down}", tails.p, mid_p(tails))
    # 0.004: steps of the lattice, and the saddlepoint where it is used.
    assert excess(tails.p) <= 1.7 / np.sqrt(n) + 0.004
    for level in (0.01, 1e-3):
        assert np.mean(tails.p <= level) <= level + 3.5 * np.sqrt(level / n)
    assert largest_gap(mid_p(tails)) <= 0.05


@pytest.mark.parametrize("kind", ["untied", "bulk"])
@pytest.mark.parametrize("size", [5, 42])
def test_tails_equal_brute_force_down_to_1e_4(
    kind: str, size: int, sample_of: Callable[..., Any], sets_of: Callable[..., Any]
) -> None:
    """Both tails of singscore at quantiles of a million draws."""
    sample, n = sample_of(kind, N_GENES), 1_000_000
    score, drawn = observe(sample, RANK, size, 0, sets_of(N_GENES, size, n, 77))
    drawn.sort()
    for level in (0.1, 1e-2, 1e-3, 1e-4):
        at = np.array([drawn[int(n * level) - 1], drawn[n - int(n * level)]])
        exact = np.array([np.mean(drawn <= at[0]), np.mean(drawn >= at[1])])
        one = LinearScore.of(RANK, const=0.0, a_up=score.a_up[0], k_up=np.full(2, size))
        tails = linear_null(sample.population, one, at)
        error = 3 / np.sqrt(n * level) + 0.1
        np.testing.assert_allclose([tails.lower[0], tails.upper[1]], exact, rtol=error)


@pytest.mark.parametrize("size", [5, 42])
def test_ssgsea_tails_and_moments_equal_brute_force(
    size: int, sample_of: Callable[..., Any], sets_of: Callable[..., Any]
) -> None:
    sample, n = sample_of("untied", N_GENES, 3), 1_000_000
    scores, sums = [], []
    for picks in sets_of(N_GENES, size, n, 78):
        part = sample.sums(picks)
        scores.append(part.enrichment(N_GENES))
        sums.append(np.stack([part.size, part.rank, part.weight, part.weighted_rank]))
    es, all_sums = np.concatenate(scores), np.concatenate(sums, axis=1)
    order = np.argsort(es)
    for level in (0.1, 1e-2, 1e-3, 1e-4):
        at = order[[int(n * level) - 1, n - int(n * level)]]
        chosen = PartSums(*(row[at] for row in all_sums))
        tails = ssgsea_null(sample.population, chosen, PartSums.none(2))
        error = 3 / np.sqrt(n * level) + 0.1
        np.testing.assert_allclose([tails.lower[0], tails.upper[1]], level, rtol=error)
    assert tails.mean[0] == pytest.approx(es.mean(), abs=4 * es.std() / np.sqrt(n))
    assert tails.sd[0] == pytest.approx(es.std(), rel=0.004)


def test_far_tails_are_ordered_and_positive() -> None:
    from atrasig.scoring.nulls import RankPopulation

    population = RankPopulation.untied(N_GENES)
    for statistic in (RANK, UCELL):
        sums = np.linspace(0.5, 0.999, 60) * 20 * N_GENES
        if statistic is UCELL:
            sums = np.linspace(20 * 1501, 20 * 15, 60)
        score = LinearScore.of(statistic, const=0.0, a_up=1.0, k_up=np.full(60, 20))
        tails = linear_null(population, score, sums)
        side = tails.upper if statistic is RANK else tails.lower
        assert np.all(side > 0)
        assert np.all(np.diff(side) <= 0)
        assert side[-1] < 1e-12


def test_matched_sets_have_the_moments_of_stratified_draws() -> None:
    draw = np.random.default_rng(5)
    reference = draw.normal(size=1000)
    ranks = np.argsort(np.argsort(reference + 0.5 * draw.normal(size=1000))) + 1.0
    strata = reference_strata(reference)
    assert np.array_equal(np.bincount(strata), np.full(10, 100))
    members = np.flatnonzero(reference > 0.8)[:20]
    up, down = members[:12], members[12:]
    tails = expression_matched(ranks, strata, up, down, a_up=1 / 12, a_down=-1 / 8)
    observed = ranks[up].mean() - ranks[down].mean()
    scores = np.zeros(20_000)
    for stratum in np.unique(strata[members]):
        pool = ranks[strata == stratum]
        k_up, k_down = (int((strata[part] == stratum).sum()) for part in (up, down))
        order = np.argsort(draw.random((scores.size, pool.size)), axis=1)
        scores += pool[order[:, :k_up]].sum(axis=1) / 12
        scores -= pool[order[:, k_up : k_up + k_down]].sum(axis=1) / 8
    error = scores.std() / np.sqrt(scores.size)
    assert tails.mean[0] == pytest.approx(scores.mean(), abs=4 * error)
    assert tails.sd[0] == pytest.approx(scores.std(), rel=0.03)
    assert tails.upper[0] == pytest.approx(np.mean(scores >= observed), abs=0.015)
