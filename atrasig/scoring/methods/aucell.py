"""AUCell: area under the curve of recovered genes, over the top 5 % of a sample's ranking.

Aibar et al. 2017, doi:10.1038/nmeth.4463. Going down from the highest value, the curve counts the
genes of the set met so far; its area up to rank T, the top 5 % of the measured genes rounded up, is
divided by the area of a set of which all genes come first. A gene at rank d adds ``T - d`` to the
area where that is positive, so the score is a sum over the genes of the set.

The scale is that of the R package AUCell (``normAUC=TRUE``, its default) and of decoupler.
pySCENIC rounds T to the nearest number and divides by ``T k``, which a set of k genes cannot reach.

Where values tie, the packages break ties at random (R, pySCENIC) or by the order of the columns
(decoupler). Here a gene adds the mean over all orders of the tied genes, which is what random
breaking gives on average. In a cell with fewer detected genes than T the undetected ones share what
is left of the top 5 %, as they do there.

The publication scores a set without directions. A signature with down genes scores as the up part
minus the down part.
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

ONE_IN = 20
"""The top 5 % are one gene in twenty."""


def threshold(n_genes: Array) -> Array:
    """Rank T at which the curve ends: 5 % of the measured genes, rounded up."""
    return np.ceil(n_genes / ONE_IN)


def counted_places(n_genes: int) -> int:
    """How many of the highest of N genes can add area."""
    return int(np.ceil(n_genes / ONE_IN))


def last_without_area(n_genes: int) -> int:
    """Rank, from the lowest value up, above which genes add area."""
    return n_genes + 1 - counted_places(n_genes)


def recovered_area(rank: Array, n_genes: int) -> Array:
    """Area that one gene adds.

    Parameters
    ----------
    rank
        Rank from the lowest value up, 1 to N.
    n_genes
        Measured genes, N.
    """
    return np.maximum(rank - last_without_area(n_genes), 0.0)


def bounds(size: Array, n_genes: Array) -> tuple[Array, Array]:
    """Mean areas that score 0 and 1; the same where no gene can add area (20 genes or fewer)."""
    end = threshold(n_genes)
    in_front = np.minimum(size, end - 1)
    largest = in_front * end - in_front * (in_front + 1) / 2
    return np.zeros_like(largest), largest / size


SCALE = MeanScale(
    feature=Feature(
        "recovered_area",
        recovered_area,
        over_places=True,
        knees=lambda n_genes: (last_without_area(n_genes),),
        truncated=True,
        unit=1.0,
    ),
    bounds=bounds,
    undefined="too few genes are measured for a top 5 % (21 are needed)",
)


def aucell(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Score a block by AUCell: area of the up part minus that of the down part.

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
        Scores, shape (samples, sets): 0 to 1 for a part, -1 to 1 for up minus down. NaN where 20
        genes or fewer are measured.
    """
    return mean_scores(block, directed_parts(block, index), SCALE, with_null)


METHOD = Method(
    name="aucell",
    title="AUCell (recovery in the top 5 %, up minus down)",
    reference="doi:10.1038/nmeth.4463",
    needs_cohort=False,
    handles_direction=True,
    handles_weights=False,
    limits=(-1.0, 1.0),
    null="areas of random gene sets of the matched size, ties included",
    accepts=EXPRESSION,
    function=aucell,
    depth=counted_places,
)
