"""The univariate linear model against ordinary regression, value by value."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.sparse import csr_array
from scipy.stats import kstest, linregress
from scipy.stats import t as student

from atrasig.scoring.methods.ulm import (
    CONSTANT,
    METHOD,
    NO_CONTRAST,
    NO_RESIDUAL,
    TOO_FEW,
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


@pytest.mark.parametrize("scale", ["", "log2"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", [np.copy, with_missing])
def test_ordinary_regression(scale: str, form: Form, change: Form) -> None:
    values = change(cells(n_samples=4))
    index = some_sets(400, scale)
    result = METHOD.function(block_of(form(values)), index, True)
    assert result.null is not None
    weights = index.weights.toarray()
    for i, sample in enumerate(values):
        measured = ~np.isnan(sample)
        for s, weight in enumerate(weights):
            fit = sm.OLS(sample[measured], sm.add_constant(weight[measured])).fit()
            assert result.score[i, s] == pytest.approx(fit.tvalues[1], rel=1e-10)
            assert result.null.p[i, s] == pytest.approx(fit.pvalues[1], rel=1e-9)
            line = linregress(weight[measured], sample[measured])
            assert result.score[i, s] == pytest.approx(line.slope / line.stderr, rel=1e-8)
            assert result.null.p[i, s] == pytest.approx(line.pvalue, rel=1e-7)
            assert result.null.mean[i, s] == 0
            assert result.null.sd[i, s] == pytest.approx(student(measured.sum() - 2).std())


def test_form_and_order_do_not_matter() -> None:
    assert_same_whatever_the_form(METHOD, cells(), some_sets(400, "log2"))


def test_a_sample_does_not_depend_on_the_others() -> None:
    values, index = cells(), some_sets(400)
    whole = scores(METHOD, block_of(values), index)
    np.testing.assert_array_equal(scores(METHOD, block_of(values[3:5]), index), whole[3:5])


def test_a_level_far_above_the_spread_costs_no_digits() -> None:
    values = np.random.default_rng(1).integers(0, 1024, size=(5, 400)) / 1024
    index = some_sets(400)
    expected = scores(METHOD, block_of(values), index)
    raised = scores(METHOD, block_of(values + 1024), index)  # the sums are exact
    np.testing.assert_allclose(raised, expected, rtol=1e-10)


def test_far_tails_are_exact() -> None:
    values = np.random.default_rng(2).normal(size=(1, 400))
    index = some_sets(400)
    values[:, index.up.indices[:60]] += 6
    result = METHOD.function(block_of(values), index, True)
    assert result.null is not None
    assert 0 < result.null.p[0, 0] < 1e-100
    assert result.null.p[0, 0] == pytest.approx(2 * student.sf(result.score[0, 0], 398), rel=1e-9)


def test_the_null_holds_for_independent_normal_values() -> None:
    values = np.random.default_rng(3).normal(size=(800, 400))
    result = METHOD.function(block_of(values), some_sets(400), True)
    assert result.null is not None
    for column in result.null.p.T:
        assert kstest(column, "uniform").pvalue > 1e-3


def test_what_has_no_slope_has_a_reason() -> None:
    genes = symbols(8)
    half = signature("half", dict.fromkeys(genes[:4], 1.0))
    index = index_of(8, half, signature("all", dict.fromkeys(genes, 1.0)))
    values = np.tile(np.arange(8.0), (4, 1))
    values[1] = 0.1
    values[2] = [2.5] * 4 + [1.3] * 4
    values[3, 2:] = np.nan
    result = METHOD.function(block_of(values), index, True)
    assert result.reasons is not None
    assert result.null is not None
    assert result.reasons.tolist() == [
        ["", NO_CONTRAST],
        [CONSTANT, CONSTANT],
        [NO_RESIDUAL, NO_CONTRAST],
        [TOO_FEW, TOO_FEW],
    ]
    np.testing.assert_array_equal(np.isnan(result.score), result.reasons != "")
    np.testing.assert_array_equal(np.isnan(result.null.p), result.reasons != "")
    np.testing.assert_array_equal(
        METHOD.function(block_of(csr_array(values)), index, False).reasons, result.reasons
    )


def test_infinite_values_have_a_reason() -> None:
    values = np.arange(24.0).reshape(2, 12) ** 2
    values[0, 3] = np.inf
    result = METHOD.function(block_of(values), index_of(12, signature("s", {"G00001": 1.0})), True)
    assert result.reasons is not None
    assert np.isnan(result.score[0, 0])
    assert "no finite variance" in result.reasons[0, 0]
    assert np.isfinite(result.score[1, 0])
    assert result.reasons[1, 0] == ""
