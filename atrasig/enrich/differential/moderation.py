"""Empirical Bayes moderation of gene-wise variances.

Smyth 2004, doi:10.2202/1544-6115.1027: variances ``s²`` with ``d`` degrees of freedom follow
``s0² F(d, d0)``; the prior ``s0²`` and ``d0`` are fitted to the moments of ``log s²``. With a trend
``s0²`` follows the mean log expression (Law et al. 2014, doi:10.1186/gb-2014-15-2-r29), by a
natural cubic spline as in limma.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atrasig.scoring.arrays import Array

_TINY = 1e-5
"""Smallest share of the median variance that enters the fit of the prior, as in limma."""
_NEWTON_STEPS = 50
_EXACT = 1e-8


@dataclass(frozen=True)
class Prior:
    """Scaled inverse chi-squared prior of the variances.

    Parameters
    ----------
    variance
        Shape (genes,): prior variance of each gene; the same for all without a trend.
    df
        Prior degrees of freedom; infinite where the variances differ no more than by chance.
    """

    variance: Array
    df: float


def fit_prior(variance: Array, df: float, level: Array | None = None) -> Prior:
    """Fit the prior by the moments of the log variances.

    Parameters
    ----------
    variance
        Shape (genes,): residual variances, not all zero.
    df
        Residual degrees of freedom.
    level
        Shape (genes,): mean log2 expression, for a prior that follows it; None for one prior.

    Returns
    -------
    Prior
        The estimates of ``fitFDist`` of limma.
    """
    from scipy.special import digamma, polygamma

    median = float(np.median(variance)) or float(variance[variance > 0].mean())
    logs = np.log(np.maximum(variance, _TINY * median))
    logs = logs - digamma(df / 2) + np.log(df / 2)
    centre, spread = _centre(logs, level)
    excess = spread - float(polygamma(1, df / 2))
    if excess <= 0:
        return Prior(np.exp(centre), np.inf)
    prior_df = 2 * trigamma_inverse(excess)
    return Prior(np.exp(centre + digamma(prior_df / 2) - np.log(prior_df / 2)), prior_df)


def squeeze(variance: Array, df: float, prior: Prior) -> Array:
    """Posterior variances: the mean of own and prior variance weighted by degrees of freedom.

    Parameters
    ----------
    variance, df
        Residual variances and their degrees of freedom.
    prior
        Fitted prior.
    """
    if np.isinf(prior.df):
        return prior.variance.copy()
    return np.asarray((df * variance + prior.df * prior.variance) / (df + prior.df))


def trigamma_inverse(value: float) -> float:
    """Solve ``trigamma(x) = value`` for a positive value, by Newton steps on ``1 / trigamma``."""
    from scipy.special import polygamma

    if value > 1e7:
        return float(1 / np.sqrt(value))
    if value < 1e-6:
        return 1 / value
    found = 0.5 + 1 / value
    for _ in range(_NEWTON_STEPS):
        now = float(polygamma(1, found))
        step = now * (1 - now / value) / float(polygamma(2, found))
        found += step
        if -step / found < _EXACT:
            break
    return found


def _centre(logs: Array, level: Array | None) -> tuple[Array, float]:
    """Mean or trend of the log variances, and the variance around it."""
    basis = None if level is None else _spline(level)
    if basis is None:
        mean = np.full(logs.shape, logs.mean())
        return mean, float(((logs - mean) ** 2).sum() / (logs.size - 1))
    base, _ = np.linalg.qr(basis)
    trend = np.einsum("gk,k->g", base, np.einsum("gk,g->k", base, logs))
    return trend, float(((logs - trend) ** 2).sum() / (logs.size - basis.shape[1]))


def _spline(level: Array) -> Array | None:
    """Natural cubic spline basis with inner knots at the thirds; None where it has no use."""
    if level.size < 30:
        return None
    knots = np.quantile(level, [0, 1 / 3, 2 / 3, 1])
    if np.unique(knots).size < knots.size:
        return None
    low, high = knots[0], knots[-1]
    places = (level - low) / (high - low)
    knots = (knots - low) / (high - low)

    def cut(knot: float) -> Array:
        return np.asarray((np.maximum(places - knot, 0) ** 3 - last) / (1 - knot))

    last = np.maximum(places - 1, 0) ** 3
    reference = cut(float(knots[-2]))
    columns = [cut(float(knot)) - reference for knot in knots[:-2]]
    return np.column_stack([np.ones(level.size), places, *columns])
