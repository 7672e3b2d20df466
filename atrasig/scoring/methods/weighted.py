"""Weighted linear score: the sum of published coefficients times log2 expression.

The form of LSC17 (Ng et al. 2016, doi:10.1038/nature20598) and of other scores that publish a
coefficient for each gene. It needs no other sample, but its level is that of the platform whose
values it adds up: it orders samples of one platform.
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
        Signatures over the same universe.
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
    missing = published - block.counts(index).matched
    reasons: NDArray[np.object_] = np.full(missing.shape, "", dtype=object)
    for row, column in np.argwhere(missing > 0):
        lacking = f"{int(missing[row, column])} of {int(published[column])} genes missing"
        reasons[row, column] = f"{lacking} from the values or the universe: the sum needs them all"
    for column, scale in enumerate(index.scales):
        if not index.weighted[column]:
            reasons[:, column] = NO_WEIGHTS
        elif scale != SCALE:
            reasons[:, column] = f"its weights are for {scale} values, these are {SCALE}"
    score = np.where(reasons == "", set_sums(block.values, index.weights).value, np.nan)
    return MethodResult(score, None, reasons)


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
    min_genes=1,
    min_coverage=1.0,
)
