"""Genes standardised over a cohort: what the combined z-score and PLAGE share.

A 0 that a sparse matrix does not store is a value like any other. (R's GSVA 1.46 standardises a
sparse matrix by its non-zero values alone, so that it scores the same values otherwise when they
are stored densely.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.kernels.values import gene_moments
from atrasig.scoring.method import MIN_COVERAGE, MIN_GENES
from atrasig.scoring.sets import SetIndex

MIN_SD = 1e-10
"""Genes that vary less are constant but for rounding; R's GSVA draws the same line."""


@dataclass(frozen=True)
class GeneScale:
    """How genes are standardised over a cohort, shape (genes,).

    Parameters
    ----------
    mean, sd
        Mean and standard deviation (n - 1) over the samples in which a gene was measured.
    varies
        Whether it can be standardised: measured in two samples or more, and not constant.
    everywhere
        Whether it was measured in every sample.
    """

    mean: Array
    sd: Array
    varies: NDArray[np.bool_]
    everywhere: NDArray[np.bool_]

    @classmethod
    def of(cls, values: Any) -> GeneScale:
        """Measure the genes of a cohort, shape (samples, genes), dense or sparse."""
        moments = gene_moments(values)
        with np.errstate(invalid="ignore", divide="ignore"):
            sd = np.sqrt(moments.squares / (moments.count - 1))
            varies = (moments.count > 1) & (sd >= MIN_SD)
        return cls(moments.mean, sd, varies, moments.count == values.shape[0])

    def usable(self, index: SetIndex, kept: NDArray[np.bool_]) -> SetIndex:
        """Leave all other genes out of the sets; what was published stays counted."""
        up, down = (_columns(part, kept) for part in (index.up, index.down))
        return replace(index, up=up, down=down)


def _columns(part: Any, kept: NDArray[np.bool_]) -> Any:
    shrunk = part.copy()
    shrunk.data = shrunk.data * kept[shrunk.indices]
    shrunk.eliminate_zeros()
    return shrunk


def too_few(block: SampleBlock, usable: SetIndex, words: str) -> NDArray[np.object_]:
    """Say why a set cannot be scored on the genes that are left of it.

    Parameters
    ----------
    block
        The cohort.
    usable
        Sets without the genes that cannot be used.
    words
        What the genes that are left have in common.

    Returns
    -------
    numpy.ndarray
        Shape (samples, sets); empty where three genes or more, half of the published ones, and one
        of each published direction are left.
    """
    counts = block.counts(usable)
    published = usable.size_up + usable.size_down
    few = (counts.matched < MIN_GENES) | (counts.matched < MIN_COVERAGE * published)
    few |= ((usable.size_up > 0) & (counts.up == 0)) | ((usable.size_down > 0) & (counts.down == 0))
    reasons = np.full(few.shape, "", dtype=object)
    for row, column in np.argwhere(few):
        left = f"{int(counts.matched[row, column])} of {int(published[column])} genes"
        reasons[row, column] = f"{left} {words}"
    return reasons
