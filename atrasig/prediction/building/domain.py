"""Where the training samples lie, so that a sample unlike them can be told."""

from __future__ import annotations

import numpy as np

from atrasig.scoring.arrays import Array

MARGIN = 0.1
MAX_QUANTILES = 101
_BLOCK = 1024
LIKENESS_RULE = (
    "A sample is called only if its genes correlate with the median ranks of the training samples "
    "about as well as each of these does with the median of the others (the lowest of these "
    f"correlations, lowered by {MARGIN:.0%} of its distance from 1)."
)


def typical(ranks: Array) -> Array:
    """Median rank of each gene, shape (genes,)."""
    return np.asarray(np.median(ranks, axis=0))


def least_likeness(ranks: Array) -> float:
    """Smallest rank correlation with the training samples at which a sample is like them.

    Each training sample is compared with the median ranks of all others; the smallest of these
    Spearman correlations is lowered by a tenth of its distance from 1, because the next sample
    of the same kind lies below all of n with probability 1 / (n + 1).

    Parameters
    ----------
    ranks
        Shape (samples, genes), without NaN.
    """
    from scipy.stats import spearmanr

    found = [
        float(spearmanr(own, others).statistic)
        for own, others in zip(ranks, _medians_of_others(ranks), strict=True)
    ]
    lowest = min(found)
    return lowest - MARGIN * (1 - lowest)


def _medians_of_others(ranks: Array) -> Array:
    """Median of each gene over all samples but one, shape (samples, genes)."""
    result = np.empty_like(ranks)
    n_others = ranks.shape[0] - 1
    middles = ((n_others - 1) // 2, n_others // 2)
    for start in range(0, ranks.shape[1], _BLOCK):
        block = ranks[:, start : start + _BLOCK]
        order = np.argsort(block, axis=0, kind="stable")
        ascending = np.take_along_axis(block, order, axis=0)
        place = np.argsort(order, axis=0, kind="stable")
        lower, upper = (
            np.take_along_axis(ascending, np.where(middle < place, middle, middle + 1), axis=0)
            for middle in middles
        )
        result[:, start : start + _BLOCK] = (lower + upper) / 2
    return result


def quantiles(scores: Array) -> tuple[float, ...]:
    """Scores at evenly spaced quantiles, ascending, at most 101."""
    n = min(scores.size, MAX_QUANTILES)
    return tuple(map(float, np.quantile(scores, np.linspace(0, 1, n))))
