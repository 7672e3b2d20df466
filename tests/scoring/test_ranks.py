"""Ranks against scipy for every kind of value and storage; sums against counting by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array
from scipy.stats import rankdata

from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.features import Feature
from atrasig.scoring.ranks import DenseRanks, Ranked, SparseRanks
from atrasig.scoring.sets import membership

N_GENES = 600
N_SAMPLES = 11


def draw(kind: str, dtype: type, seed: int = 0) -> np.ndarray:
    """Samples x genes of one kind of values, with some genes not measured."""
    rng = np.random.default_rng(seed)
    shape = (N_SAMPLES, N_GENES)
    counts = rng.negative_binomial(1, 0.05, size=shape).astype(float)
    values = {
        "continuous": rng.normal(size=shape),
        "counts": counts,
        "log_counts": np.log2(1 + counts * 1e6 / counts.sum(axis=1, keepdims=True)),
        "one_decimal": rng.normal(size=shape).round(1),
        # Distinct values that agree in all but their last bits.
        "last_bits": 1 + rng.integers(0, 300, size=shape) * 2.0**-52,
        "huge_and_tiny": rng.choice([-1, 1], size=shape) * 10.0 ** rng.integers(-300, 300, shape),
        "infinite": rng.choice([-np.inf, -1.0, -0.0, 0.0, 5e-324, 2.0, np.inf], size=shape),
        "all_tied": np.full(shape, 3.0),
    }[kind]
    values[rng.random(shape) < 0.02] = np.nan
    values[-1] = np.nan
    with np.errstate(over="ignore"):
        return values.astype(dtype)


KINDS = (
    "continuous", "counts", "log_counts", "one_decimal", "last_bits", "huge_and_tiny", "infinite",
    "all_tied",
)  # fmt: skip


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Our average ranks of all columns, NaN where not measured."""
    return DenseRanks.rank(values, np.arange(values.shape[1])).dense()


def expected_ranks(values: np.ndarray) -> np.ndarray:
    """scipy's average ranks, NaN where not measured."""
    return np.asarray(rankdata(values, axis=1, nan_policy="omit"))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_dense_ranks_equal_scipys(kind: str, dtype: type, order: str) -> None:
    values = np.asarray(draw(kind, dtype), order=order)
    columns = np.random.default_rng(1).permutation(N_GENES)[: N_GENES - 50]
    found = DenseRanks.rank(values, columns)
    expected = expected_ranks(values[:, columns])
    assert np.array_equal(found.dense(), expected, equal_nan=True)
    assert np.array_equal(found.n_present, (~np.isnan(expected)).sum(axis=1))


@pytest.mark.parametrize("density", [0.0, 0.1, 0.7])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_sparse_ranks_equal_dense_ones(kind: str, dtype: type, density: float) -> None:
    values = draw(kind, dtype)
    values[np.random.default_rng(2).random(values.shape) > density] = 0.0
    columns = np.random.default_rng(1).permutation(N_GENES)[: N_GENES - 50]
    rows = csr_array(values)
    if rows.nnz:
        rows.data[0] = 0.0  # zeros may be stored too
    found = SparseRanks.rank(rows, columns)
    expected = DenseRanks.rank(rows.toarray(), columns)
    assert np.array_equal(found.dense(), expected.dense(), equal_nan=True)
    assert np.array_equal(found.n_present, expected.n_present)
    for sample in range(N_SAMPLES):
        for ours, theirs in zip(found.tie_runs(sample), expected.tie_runs(sample), strict=True):
            assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("depth", [1, 30, 599, 600, 5000])
@pytest.mark.parametrize("kind", KINDS)
def test_only_the_highest_genes_may_be_told_apart(kind: str, depth: int) -> None:
    values = draw(kind, np.float64)
    found = DenseRanks.rank(values, np.arange(N_GENES), depth)
    expected = DenseRanks.rank(values, np.arange(N_GENES))
    for sample, (ranks, whole) in enumerate(zip(found.dense(), expected.dense(), strict=True)):
        n = int(expected.n_present[sample])
        highest = whole > n - depth
        assert np.array_equal(ranks[highest], whole[highest])
        apart = ~np.isnan(whole) & (ranks != whole)
        assert len(set(ranks[apart])) <= 1
        assert (ranks[apart] <= max(n - depth, 0)).all()
        starts, lengths = found.tie_runs(sample)
        own = ranks[~np.isnan(ranks)]
        assert sorted(2 * starts + lengths - 1) == [
            2 * rank
            for rank, n_tied in zip(*np.unique(own, return_counts=True), strict=True)
            if n_tied > 1
        ]


def test_many_distinct_stored_values_are_ranked_too() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(4, 5000)) * (rng.random((4, 5000)) < 0.4)
    values[:, :400] = values[:, :400].round(1)
    found = SparseRanks.rank(csr_array(values), np.arange(5000))
    assert np.array_equal(found.dense(), expected_ranks(values))


@given(
    arrays(
        np.float64,
        (2, 40),
        elements=st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True),
    )
)
@settings(deadline=None, max_examples=150)
def test_any_floats_rank_as_scipy_ranks_them(values: np.ndarray) -> None:
    expected = expected_ranks(values)
    assert np.array_equal(average_ranks(values), expected, equal_nan=True)
    sparse = SparseRanks.rank(csr_array(values), np.arange(40))
    assert np.array_equal(sparse.dense(), expected, equal_nan=True)


