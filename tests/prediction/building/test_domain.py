"""Where the training samples lie, against computing it the long way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from atrasig.prediction.building import domain


@pytest.mark.parametrize("n_samples", [4, 5, 12, 13])
def test_the_least_likeness_leaves_each_sample_out(n_samples: int) -> None:
    random = np.random.default_rng(n_samples)
    # Ties within a gene, and more genes than one block holds.
    ranks = np.round(random.normal(0, 1, 1500) + random.normal(0, 0.5, (n_samples, 1500)), 1)
    found = [
        spearmanr(ranks[i], np.median(np.delete(ranks, i, axis=0), axis=0)).statistic
        for i in range(n_samples)
    ]
    lowest = min(found)
    assert domain.least_likeness(ranks) == pytest.approx(lowest - 0.1 * (1 - lowest))


def test_quantiles_are_the_scores_themselves_where_they_are_few() -> None:
    scores = np.random.default_rng(1).normal(size=30)
    np.testing.assert_allclose(domain.quantiles(scores), np.sort(scores))
    many = domain.quantiles(np.arange(1001.0))
    np.testing.assert_allclose(many, np.arange(0, 1001, 10))
