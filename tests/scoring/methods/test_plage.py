"""PLAGE against the singular value decomposition, its sign, and where it is not defined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from atrasig.scoring.methods.plage import METHOD, NO_FIRST
from atrasig.scoring.sets import SetIndex
from tests.scoring.methods.cohort_making import (
    FORMS,
    Form,
    assert_same_whatever_the_form,
    block_of,
    cells,
    index_of,
    leukemia,
    printed,
    scores,
    signature,
    some_sets,
    symbols,
)


def programme(n_samples: int, n_genes: int = 120, seed: int = 7) -> np.ndarray:
    """Expression in which genes share one factor, so that the first component stands out."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(n_samples, 1))
    return 8 + rng.normal(size=(n_samples, n_genes)) + factor * rng.uniform(0.2, 1, n_genes)


def transcribed(values: np.ndarray, index: SetIndex) -> np.ndarray:
    """The published decomposition of genes x samples, of arbitrary sign."""
    z = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    members = [(index.up + index.down).toarray()[i] > 0 for i in range(len(index.ids))]
    return np.array([np.linalg.svd(z[:, own].T)[2][0] for own in members]).T


@pytest.mark.parametrize("n_samples", [10, 80])  # fewer and more samples than genes
@pytest.mark.parametrize("form", FORMS)
def test_the_singular_vector(n_samples: int, form: Form) -> None:
    values = programme(n_samples)
    index = some_sets(120)
    found = scores(METHOD, block_of(form(values)), index)
    np.testing.assert_allclose(np.abs(found), np.abs(transcribed(values, index)), atol=1e-10)
    np.testing.assert_allclose((found**2).sum(axis=0), 1)


def test_up_genes_rise_and_down_genes_fall_with_the_score() -> None:
    values = programme(30)
    index = some_sets(120)
    z = (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)
    signed_mean = z @ (index.up - index.down).T
    found = scores(METHOD, block_of(values), index)
    assert ((found * signed_mean).sum(axis=0) > 0).all()


def test_direction_turns_the_vector_and_changes_nothing_else() -> None:
    values = programme(30)
    genes = symbols(120)[:10]
    index = index_of(
        120,
        signature("up", dict.fromkeys(genes, 1.0)),
        signature("down", dict.fromkeys(genes, -1.0)),
        signature("one", {genes[0]: -1.0, **dict.fromkeys(genes[1:], 1.0)}),
    )
    up, down, one = scores(METHOD, block_of(values), index).T
    np.testing.assert_allclose(down, -up)
    np.testing.assert_allclose(one, up)


def test_form_and_order_do_not_matter() -> None:
    values = programme(40, 400)
    assert_same_whatever_the_form(
        METHOD, np.round(values * 64) / 64, some_sets(400), tolerance=1e-9
    )


def test_sparse_cells() -> None:
    values = cells()
    values[:, :60] += np.arange(40)[:, None] / 10
    index = index_of(400, signature("x", dict.fromkeys(symbols(400)[:20], 1.0)))
    found = scores(METHOD, block_of(csr_array(values)), index)
    np.testing.assert_allclose(np.abs(found), np.abs(transcribed(values, index)), atol=1e-10)


def test_constant_and_missing_genes_leave_the_set() -> None:
    values = programme(20)
    values[:, 0] = 5.0
    values[3, 1] = np.nan
    genes = symbols(120)
    index = index_of(
        120,
        signature("six", dict.fromkeys(genes[:6], 1.0)),
        signature("rest", dict.fromkeys(genes[2:6], 1.0)),
        signature("four", dict.fromkeys(genes[:4], 1.0)),
    )
    result = METHOD.function(block_of(values), index, False)
    np.testing.assert_array_equal(result.score[:, 0], result.score[:, 1])
    assert np.isnan(result.score[:, 2]).all()
    assert result.reasons is not None
    assert set(result.reasons[:, 2]) == {
        "2 of 4 genes measured in every sample and not constant over the cohort"
    }


def test_no_first_component() -> None:
    design = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])  # orthogonal genes
    values = np.hstack([design.astype(float), np.arange(8.0).reshape(4, 2)])
    index = index_of(5, signature("x", dict.fromkeys(symbols(5)[:3], 1.0)))
    result = METHOD.function(block_of(values), index, False)
    assert np.isnan(result.score).all()
    assert result.reasons is not None
    assert set(result.reasons.ravel()) == {NO_FIRST}


def test_sign_where_the_mean_does_not_correlate() -> None:
    factor = np.array([-3.0, -1.0, 0.5, 3.5])
    values = np.stack([factor, -factor, factor, -factor], axis=1)
    index = index_of(4, signature("x", dict.fromkeys(symbols(4), 1.0)))
    found = scores(METHOD, block_of(values), index)[:, 0]
    np.testing.assert_allclose(found, factor / np.linalg.norm(factor))


def test_scores_that_gsva_printed(shared: Path) -> None:
    values, probes = leukemia(shared)
    index, expected = printed(shared, "plage", probes)
    found = scores(METHOD, block_of(values), index)
    turned = expected * np.sign((found * expected).sum(axis=0))  # their sign is arbitrary
    # The probes that R took for a gene are known approximately.
    assert np.corrcoef(found.ravel(), turned.ravel())[0, 1] > 0.97
