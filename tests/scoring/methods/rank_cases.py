"""Blocks and sets for tests of rank methods, and what must hold for every one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_array

from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.method import Method, MethodResult
from atrasig.scoring.sets import SetIndex
from tests.scoring.conftest import make_signature

Pair = tuple[Sequence[int], Sequence[int]]


def names_of(n_genes: int) -> np.ndarray:
    """Symbols of which the alphabetical order is that of the columns."""
    return np.array([f"G{i:05d}" for i in range(n_genes)], dtype=object)


def block_of(matrix: np.ndarray | csr_array, columns: np.ndarray | None = None) -> SampleBlock:
    places = np.arange(matrix.shape[1]) if columns is None else columns
    return SampleBlock([f"s{i}" for i in range(matrix.shape[0])], matrix, places)


def index_of(n_genes: int, pairs: Sequence[Pair]) -> SetIndex:
    """Sets of up and down genes, given by their columns; a column beyond the last is unknown."""
    names = names_of(2 * n_genes)
    listed = [
        make_signature(f"set{i}", [str(names[g]) for g in up], [str(names[g]) for g in down])
        for i, (up, down) in enumerate(pairs)
    ]
    return SetIndex.build(listed, names_of(n_genes))


def scores(
    method: Method, matrix: np.ndarray | csr_array, pairs: Sequence[Pair], *, null: bool = False
) -> MethodResult:
    return method.function(block_of(matrix), index_of(matrix.shape[1], pairs), null)


def expected(
    reference: Callable[[np.ndarray, np.ndarray, np.ndarray], float],
    matrix: np.ndarray,
    pairs: Sequence[Pair],
) -> np.ndarray:
    """Scores of ``reference(values, up, down)``, which sees only the measured genes."""
    out = np.empty((matrix.shape[0], len(pairs)))
    for row, values in enumerate(matrix):
        known = ~np.isnan(values)
        for column, (up, down) in enumerate(pairs):
            is_up = np.isin(np.arange(values.size), up)[known]
            is_down = np.isin(np.arange(values.size), down)[known]
            out[row, column] = reference(values[known], is_up, is_down)
    return out


def some_pairs(n_genes: int, seed: int = 3) -> list[Pair]:
    """An up set, a small one, one of both directions, one of down genes, one partly unknown."""
    order = np.random.default_rng(seed).permutation(n_genes)
    return [
        (order[:40], []),
        (order[40:45], []),
        (order[50:68], order[70:80]),
        ([], order[80:92]),
        ([*order[100:110], n_genes, n_genes + 1], []),
    ]


def untied_values(n_samples: int = 4, n_genes: int = 2000, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n_samples, n_genes))


def tied_values(n_samples: int = 4, n_genes: int = 2000, seed: int = 2) -> np.ndarray:
    """Counts of which about half are 0."""
    return np.random.default_rng(seed).poisson(0.7, size=(n_samples, n_genes)).astype(float)


def with_gaps(values: np.ndarray, keep: Sequence[int] = ()) -> np.ndarray:
    """The same values, a tenth of them not measured, save those of some genes."""
    holes = np.random.default_rng(4).random(values.shape) < 0.1
    holes[:, list(keep)] = False
    return np.where(holes, np.nan, values)


def random_orders(values: np.ndarray, genes: Sequence[int], orders: int = 10_000) -> np.ndarray:
    """Ascending ranks of some genes under random orders of tied genes, shape (orders, genes)."""
    rng = np.random.default_rng(5)
    level = np.unique(values, return_inverse=True)[1]
    found = []
    for _ in range(0, orders, 500):
        sorted_genes = np.argsort(level + rng.random((500, values.size)), axis=1)
        ranks = np.empty(sorted_genes.shape)
        np.put_along_axis(ranks, sorted_genes, np.arange(1.0, values.size + 1)[None, :], axis=1)
        found.append(ranks[:, list(genes)])
    return np.concatenate(found)


def mean_is(expected_mean: np.ndarray, draws: np.ndarray, errors: float = 5.0) -> None:
    """Assert that the mean of draws, shape (draws, ...), is what was expected."""
    error = draws.std(axis=0, ddof=1) / np.sqrt(draws.shape[0])
    np.testing.assert_array_less(np.abs(draws.mean(axis=0) - expected_mean), errors * error + 1e-12)


def holds_invariants(method: Method, needed: Sequence[int] = ()) -> None:
    """Assert that scores are of the sample and its genes alone, however these are stored.

    The genes that the method needs are measured in all samples.
    """
    for values in (untied_values(), tied_values(), with_gaps(tied_values(), needed)):
        n_genes = values.shape[1]
        pairs = some_pairs(n_genes)
        index = index_of(n_genes, pairs)

        def score(
            matrix: np.ndarray | csr_array,
            columns: np.ndarray | None = None,
            index: SetIndex = index,
        ) -> np.ndarray:
            return method.function(block_of(matrix, columns), index, False).score

        whole = score(values)
        assert not np.isnan(whole).any()
        assert (whole >= method.limits[0]).all()
        assert (whole <= method.limits[1]).all()
        order = np.random.default_rng(6).permutation(n_genes)
        back = np.argsort(order)
        same = {
            "one sample": np.concatenate([score(values[[i]]) for i in range(len(values))]),
            "rows": score(values[::-1])[::-1],
            "columns": score(values[:, order], back),
            "memory order": score(np.asfortranarray(values)),
            "monotone": score(np.exp(values / 10) - 3),
            "sparse": score(csr_array(np.where(values == 0, 0, values))),
        }
        single = values.astype(np.float32)
        same["single precision"] = score(single) - score(single.astype(np.float64)) + whole
        for what, found in same.items():
            np.testing.assert_allclose(found, whole, rtol=1e-12, atol=1e-14, err_msg=what)


def holds_null(method: Method, values: np.ndarray, up: int, down: int, draws: int = 2000) -> None:
    """Assert that moments and p-values are those of random gene sets of the same size."""
    rng = np.random.default_rng(7)
    n_genes = values.shape[1]
    picks = [rng.choice(n_genes, up + down, replace=False) for _ in range(draws)]
    pairs = [(pick[:up], pick[up:]) for pick in picks]
    result = scores(method, values, pairs, null=True)
    null = result.null
    assert null is not None
    for row in range(values.shape[0]):
        own = result.score[row]
        error = own.std() / np.sqrt(draws)
        assert np.ptp(null.mean[row]) < 1e-12
        assert abs(own.mean() - null.mean[row, 0]) < 5 * error
        np.testing.assert_allclose(own.std(), null.sd[row, 0], rtol=0.08)
        for level in (0.05, 0.2, 0.5):
            assert (null.p[row] <= level).mean() <= level + 5 * np.sqrt(level / draws)
        assert ((null.p[row] >= 0) & (null.p[row] <= 1)).all()
