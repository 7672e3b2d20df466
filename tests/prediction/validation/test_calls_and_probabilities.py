"""Confusion, exact rates and calibration against hand calculations and references."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression

from atrasig.prediction.validation.calibration import calibration_line, reliability
from atrasig.prediction.validation.confusion import confusion, rates


def calls(**counts: tuple[int, int]) -> pd.DataFrame:
    """Rows of calls, each word with its positive and negative samples."""
    rows = [
        (word.replace("_", " "), positive)
        for word, numbers in counts.items()
        for positive, n in zip((True, False), numbers, strict=True)
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["call", "positive"])


def test_no_call_is_counted_like_any_other() -> None:
    rows = calls(sensitive=(7, 1), intermediate=(1, 2), no_call=(4, 30))
    table = confusion(rows, "m", "sensitivity")
    assert list(table["call"]) == ["sensitive", "intermediate", "resistant", "no call"]
    assert list(table["n"]) == [8, 3, 0, 34]
    assert table["n"].sum() == len(rows)
    found = {figure.measure: figure for figure in rates(table, "sensitivity")}
    for measure, hits, n in (
        ("sensitivity", 7, 12),
        ("specificity", 32, 33),
        ("sensitivity of the called", 7, 8),
        ("specificity of the called", 2, 3),
        ("precision", 7, 8),
        ("called", 11, 45),
    ):
        figure = found[measure]
        exact = binomtest(hits, n).proportion_ci(0.95, method="exact")
        assert (figure.value, figure.n, figure.reason) == (hits / n, n, f"{hits} of {n}")
        assert (figure.low, figure.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_rates_without_samples_say_so() -> None:
    found = rates(confusion(calls(no_call=(3, 0)), "m", "response"), "response")
    named = {figure.measure: figure for figure in found}
    assert named["sensitivity"].value == 0
    for measure in ("specificity", "precision", "sensitivity of the called"):
        assert np.isnan(named[measure].value)
        assert named[measure].reason == "no such sample"


def probabilities(n: int, slope: float, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose true log-odds are shift + slope x theirs."""
    rng = np.random.default_rng(8)
    odds = rng.normal(size=n)
    truth = rng.random(n) < 1 / (1 + np.exp(-(shift + slope * odds)))
    return 1 / (1 + np.exp(-odds)), truth


def test_bins_are_those_of_scikit_learn() -> None:
    probability, truth = probabilities(500, 1.0, 0.0)
    bins = reliability("m", probability, truth)
    observed, predicted = calibration_curve(truth, probability, n_bins=10, strategy="quantile")
    np.testing.assert_allclose(bins["observed"], observed, rtol=1e-12)
    np.testing.assert_allclose(bins["predicted"], predicted, rtol=1e-12)
    assert bins["n"].sum() == 500
    assert len(reliability("m", probability[:25], truth[:25])) == 2


def test_the_calibration_line_is_the_unpenalised_logistic_fit() -> None:
    probability, truth = probabilities(2000, 0.5, 0.7)
    slope, intercept = calibration_line("m", probability, truth)
    odds = np.log(probability / (1 - probability))[:, None]
    reference = LogisticRegression(C=np.inf, tol=1e-10).fit(odds, truth)
    assert slope.value == pytest.approx(reference.coef_[0, 0], abs=1e-4)
    assert slope.low < 0.5 < slope.high
    # At slope 1 the mean of the shifted probabilities is the share of positives.
    shifted = 1 / (1 + np.exp(-(odds[:, 0] + intercept.value)))
    assert shifted.mean() == pytest.approx(truth.mean(), abs=1e-6)


@pytest.mark.parametrize(
    ("probability", "truth", "reason"),
    [
        ([0.2] * 9 + [0.8] * 9, [False] * 9 + [True] * 9, "9 positive and 9 negative, 10 of each"),
        ([0.0] * 20 + [0.8] * 20, [False] * 20 + [True] * 20, "20 probabilities are 0 or 1"),
        ([0.5] * 20 + [0.5] * 20, [False] * 20 + [True] * 20, "all probabilities are equal"),
        (
            list(np.linspace(0.1, 0.4, 20)) + list(np.linspace(0.6, 0.9, 20)),
            [False] * 20 + [True] * 20,
            "the probabilities separate the classes",
        ),
    ],
)
def test_no_line_where_none_can_be_fitted(probability: list, truth: list, reason: str) -> None:
    for figure in calibration_line("m", np.array(probability), np.array(truth)):
        assert np.isnan(figure.value)
        assert figure.reason.startswith(reason)
