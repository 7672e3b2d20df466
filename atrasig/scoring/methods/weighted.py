"""Weighted linear score: the sum of published coefficients times log2 expression.

The form of LSC17 (Ng et al. 2016, doi:10.1038/nature20598) and of other scores that publish a
coefficient for each gene. It needs no other sample, but its level is that of the platform whose
values it adds up: it orders samples of one platform. It adds up all genes of its list, whichever
universe is ranked: LSC17 holds a gene that codes for no protein.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.kernels.values import set_sums
from atrasig.scoring.method import EXPRESSION, Method, MethodResult
from atrasig.scoring.sets import SetIndex

NO_WEIGHTS = "the list publishes no weights"
SCALE = "log2"
"""Scale of the values, and the one for which weights must be."""


def weighted_score(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Score samples: ``sum(weight * expression)`` over all published genes.

    Parameters
    ----------
    block
        Samples, log2 expression.
    index
        Signatures over the same genes.
    with_null
        Not used: the method has no null.

    Returns
    -------
    MethodResult
        NaN with a reason for lists without weights or with weights for another scale, and wherever
        a gene is missing: the sum over the others lacks a term of unknown size and is not the
        published score.
    """
    published = index.size_up + index.size_down
    measured = block.counts(index).matched
    reasons: NDArray[np.object_] = np.full(measured.shape, "", dtype=object)
    for column in np.flatnonzero((measured < published).any(axis=0)).tolist():
        absent = int(published[column]) - np.diff(index.weights.indptr).tolist()[column]
        for count in np.unique(measured[:, column]):
            reasons[measured[:, column] == count, column] = _lacking(
                int(published[column] - count), int(published[column]), absent
            )
    for column, scale in enumerate(index.scales):
        if not index.weighted[column]:
            reasons[:, column] = NO_WEIGHTS
        elif scale != SCALE:
            reasons[:, column] = f"its weights are for {scale} values, these are {SCALE}"
    score = np.where(reasons == "", set_sums(block.values, index.weights).value, np.nan)
    return MethodResult(score, None, reasons)


def _lacking(missing: int, published: int, absent: int) -> str:
    if not missing:
        return ""
    where = "the matrix" if missing == absent else "the matrix or this sample"
    return f"{missing} of {published} genes missing from {where}: the sum needs them all"


METHOD = Method(
    name="weighted",
    title="weighted linear score (published coefficients times log2 expression)",
    reference="doi:10.1038/nature20598",
    needs_cohort=False,
    handles_direction=True,
    handles_weights=True,
    limits=(-np.inf, np.inf),
    null="none: the coefficients were fitted for these genes, and random genes have none",
    accepts=EXPRESSION,
    function=weighted_score,
    reads="values",
    universe="all",
    min_genes=1,
    min_coverage=1.0,
)
