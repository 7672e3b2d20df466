"""Intervals: their quantiles by hand, and the coverage that they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from atrasig.errors import UsageError
from atrasig.prediction.fitting import (
    Coefficients,
    OutOfFold,
    RegularisedRegression,
    TrainingData,
    binomial_band,
    calibrate,
    conformal_quantile,
    held_out_coverage,
    jackknife_plus,
    leave_one_out,
    nested,
)
from tests.prediction.fitting.planting import gene_names, plant

PLAIN = RegularisedRegression(n_penalties=6)


def test_quantile_by_hand() -> None:
    residuals = np.array([-9.0, 1, -2, 3, 4, -5, 6, 7, 8])
    assert conformal_quantile(residuals, 0.1) == 9  # ceil(10 * 0.9) = 9th of 9
    assert conformal_quantile(residuals, 0.2) == 8
    assert conformal_quantile(residuals[:8], 0.1) == np.inf
    assert (
        conformal_quantile(np.arange(39.0), 0.05) == 37
    )  # 38th of 39, whatever 0.95 * 40 rounds to


def test_a_lineage_of_thirty_gets_its_own_width() -> None:
    residuals = np.concatenate([np.arange(30.0), 100 + np.arange(29.0)])
    widths = calibrate(residuals, ["large"] * 30 + ["small"] * 29, 0.1)
    assert set(widths.by_lineage) == {"large"}
    assert widths.by_lineage["large"] == 27  # ceil(31 * 0.9) = 28th
    assert widths.half_widths(["large", "small", "unseen", ""]).tolist() == [
        27,
        *[widths.pooled] * 3,
    ]
    assert widths.n == 59


@pytest.mark.parametrize("n", [30, 78, 490])
def test_band_holds_99_percent(n: int) -> None:
    low, high = binomial_band(n, 0.9)
    inside = binom.cdf(high, n, 0.9) - binom.cdf(low - 1, n, 0.9)
    assert inside >= 0.99
    assert binom.cdf(low - 1, n, 0.9) <= 0.005
    assert binom.sf(high, n, 0.9) <= 0.005
    assert binom.cdf(low, n, 0.9) > 0.005
    assert binom.sf(high - 1, n, 0.9) > 0.005


def _lineages_of_unlike_noise(seed: int, n: int, n_lineages: int) -> TrainingData:
    data = plant(seed, n=n, p=20, n_true=4, effect=0.5, n_lineages=n_lineages, lineage_spread=0.3)
    random = np.random.default_rng(seed)
    noise = np.geomspace(0.2, 4, n_lineages)[data.group_codes] * random.standard_t(4, size=n)
    return data.with_response(data.response + noise)


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.2])
def test_coverage_of_12000_points(alpha: float, capsys: pytest.CaptureFixture[str]) -> None:
    data = _lineages_of_unlike_noise(1, 12_000, 12)
    out = nested(data, PLAIN, n_folds=12)
    pooled, *by_lineage = held_out_coverage(out.residuals, data.groups, alpha, seed=0)
    with capsys.disabled():
        shares = ", ".join(f"{one.share:.3f}" for one in by_lineage)
        print(
            f"\nconformal, nominal {1 - alpha:.2f}: pooled {pooled.share:.4f} of {pooled.n}, "
            f"median width {pooled.median_width:.2f}; lineages {shares}"
        )
    assert len(by_lineage) == 12
    assert abs(pooled.share - (1 - alpha)) < 0.03
    assert pooled.is_inside
    assert all(abs(one.share - (1 - alpha)) < 0.03 and one.is_inside for one in by_lineage)


def test_coverage_of_fresh_samples_of_a_held_out_lineage() -> None:
    """Calibrated within a lineage that the model never saw; 200 new samples, 60 times over."""
    covered = []
    for seed in range(60):
        data = _lineages_of_unlike_noise(seed, 400 + 4 * 60, 4)
        own = np.flatnonzero(data.group_codes == 3)
        fit = PLAIN.fit(data.take(data.group_codes != 3), 0)
        residuals = (data.response - fit.predict(data.features, data.genes))[own]
        half = calibrate(residuals[:50], ["own"] * 50, 0.1).by_lineage["own"]
        covered.append(np.mean(np.abs(residuals[50:]) <= half))
    error = np.std(covered, ddof=1) / np.sqrt(60)
    expected = np.ceil(51 * 0.9) / 51
    assert abs(np.mean(covered) - expected) <= 3 * error


def test_unlike_lineages_are_not_covered_by_the_others() -> None:
    data = _lineages_of_unlike_noise(2, 1200, 4)
    out = nested(data, PLAIN, n_folds=4)
    _, *others = held_out_coverage(
        out.residuals, data.groups, 0.1, seed=0, calibration="other lineages"
    )
    _, *own = held_out_coverage(out.residuals, data.groups, 0.1, seed=0)
    assert all(one.is_inside for one in own)
    assert not others[3].is_inside
    assert others[3].covered < others[3].low


def test_small_lineages_are_counted_in_the_pooled_row_alone() -> None:
    residuals = np.random.default_rng(0).normal(size=70)
    groups = ["big"] * 50 + ["small"] * 20
    rows = held_out_coverage(residuals, groups, 0.1, seed=1)
    assert [row.lineage for row in rows] == ["", "big"]
    assert [row.n for row in rows] == [70, 50]
    assert rows == held_out_coverage(residuals, groups, 0.1, seed=1)


def test_coverage_needs_something_to_calibrate_on() -> None:
    with pytest.raises(UsageError, match="two lineages"):
        held_out_coverage(np.ones(9), ["a"] * 9, 0.1, seed=0, calibration="other lineages")
    with pytest.raises(UsageError, match="two samples"):
        held_out_coverage(np.ones(1), ["a"], 0.1, seed=0)


def _constant_models(data: TrainingData) -> OutOfFold:
    """Leave-one-out means: the simplest model there is."""
    n = len(data.samples)
    means = (data.response.sum() - data.response) / (n - 1)
    none = np.empty(0)
    fits = tuple(Coefficients((), none, float(mean), none, none) for mean in means)
    return OutOfFold(data, means, np.zeros(n), leave_one_out(data), fits)


def test_jackknife_plus_by_hand() -> None:
    data = plant(1, n=20, p=3)
    out = _constant_models(data)
    found = jackknife_plus(out, np.zeros((2, 3)), data.genes, 0.1)
    means, residuals = out.predictions, np.abs(out.residuals)
    assert found.low.tolist() == [np.sort(means - residuals)[1]] * 2  # floor(0.1 * 21) = 2nd
    assert found.high.tolist() == [np.sort(means + residuals)[18]] * 2  # ceil(0.9 * 21) = 19th
    assert found.guarantee == 0.8
    wide = jackknife_plus(out, np.zeros((1, 3)), data.genes, 0.01)
    assert (wide.low[0], wide.high[0]) == (-np.inf, np.inf)


def test_folds_of_several_samples_carry_no_guarantee() -> None:
    data = plant(1, n=40, p=5)
    out = nested(data, PLAIN, n_folds=5)
    assert jackknife_plus(out, data.features, data.genes, 0.1).guarantee is None


@pytest.mark.parametrize("alpha", [0.1, 0.25])
def test_jackknife_plus_covers_as_guaranteed(
    alpha: float, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = RegularisedRegression(n_penalties=1)
    covered, guarantee = [], None
    for seed in range(40):
        data = plant(seed, n=80, p=30, n_true=5, effect=0.6)
        out_of = data.take(np.arange(30))
        new = data.take(np.arange(30, 80))
        found = jackknife_plus(
            nested(out_of, recipe, folds=leave_one_out(out_of)), new.features, gene_names(30), alpha
        )
        covered.append(((found.low <= new.response) & (new.response <= found.high)).mean())
        guarantee = found.guarantee
    with capsys.disabled():
        print(f"\njackknife+: nominal {1 - alpha:.2f}, guaranteed {1 - 2 * alpha:.2f}, observed "
              f"{np.mean(covered):.3f} of 2000 new samples")  # fmt: skip
    assert guarantee == 1 - 2 * alpha
    assert np.mean(covered) >= 1 - 2 * alpha
    assert abs(np.mean(covered) - (1 - alpha)) < 0.05
