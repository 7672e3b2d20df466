"""Survival against an independent likelihood, published data, and hand calculations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.duration.hazard_regression import PHReg

from atrasig.association.survival import (
    events_note,
    events_refusal,
    fit_survival,
    proportionality,
    schoenfeld_residuals,
)

# Remission of acute leukaemia in weeks, 6-MP and then placebo (Freireich 1963, Blood 21, 699).
DRUG = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
CENSORED = [3, 5, 7, 8, 11, 12, 13, 16, 17, 18, 19, 20]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
TIME = np.array(DRUG + PLACEBO, dtype=float)
EVENT = np.array([float(place not in CENSORED) for place in range(21)] + [1.0] * 21)
GROUP = np.repeat([0.0, 1.0], 21)[:, None]


def efron(beta: np.ndarray, time: np.ndarray, event: np.ndarray, linear: object = None) -> float:
    """Negative log partial likelihood by the definition; `linear` gives x b at a time."""
    total = 0.0
    for moment in np.unique(time[event == 1]):
        at_risk, dying = time >= moment, (time == moment) & (event == 1)
        eta = linear(beta, moment)  # type: ignore[operator]
        total += eta[dying].sum()
        for step in range(dying.sum()):
            weight = np.exp(eta)
            total -= np.log(weight[at_risk].sum() - step / dying.sum() * weight[dying].sum())
    return -total


def test_ties_follow_efron() -> None:
    found = fit_survival(TIME, EVENT, GROUP).hazard_ratio
    best = optimize.minimize(
        efron, [0.0], args=(TIME, EVENT, lambda beta, _: GROUP @ beta), tol=1e-10
    )
    assert np.log(found.effect) == pytest.approx(best.x[0], abs=1e-5)
    # As printed by coxph of R's survival for these data: 1.572, its error 0.412.
    assert np.log(found.effect) == pytest.approx(1.572, abs=5e-4)
    assert np.log(found.effect) / found.statistic == pytest.approx(0.412, abs=5e-4)
    assert np.log(found.high / found.low) == pytest.approx(2 * 1.959964 * 0.41240, abs=1e-3)


def test_residuals_by_hand() -> None:
    # Two events at time 1 among four: Efron's two means are 6/4 and (6 - 3/2)/(4 - 1) at beta = 0.
    time, event = np.array([1.0, 1, 2, 3]), np.array([1.0, 1, 1, 0])
    matrix = np.array([[0.0], [3], [1], [2]])
    found = schoenfeld_residuals(time, event, matrix, np.zeros(1))
    assert found[:, 0] == pytest.approx([0 - 1.5, 3 - 1.5, 1 - 1.5])


def test_residuals_sum_to_nothing_at_the_estimate_and_agree_with_statsmodels() -> None:
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(80, 2))
    time = rng.exponential(np.exp(-matrix[:, 0]))
    event = (rng.random(80) < 0.7).astype(float)
    fitted = PHReg(time, matrix, status=event, ties="efron").fit()
    own = schoenfeld_residuals(time, event, matrix, fitted.params)
    theirs = fitted.schoenfeld_residuals[np.argsort(time, kind="stable")]
    assert own == pytest.approx(theirs[~np.isnan(theirs[:, 0])], abs=1e-8)
    tied = np.ceil(5 * time)
    fitted = PHReg(tied, matrix, status=event, ties="efron").fit()
    own = schoenfeld_residuals(tied, event, matrix, fitted.params)
    assert own.sum(axis=0) == pytest.approx([0, 0], abs=1e-5)


def test_the_check_agrees_with_a_coefficient_that_changes_with_time() -> None:
    rng = np.random.default_rng(8)
    for turning in (0.0, 1.5):
        x = rng.normal(size=150)
        # The hazard ratio turns over at time 0.5 by `turning`.
        first = rng.exponential(np.exp(-0.3 * x))
        second = 0.5 + rng.exponential(np.exp(-(0.3 - turning) * x))
        time = np.where(first < 0.5, first, second)
        event = np.ones(150)
        ranks = dict(zip(np.sort(time), np.arange(150) / 150 - 0.5, strict=True))

        def moving(beta: np.ndarray, at: float, x: np.ndarray = x, ranks: object = ranks) -> object:
            return x * (beta[0] + beta[1] * ranks[at])  # type: ignore[index]

        full = optimize.minimize(efron, [0.3, 0.0], args=(time, event, moving))
        constant = optimize.minimize(
            efron, [0.3], args=(time, event, lambda beta, _, x=x: x * beta[0])
        )
        ratio = 2 * (constant.fun - full.fun)
        check = fit_survival(time, event, x[:, None]).check
        print(f"turning {turning}: rho {check.rho:.2f}, p {check.p:.2g}, "
              f"likelihood ratio p {stats.chi2.sf(ratio, 1):.2g}")  # fmt: skip
        assert np.sign(check.rho) == np.sign(full.x[1])
        assert stats.chi2.isf(check.p, 1) == pytest.approx(ratio, rel=0.35, abs=0.3)


def test_the_check_is_the_formula_of_grambsch_and_therneau() -> None:
    fitted = PHReg(TIME, GROUP, status=EVENT, ties="efron").fit()
    residuals = schoenfeld_residuals(TIME, EVENT, GROUP, fitted.params)[:, 0]
    variance = float(fitted.cov_params()[0, 0])
    scaled = fitted.params[0] + len(residuals) * variance * residuals
    ranks = stats.rankdata(np.sort(TIME[EVENT == 1]))
    found = proportionality(TIME, EVENT, GROUP, fitted.params, fitted.cov_params())
    assert found.rho == pytest.approx(stats.pearsonr(ranks, scaled)[0])
    centred = ranks - ranks.mean()
    statistic = (centred @ scaled) ** 2 / (len(residuals) * variance * centred @ centred)
    assert found.p == pytest.approx(stats.chi2.sf(statistic, 1))


@pytest.mark.slow
def test_rates_of_error_and_coverage() -> None:
    rng = np.random.default_rng(9)
    n_draws, beta = 150, 0.4
    null, covered, turned = [], [], []
    for _ in range(n_draws):
        matrix = rng.normal(size=(80, 2))
        end = rng.uniform(0.2, 2.5, 80)
        for effect in (0.0, beta):
            event_time = rng.exponential(np.exp(-effect * matrix[:, 0] - 0.3 * matrix[:, 1]))
            time, event = np.minimum(event_time, end), (event_time <= end).astype(float)
            fit = fit_survival(time, event, matrix)
            if effect:
                covered.append(fit.hazard_ratio.low <= np.exp(effect) <= fit.hazard_ratio.high)
                turned.append(fit.check.p < 0.05)
            else:
                null.append(fit.hazard_ratio.p < 0.05)
    print(f"null rejected {np.mean(null):.3f}, covered {np.mean(covered):.3f}, "
          f"proportional hazards refused {np.mean(turned):.3f}")  # fmt: skip
    margin = 3.5 * np.sqrt(0.05 * 0.95 / n_draws)
    assert np.mean(null) <= 0.05 + margin
    assert np.mean(covered) >= 0.95 - margin
    assert np.mean(turned) <= 0.05 + margin


def test_a_perfect_order_has_no_ratio() -> None:
    time = np.arange(1.0, 21)
    found = fit_survival(time, np.ones(20), -time[:, None] / 5)
    assert np.isnan(found.hazard_ratio.effect)
    assert "no bound" in found.reason


def test_few_events_are_told() -> None:
    assert events_note(40, 4) == ""
    assert events_note(39, 4) == "weak: 9.8 events for each of 4 coefficients, 10 are advised"
    assert events_refusal(8, 4) == ""
    assert events_refusal(7, 4) == "7 events for 4 coefficients; 8 are needed at least"
    assert events_refusal(4, 1) == "4 events for 1 coefficients; 5 are needed at least"
