"""Linear models of log2 expression, gene by gene, with moderated variances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from atrasig.enrich.differential.design import SIDE, within
from atrasig.enrich.differential.moderation import Prior, fit_prior, squeeze
from atrasig.errors import InputError
from atrasig.scoring.arrays import Array

LEVEL = 0.95
_GENES_AT_ONCE = 1000
"""So that what is made on the way stays small beside the values."""


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


def moderated_effects(
    values: Array, design: Array, *, trend: bool, patients: Sequence[str] = ()
) -> tuple[Effects, Prior]:
    """Fit a linear model to each gene and moderate its variance.

    Smyth 2004, doi:10.2202/1544-6115.1027; the same numbers as ``lmFit`` and ``eBayes`` of limma.

    Parameters
    ----------
    values
        Shape (samples, genes), log2 scale, no NaN.
    design
        Shape (samples, coefficients), full rank, an intercept first, fewer coefficients than
        samples; the second coefficient is tested.
    trend
        Whether the prior variance follows the mean expression, as it does in sequencing.
    patients
        Patient of each sample, where each patient has a coefficient besides.

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

    df = float(design.shape[0] - design.shape[1] - max(len(set(patients)) - 1, 0))
    estimate, unscaled, squares = _least_squares(values, design, patients)
    variance = squares / df
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


def _least_squares(
    values: Array, design: Array, patients: Sequence[str]
) -> tuple[Array, float, Array]:
    """Estimate of the contrast, its standard error per unit variance, and residual squares."""
    # The means take the place of the intercept, or of the patients.
    base, triangle = np.linalg.qr(within(patients, design[:, 1:]))
    inverse = np.linalg.inv(triangle)
    n_genes = values.shape[1]
    estimate, squares = np.empty(n_genes), np.empty(n_genes)
    for start in range(0, n_genes, _GENES_AT_ONCE):
        genes = slice(start, start + _GENES_AT_ONCE)
        centred = within(patients, values[:, genes])
        # einsum adds up in a fixed order; a product by BLAS depends on the number of threads.
        effects = np.einsum("sk,sg->kg", base, centred)
        residual = centred - np.einsum("sk,kg->sg", base, effects)
        estimate[genes] = np.einsum("k,kg->g", inverse[SIDE - 1], effects)
        squares[genes] = _squares(residual)
        # Rounding leaves a trace where the model fits exactly.
        rounding = np.finfo(float).eps ** 2 * _squares(values[:, genes])
        squares[genes][squares[genes] <= 100 * rounding] = 0.0
    return estimate, float(np.sqrt((inverse[SIDE - 1] ** 2).sum())), squares


def _squares(values: Array) -> Array:
    return np.asarray(np.einsum("sg,sg->g", values, values))