def test_tied_runs_are_those_of_the_sorted_values() -> None:
    values = draw("one_decimal", np.float64)
    found = DenseRanks.rank(values, np.arange(N_GENES))
    for sample in range(N_SAMPLES):
        own = values[sample][~np.isnan(values[sample])]
        _, lengths = np.unique(own, return_counts=True)
        starts = np.cumsum(lengths) - lengths + 1
        assert found.tie_runs(sample)[0].tolist() == starts[lengths > 1].tolist()
        assert found.tie_runs(sample)[1].tolist() == lengths[lengths > 1].tolist()


def test_no_gene_one_gene_and_a_sample_without_any() -> None:
    assert average_ranks(np.array([[3.0]])).tolist() == [[1.0]]
    assert average_ranks(np.empty((2, 0))).shape == (2, 0)
    assert np.isnan(average_ranks(np.full((1, 4), np.nan))).all()
    empty = SparseRanks.rank(csr_array((2, 4)), np.arange(4))
    assert empty.dense().tolist() == [[2.5] * 4] * 2


TOP = 25


def top_places(rank: np.ndarray, n: int) -> np.ndarray:
    """Places above the lowest n - 25."""
    return np.maximum(rank - (n - TOP), 0.0)


FEATURES = (
    Feature("rank", lambda rank, n: rank),
    Feature("root", lambda rank, n: np.sqrt(rank)),
    Feature("top", top_places, knees=lambda n: (n - TOP,), over_places=True),
)


def counted(values: np.ndarray, sets: list[list[int]]) -> np.ndarray:
    """Sums over the members by hand, (features, samples, sets); ties across the knee averaged."""
    ranks = expected_ranks(values)
    sums = np.zeros((len(FEATURES), values.shape[0], len(sets)))
    for sample, row in enumerate(ranks):
        n = int((~np.isnan(row)).sum())
        for place, members in enumerate(sets):
            for gene in members:
                if np.isnan(row[gene]):
                    continue
                tied = int((row == row[gene]).sum())
                places = row[gene] + np.arange(tied) - (tied - 1) / 2
                sums[:, sample, place] += [
                    row[gene],
                    row[gene] ** 0.5,
                    top_places(places, n).mean(),
                ]
    return sums


@pytest.mark.parametrize("as_stored", [lambda x: x, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("kind", ["continuous", "counts", "one_decimal", "all_tied"])
def test_sums_over_sets_equal_those_by_hand(
    kind: str, as_stored: Callable[[np.ndarray], np.ndarray | csr_array]
) -> None:
    values = draw(kind, np.float64)[:, :200]
    rng = np.random.default_rng(5)
    sets = [[int(g) for g in rng.choice(200, size, replace=False)] for size in (1, 4, 60, 200)]
    genes = np.array([f"G{i:03d}" for i in range(200)], dtype=object)
    index = membership([[str(genes[g]) for g in members] for members in [*sets, []]], genes)
    block = SampleBlock([f"s{i}" for i in range(N_SAMPLES)], as_stored(values), np.arange(200))
    found = block.ranked.sums(FEATURES, index)
    assert found == pytest.approx(counted(values, [*sets, []]), rel=1e-12, abs=1e-12)


def test_sums_of_no_set_are_zero() -> None:
    genes = np.array(["a", "b"], dtype=object)
    nothing = membership([["c"], []], genes)
    for matrix in (np.array([[1.0, 2.0]]), csr_array([[1.0, 0.0]])):
        ranked: Ranked = SampleBlock(["s"], matrix, np.arange(2)).ranked
        assert ranked.sums(FEATURES, nothing).tolist() == [[[0.0, 0.0]]] * 3


@pytest.mark.parametrize("n_distinct", [3, 300], ids=["counted", "sorted"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_entry_stored_twice_at_the_end_of_a_row_is_added_up(
    n_distinct: int, dtype: type
) -> None:
    values = np.arange(600) % n_distinct + 1.0
    places = np.append(np.arange(600), 599)
    twice = csr_array(
        (np.append(values, 5.0).astype(dtype), places, np.array([0, 601])), shape=(1, 700)
    )
    twice.has_canonical_format = True  # remembered wrongly
    whole = np.append(values, np.zeros(100))
    whole[599] += 5.0
    ranks = SparseRanks.rank(twice, np.arange(700)).dense()
    assert np.array_equal(ranks, expected_ranks(whole[None]))


def test_any_bits_of_nan_are_not_measured() -> None:
    values = np.array([[1.0, np.nan, 2.0, 0.0], [3.0, 2.0, np.nan, 1.0], [1.0, 2.0, 3.0, 4.0]])
    expected = expected_ranks(values)
    for payload in (0xFFFFFFFFFFFFFFFF, 0xFFF0000000000001, 0x7FF0000000000001):
        values.view(np.uint64)[np.isnan(values)] = np.uint64(payload)
        for ranked in (
            DenseRanks.rank(values, np.arange(4)),
            SparseRanks.rank(csr_array(values), np.arange(4)),
        ):
            assert np.array_equal(ranked.dense(), expected, equal_nan=True)
            assert ranked.n_present.tolist() == [3.0, 3.0, 4.0]
