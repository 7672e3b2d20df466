"""ssGSEA, integral form, independent of the order of tied genes.

Barbie et al. 2009, doi:10.1038/nature08460, with weight exponent 0.25. Where genes tie, weights
come from tie-averaged ranks and positions are averaged over all orders of the tied genes.
"""

from __future__ import annotations

import numpy as np

from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.method import EXPRESSION, WHOLE, Method, MethodResult, Null
from atrasig.scoring.methods.parts import absent, directed_parts, reasons_of
from atrasig.scoring.nulls.ssgsea import TERMS, PartSums, ssgsea_null
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
        ES, shape (samples, signatures). NaN where a part has no measured gene, or all of them.
    """
    parts, rows = directed_parts(block, index), block.distinct_rows
    n_genes = block.n_present[rows, None]
    score = np.zeros(parts[0].size.shape)
    sums: list[PartSums] = []
    unscored = absent(parts, rows)
    whole = np.zeros_like(parts[0].size[rows], dtype=bool)
    for part in parts:
        sums.append(part_sums(block, part.sets[0], part.size))
        whole |= (part.size[rows] > 0) & (part.size[rows] == n_genes)
        if part.used.any():
            score += np.where(part.used, part.sign * sums[-1].enrichment(n_genes), 0.0)
    unscored[WHOLE] = whole
    np.copyto(score, np.nan, where=np.logical_or.reduce(list(unscored.values())))
    null = _null(block, score, *sums) if with_null else None
    return MethodResult(score, null, reasons_of(unscored))


def _null(block: SampleBlock, score: Array, up: PartSums, down: PartSums) -> Null:
    mean, sd, p = np.empty((3, *score.shape))
    for sample in range(score.shape[0]):
        tails = ssgsea_null(block.population(sample), up.of(sample), down.of(sample))
        mean[sample], sd[sample], p[sample] = tails.mean, tails.sd, tails.p
    p[np.isnan(score)] = np.nan
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
