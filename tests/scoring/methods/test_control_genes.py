"""The control-gene score against scanpy's, and what scanpy's depends on."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from scipy.sparse import csr_matrix

from atrasig.scoring.blocks import float_matrix
from atrasig.scoring.methods.control_genes import (
    INFINITE,
    METHOD,
    NO_CONTROL,
    draw_controls,
    expression_pools,
)
from tests.scoring.methods.cohort_making import (
    FORMS,
    Form,
    assert_same_whatever_the_form,
    block_of,
    cells,
    index_of,
    scores,
    signature,
    some_sets,
    symbols,
    with_missing,
)

N_GENES = 3000


def scanpy_score(values: Any, genes: list[str], order: np.ndarray | None = None) -> np.ndarray:
    """The score of scanpy, of genes in alphabetical or another order."""
    places = np.arange(values.shape[1]) if order is None else order
    names = pd.Index(symbols(values.shape[1])[places], dtype=object)
    obs = pd.DataFrame(index=[f"s{i}" for i in range(values.shape[0])])
    adata = ad.AnnData(values[:, places], obs=obs, var=pd.DataFrame(index=names))
    sc.tl.score_genes(adata, genes)
    return adata.obs["score"].to_numpy()


def members(index: object, part: str, place: int) -> list[str]:
    row = getattr(index, part)[[place]]
    return [str(gene) for gene in symbols(row.shape[1])[row.indices]]


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_scanpy_of_genes_ordered_by_symbol(form: Form) -> None:
    values = cells(30, N_GENES)
    index = some_sets(N_GENES)
    matrix = form(values)
    found = scores(METHOD, block_of(float_matrix(matrix)), index)
    for place in range(2):
        expected = scanpy_score(matrix, members(index, "up", place))
        np.testing.assert_allclose(found[:, place], expected, rtol=1e-10, atol=1e-12)
    both = scanpy_score(matrix, members(index, "up", 2))
    both = both - scanpy_score(matrix, members(index, "down", 2))
    np.testing.assert_allclose(found[:, 2], both, rtol=1e-10, atol=1e-12)
    down = -scanpy_score(matrix, members(index, "down", 3))
    np.testing.assert_allclose(found[:, 3], down, rtol=1e-10, atol=1e-12)


def test_scanpy_with_missing_values() -> None:
    values = with_missing(cells(30, N_GENES))
    index = some_sets(N_GENES)
    found = scores(METHOD, block_of(values), index)
    expected = scanpy_score(values, members(index, "up", 0))
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-10, atol=1e-12)


def test_scanpy_depends_on_the_order_of_genes_and_this_does_not() -> None:
    values = cells(30, N_GENES)
    index = some_sets(N_GENES)
    genes = members(index, "up", 0)
    order = np.random.default_rng(1).permutation(N_GENES)
    theirs = scanpy_score(values, genes), scanpy_score(values, genes, order)
    assert np.abs(theirs[0] - theirs[1]).max() > 0.01
    places = np.empty(N_GENES, dtype=int)
    places[order] = np.arange(N_GENES)
    ours = scores(METHOD, block_of(values[:, order], columns=places), index)[:, 0]
    np.testing.assert_allclose(ours, theirs[0], rtol=1e-10, atol=1e-12)
    assert np.corrcoef(*theirs)[0, 1] > 0.95  # other draws, alike in what they say


def test_form_and_order_do_not_matter() -> None:
    assert_same_whatever_the_form(METHOD, cells(), some_sets(400))


def test_genes_of_equal_mean_stay_together_in_any_order_of_samples() -> None:
    rng = np.random.default_rng(2)
    one = rng.lognormal(size=30)
    values = np.stack([rng.permutation(one) for _ in range(400)], axis=1)
    values[:, ::2] += 1
    assert_same_whatever_the_form(METHOD, values.astype(np.float32).astype(float), some_sets(400))


def test_pools_hold_genes_expressed_alike() -> None:
    mean = np.random.default_rng(3).permutation(np.arange(1000.0))
    mean[7] = np.nan
    pools = expression_pools(mean)
    assert sorted(np.concatenate(pools)) == [i for i in range(1000) if i != 7]
    for low, high in pairwise(pools):
        assert mean[low].max() < mean[high].min()
    assert max(pool.size for pool in pools) <= round(999 / 24)


def test_controls_come_from_the_bins_of_the_set() -> None:
    pools = [np.arange(0, 100), np.arange(100, 130), np.arange(130, 400)]
    controls = draw_controls(np.array([3, 120]), pools)
    assert not set(controls) & {3, 120}
    assert set(range(100, 130)) - {120} <= set(controls)
    assert 49 <= (controls < 100).sum() <= 50
    assert (controls < 130).all()


def test_no_control() -> None:
    values = np.arange(40.0).reshape(4, 10)
    index = index_of(10, signature("x", dict.fromkeys(symbols(10)[2:6], 1.0)))
    result = METHOD.function(block_of(values), index, False)
    assert np.isnan(result.score).all()
    assert result.reasons is not None
    assert set(result.reasons.ravel()) == {NO_CONTROL}


@pytest.mark.parametrize("form", FORMS)
def test_infinite_values_have_a_reason(form: Form) -> None:
    values = np.random.default_rng(4).normal(size=(4, 400))
    values[0, 3] = np.inf
    sets = [
        signature(name, dict.fromkeys(symbols(400)[:5], sign))
        for name, sign in (("up", 1.0), ("down", -1.0))
    ]
    result = METHOD.function(block_of(form(values)), index_of(400, *sets), False)
    assert result.reasons is not None
    assert np.isnan(result.score[0]).all()
    assert set(result.reasons[0]) == {INFINITE}
    assert np.isfinite(result.score[1:]).all()
    assert set(result.reasons[1:].ravel()) == {""}
