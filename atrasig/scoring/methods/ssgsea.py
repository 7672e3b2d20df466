"""ssGSEA, integral form, independent of the order of tied genes.

Barbie et al. 2009, doi:10.1038/nature08460, with weight exponent 0.25. Where genes tie, weights
come from tie-averaged ranks and positions are averaged over all orders of the tied genes.
"""

from __future__ import annotations

import numpy as np

from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.method import EXPRESSION, Method, MethodResult, Null
from atrasig.scoring.nulls.ssgsea import TERMS, PartSums, ssgsea_null
from atrasig.scoring.ranks import Array
from atrasig.scoring.sets import GeneSets, SetIndex


def part_sums(block: SampleBlock, sets: GeneSets, size: Array) -> PartSums:
    """Add up what the enrichment score of each set in each sample needs.

    Parameters
    ----------
    block
        Samples over the ranking universe.
    sets
        Shape (sets, genes): membership.
    size
        Shape (samples, sets): measured members.
    """
    weighted_rank, weight, rank = block.ranked.sums(TERMS, sets)
    return PartSums(size, rank, weight, weighted_rank)


def ssgsea(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Score a block by ssGSEA (ES, unnormalised); up part minus down part.

    Parameters
    ----------
    block
        Samples over the ranking universe.
    index
        Signatures over the same universe.
    with_null
        Whether moments and p-values are wanted.

    Returns
    -------
    MethodResult
        ES, shape (samples, signatures).
    """
    counts, n_genes = block.counts(index), block.n_present[:, None]
    up = part_sums(block, index.up, counts.up)
    down = part_sums(block, index.down, counts.down)
    score = np.zeros(counts.up.shape)
    for part, published, sign in ((up, index.size_up, 1.0), (down, index.size_down, -1.0)):
        if published.any():
            score += np.where(published > 0, sign * part.enrichment(n_genes), 0.0)
    return MethodResult(score, _null(block, score, up, down) if with_null else None)


def _null(block: SampleBlock, score: Array, up: PartSums, down: PartSums) -> Null:
    mean, sd, p = np.empty((3, *score.shape))
    for sample in range(score.shape[0]):
        tails = ssgsea_null(block.population(sample), up.of(sample), down.of(sample))
        mean[sample], sd[sample], p[sample] = tails.mean, tails.sd, tails.p
    return Null(mean, sd, p)


METHOD = Method(
    name="ssgsea",
    title="ssGSEA (ES, tie-averaged)",
    reference="doi:10.1038/nature08460",
    needs_cohort=False,
    handles_direction=True,
    handles_weights=False,
    limits=(-np.inf, np.inf),
    null="random gene sets of the matched size: moments of the rank sums, saddlepoint tails",
    accepts=EXPRESSION,
    function=ssgsea,
)
