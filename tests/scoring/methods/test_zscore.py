"""The combined z-score against its formula, of expression and of z-scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.stats import kstest, norm

from atrasig.scoring.methods.zscore import METHOD, STANDARDISED
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
    with_missing,
)


def transcribed(values: np.ndarray, index: SetIndex) -> np.ndarray:
    """GSVA's formula, gene by gene, over measured values; constant genes are left out."""
    frame = pd.DataFrame(values)
    sd = frame.std(ddof=1)
    z = ((frame - frame.mean()) / sd.where(sd > 0)).to_numpy()
    signed = (index.up - index.down).toarray()
    scored = [
        np.nansum(z * row, axis=1) / np.sqrt((~np.isnan(z[:, row != 0])).sum(axis=1))
        for row in signed
    ]
    return np.array(scored).T


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", [np.copy, with_missing])
def test_the_published_formula(form: Form, change: Form) -> None:
    values = change(cells())
    index = some_sets(values.shape[1])
    found = scores(METHOD, block_of(form(values)), index)
    np.testing.assert_allclose(found, transcribed(values, index), rtol=1e-10, atol=1e-10)


def test_form_and_order_do_not_matter() -> None:
    assert_same_whatever_the_form(METHOD, cells(), some_sets(400))


def test_constant_genes_leave_the_set() -> None:
    values = np.random.default_rng(1).normal(8, 2, size=(12, 50))
    values[:, :2] = 0.1  # its mean over twelve samples is not 0.1 to the last digit
    genes = symbols(50)
    index = index_of(
        50,
        signature("five", dict.fromkeys(genes[:5], 1.0)),
        signature("four", dict.fromkeys(genes[:4], 1.0)),
        signature("down", {genes[0]: -1.0, **dict.fromkeys(genes[5:9], 1.0)}),
    )
    result = METHOD.function(block_of(values), index, True)
    z = (values - values.mean(axis=0)) / np.where(
        values.std(axis=0) > 1e-9, values.std(axis=0, ddof=1), np.nan
    )
    np.testing.assert_allclose(result.score[:, 0], z[:, 2:5].sum(axis=1) / np.sqrt(3))
    assert np.isnan(result.score[:, 1:]).all()
    assert result.reasons is not None
    assert set(result.reasons[:, 0]) == {""}
    assert set(result.reasons[:, 1]) == {"2 of 4 genes measured and not constant over the cohort"}
    assert set(result.reasons[:, 2]) == {
        "4 of 5 genes measured and not constant over the cohort"
    }  # no down gene is left
    assert result.null is not None
    assert np.isnan(result.null.p[:, 1:]).all()


def test_one_sample_has_no_cohort() -> None:
    values = cells(n_samples=1)
    result = METHOD.function(block_of(values), some_sets(400), False)
    assert np.isnan(result.score).all()
    assert result.reasons is not None
    assert (result.reasons != "").all()


def test_zscores_are_used_as_they_come() -> None:
    values = np.zeros((2, 10))
    values[0, :5] = [1.0, -0.5, 2.5, 0.25, -1.25]
    values[1, :5] = [np.nan, 1.0, 1.0, 2.0, 3.0]
    g = symbols(10)
    index = index_of(
        10,
        signature("up", dict.fromkeys(g[:3], 1.0)),
        signature("both", {g[1]: 1.0, g[2]: 1.0, g[3]: -1.0, g[4]: -1.0}),
    )
    for matrix in (values, csr_array(values)):
        result = METHOD.function(block_of(matrix, STANDARDISED), index, True)
        assert result.score[0, 0] == pytest.approx(3 / np.sqrt(3))
        assert result.score[0, 1] == pytest.approx((2 - (0.25 - 1.25)) / 2)
        assert result.score[1, 0] == pytest.approx(2 / np.sqrt(2))
        assert result.score[1, 1] == pytest.approx((2 - 5) / 2)
        assert result.null is not None
        np.testing.assert_allclose(result.null.p, 2 * norm.sf(np.abs(result.score)))
        assert (result.null.mean == 0).all()
        assert (result.null.sd == 1).all()


def test_a_zscored_sample_does_not_depend_on_the_others() -> None:
    drawn = np.random.default_rng(5).normal(size=(6, 400))
    index = some_sets(400)
    together = scores(METHOD, block_of(drawn, STANDARDISED), index)
    alone = scores(METHOD, block_of(drawn[2:3], STANDARDISED), index)
    np.testing.assert_array_equal(together[2:3], alone)


@pytest.mark.parametrize("platform", ["microarray", STANDARDISED])
def test_the_null_holds_where_genes_vary_independently(platform: str) -> None:
    drawn = np.random.default_rng(5).normal(size=(600, 400))
    result = METHOD.function(block_of(drawn, platform), some_sets(400), True)
    assert result.null is not None
    for column in result.null.p.T:
        assert kstest(column, "uniform").pvalue > 1e-3


def test_correlated_genes_spread_wider_than_the_null_says() -> None:
    rng = np.random.default_rng(6)
    shared = rng.normal(size=(300, 1))
    drawn = np.sqrt(0.7) * rng.normal(size=(300, 400)) + np.sqrt(0.3) * shared
    assert scores(METHOD, block_of(drawn), some_sets(400))[:, 0].std() > 3
    assert "correlated" in METHOD.null


def test_real_arrays(shared: Path) -> None:
    values, probes = leukemia(shared)
    index = some_sets(probes.size)
    found = scores(METHOD, block_of(values), index)
    np.testing.assert_allclose(found, transcribed(values, index), rtol=1e-9, atol=1e-10)


def test_scores_that_gsva_printed(shared: Path) -> None:
    values, probes = leukemia(shared)
    index, expected = printed(shared, "zscore", probes)
    found = scores(METHOD, block_of(values), index)
    # The probes that R took for a gene are known approximately.
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.97
