"""The gene bootstrap: reproducible draws, the same for every sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atrasig.prediction.bootstrap import (
    DRAWS,
    gene_weights,
    interval,
    seed_of,
    weighted_sums,
)


@settings(max_examples=30, deadline=None)
@given(n_genes=st.integers(1, 200), seed=st.integers(0, 2**48))
def test_each_draw_picks_as_many_genes_as_the_list_holds(n_genes: int, seed: int) -> None:
    times = gene_weights(n_genes, seed) * n_genes
    assert times.shape == (DRAWS, n_genes)
    np.testing.assert_allclose(times.sum(axis=1), n_genes, rtol=1e-12)
    np.testing.assert_allclose(times, np.round(times), atol=1e-9)
    assert times.min() >= 0


def test_draws_are_the_same_in_every_process_and_differ_between_seeds() -> None:
    first = gene_weights(30, 11).copy()
    gene_weights.cache_clear()
    np.testing.assert_array_equal(gene_weights(30, 11), first)
    assert not np.array_equal(gene_weights(30, 12), first)
    assert seed_of("0" * 11 + "f" + "0" * 52, 3) == 15 + 3


def test_draws_cannot_be_changed_by_a_caller() -> None:
    with pytest.raises(ValueError, match="read-only"):
        gene_weights(5, 1)[0, 0] = 1.0


def test_counts_are_those_of_sampling_with_replacement() -> None:
    # Expected count of one gene in one draw is 1, its variance 1 - 1/n; 20,000 counts.
    times = gene_weights(20, 3) * 20
    assert times.mean() == pytest.approx(1.0, abs=1e-12)
    assert times.var() == pytest.approx(1 - 1 / 20, abs=0.05)


def test_interval_is_that_of_a_plain_bootstrap() -> None:
    values = np.random.default_rng(5).uniform(size=40)
    picked = np.random.default_rng(6).choice(values, size=(20_000, 40)).mean(axis=1)
    low, high = interval(weighted_sums(gene_weights(40, 9), values))
    assert low == pytest.approx(np.quantile(picked, 0.025), abs=0.01)
    assert high == pytest.approx(np.quantile(picked, 0.975), abs=0.01)
    assert low < values.mean() < high


def test_weighted_sums_equal_the_matrix_product() -> None:
    values = np.random.default_rng(7).normal(size=25)
    weights = gene_weights(25, 2)
    np.testing.assert_allclose(weighted_sums(weights, values), weights @ values, rtol=1e-12)


def test_one_gene_has_no_width() -> None:
    assert interval(weighted_sums(gene_weights(1, 1), np.array([0.7]))) == (0.7, 0.7)
