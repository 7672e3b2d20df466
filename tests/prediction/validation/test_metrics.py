"""Metrics against scikit-learn, scipy and hand calculations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from atrasig.prediction.validation.metrics import (
    auroc,
    average_precision,
    brier,
    centred_spearman,
    spearman,
    stratified_auroc,
)

# Few distinct values, so that ties are common.
SCORES = arrays(np.float64, 30, elements=st.integers(-4, 4).map(float))
LABELS = arrays(np.bool_, 30).filter(lambda label: 0 < label.sum() < label.size)


@given(SCORES, LABELS)
@settings(deadline=None)
def test_label_metrics_are_those_of_scikit_learn(score: np.ndarray, label: np.ndarray) -> None:
    assert float(auroc(score, label)) == pytest.approx(roc_auc_score(label, score), abs=1e-12)
    expected = average_precision_score(label, score)
    assert float(average_precision(score, label)) == pytest.approx(expected, abs=1e-12)


@given(SCORES, SCORES)
@settings(deadline=None)
def test_spearman_is_that_of_scipy(one: np.ndarray, other: np.ndarray) -> None:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        assert np.isnan(spearman(one, other))
    else:
        assert float(spearman(one, other)) == pytest.approx(spearmanr(one, other)[0], abs=1e-12)


def test_a_tie_counts_half() -> None:
    label = np.array([True, False, False])
    assert float(auroc(np.array([1.0, 1.0, 0.0]), label)) == 0.75
    assert float(average_precision(np.array([1.0, 1.0, 0.0]), label)) == 0.5


def test_a_stack_of_draws_gives_one_value_a_draw() -> None:
    rng = np.random.default_rng(1)
    score, other = rng.normal(size=(2, 7, 40))
    label = rng.random(40) < 0.4
    for found, single in (
        (auroc(score, label), lambda row: auroc(score[row], label)),
        (average_precision(score, label), lambda row: average_precision(score[row], label)),
        (spearman(score, other), lambda row: spearman(score[row], other[row])),
    ):
        assert found.shape == (7,)
        np.testing.assert_allclose(found, [float(single(row)) for row in range(7)], rtol=1e-12)


def test_within_groups_only_pairs_of_one_group_count() -> None:
    score = np.array([3.0, 1.0, 13.0, 11.0, 12.0, 99.0])
    label = np.array([True, False, False, True, False, False])
    group = np.array([1, 1, 2, 2, 2, 3])
    # One pair in the first group is right; the two of the second are wrong; the third has none.
    assert float(stratified_auroc(score, label, group)) == pytest.approx(1 / 3)
    shifted = score + np.array([0, 0, 50, 50, 50, -7])
    assert float(stratified_auroc(shifted, label, group)) == pytest.approx(1 / 3)


def test_a_correlation_between_groups_alone_vanishes_within_them() -> None:
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(5), 60)
    score, response = rng.normal(size=300) + 9 * group, rng.normal(size=300) + 9 * group
    assert float(spearman(score, response)) > 0.9
    assert abs(float(centred_spearman(score, response, group))) < 0.2


def test_equal_values_of_a_group_stay_tied_when_its_mean_is_taken_off() -> None:
    score = np.array([0.1, 0.1, 0.1, 0.7, 0.7, 0.7])
    response = np.array([1.0, 2.0, 3.0, 1.0, 2.0, 3.0])
    assert np.isnan(centred_spearman(score, response, np.array([0, 0, 0, 1, 1, 1])))


@given(arrays(np.float64, 30, elements=st.floats(0, 1)), LABELS)
@settings(deadline=None)
def test_brier_is_that_of_scikit_learn(probability: np.ndarray, label: np.ndarray) -> None:
    expected = brier_score_loss(label, probability)
    assert float(brier(probability, label)) == pytest.approx(expected, abs=1e-12)
