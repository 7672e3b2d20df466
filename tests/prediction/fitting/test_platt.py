"""Platt scaling against independent fits, and its refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from atrasig.prediction.fitting import platt
from atrasig.prediction.fitting.platt import fit_sigmoid
from atrasig.scoring.arrays import Array


def _labelled(n: int, slope: float, seed: int = 0, shift: float = 0) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    scores = random.normal(size=n) * 3 + 10
    odds = slope * (scores - 10) + shift
    return scores, (random.random(n) < 1 / (1 + np.exp(-odds))).astype(float)


def test_is_a_logistic_fit_to_smoothed_targets() -> None:
    scores, labels = _labelled(60, 0.5)
    found, reason = platt(scores, labels)
    assert found is not None
    assert reason == ""
    n1, n0 = labels.sum(), (1 - labels).sum()
    high, low = (n1 + 1) / (n1 + 2), 1 / (n0 + 2)
    target = np.where(labels == 1, high, low)

    def loss(x: Array) -> float:
        odds = x[0] * (scores - 10) + x[1]
        return float((np.logaddexp(0, odds) - target * odds).sum())

    best = minimize(loss, [0.0, 0.0], method="BFGS", options={"gtol": 1e-8})
    assert found.slope == pytest.approx(best.x[0], rel=1e-5)
    assert found.intercept == pytest.approx(best.x[1] - 10 * best.x[0], rel=1e-5)
    # The same as labels counted both ways, weighed by target and rest.
    both = LogisticRegression(C=np.inf, tol=1e-10).fit(
        np.tile(scores - 10, 2)[:, None], np.repeat([1, 0], 60),
        sample_weight=np.concatenate([target, 1 - target]),
    )  # fmt: skip
    np.testing.assert_allclose(
        found.probability(scores), both.predict_proba(scores[:, None] - 10)[:, 1], atol=1e-4
    )


def test_recovers_planted_probabilities() -> None:
    scores, labels = _labelled(5000, 0.4, shift=-1)
    found, _ = platt(scores, labels)
    assert found is not None
    assert found.slope == pytest.approx(0.4, rel=0.1)
    assert found.probability(scores).mean() == pytest.approx(labels.mean(), abs=0.002)


@pytest.mark.parametrize("gap", [1e-3, 1.0, 1e6])
def test_separated_classes_give_finite_odds(gap: float) -> None:
    labels = np.repeat([0.0, 1.0], 10)
    found, _ = platt(labels * gap + np.arange(20) * gap * 1e-3, labels)
    assert found is not None
    assert 0.8 < found.probability(np.array([gap]))[0] < 1


def test_two_values_are_fitted_exactly() -> None:
    labels = np.repeat([0.0, 1.0], [12, 18])
    slope, intercept = fit_sigmoid(labels, labels)
    odds = [intercept, intercept + slope]
    np.testing.assert_allclose(1 / (1 + np.exp(-np.array(odds))), [1 / 14, 19 / 20])


@pytest.mark.parametrize("n_positive", [9, 21])
def test_fewer_than_ten_of_a_class_give_none(n_positive: int) -> None:
    labels = (np.arange(30) < n_positive).astype(float)
    found, reason = platt(np.arange(30.0)[::-1], labels)
    assert found is None
    assert f"{n_positive} positive and {30 - n_positive} negative" in reason


def test_ten_of_each_suffice() -> None:
    found, _ = platt(np.arange(20.0), np.repeat([0.0, 1.0], 10))
    assert found is not None
    assert (found.n_positive, found.n_negative) == (10, 10)


def test_scores_that_say_nothing_or_the_opposite_give_none() -> None:
    labels = np.repeat([0.0, 1.0], 15)
    assert platt(np.ones(30), labels) == (None, "no probability: all samples have the same score")
    found, reason = platt(-labels, labels)
    assert found is None
    assert "do not go with the label" in reason
