"""Whether probabilities are what they say."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from atrasig.prediction.validation.figure import LEVEL, Figure
from atrasig.prediction.validation.metrics import Flags
from atrasig.scoring.arrays import Array

N_BINS = 10
MIN_BIN = 10
MIN_FIT = 10
"""Samples of each class below which no calibration line is fitted."""
RELIABILITY_COLUMNS = ("model", "bin", "n", "n_positive", "predicted", "observed", "low", "high")


def reliability(model: str, probability: Array, positive: Flags) -> pd.DataFrame:
    """Observed share of positives in bins of equal numbers of samples.

    Parameters
    ----------
    model
        Its id.
    probability, positive
        Shape (n,), without NaN.

    Returns
    -------
    pandas.DataFrame
        One row a bin, at most 10 and each of about 10 samples or more: mean probability
        ``predicted``, share ``observed`` with its exact 95 % interval.
    """
    from statsmodels.stats.proportion import proportion_confint

    if not probability.size:
        return pd.DataFrame(columns=list(RELIABILITY_COLUMNS))
    n_bins = max(1, min(N_BINS, probability.size // MIN_BIN))
    edges = np.quantile(probability, np.linspace(0, 1, n_bins + 1))
    codes = np.searchsorted(edges[1:-1], probability)
    rows = []
    for place, code in enumerate(np.unique(codes), start=1):
        own = codes == code
        n, hits = int(own.sum()), int(positive[own].sum())
        low, high = proportion_confint(hits, n, alpha=1 - LEVEL, method="beta")
        mean = float(probability[own].mean())
        rows.append((model, place, n, hits, mean, hits / n, float(low), float(high)))
    return pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))


def calibration_line(model: str, probability: Array, positive: Flags) -> list[Figure]:
    """Intercept and slope of the outcome on the log-odds of the probability, with Wald intervals.

    Parameters
    ----------
    model
        Its id.
    probability, positive
        Shape (n,), without NaN.

    Returns
    -------
    list of Figure
        Slope, and intercept at slope 1 (Cox 1958, doi:10.1093/biomet/45.3-4.562).
    """
    names = ("calibration slope", "calibration intercept")
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    reason = _fault(probability, n_positive, n_negative)
    values = [(np.nan, np.nan, np.nan)] * 2
    if not reason:
        values, reason = _fit(probability, positive)
    return [
        Figure(model, name, "pooled", positive.size, n_positive, n_negative, *value, reason)
        for name, value in zip(names, values, strict=True)
    ]


def _fault(probability: Array, n_positive: int, n_negative: int) -> str:
    if min(n_positive, n_negative) < MIN_FIT:
        return f"{n_positive} positive and {n_negative} negative, {MIN_FIT} of each needed"
    certain = int(((probability <= 0) | (probability >= 1)).sum())
    if certain:
        return f"{certain} probabilities are 0 or 1 and have no log-odds"
    return "all probabilities are equal" if probability.min() == probability.max() else ""


def _fit(probability: Array, positive: Flags) -> tuple[list[tuple[float, float, float]], str]:
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    odds = np.log(probability / (1 - probability))
    outcome = positive.astype(np.float64)
    family = sm.families.Binomial()
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerfectSeparationWarning)
        try:
            line = sm.GLM(outcome, sm.add_constant(odds), family=family).fit()
            shift = sm.GLM(outcome, np.ones_like(odds), family=family, offset=odds).fit()
        except PerfectSeparationWarning:
            return [(np.nan,) * 3] * 2, "the probabilities separate the classes: no finite slope"
    return [_estimate(line, 1), _estimate(shift, 0)], ""


def _estimate(fit: Any, place: int) -> tuple[float, float, float]:
    low, high = fit.conf_int()[place]
    return float(fit.params[place]), float(low), float(high)
