"""Score against control genes: the mean of a set minus that of genes expressed alike.

Tirosh et al. 2016, doi:10.1126/science.aad0501, as ``scanpy.tl.score_genes`` computes it: genes
are put into bins by their mean over the cohort, and controls are drawn from the bins of the set.

scanpy draws by the place of a gene in the file, so that its score changes when the genes come in
another order. Here genes are taken by symbol: the draw, and hence the score, is the one that scanpy
makes of the same genes ordered by symbol, and no other order changes it. Like scanpy (1.x), genes
of the set itself may be drawn and are then taken out of the controls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.kernels.values import SetSums, gene_moments, set_sums
from atrasig.scoring.method import EXPRESSION, Method, MethodResult
from atrasig.scoring.sets import SetIndex

N_BINS = 25
CONTROLS_PER_BIN = 50
SEED = 0
INFINITE = "its genes or their controls hold infinite values"
NO_CONTROL = "no control gene of like expression is measured"
Genes = NDArray[np.intp]


def control_gene_score(block: SampleBlock, index: SetIndex, with_null: bool) -> MethodResult:
    """Score a cohort: mean of the set minus mean of its controls, up minus down.

    Parameters
    ----------
    block
        The whole cohort: bins and thus controls depend on the mean of each gene over it.
    index
        Signatures over the same universe; each direction has controls of its own.
    with_null
        Not used: the method has no null.

    Returns
    -------
    MethodResult
        Scores on the scale of the values. Means are over the genes measured in a sample, those of
        the controls, too. NaN with a reason where a sample has no measured control.
    """
    pools = expression_pools(gene_moments(block.values).mean)
    up, no_up = _part_score(block, index.up, pools)
    down, no_down = _part_score(block, index.down, pools)
    reasons = np.where(no_up | no_down, NO_CONTROL, "").astype(object)
    has_up, has_down = index.size_up > 0, index.size_down > 0
    with np.errstate(invalid="ignore"):
        score = np.where(has_up, up, 0.0) - np.where(has_down, down, 0.0)
    counts = block.counts(index)
    complete = ((counts.up > 0) | ~has_up) & ((counts.down > 0) | ~has_down)
    reasons[complete & (reasons == "") & ~np.isfinite(score)] = INFINITE
    score[reasons != ""] = np.nan
    return MethodResult(score, None, reasons)


def expression_pools(mean: Array) -> list[Genes]:
    """Put genes into bins of like mean expression.

    Parameters
    ----------
    mean
        Shape (genes,): mean of each gene over the cohort, NaN where it was never measured.

    Returns
    -------
    list of numpy.ndarray
        Places of the genes of each bin, lowest first. Genes of equal mean share a bin.
    """
    measured = np.flatnonzero(np.isfinite(mean))
    size = max(1, int(np.round(measured.size / (N_BINS - 1))))
    lowest_rank = np.searchsorted(np.sort(mean[measured]), mean[measured], side="left") + 1
    bins = lowest_rank // size
    return [measured[bins == number] for number in np.unique(bins)]


def draw_controls(members: Genes, pools: Sequence[Genes]) -> Genes:
    """Draw the controls of a set: at most 50 genes of each bin that holds a member.

    Parameters
    ----------
    members
        Places of the genes of the set.
    pools
        Places of the genes of each bin.

    Returns
    -------
    numpy.ndarray
        Places of the controls, in order, without members of the set.
    """
    # The legacy generator, whose stream is frozen, is the one that scanpy seeds for each set.
    generator = np.random.RandomState(SEED)
    drawn = [np.empty(0, dtype=np.intp)]
    for pool in pools:
        if not np.isin(pool, members).any():
            continue
        if pool.size > CONTROLS_PER_BIN:
            pool = pool[generator.choice(pool.size, CONTROLS_PER_BIN, replace=False)]
        drawn.append(pool)
    return np.setdiff1d(np.concatenate(drawn), members)


def _part_score(
    block: SampleBlock, part: Any, pools: Sequence[Genes]
) -> tuple[Array, NDArray[np.bool_]]:
    """Score of one direction, and where it lacks controls."""
    from scipy.sparse import csr_array

    rows = np.split(part.indices, part.indptr[1:-1])
    drawn = [draw_controls(row, pools) for row in rows]
    starts = np.cumsum([0, *(row.size for row in drawn)])
    places = np.concatenate(drawn)
    controls = csr_array((np.ones(places.size), places, starts), shape=part.shape)
    members, reference = set_sums(block.values, part), set_sums(block.values, controls)
    lacking = (members.weight > 0) & (reference.weight == 0)
    with np.errstate(invalid="ignore"):  # infinite values
        return _mean(members) - _mean(reference), lacking


def _mean(sums: SetSums) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums.value / sums.weight)


METHOD = Method(
    name="control_genes",
    title="mean minus control genes (as scanpy's score_genes)",
    reference="doi:10.1126/science.aad0501",
    needs_cohort=True,
    handles_direction=True,
    handles_weights=False,
    limits=(-np.inf, np.inf),
    null="none: the controls are drawn once, with a fixed seed",
    accepts=EXPRESSION,
    function=control_gene_score,
    reads="values",
    min_samples=2,
)
