"""Samples, random gene sets drawn one by one, and scores made of explicit ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import rankdata

from atrasig.scoring.features import Feature
from atrasig.scoring.nulls import PartSums, RankPopulation

N_GENES = 20_000
CHUNK = 20_000


@dataclass(frozen=True)
class Sample:
    """A sample by its explicit ranks."""

    ranks: np.ndarray

    @property
    def population(self) -> RankPopulation:
        return RankPopulation.from_ranks(self.ranks)

    def contributions(self, statistic: Feature) -> np.ndarray:
        """What each gene adds, tie run by tie run in plain Python."""
        n = self.ranks.size
        if not statistic.over_places:
            return statistic.at(self.ranks, n)
        out = np.empty(n)
        for rank in np.unique(self.ranks):
            tied = self.ranks == rank
            first = rank - (tied.sum() - 1) / 2
            out[tied] = statistic.at(first + np.arange(tied.sum()), n).mean()
        return out

    def sums(self, picks: np.ndarray) -> PartSums:
        """Sums of ssGSEA over picked genes, (draws, k)."""
        r = self.ranks[picks]
        size = np.full(len(picks), float(picks.shape[1]))
        if not picks.shape[1]:
            return PartSums.none(len(picks))
        return PartSums(size, r.sum(1), (r**0.25).sum(1), (r**1.25).sum(1))


def make_sample(kind: str, n: int, seed: int = 0) -> Sample:
    draw = np.random.default_rng(seed)
    if kind == "untied":
        return Sample(draw.permutation(n) + 1.0)
    if kind == "bulk":
        values = np.where(draw.random(n) < 0.3, 0, draw.negative_binomial(0.4, 0.4 / 300.4, n))
    else:
        values = np.where(draw.random(n) < 0.9, 0, 1 + draw.negative_binomial(0.7, 0.4, n))
    return Sample(rankdata(values))


def draw_sets(n: int, k: int, sets: int, seed: int) -> Iterator[np.ndarray]:
    """Gene sets without replacement, (at most 20,000, k) at a time."""
    draw = np.random.default_rng(seed)
    for start in range(0, sets, CHUNK):
        picks = draw.integers(0, n, (min(CHUNK, sets - start), k))
        while True:
            ordered = np.sort(picks, axis=1)
            again = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
            if not again.size:
                break
            picks[again] = draw.integers(0, n, (again.size, k))
        yield picks


@pytest.fixture(scope="session")
def sample_of() -> Callable[..., Sample]:
    return make_sample


@pytest.fixture(scope="session")
def sets_of() -> Callable[..., Iterator[np.ndarray]]:
    return draw_sets


@pytest.fixture(scope="session")
def sample_with() -> Callable[[np.ndarray], Sample]:
    return Sample
