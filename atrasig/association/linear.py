"""Linear models of a standardised score with errors that hold under unequal variances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from atrasig.association.design import Design
from atrasig.scoring.arrays import Array

LEVEL = 0.95


class Estimate(NamedTuple):
    """One test: effect with its 95 % interval, statistic, degrees of freedom and p."""

    effect: float
    low: float
    high: float
    statistic: float
    df: float
    p: float


class LinearFit(NamedTuple):
    """Tests of one linear model.

    Parameters
    ----------
    each
        One estimate a tested column, in SD of the score.
    overall
        F of all tested columns together; its effect is NaN, and so is all of it where groups are
        too small to estimate how they vary.
    share
        Share of variance that the tested columns explain beyond the others (of what these leave).
    """

    each: tuple[Estimate, ...]
    overall: Estimate
    share: float


def fit_linear(score: Array, design: Design) -> LinearFit:
    """Regress a score on what is tested and adjusted for.

    Errors are HC3 (MacKinnon and White 1985, doi:10.1016/0304-4076(85)90158-7), referred to t and
    F with their own degrees of freedom (:mod:`atrasig.association.degrees`); several coefficients
    are tested together by Hotelling's T squared.

    Parameters
    ----------
    score
        Shape (used samples,), in standard deviations.
    design
        Design without a reason against it.

    Returns
    -------
    LinearFit
        Estimates, overall test and share of variance.
    """
    from statsmodels.regression.linear_model import OLS

    matrix = design.with_intercept
    first = matrix.shape[1] - design.tested.shape[1]
    fitted = OLS(score, matrix).fit(cov_type="HC3", use_t=True)
    degrees, together = design.degrees
    each = tuple(
        _estimate(float(fitted.params[first + place]), float(fitted.bse[first + place]), float(df))
        for place, df in enumerate(degrees)
    )
    wald = fitted.wald_test(np.eye(matrix.shape[1])[first:], use_f=True, scalar=True)
    overall = _together(float(wald.statistic), len(degrees), together)
    return LinearFit(each, overall, _partial_share(score, matrix, first, float(fitted.ssr)))


def _estimate(effect: float, se: float, df: float) -> Estimate:
    from scipy.stats import t

    width = float(t.ppf(0.5 + LEVEL / 2, df)) * se
    statistic = effect / se
    p = float(2 * t.sf(abs(statistic), df))
    return Estimate(effect, effect - width, effect + width, statistic, df, p)


def _together(wald: float, columns: int, degrees: float) -> Estimate:
    """Hotelling's T squared; without a p where groups are too small for it."""
    from scipy.stats import f

    df = degrees - columns + 1
    if df <= 0:
        return Estimate(*[np.nan] * 6)
    statistic = wald * df / degrees
    return Estimate(np.nan, np.nan, np.nan, statistic, df, float(f.sf(statistic, columns, df)))


def _partial_share(score: Array, matrix: Array, first: int, ssr: float) -> float:
    from statsmodels.regression.linear_model import OLS

    without = float(OLS(score, matrix[:, :first]).fit().ssr)
    return 1 - ssr / without if without > 0 else np.nan
