"""singscore: mean rank of a set, scaled by its attainable range and centred.

Foroutan et al. 2018, doi:10.1186/s12859-018-2435-4. Ranks of tied genes are averaged; the R package
gives them the lowest of their ranks by default (``tiesMethod="min"``), which equals this where
nothing ties.

Three forms:

``singscore``
    Direction known: the up part minus the down part, each -0.5 to 0.5.
``singscore_undirected``
    Direction unknown (``knownDirection=FALSE`` of the package): how far from the middle of the
    ranking the genes lie, whichever way; not centred. A gene in a tie that holds the middle counts
    as the mean over all orders of the tied genes.
``singscore_dispersion``
    Not a score but the spread of the ranks behind one: 1.4826 times their median absolute deviation
    from their median, up part plus down part, as version 1.1.2 of the R package printed it. Later
    versions report half of that sum for signatures of two parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrasig.scoring.arrays import Array
from atrasig.scoring.features import RANK, Feature
from atrasig.scoring.method import EXPRESSION, WHOLE, Method, MethodResult
from atrasig.scoring.methods.parts import (
    MeanScale,
    absent,
    directed_parts,
    mean_scores,
    reasons_of,
    undirected_part,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from atrasig.scoring.blocks import SampleBlock
    from atrasig.scoring.sets import SetIndex

MAD_TO_SD = 1.4826
"""What makes the median absolute deviation of a normal sample estimate its standard deviation."""


def middle(n_genes: int) -> int:
    """Median rank, rounded up."""
    return (n_genes + 2) // 2


def distance_from_middle(rank: Array, n_genes: int) -> Array:
    """How many ranks a gene lies from the middle of the ranking.

    Parameters
    ----------
    rank
        Average rank from the lowest value up, 1 to N.
    n_genes
        Measured genes, N.
    """
    return np.abs(rank - middle(n_genes))


def bounds(size: Array, n_genes: Array) -> tuple[Array, Array]:
    """Lowest and highest mean rank of k of N genes."""
    return (size + 1) / 2 + 0 * n_genes, (2 * n_genes - size + 1) / 2


def undirected_bounds(size: Array, n_genes: Array) -> tuple[Array, Array]:
    """Mean distances that score 0 and 1: the bounds of half the set in half the ranking.

    They are the package's, and not exactly what a set can attain: the lowest score lies below 0, by
    ``1 / (N - k)`` at most, and the highest a little below 1.
    """
    low, high = bounds(np.floor(size / 2), np.ceil(n_genes / 2))
    return low, np.where(size == n_genes, low, high)


DIRECTED = MeanScale(RANK, bounds, WHOLE, offset=-0.5)
UNDIRECTED = MeanScale(
    Feature(
        "distance_from_middle",
        distance_from_middle,
        over_places=True,
        knees=lambda n_genes: (middle(n_genes),),
        unit=1.0,
    ),
    undirected_bounds,
    WHOLE,
)


def singscore(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Score a block by singscore with known direction.

    The score of an up set is its mean rank scaled from the lowest to the highest attainable value
    and centred, so that a random set scores 0 on average. A down set is scored on the reversed
    ranks, which changes the sign of its score, and the two are added.

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
        Scores, shape (samples, sets): -0.5 to 0.5 for one part, -1 to 1 for two. NaN where a part
        holds every measured gene.
    """
    return mean_scores(block, directed_parts(block, index), DIRECTED, with_null)


def singscore_undirected(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Score a block by singscore with unknown direction.

    All genes of a signature, up and down, count alike: the score is high where they lie at either
    end of the ranking and low where they lie in its middle. (Given two sets, the package folds the
    ranks for both and scales one by the directed bounds; this is not followed.)

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
        Scores, shape (samples, sets), not centred: a random set scores about 0.5. NaN where the
        set holds every measured gene.
    """
    return mean_scores(block, undirected_part(block, index), UNDIRECTED, with_null)


def rank_spread(ranks: Array, sets: csr_array) -> Array:
    """1.4826 times the median absolute deviation of the ranks of each set's measured members.

    Parameters
    ----------
    ranks
        Shape (samples, genes): average ranks, NaN where not measured.
    sets
        Shape (sets, genes): membership.

    Returns
    -------
    numpy.ndarray
        Shape (samples, sets), in ranks; NaN where no member is measured.
    """
    spread = np.empty((ranks.shape[0], sets.shape[0]))
    for place in range(sets.shape[0]):
        members = sets.indices[sets.indptr[place] : sets.indptr[place + 1]]
        own = ranks[:, members]
        deviation = np.abs(own - _row_median(own)[:, None])
        spread[:, place] = MAD_TO_SD * _row_median(deviation)
    return spread


def _row_median(values: Array) -> Array:
    """Median of each row without its NaN, NaN for a row that has nothing else."""
    ordered = np.sort(values, axis=1)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=1)
    if not ordered.shape[1]:
        return np.full(ordered.shape[0], np.nan)
    low = np.maximum(count - 1, 0) // 2
    both = np.take_along_axis(ordered, np.stack([low, np.maximum(count, 1) // 2], axis=1), axis=1)
    return np.asarray(both.mean(axis=1))


def singscore_dispersion(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Spread of the ranks behind a singscore: up part plus down part.

    Parameters
    ----------
    block
        Samples over the ranking universe.
    index
        Signatures over the same universe.
    with_null
        Without effect: the dispersion has no null.

    Returns
    -------
    MethodResult
        Dispersions, shape (samples, sets), in ranks, 0 or more. NaN where a part has no measured
        gene.
    """
    ranks = block.ranked.dense()
    total = np.zeros((ranks.shape[0], len(index.ids)))
    parts = directed_parts(block, index)
    for part in parts:
        total += np.where(part.used, rank_spread(ranks, part.sets[0]), 0.0)
    return MethodResult(total, reasons=reasons_of(absent(parts)))


METHODS = (
    Method(
        name="singscore",
        title="singscore (mean rank, centred)",
        reference="doi:10.1186/s12859-018-2435-4",
        needs_cohort=False,
        handles_direction=True,
        handles_weights=False,
        limits=(-1.0, 1.0),
        null="rank sums of random gene sets of the matched size, ties included",
        accepts=EXPRESSION,
        function=singscore,
    ),
    Method(
        name="singscore_undirected",
        title="singscore of unknown direction (mean distance from the middle rank)",
        reference="doi:10.1186/s12859-018-2435-4",
        needs_cohort=False,
        handles_direction=False,
        handles_weights=False,
        limits=(-0.5, 1.0),
        null="sums of distances from the middle rank of random gene sets, ties included",
        accepts=EXPRESSION,
        function=singscore_undirected,
    ),
    Method(
        name="singscore_dispersion",
        title="singscore dispersion (spread of the ranks, in ranks)",
        reference="doi:10.1186/s12859-018-2435-4",
        needs_cohort=False,
        handles_direction=True,
        handles_weights=False,
        limits=(0.0, np.inf),
        null="none: a dispersion says how far a score can be trusted, not how high it is",
        accepts=EXPRESSION,
        function=singscore_dispersion,
    ),
)
METHOD = METHODS[0]
