"""UCell: Mann-Whitney U of a set among the highest ranked genes.

Andreatta and Carmona 2021, doi:10.1016/j.csbj.2021.06.043, on the scale of UCell 2.7.6 and later
and of pyucell: genes are ranked from the highest value down, ranks above 1500 (or above the number
of genes, where that is lower) count as 1500, and the rank sum is scaled from its largest (0) to its
smallest attainable value (1). The publication counts ranks above 1500 as 1501 and divides U by
``1500 k``, so that the lowest score depends on the size of the set; the package's NEWS tells of the
change.

Where this differs from the packages:

- A gene that is not measured has no rank; the packages give it the last one by default
  (``missing_genes="skip"`` is what is done here).
- Up minus down may be negative; the packages set negative scores to 0.
- All measured genes are ranked, as in the R package; pyucell ranks only the values that are not 0
  and gives all others the last rank. The two agree wherever the mean rank of the zeros is above the
  1500 or the number of genes, so for nearly every whole-transcriptome sample, not for small panels.

Tied genes share the mean of their ranks, which then is cut off at 1500: the published order of the
two steps. A tie that lies on one side of the cut scores as the mean over all orders of the tied
genes. A tie that straddles it scores lower than that mean: where its mean rank is above 1500, as
that of the zeros of most cells is, its genes count as not found at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrasig.scoring.arrays import Array
from atrasig.scoring.features import Feature
from atrasig.scoring.method import EXPRESSION, Method, MethodResult
from atrasig.scoring.methods.parts import MeanScale, directed_parts, mean_scores

if TYPE_CHECKING:
    from atrasig.scoring.blocks import SampleBlock
    from atrasig.scoring.sets import SetIndex

MAX_RANK = 1500


def capped_rank(rank: Array, n_genes: int) -> Array:
    """Rank from the highest value down, at most 1500.

    Parameters
    ----------
    rank
        Average rank from the lowest value up, 1 to N.
    n_genes
        Measured genes, N.
    """
    return np.minimum(n_genes + 1 - rank, min(MAX_RANK, n_genes))


def bounds(size: Array, n_genes: Array) -> tuple[Array, Array]:
    """Mean capped ranks that score 0 and 1; NaN for a set of more genes than ranks are counted."""
    last = np.minimum(MAX_RANK, n_genes) + 0 * size
    return np.where(size > last, np.nan, last), (size + 1) / 2


def first_counted(n_genes: int) -> tuple[int, ...]:
    """Place, from the lowest value up, after which ranks are below the cap."""
    return (n_genes + 1 - min(MAX_RANK, n_genes),)


SCALE = MeanScale(
    feature=Feature("capped_rank", capped_rank, knees=first_counted, truncated=True, unit=1.0),
    bounds=bounds,
    undefined=f"more genes are matched than ranks are counted ({MAX_RANK} at most)",
)


def ucell(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Score a block by UCell: U score of the up part minus that of the down part.

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
        Scores, shape (samples, sets): 0 to 1 for the part, -1 to 1 for up minus down. NaN where
        more genes are matched than ranks are counted.
    """
    return mean_scores(block, directed_parts(block, index), SCALE, with_null)


METHOD = Method(
    name="ucell",
    title="UCell (rank sum among the 1500 highest genes)",
    reference="doi:10.1016/j.csbj.2021.06.043",
    needs_cohort=False,
    handles_direction=True,
    handles_weights=False,
    limits=(-1.0, 1.0),
    null="sums of capped ranks of random gene sets of the matched size, ties included",
    accepts=EXPRESSION,
    function=ucell,
    depth=lambda n_genes: MAX_RANK,
)
