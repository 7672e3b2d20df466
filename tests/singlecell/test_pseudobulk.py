"""Sums of cells by label."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csc_matrix, csr_array, csr_matrix, issparse

import atrasig
from atrasig.errors import InputError, ScaleError, UsageError
from atrasig.files import write_h5ad
from atrasig.io import read_expression
from atrasig.singlecell import pseudobulk
from atrasig.singlecell.counts import find_counts

Make = Callable[..., AnnData]
SAMPLE, TYPE = ["p2", "p1", "p1", "p2", "p1", "p2"], ["B", "T", "B", "B", "T", "T"]


@pytest.fixture
def labelled(cells: Make, counts: np.ndarray) -> AnnData:
    """Six cells of two samples and two types."""
    return cells(csr_matrix(counts), sample=SAMPLE, cell_type=TYPE)


def test_groups_are_summed_named_and_sorted(labelled: AnnData, counts: np.ndarray) -> None:
    sums = pseudobulk(labelled, ["sample", "cell_type"], min_cells=1)
    assert list(sums.obs_names) == ["p1|B", "p1|T", "p2|B", "p2|T"]
    expected = [counts[[2]], counts[[1, 4]], counts[[0, 3]], counts[[5]]]
    assert issparse(sums.X)
    np.testing.assert_array_equal(sums.X.toarray(), [part.sum(axis=0) for part in expected])
    assert list(sums.obs["n_cells"]) == [1, 2, 2, 1]
    assert list(sums.obs["library_size"]) == [part.sum() for part in expected]
    assert list(sums.obs["sample"]) == ["p1", "p1", "p2", "p2"]
    assert list(sums.obs["cell_type"]) == ["B", "T", "B", "T"]
    assert list(sums.var["gene_id"]) == list(labelled.var["gene_id"])


def test_small_groups_are_left_out_and_listed(labelled: AnnData) -> None:
    sums = pseudobulk(labelled, ["sample", "cell_type"], min_cells=2)
    assert list(sums.obs_names) == ["p1|T", "p2|B"]
    left = sums.uns["atrasig"]["pseudobulk"]
    assert left["groups_left_out"] == ["p1|B", "p2|T"]
    assert list(left["cells_left_out"]) == [1, 1]
    facts = sums.uns["atrasig"]["input"]
    assert (facts["unit"], facts["declared_scale"]) == ("pseudobulk", "counts")
    assert (facts["sha256"], facts["format"]) == ("ab", "h5ad")
    assert facts["pseudobulk_groups_left_out"] == 2
    assert facts["pseudobulk_cells_left_out"] == 2
    assert facts["pseudobulk_cells"] == 4
    with pytest.raises(InputError, match="None of 4 groups has 10 cells; the largest has 2"):
        pseudobulk(labelled)


def test_counts_layer_comes_first(labelled: AnnData, counts: np.ndarray) -> None:
    labelled.layers["counts"] = labelled.X
    labelled.X = np.log1p(counts)
    sums = pseudobulk(labelled, "sample", min_cells=1)
    np.testing.assert_array_equal(sums.X.sum(axis=0), counts.sum(axis=0))


def test_values_that_are_no_counts_are_refused(cells: Make, counts: np.ndarray) -> None:
    for values, why in (
        (np.log1p(counts), "X holds fractions such as 1.38629"),
        (csr_matrix(np.log1p(counts)), "X holds fractions such as"),
        (counts - 1, "X reaches down to -1"),
        (np.where(counts == 9, np.nan, counts), "X holds missing values"),
    ):
        with pytest.raises(ScaleError, match=f"needs raw counts, but {why}"):
            pseudobulk(cells(values, sample=SAMPLE), "sample", min_cells=1)
    without = cells(counts, sample=SAMPLE)
    without.X = None
    assert find_counts(without) is None
    with pytest.raises(ScaleError, match="there is no X"):
        pseudobulk(without, "sample")


def test_fractions_that_the_format_states_to_be_counts(cells: Make, counts: np.ndarray) -> None:
    source = cells(counts / 2, sample=SAMPLE)
    source.uns["atrasig"]["input"]["declared_scale"] = "counts"
    sums = pseudobulk(source, "sample", min_cells=1)
    np.testing.assert_array_equal(sums.X.sum(axis=0), counts.sum(axis=0) / 2)


def test_labels_that_do_not_do(cells: Make, counts: np.ndarray) -> None:
    gap = cells(counts, sample=["p1", "", "p1", " ", "p1", "p1"], batch=["a"] * 6)
    with pytest.raises(
        InputError, match=r"no column 'cell_type'. Their columns are: sample, batch"
    ):
        pseudobulk(gap)
    with pytest.raises(
        InputError, match=r"2 cells have no value in column 'sample'.*first is 'c1'"
    ):
        pseudobulk(gap, "sample")
    joined = cells(counts, a=["x|y", "x"] * 3, b=["z", "y|z"] * 3)
    with pytest.raises(InputError, match=r"both be named 'x\|y\|z'"):
        pseudobulk(joined, ["a", "b"])
    for by in ([], ["batch", "batch"], ["n_cells"]):
        with pytest.raises(UsageError):
            pseudobulk(gap, by)


_COUNTS = arrays(np.float64, (7, 4), elements=st.sampled_from([0.0, 0.0, 1.0, 3.0, 1e6]))
_FRACTIONS = arrays(np.float64, (7, 4), elements=st.floats(0, 1e3))
_LABELS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=7, max_size=7)


@settings(deadline=None)
@given(values=_COUNTS, labels=_LABELS)
def test_the_sums_add_up_sparse_or_dense(values: np.ndarray, labels: list[str]) -> None:
    dense = pseudobulk(made(values, labels), "group", min_cells=1)
    np.testing.assert_array_equal(np.asarray(dense.X).sum(axis=0), values.sum(axis=0))
    assert int(dense.obs["n_cells"].sum()) == 7
    for kind in (csr_matrix, csc_matrix, csr_array):
        sparse = pseudobulk(made(kind(values), labels), "group", min_cells=1)
        assert issparse(sparse.X)
        np.testing.assert_array_equal(sparse.X.toarray(), dense.X)


@settings(deadline=None)
@given(values=_FRACTIONS, labels=_LABELS, order=st.permutations(range(7)))
def test_neither_order_of_the_cells_nor_bands_matter(
    values: np.ndarray, labels: list[str], order: list[int]
) -> None:
    for kind in (np.asarray, csr_matrix):
        source = made(kind(values), labels)
        first = pseudobulk(source, "group", min_cells=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("atrasig.singlecell.cells.BAND_VALUES", 9)
            second = pseudobulk(source[order].copy(), "group", min_cells=1)
        total = np.asarray(first.X.sum(axis=0)).ravel()
        np.testing.assert_allclose(total, values.sum(axis=0), rtol=1e-12, atol=1e-8)
        assert list(first.obs_names) == list(second.obs_names)
        difference = first.X != second.X
        assert (difference.nnz if issparse(difference) else difference.sum()) == 0


def made(values: object, labels: list[str]) -> AnnData:
    source = AnnData(values)
    source.obs["group"] = labels
    source.uns["atrasig"] = {"input": {"declared_scale": "counts"}}
    return source


def test_real_cells_through_to_scores(shared: Path, tmp_path: Path) -> None:
    cells = read_expression(shared / "data/singlecell/healthy_bm_pbmc_250x462.h5ad")
    sums = pseudobulk(cells, ["Batch", "condensed_cell_type"], min_cells=5)
    total = cells.layers["counts"].sum()
    left = set(sums.uns["atrasig"]["pseudobulk"]["groups_left_out"])
    kept = [
        f"{one}|{two}" not in left
        for one, two in zip(cells.obs["Batch"], cells.obs["condensed_cell_type"], strict=True)
    ]
    assert sums.X.sum() == cells[kept].layers["counts"].sum()
    assert total > sums.X.sum() > 0.9 * total
    write_h5ad(tmp_path / "bulk.h5ad", sums)
    again = read_expression(tmp_path / "bulk.h5ad")
    assert (again.X != sums.X).nnz == 0
    facts = again.uns["atrasig"]["input"]
    assert facts["unit"] == "pseudobulk"
    assert facts["source_sha256"] == cells.uns["atrasig"]["input"]["sha256"]
    expression = atrasig.harmonise(again)
    assert expression.uns["atrasig"]["platform"] == "single_cell_pseudobulk"
    assert list(expression.obs_names) == list(sums.obs_names)
    scores = atrasig.score(expression)
    assert set(scores["sample"]) == set(sums.obs_names)
