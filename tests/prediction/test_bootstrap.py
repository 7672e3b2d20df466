"""Draws of genes, the same for every sample, and of reads, from the sample's own counts."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from atrasig.prediction.bootstrap import (
    DRAWS,
    RESAMPLES,
    gene_weights,
    interval,
    resampled_ranks,
    resampled_sums,
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


# --- reads drawn again ---

COUNTS = np.random.default_rng(8).negative_binomial(1, 0.01, size=400).astype(float)


def test_resampled_ranks_are_ranks_of_whole_numbers() -> None:
    counts = COUNTS.copy()
    counts[:40] = 0.0
    counts[40:60] = np.nan
    found = resampled_ranks(counts).ranks
    assert found.shape == (RESAMPLES, 400)
    assert np.isnan(found[:, 40:60]).all()
    measured = np.delete(found, np.s_[40:60], axis=1)
    # Average ranks of 380 genes: they sum to 380 * 381 / 2, and no read is drawn from none.
    np.testing.assert_allclose(measured.sum(axis=1), 381 / 2)
    np.testing.assert_array_equal(measured[:, :40], measured.min(axis=1)[:, None].repeat(40, 1))


def test_resampled_ranks_are_those_of_poisson_counts() -> None:
    generator = np.random.default_rng(9)
    drawn = generator.poisson(COUNTS, size=(4000, COUNTS.size))
    expected = rankdata(drawn, axis=1) / COUNTS.size
    found = resampled_ranks(COUNTS).ranks
    error = expected.std(axis=0) / np.sqrt(RESAMPLES)
    distance = np.abs(found.mean(axis=0) - expected.mean(axis=0))
    assert (distance <= 5 * error + 1e-3).all()
    np.testing.assert_allclose(found.std(axis=0).mean(), expected.std(axis=0).mean(), rtol=0.05)


@pytest.mark.parametrize("factor", [0.01, 0.4, 1.0, 37.3, 1e5, 1e9])
def test_resampled_ranks_are_those_of_the_poisson_draws_of_numpy(factor: float) -> None:
    counts = np.random.default_rng(11).lognormal(2, 2, 300) * factor
    counts[:30], counts[30:50] = 0.0, np.nan
    seed = int.from_bytes(sha256(counts.tobytes()).digest()[:8])
    reads = np.repeat(counts[None, :], RESAMPLES, axis=0)
    reads[:, counts > 0] = np.random.default_rng(seed).poisson(
        counts[counts > 0], size=(RESAMPLES, int((counts > 0).sum()))
    )
    expected = rankdata(reads, axis=1, nan_policy="omit") / 280
    np.testing.assert_array_equal(resampled_ranks(counts).ranks, expected)
    places = np.array([3, 29, 31, 60, 61, 299])
    some = resampled_ranks(counts, places)
    np.testing.assert_array_equal(some.ranks, expected[:, places])
    np.testing.assert_array_equal(some.at([60, 3]), expected[:, [60, 3]])


def test_counts_that_agree_to_many_digits_are_told_apart() -> None:
    counts = np.full(200, 3e12)
    seed = int.from_bytes(sha256(counts.tobytes()).digest()[:8])
    reads = np.random.default_rng(seed).poisson(counts, size=(RESAMPLES, 200))
    np.testing.assert_array_equal(resampled_ranks(counts).ranks, rankdata(reads, axis=1) / 200)


def test_a_sample_without_reads_keeps_its_ties() -> None:
    found = resampled_ranks(np.array([0.0, np.nan, 0.0, 0.0])).ranks
    np.testing.assert_array_equal(found, np.tile([2 / 3, np.nan, 2 / 3, 2 / 3], (RESAMPLES, 1)))


def test_resamples_depend_on_the_counts_alone() -> None:
    first = resampled_ranks(COUNTS).ranks
    np.testing.assert_array_equal(resampled_ranks(COUNTS.copy()).ranks, first)
    other = COUNTS.copy()
    other[0] += 1
    assert not np.array_equal(resampled_ranks(other).ranks[:, 1:], first[:, 1:])
    assert len(np.unique(first, axis=0)) == RESAMPLES


def test_deep_counts_leave_the_ranks_as_they_are() -> None:
    counts = np.arange(1.0, 101.0) * 1e9
    expected = np.broadcast_to(np.arange(1, 101) / 100, (RESAMPLES, 100))
    np.testing.assert_array_equal(resampled_ranks(counts).ranks, expected)


def test_every_draw_of_genes_meets_one_resample() -> None:
    weights = gene_weights(7, 4)
    values = np.random.default_rng(10).uniform(size=(RESAMPLES, 7))
    expected = [weights[b] @ values[b % RESAMPLES] for b in range(DRAWS)]
    np.testing.assert_allclose(resampled_sums(weights, values), expected, rtol=1e-12)


def test_one_value_for_all_resamples_is_the_gene_bootstrap() -> None:
    weights = gene_weights(7, 4)
    values = np.random.default_rng(10).uniform(size=7)
    found = resampled_sums(weights, np.broadcast_to(values, (RESAMPLES, 7)))
    np.testing.assert_allclose(found, weighted_sums(weights, values), rtol=1e-12)
