"""Combined z-score: the signed z-scores of a set, added up and scaled.

Lee et al. 2008, doi:10.1371/journal.pcbi.1000217, as R's GSVA computes it. Expression is
standardised over the cohort gene by gene; z-scores are used as they come, and then whoever made
them chose the cohort. Either way a score depends on that cohort and not on the sample alone.
"""

from __future__ import annotations

import numpy as np

from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.kernels.values import set_sums
from atrasig.scoring.method import EXPRESSION, Method, MethodResult, Null
from atrasig.scoring.methods.standardise import GeneScale, too_few
from atrasig.scoring.sets import SetIndex

STANDARDISED = "zscore"
"""Platform class of values that are z-scores already."""


def combined_zscore(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Score a cohort: ``(sum of z of up genes - sum of z of down genes) / sqrt(k)``.

    Parameters
    ----------
    block
        The whole cohort; or, of platform class ``zscore``, any samples: their values are taken for
        z-scores of each gene over a cohort.
    index
        Signatures over the same universe.
    with_null
        Whether moments and p are wanted.

    Returns
    -------
    MethodResult
        Scores with mean 0 and standard deviation 1, which hold where the genes of a set vary
        independently. Genes of one programme do not: their scores spread wider, and p is too small.
        Genes that are constant over the cohort leave the sets, and k shrinks with them.
    """
    if block.platform == STANDARDISED:
        total = set_sums(block.values, index.up - index.down).value
        score = _scaled(total, block.counts(index).matched)
        return MethodResult(score, _standard_normal(score) if with_null else None)
    scale = GeneScale.of(block.values)
    usable = scale.usable(index, scale.varies)
    reasons = too_few(block, usable, "measured and not constant over the cohort")
    signed = usable.up - usable.down
    signed.data = signed.data / scale.sd[signed.indices]
    centre = np.where(scale.varies, scale.mean, 0.0)
    total = set_sums(block.values, signed, centre).value
    score = np.where(reasons == "", _scaled(total, block.counts(usable).matched), np.nan)
    return MethodResult(score, _standard_normal(score) if with_null else None, reasons)


def _scaled(total: Array, matched: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / np.sqrt(matched))


def _standard_normal(score: Array) -> Null:
    from scipy.special import ndtr

    return Null(np.zeros_like(score), np.ones_like(score), 2 * ndtr(-np.abs(score)))


METHOD = Method(
    name="zscore",
    title="combined z-score (over the cohort, or of z-scored input)",
    reference="doi:10.1371/journal.pcbi.1000217",
    needs_cohort=True,
    handles_direction=True,
    handles_weights=False,
    limits=(-np.inf, np.inf),
    null="standard normal, for genes that vary independently; correlated genes make p too small",
    accepts=EXPRESSION | {"zscore", "relative"},
    function=combined_zscore,
    reads="values",
)
