"""Per-gene statistics by which a contrast ranks its genes.

Moderated t of SAM: Tusher, Tibshirani and Chu 2001, doi:10.1073/pnas.091062498. The constant added
to the standard error keeps genes of tiny variance from leading the list; here it is the median
standard error, not the value tuned to the data that the publication searches for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import InputError, UsageError

Array = NDArray[np.float64]


def sam_unpaired(first: Array, second: Array) -> Array:
    """Moderated t of two groups of samples.

    Parameters
    ----------
    first, second
        Shape (samples, genes), log2 scale, no NaN; at least two samples each.

    Returns
    -------
    numpy.ndarray
        Shape (genes,): mean of `first` minus mean of `second`, over the pooled standard error plus
        the median of the positive pooled standard errors.

    Raises
    ------
    UsageError
        If a side has fewer than two samples.
    InputError
        If no gene varies within the groups.
    """
    n_first, n_second = first.shape[0], second.shape[0]
    _require_two(min(n_first, n_second))
    squares = _squares(first) + _squares(second)
    pooled = squares / (n_first + n_second - 2)
    error = np.sqrt(pooled * (1 / n_first + 1 / n_second))
    return _moderate(first.mean(axis=0) - second.mean(axis=0), error)


def sam_paired(differences: Array) -> Array:
    """Moderated t of differences within pairs.

    Parameters
    ----------
    differences
        Shape (pairs, genes): log2 value of one sample minus that of its partner; at least two.

    Returns
    -------
    numpy.ndarray
        Shape (genes,): mean difference over its standard error plus the median of the positive
        standard errors.

    Raises
    ------
    UsageError
        If there are fewer than two pairs.
    InputError
        If no gene's difference varies between pairs.
    """
    n_pairs = differences.shape[0]
    _require_two(n_pairs)
    error = np.sqrt(_squares(differences) / (n_pairs - 1) / n_pairs)
    return _moderate(differences.mean(axis=0), error)


def _require_two(n_samples: int) -> None:
    if n_samples < 2:
        raise UsageError(
            f"A moderated t needs two samples or pairs at least, not {n_samples}",
            fix="Add replicates.",
        )


def _squares(values: Array) -> Array:
    return np.asarray(((values - values.mean(axis=0)) ** 2).sum(axis=0))


def _moderate(difference: Array, error: Array) -> Array:
    positive = error[error > 0]
    if positive.size == 0:
        raise InputError(
            "No gene varies between replicates",
            fix="Check that the samples of a group are not copies of one another.",
        )
    return np.asarray(difference / (error + np.median(positive)))
