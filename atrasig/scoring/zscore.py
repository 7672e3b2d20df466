"""Combined z-score: the signed z-scores of a set, added up and scaled.

Lee et al. 2008, doi:10.1371/journal.pcbi.1000217. The z-scores come with the input: whoever made
them chose the cohort, so a score depends on that cohort and not on the sample alone.
"""

from __future__ import annotations

import numpy as np

from atrasig.scoring.method import Method, MethodResult, SetCounts
from atrasig.scoring.ranks import RankBlock
from atrasig.scoring.sets import SetIndex, set_sums


def combined_zscore(block: RankBlock, counts: SetCounts, index: SetIndex) -> MethodResult:
    """Score a block of z-scores: ``(sum of up - sum of down) / sqrt(k)``.

    Parameters
    ----------
    block
        Values of the samples, which must be z-scores of each gene over a cohort.
    counts
        Matched genes of each part.
    index
        Signatures over the same universe.

    Returns
    -------
    MethodResult
        Scores with mean 0 and standard deviation 1, which hold where the genes of a set vary
        independently. Genes of one programme do not: their scores spread wider, and p is too small.
    """
    total = set_sums(block.values, index.up) - set_sums(block.values, index.down)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = total / np.sqrt(counts.matched)
    return MethodResult(score, np.zeros_like(score), np.ones_like(score))


METHOD = Method(
    name="zscore",
    title="combined z-score (of z-scored input)",
    reference="doi:10.1371/journal.pcbi.1000217",
    needs_cohort=True,
    handles_direction=True,
    handles_weights=False,
    limits=(-np.inf, np.inf),
    null="standard normal, for genes that vary independently; correlated genes make p too small",
    accepts=frozenset({"zscore"}),
    function=combined_zscore,
)
