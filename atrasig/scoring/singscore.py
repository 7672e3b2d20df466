"""singscore: mean rank of a set, scaled by its attainable range and centred.

Foroutan et al. 2018, doi:10.1186/s12859-018-2435-4. Ranks of tied genes are averaged.
"""

from __future__ import annotations

import numpy as np

from atrasig.scoring.method import EXPRESSION, Method, MethodResult, SetCounts, rank_variance
from atrasig.scoring.ranks import Array, RankBlock
from atrasig.scoring.sets import SetIndex, set_sums


def _centred_part(rank_sum: Array, size: Array, n_genes: Array) -> Array:
    mean = rank_sum / size
    return (mean - (size + 1) / 2) / (n_genes - size) - 0.5


def singscore(block: RankBlock, counts: SetCounts, index: SetIndex) -> MethodResult:
    """Score a block by singscore with known direction.

    The score of an up set is its mean rank scaled from the lowest to the highest attainable value
    and centred, so that a random set scores 0 on average. A down set is scored on the reversed
    ranks, and the two are added.

    Parameters
    ----------
    block
        Ranks of the samples.
    counts
        Matched genes of each part.
    index
        Signatures over the same universe.

    Returns
    -------
    MethodResult
        Scores (up or down only: -0.5 to 0.5; both: -1 to 1) with the exact mean (0) and standard
        deviation over random gene sets drawn without replacement, ties included.
    """
    n_genes = block.n_present[:, None]
    has_up, has_down = index.size_up > 0, index.size_down > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        up = _centred_part(set_sums(block.ranks, index.up), counts.up, n_genes)
        reversed_sum = counts.down * (n_genes + 1) - set_sums(block.ranks, index.down)
        down = _centred_part(reversed_sum, counts.down, n_genes)
        variance = rank_variance(block)[:, None] / (n_genes - 1)
        var_up = variance / (counts.up * (n_genes - counts.up))
        var_down = variance / (counts.down * (n_genes - counts.down))
        # Disjoint sets share one pool: a high up part leaves lower ranks to the down part.
        shared = 2 * variance / ((n_genes - counts.up) * (n_genes - counts.down))
    score = np.where(has_up, up, 0.0) + np.where(has_down, down, 0.0)
    total = np.where(has_up, var_up, 0.0) + np.where(has_down, var_down, 0.0)
    total = total + np.where(has_up & has_down, shared, 0.0)
    return MethodResult(score, np.zeros_like(score), np.sqrt(total))


METHOD = Method(
    name="singscore",
    title="singscore (mean rank, centred)",
    reference="doi:10.1186/s12859-018-2435-4",
    needs_cohort=False,
    handles_direction=True,
    handles_weights=False,
    limits=(-1.0, 1.0),
    null="exact mean and variance of rank sums, ties included; normal tails",
    accepts=EXPRESSION,
    function=singscore,
)
