"""Agreement of scores with labels or measured responses; every function works along the last axis.

Scores may be a stack of draws, shape (..., samples), so that a bootstrap or a permutation is one
call. Labels and groups are one row, shape (samples,).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array, Places

Flags = NDArray[np.bool_]


def auroc(score: Array, positive: Flags) -> Array:
    """Chance that a positive sample has a higher score than a negative one, ties as half.

    Parameters
    ----------
    score
        Shape (..., n), without NaN.
    positive
        Shape (n,); both classes are there.

    Returns
    -------
    numpy.ndarray
        Shape (...): the Mann-Whitney statistic over its largest value
        (Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747).
    """
    pairs = int(positive.sum()) * int((~positive).sum())
    result: Array = _wins(score, positive) / pairs
    return result


def _wins(score: Array, positive: Flags) -> Array:
    """Pairs of a positive and a negative sample in which the positive one scores higher."""
    from scipy.stats import rankdata

    n_positive = int(positive.sum())
    ranks = rankdata(score, axis=-1)
    wins: Array = ranks[..., positive].sum(axis=-1) - n_positive * (n_positive + 1) / 2
    return wins


def average_precision(score: Array, positive: Flags) -> Array:
    """Area under the precision-recall curve as the mean precision at each positive sample.

    Parameters
    ----------
    score
        Shape (..., n), without NaN.
    positive
        Shape (n,); at least one is there.

    Returns
    -------
    numpy.ndarray
        Shape (...): samples of equal score enter together; nothing is interpolated.
    """
    from scipy.stats import rankdata

    at_least = rankdata(-score, "max", axis=-1)[..., positive]
    positive_at_least = rankdata(-score[..., positive], "max", axis=-1)
    result: Array = (positive_at_least / at_least).mean(axis=-1)
    return result


def spearman(score: Array, response: Array) -> Array:
    """Spearman's rank correlation, ties by their mean rank.

    Parameters
    ----------
    score, response
        Shapes (..., n) that broadcast, without NaN.

    Returns
    -------
    numpy.ndarray
        Shape (...); NaN where all values of one side are equal.
    """
    from scipy.stats import rankdata

    ours, theirs = (_centred(rankdata(side, axis=-1)) for side in (score, response))
    size = np.sqrt((ours**2).sum(axis=-1) * (theirs**2).sum(axis=-1))
    products = (ours * theirs).sum(axis=-1)
    result: Array = np.divide(products, size, out=np.full_like(products, np.nan), where=size > 0)
    return result


def _centred(values: Array) -> Array:
    result: Array = values - values.mean(axis=-1, keepdims=True)
    return result


def stratified_auroc(score: Array, positive: Flags, group: Places) -> Array:
    """AUROC over the pairs whose two samples lie in one group.

    Parameters
    ----------
    score
        Shape (..., n), without NaN.
    positive, group
        Shape (n,); at least one group has both classes, others have no pair and do not count.

    Returns
    -------
    numpy.ndarray
        Shape (...): what differs between groups, scores or shares of positives, cancels.
    """
    wins, pairs = np.zeros(score.shape[:-1]), 0
    for code in np.unique(group):
        own = group == code
        n_positive = int(positive[own].sum())
        n_pairs = n_positive * (int(own.sum()) - n_positive)
        if n_pairs:
            wins = wins + _wins(score[..., own], positive[own])
            pairs += n_pairs
    result: Array = wins / pairs
    return result


def centred_spearman(score: Array, response: Array, group: Places) -> Array:
    """Spearman's correlation over all samples once the mean of each group is taken off both sides.

    Parameters
    ----------
    score, response
        Shapes (..., n) that broadcast, without NaN.
    group
        Shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (...).
    """
    return spearman(_without_means(score, group), _without_means(response, group))


def _without_means(values: Array, group: Places) -> Array:
    result = np.array(values, dtype=np.float64)
    for code in np.unique(group):
        own = group == code
        part = result[..., own]
        # Equal values must stay equal: a mean can differ from them in its last digit.
        flat = (part == part[..., :1]).all(axis=-1, keepdims=True)
        result[..., own] = np.where(flat, 0.0, _centred(part))
    return result


def brier(probability: Array, positive: Flags) -> Array:
    """Mean squared difference of probability and outcome (Brier 1950), lower is better.

    Parameters
    ----------
    probability
        Shape (..., n).
    positive
        Shape (n,).
    """
    result: Array = ((probability - positive) ** 2).mean(axis=-1)
    return result
