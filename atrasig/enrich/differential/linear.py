"""Linear models of log2 expression, gene by gene, with moderated variances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atrasig.enrich.differential.design import SIDE
from atrasig.enrich.differential.moderation import Prior, fit_prior, squeeze
from atrasig.errors import InputError
from atrasig.scoring.arrays import Array

LEVEL = 0.95


@dataclass(frozen=True)
class Effects:
    """Effect of the contrast on each gene, shape (genes,) each.

    Parameters
    ----------
    log2fc, se
        Difference of the first from the second side, in log2, and its standard error.
    low, high
        95 % confidence interval.
    statistic, p
        Test statistic and two-sided p.
    """

    log2fc: Array
    se: Array
    low: Array
    high: Array
    statistic: Array
    p: Array


def moderated_effects(values: Array, design: Array, *, trend: bool) -> tuple[Effects, Prior]:
    """Fit a linear model to each gene and moderate its variance.

    Smyth 2004, doi:10.2202/1544-6115.1027; the same numbers as ``lmFit`` and ``eBayes`` of limma.

    Parameters
    ----------
    values
        Shape (samples, genes), log2 scale, no NaN.
    design
        Shape (samples, coefficients), full rank, fewer coefficients than samples; the second
        coefficient is tested.
    trend
        Whether the prior variance follows the mean expression, as it does in sequencing.

    Returns
    -------
    tuple of Effects and Prior
        Moderated t has the prior's degrees of freedom added to those of the residuals, never more
        than all genes have together.

    Raises
    ------
    InputError
        If no gene varies between replicates.
    """
    from scipy.stats import t

    estimate, unscaled, variance = _least_squares(values, design)
    df = float(design.shape[0] - design.shape[1])
    if not (variance > 0).any():
        raise InputError(
            "No gene varies between replicates",
            fix="Check that the samples of a group are not copies of one another.",
        )
    prior = fit_prior(variance, df, values.mean(axis=0) if trend else None)
    se = np.sqrt(squeeze(variance, df, prior)) * unscaled
    total = min(df + prior.df, df * variance.size)
    statistic = estimate / se
    margin = float(t.ppf((1 + LEVEL) / 2, total)) * se
    p = np.asarray(2 * t.sf(np.abs(statistic), total))
    return Effects(estimate, se, estimate - margin, estimate + margin, statistic, p), prior


def _least_squares(values: Array, design: Array) -> tuple[Array, float, Array]:
    """Estimate of the contrast, its standard error per unit variance, and residual variances."""
    base, triangle = np.linalg.qr(design)
    # einsum adds up in a fixed order; a product by BLAS depends on the number of threads.
    effects = np.einsum("sk,sg->kg", base, values)
    inverse = np.linalg.inv(triangle)
    residual = values - np.einsum("sk,kg->sg", base, effects)
    squares = np.einsum("sg,sg->g", residual, residual)
    # Rounding leaves a trace where the model fits exactly.
    rounding = np.finfo(float).eps ** 2 * np.einsum("sg,sg->g", values, values)
    squares[squares <= 100 * rounding] = 0.0
    estimate = np.einsum("k,kg->g", inverse[SIDE], effects)
    unscaled = float(np.sqrt((inverse[SIDE] ** 2).sum()))
    return estimate, unscaled, squares / (design.shape[0] - design.shape[1])
