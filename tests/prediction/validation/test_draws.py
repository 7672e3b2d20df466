"""Resampling keeps strata; intervals and nulls behave as their theory says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from atrasig.prediction.validation.draws import bootstrap, generator, permutation
from atrasig.prediction.validation.metrics import auroc, average_precision, spearman
from atrasig.prediction.validation.task import Sampling, Task

SAMPLING = Sampling(draws=1000, permutations=1000, seed=1)


def label_task(n: int, shift: float, rng: np.random.Generator, n_positive: int = 20) -> Task:
    truth = np.arange(n) < n_positive
    score = rng.normal(size=n) + shift * truth
    return Task("m", "AUROC", "pooled", auroc, score, truth, np.zeros(n, dtype=np.intp))


def test_a_resample_fills_each_place_from_its_own_stratum() -> None:
    strata = np.array([0, 1, 0, 1, 1, 2])
    seen: list[np.ndarray] = []

    def note(places: np.ndarray) -> np.ndarray:
        seen.append(places)
        return np.zeros(len(places))

    bootstrap(note, strata, 50, generator(1, "a"))
    assert (strata[seen[0]] == strata).all()
    assert len(np.unique(seen[0], axis=0)) > 10
    permutation(note, strata, 50, generator(1, "a"))
    assert (strata[seen[1]] == strata).all()
    assert (np.sort(seen[1], axis=1) == np.arange(6)).all()


def test_blocks_do_not_change_the_number_of_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atrasig.prediction.validation.draws._BLOCK", 25)
    found = bootstrap(lambda places: places[:, 0] * 1.0, np.zeros(10, int), 7, generator(1, "a"))
    assert found.shape == (7,)


def test_no_draw_lacks_a_class() -> None:
    rng = np.random.default_rng(3)
    figure = label_task(200, 1.0, rng, n_positive=5).figure(SAMPLING)
    assert not np.isnan([figure.value, figure.low, figure.high]).any()
    assert figure.reason == ""


def test_the_interval_of_the_auroc_covers_the_truth() -> None:
    """Normal scores one deviation apart: the AUROC is the normal tail at 1 / sqrt 2."""
    truth, rng = 0.7602499389065233, np.random.default_rng(4)
    sampling = Sampling(draws=300, permutations=0, seed=1)
    found = [label_task(80, 1.0, rng, n_positive=40).figure(sampling) for _ in range(200)]
    covered = sum(figure.low <= truth <= figure.high for figure in found)
    # The exact 99.9 % binomial band of 95 % of 200 is 176 to 199.
    assert 176 <= covered <= 199


def test_the_permutation_p_is_that_of_the_rank_sum_test() -> None:
    task = label_task(60, 0.5, np.random.default_rng(5))
    null, p = task.null("permuted labels", task.group, Sampling(0, 20_000, 1))
    expected = mannwhitneyu(
        task.score[task.truth], task.score[~task.truth], alternative="greater"
    ).pvalue
    assert null.value == pytest.approx(0.5, abs=0.005)
    assert (p.measure, p.how) == ("AUROC p", "permuted labels")
    assert p.value == pytest.approx(expected, rel=0.1)


def test_p_is_uniform_where_there_is_nothing() -> None:
    rng = np.random.default_rng(6)
    tasks = [label_task(40, 0.0, rng) for _ in range(200)]
    values = [
        task.null("permuted labels", task.group, Sampling(0, 199, 1))[1].value for task in tasks
    ]
    # Of 200 tests at 5 %, the exact 99.9 % binomial band is 2 to 22.
    assert 2 <= sum(value <= 0.05 for value in values) <= 22


def test_a_seed_repeats_a_figure_and_another_does_not() -> None:
    task = label_task(60, 0.5, np.random.default_rng(7))
    one, same = (task.figure(SAMPLING) for _ in range(2))
    other = task.figure(Sampling(1000, 1000, 2))
    assert one == same
    assert one.value == other.value
    assert (one.low, one.high) != (other.low, other.high)


@pytest.mark.parametrize(
    ("score", "truth", "reason"),
    [
        ([], [], "no sample with a truth has a score"),
        ([1, 2, 3], [True, True, True], "all samples are positive"),
        ([1, 2, 3], [False, False, False], "no sample is positive"),
        ([1, 2], [0.5, 0.7], "2 samples, 3 needed"),
        ([1, 1, 1], [0.5, 0.7, 0.9], "all scores or all responses are equal"),
    ],
)
def test_what_cannot_be_computed_says_why(score: list, truth: list, reason: str) -> None:
    values = np.array(truth, dtype=bool if truth and isinstance(truth[0], bool) else float)
    statistic = auroc if values.dtype == bool else spearman
    task = Task(
        "m", "x", "pooled", statistic, np.array(score, float), values, np.zeros(len(score), int)
    )
    figure = task.figure(SAMPLING)
    assert figure.reason == reason
    assert np.isnan([figure.value, figure.low, figure.high]).all()
    for row in task.null("permuted labels", task.group, SAMPLING):
        assert row.reason == reason
        assert np.isnan(row.value)


def test_too_few_samples_give_a_value_and_no_interval() -> None:
    score = np.arange(9.0)
    figure = Task(
        "m", "AUPRC", "pooled", average_precision, score, score > 5, np.zeros(9, int)
    ).figure(SAMPLING)
    assert figure.value == 1.0
    assert np.isnan(figure.low)
    assert figure.reason == "no interval: 3 positive, 5 needed"
    paired = Task("m", "Spearman", "pooled", spearman, score, score**2, np.zeros(9, int))
    assert paired.figure(SAMPLING).reason == "no interval: 9 samples, 10 needed"


def test_separated_classes_give_no_interval_of_no_width() -> None:
    score = np.arange(40.0)
    figure = Task("m", "AUROC", "pooled", auroc, score, score > 19, np.zeros(40, int)).figure(
        SAMPLING
    )
    assert figure.value == 1.0
    assert np.isnan(figure.low)
    assert figure.reason == "no interval: every bootstrap draw gives the same value"
