"""Univariate linear model: a sample's values regressed on the weights of a set.

Badia-i-Mompel et al. 2022, doi:10.1093/bioadv/vbac016 (decoupler's ``ulm``). All measured genes
of the universe are observations; genes outside the set have weight 0. The score is the t-value of
the slope, in closed form from sums over the sample and over the set's own genes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.kernels.values import Moments, SetSums, sample_moments, set_sums
from atrasig.scoring.method import EXPRESSION, Method, MethodResult, Null
from atrasig.scoring.sets import SetIndex

CONSTANT = "all measured genes of the sample have one value"
NO_CONTRAST = "all measured genes have one weight"
NO_RESIDUAL = "the values are an exact line of the weights, so that t is not finite"
INFINITE = "the values of the sample have no finite variance"
TOO_FEW = "a regression needs three genes"
_ROUNDING = 1e-12


def univariate_linear_model(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Score samples by the t-value of the slope of expression on signed weight.

    Parameters
    ----------
    block
        Samples; any scale on which a difference means the same everywhere.
    index
        Signatures over the same universe; +1 and -1 weigh genes of lists without weights.
    with_null
        Whether moments and p are wanted.

    Returns
    -------
    MethodResult
        t-values, with Student's t of n - 2 degrees of freedom, n being the measured genes of the
        sample. It holds where genes vary independently, normally and alike; they do not.
    """
    sample = sample_moments(block.values)
    sums = set_sums(block.values, index.weights, shift=sample.mean)
    freedom = sample.count[:, None] - 2
    score, reasons = _t_values(sample, sums, freedom)
    return MethodResult(score, _student(score, freedom) if with_null else None, reasons)


def _t_values(sample: Moments, sums: SetSums, freedom: Array) -> tuple[Array, NDArray[np.object_]]:
    count, squares = sample.count[:, None], sample.squares[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        weight_squares = sums.square - sums.weight**2 / count
        r = sums.value / np.sqrt(weight_squares * squares)
        unexplained = (1 - r) * (1 + r)
        t = r * np.sqrt(freedom / unexplained)
        flat = squares <= count * (_ROUNDING * sample.mean[:, None]) ** 2
        alike = weight_squares <= _ROUNDING * sums.square
    reasons = np.full(t.shape, "", dtype=object)
    reasons[unexplained <= _ROUNDING] = NO_RESIDUAL
    reasons[alike] = NO_CONTRAST
    reasons[np.broadcast_to(flat, t.shape)] = CONSTANT
    reasons[np.broadcast_to(~np.isfinite(squares), t.shape)] = INFINITE
    reasons[np.broadcast_to(freedom < 1, t.shape)] = TOO_FEW
    return np.where(reasons == "", t, np.nan), reasons


def _student(t: Array, freedom: Array) -> Null:
    from scipy.special import stdtr

    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(np.where(freedom > 2, freedom / (freedom - 2), np.nan))
        p = 2 * stdtr(freedom, -np.abs(t))
    return Null(np.zeros_like(t), np.broadcast_to(sd, t.shape), p)


METHOD = Method(
    name="ulm",
    title="univariate linear model (t-value of the slope on the weights)",
    reference="doi:10.1093/bioadv/vbac016",
    needs_cohort=False,
    handles_direction=True,
    handles_weights=True,
    limits=(-np.inf, np.inf),
    null="Student's t, n - 2 degrees of freedom, for genes that vary independently",
    accepts=EXPRESSION | {"zscore", "relative"},
    function=univariate_linear_model,
    reads="values",
)
