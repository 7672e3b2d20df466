"""Degrees of freedom of errors that hold under unequal variances.

Such an error rests on the residuals of few samples where a group is small, and then varies far more
than n - p degrees of freedom say: with 2 samples against 18, t with 18 degrees rejects a true null
in 13 % of cases at 5 %.
"""

from __future__ import annotations

import numpy as np

from atrasig.scoring.arrays import Array


def effective_df(matrix: Array, tested: int) -> tuple[Array, float]:
    """Degrees of freedom of HC3 errors, for each coefficient and for several together.

    The variance that HC3 estimates is matched to a (Wishart) chi-squared by its spread under equal
    variances: Bell and McCaffrey 2002 (Survey Methodology 28, 169) for one coefficient,
    Pustejovsky and Tipton 2018 (doi:10.1080/07350015.2016.1247004) for several.

    Parameters
    ----------
    matrix
        Shape (samples, columns): a design of full rank in which no sample has leverage one.
    tested
        Number of columns, the last ones, that are tested.

    Returns
    -------
    each : numpy.ndarray
        Shape (tested,).
    together : float
        Of all tested coefficients; it does not depend on which group is the reference.
    """
    basis, upper = np.linalg.qr(matrix)
    leverage = (basis**2).sum(axis=1)
    # Row i of (X'X)^-1 X' = R^-1 Q', for the tested coefficients; HC3 divides residuals by 1 - h.
    inverse = np.linalg.inv(upper)
    parts = (basis @ inverse[-tested:].T) / (1 - leverage)[:, None]
    each = [_df(parts[:, [place]], basis, leverage) for place in range(tested)]
    return np.array(each), _df(parts, basis, leverage)


def _df(parts: Array, basis: Array, leverage: Array) -> float:
    expected = (parts * (1 - leverage)[:, None]).T @ parts
    scaled = parts @ np.linalg.cholesky(np.linalg.inv(expected))
    # Sum over pairs of samples of (residual covariance x inner product of parts) squared.
    crossed = (basis[:, :, None] * scaled[:, None, :]).reshape(len(parts), -1)
    lengths = (scaled**2).sum(axis=1)
    own = ((1 - leverage) ** 2 - leverage**2) * lengths**2
    spread = float(((crossed.T @ crossed) ** 2).sum() + own.sum())
    columns = parts.shape[1]
    return float(columns * (columns + 1) / (2 * spread))
