"""Proportional hazards per standard deviation of a score, and whether hazards are proportional."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

from atrasig.association.linear import LEVEL, Estimate
from atrasig.scoring.arrays import Array

ADVISED_EVENTS = 10
"""Events for each coefficient below which a model is weak (Peduzzi 1995)."""
MIN_EVENTS = 5
MIN_EVENTS_PER_COEFFICIENT = 2
_UNBOUNDED = 15.0


class Proportionality(NamedTuple):
    """Correlation of scaled Schoenfeld residuals with the rank of time, and its p."""

    rho: float
    p: float


class SurvivalFit(NamedTuple):
    """Hazard ratio of the first column, its check, and why there is none where there is none."""

    hazard_ratio: Estimate
    check: Proportionality
    reason: str = ""


_NO_CHECK = Proportionality(np.nan, np.nan)
_NO_ESTIMATE = Estimate(*[np.nan] * 6)


def events_refusal(n_events: int, n_coefficients: int) -> str:
    """Say why a model has too few events; empty where it has enough."""
    needed = max(MIN_EVENTS, MIN_EVENTS_PER_COEFFICIENT * n_coefficients)
    if n_events >= needed:
        return ""
    return f"{n_events} events for {n_coefficients} coefficients; {needed} are needed at least"


def events_note(n_events: int, n_coefficients: int) -> str:
    """Say where there are fewer than ten events for each coefficient.

    Below ten, coefficients are biased and intervals do not cover as they say (Peduzzi 1995,
    doi:10.1016/0895-4356(95)00048-8).
    """
    if n_events >= ADVISED_EVENTS * n_coefficients:
        return ""
    each = f"{n_events / n_coefficients:.1f} events for each of {n_coefficients} coefficients"
    return f"weak: {each}, {ADVISED_EVENTS} are advised"


def fit_survival(time: Array, event: Array, matrix: Array) -> SurvivalFit:
    """Fit a Cox model with Efron's treatment of ties.

    Parameters
    ----------
    time
        Shape (samples,): times from 0 on.
    event
        Shape (samples,): 1 with the event, 0 without.
    matrix
        Shape (samples, columns): the score in standard deviations first, then what is adjusted
        for; no intercept.

    Returns
    -------
    SurvivalFit
        Hazard ratio per unit of the first column with Wald interval, z and p.
    """
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, HessianInversionWarning

    centred = matrix - matrix.mean(axis=0)
    model = PHReg(time, centred, status=event, ties="efron")
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        try:
            fitted = model.fit()
            beta, se = np.asarray(fitted.params), np.asarray(fitted.bse)
            covariance = np.asarray(fitted.cov_params())
        except np.linalg.LinAlgError:
            return SurvivalFit(_NO_ESTIMATE, _NO_CHECK, "the likelihood has no single maximum")
    failed = any(
        issubclass(one.category, ConvergenceWarning | HessianInversionWarning) for one in raised
    )
    if failed or not np.isfinite(se).all() or abs(beta[0]) > _UNBOUNDED or se[0] > _UNBOUNDED:
        reason = "the hazard ratio has no bound: the order of events and scores is all but perfect"
        return SurvivalFit(_NO_ESTIMATE, _NO_CHECK, reason)
    return SurvivalFit(
        _hazard_ratio(float(beta[0]), float(se[0])),
        proportionality(time, event, centred, beta, covariance),
    )


def _hazard_ratio(beta: float, se: float) -> Estimate:
    from scipy.stats import norm

    width = float(norm.ppf(0.5 + LEVEL / 2)) * se
    z = beta / se
    low, high = float(np.exp(beta - width)), float(np.exp(beta + width))
    return Estimate(float(np.exp(beta)), low, high, z, np.nan, float(2 * norm.sf(abs(z))))


def schoenfeld_residuals(time: Array, event: Array, matrix: Array, beta: Array) -> Array:
    """Compute Schoenfeld residuals with Efron's treatment of ties.

    Parameters
    ----------
    time, event, matrix
        As in :func:`fit_survival`.
    beta
        Shape (columns,): log hazard ratios.

    Returns
    -------
    numpy.ndarray
        Shape (events, columns), ordered by time and, within a time, as given: the values of each
        sample with an event less their mean over the risk set, weighted by the hazards. At one
        time with d events the mean is that over d steps, at each of which the tied samples count
        less by 1/d (Efron 1977, doi:10.1080/01621459.1977.10480613).
    """
    # A common factor of the weights cancels; taking out the largest keeps them finite.
    linear = np.einsum("ij,j->i", matrix, beta)
    weight = np.exp(linear - linear.max())
    rows = []
    for moment in np.unique(time[event == 1]):
        at_risk = time >= moment
        dying = (time == moment) & (event == 1)
        n_dying = int(dying.sum())
        share = (np.arange(n_dying) / n_dying)[:, None]
        total = weight[at_risk].sum() - share * weight[dying].sum()
        sums = [(weight[who, None] * matrix[who]).sum(axis=0) for who in (at_risk, dying)]
        mean = ((sums[0] - share * sums[1]) / total).mean(axis=0)
        rows.append(matrix[dying] - mean)
    return np.concatenate(rows)


def proportionality(
    time: Array, event: Array, matrix: Array, beta: Array, covariance: Array
) -> Proportionality:
    """Check the first column for a hazard ratio that changes with time.

    Scaled Schoenfeld residuals are correlated with the rank of the time of the event (Grambsch and
    Therneau 1994, doi:10.1093/biomet/81.3.515); the test takes the variance of the residuals as
    constant in time.

    Parameters
    ----------
    time, event, matrix, beta
        As in :func:`schoenfeld_residuals`.
    covariance
        Shape (columns, columns): covariance of `beta`.

    Returns
    -------
    Proportionality
        Correlation and p of a chi-squared with one degree of freedom; NaN where all events fall
        on one time.
    """
    from scipy.stats import chi2, rankdata

    residuals = schoenfeld_residuals(time, event, matrix, beta)
    n_events = len(residuals)
    ranks = rankdata(np.sort(time[event == 1]))
    centred = ranks - ranks.mean()
    scaled = beta[0] + n_events * np.einsum("ij,j->i", residuals, covariance[:, 0])
    spread = float((centred**2).sum())
    if spread == 0 or np.ptp(scaled) == 0:
        return _NO_CHECK
    along = float((centred * scaled).sum())
    rho = along / float(np.sqrt(spread * ((scaled - scaled.mean()) ** 2).sum()))
    statistic = along**2 / (n_events * float(covariance[0, 0]) * spread)
    return Proportionality(rho, float(chi2.sf(statistic, 1)))
