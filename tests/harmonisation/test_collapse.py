"""Collapse of rows against a loop over genes, and what it must not depend on."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from scipy.sparse import csr_array, issparse

from atrasig.harmonisation.collapse import GeneGroups, collapse

HOW = pytest.mark.parametrize("how", ["sum", "median"])


@pytest.fixture(scope="module")
def values(repeated: list[str]) -> np.ndarray:
    rng = np.random.default_rng(8)
    drawn = rng.lognormal(2, 3, size=(7, len(repeated)))
    return np.where(rng.random(drawn.shape) < 0.3, np.nan, drawn)


def groups_of(names: list[str]) -> GeneGroups:
    return GeneGroups.of(np.array(names, dtype=object))


def test_groups_by_hand() -> None:
    groups = groups_of(["b", "a", "b", "c"])
    assert groups.symbols.tolist() == ["a", "b", "c"]
    assert groups.owner.tolist() == [1, 0, 1, 2]
    assert groups.sizes.tolist() == [1, 2, 1]
    assert groups.join(np.array(["y", "q", "x", "z"], dtype=object)) == ["q", "x|y", "z"]


def test_one_very_long_identifier_costs_no_memory() -> None:
    groups = groups_of([*(f"g{i:05d}" for i in range(20_000)), "x" * 1_000_000])
    assert groups.symbols.size == 20_001


@HOW
def test_by_hand(how: str) -> None:
    groups = groups_of(["B", "A", "B", "B"])
    values = np.array([[1.0, 5, 2, 9], [1, np.nan, np.nan, 3], [np.nan, 7, np.nan, 4]])
    found = collapse(values, groups, how)
    expected = {
        "sum": [[5, 12], [np.nan, 4], [7, 4]],
        "median": [[5, 2], [np.nan, 2], [7, 4]],
    }[how]
    np.testing.assert_array_equal(found, expected)


@HOW
def test_against_a_loop(values: np.ndarray, repeated: list[str], how: str) -> None:
    groups = groups_of(repeated)
    found = collapse(values, groups, how)
    assert found.shape == (7, len(set(repeated)))
    for gene, symbol in enumerate(groups.symbols):
        columns = [i for i, name in enumerate(repeated) if name == symbol]
        for sample in range(7):
            cells = [v for v in values[sample, columns] if not np.isnan(v)]
            reduce = math.fsum if how == "sum" else statistics.median
            expected = reduce(cells) if cells else np.nan
            np.testing.assert_allclose(found[sample, gene], expected, rtol=1e-14)


@HOW
@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_order_of_columns_and_company_do_not_matter(
    values: np.ndarray, repeated: list[str], how: str, form: str
) -> None:
    def run(matrix: np.ndarray, names: list[str]) -> np.ndarray:
        if form == "dense":
            return np.asarray(collapse(matrix, groups_of(names), how))
        return np.asarray(
            collapse(csr_array(np.nan_to_num(matrix)), groups_of(names), how).toarray()
        )

    whole = run(values, repeated)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(repeated))
        np.testing.assert_array_equal(run(values[:, order], [repeated[i] for i in order]), whole)
    for sample in range(7):
        np.testing.assert_array_equal(run(values[[sample]], repeated)[0], whole[sample])


@HOW
@pytest.mark.parametrize("names", ["repeated", "coding"])
def test_sparse_equals_dense(request: pytest.FixtureRequest, how: str, names: str) -> None:
    genes = request.getfixturevalue(names)[::-1]
    rng = np.random.default_rng(1)
    drawn = rng.normal(1, 5, size=(6, len(genes)))
    matrix = np.where(rng.random(drawn.shape) < 0.7, 0, drawn)
    source = csr_array(matrix)
    before = source.copy()
    found = collapse(source, groups_of(genes), how)
    assert issparse(found)
    assert (source != before).nnz == 0
    np.testing.assert_array_equal(found.toarray(), collapse(matrix, groups_of(genes), how))
    assert found.nnz == np.count_nonzero(found.toarray())


def test_narrow_types_are_widened() -> None:
    groups = groups_of(["A", "A", "A"])
    for kind in (np.float32, np.int32):
        large = np.full((1, 3), 2_000_000_000, dtype=kind)
        for form in (large, csr_array(large)):
            found = collapse(form, groups, "sum")
            assert found.dtype == np.float64
            assert found.sum() == 6_000_000_000
