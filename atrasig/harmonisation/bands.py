"""Dense matrices worked on some samples at a time, so that nothing else is as large as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_VALUES = 2**20
"""Values of a band: temporary arrays of it take some 8 MB each."""


def bands(values: NDArray[Any]) -> Iterator[slice]:
    """Cut the rows of a matrix into bands of about a million values.

    Parameters
    ----------
    values
        Shape (samples, genes).

    Yields
    ------
    slice
        Rows of a band, in their order; one band without rows where the matrix has none.
    """
    height = max(1, _VALUES // max(values.shape[1], 1))
    for start in range(0, max(len(values), 1), height):
        yield slice(start, min(start + height, len(values)))


def by_bands(values: Any, figures: Callable[[Any], NDArray[Any]]) -> NDArray[Any]:
    """Compute figures of each sample, band by band.

    Parameters
    ----------
    values
        Shape (samples, genes), dense; a sparse matrix is taken whole.
    figures
        Gives one row a sample, which depends on that sample alone.

    Returns
    -------
    numpy.ndarray
        Shape (samples, ...).
    """
    if not isinstance(values, np.ndarray):
        return figures(values)
    return np.concatenate([figures(values[band]) for band in bands(values)])
