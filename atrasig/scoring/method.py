"""What a scoring method is: a pure function on ranks, and the facts about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from atrasig.scoring.ranks import Array, RankBlock
from atrasig.scoring.sets import SetIndex, set_sums

if TYPE_CHECKING:
    from anndata import AnnData

EXPRESSION = frozenset(
    {"rnaseq_counts", "rnaseq_normalised", "microarray", "single_cell", "single_cell_pseudobulk"}
)
"""Platform classes whose values order the genes of one sample by their expression."""
RELATIVE = {
    "zscore": "z-scores tell how a sample differs from its cohort, gene by gene",
    "relative": "log ratios tell how a sample differs from a reference, gene by gene",
}
"""Platform classes whose values do not, and why."""
INSTEAD = {
    "zscore": "use the method zscore (--method zscore, or methods: [zscore] in the configuration)",
    "relative": "give expression values; if these are logarithms of such or z-scores, say so "
    "(--scale log2, --scale zscore)",
}
"""What can be done with these."""
_ALL_TIED = 0.2


def platform_of(expr: AnnData) -> str:
    """Platform class of a harmonised matrix, empty where it is not known."""
    return str(expr.uns.get("atrasig", {}).get("platform", ""))


def refuses_to_rank(name: str, platform: str) -> str:
    """Why a method that ranks the genes of a sample does not take a platform class, or ``""``.

    Parameters
    ----------
    name
        What the method is called.
    platform
        Platform class of the values, empty where it is not known.
    """
    if platform not in RELATIVE:
        return ""
    return f"{name} ranks the genes of a sample, and {RELATIVE[platform]}"


@dataclass(frozen=True)
class MethodResult:
    """Scores of a block and the moments of their null.

    Parameters
    ----------
    score
        Shape (samples, signatures).
    null_mean, null_sd
        Shape (samples, signatures): moments of the score of random gene sets of the matched size.
    """

    score: Array
    null_mean: Array
    null_sd: Array


@dataclass(frozen=True)
class Method:
    """A scoring method and the facts a user needs about it.

    Parameters
    ----------
    name, title, reference
        Identifier, plain name and DOI of the publication.
    needs_cohort
        Whether a sample's score depends on other samples.
    handles_direction, handles_weights
        Whether down genes and gene weights enter the score.
    limits
        Lowest and highest attainable score.
    null
        How the null distribution is obtained.
    accepts
        Platform classes of which the values mean something to the method; a matrix of none is
        accepted by all.
    function
        Scores a block: ``function(block, counts, index)``.
    """

    name: str
    title: str
    reference: str
    needs_cohort: bool
    handles_direction: bool
    handles_weights: bool
    limits: tuple[float, float]
    null: str
    accepts: frozenset[str]
    function: Callable[[RankBlock, SetCounts, SetIndex], MethodResult]

    def refusal(self, platform: str) -> str:
        """Why the method does not score values of a platform class, empty where it does."""
        if not platform or platform in self.accepts:
            return ""
        if self.accepts >= EXPRESSION and platform in RELATIVE:
            return f"{refuses_to_rank(self.name, platform)}: {INSTEAD[platform]}"
        accepted = " and ".join(sorted(self.accepts)).replace("_", " ")
        return f"{self.name} needs {accepted} values, these are {platform.replace('_', ' ')}"


@dataclass(frozen=True)
class SetCounts:
    """Matched genes of each direction part in each sample, shape (samples, signatures)."""

    up: Array
    down: Array

    @classmethod
    def count(cls, block: RankBlock, index: SetIndex) -> SetCounts:
        """Count the measured members of each set in each sample of a block."""
        if block.present.all():
            one = np.ones((1, block.present.shape[1]))
            shape = (block.present.shape[0], len(index.ids))
            return cls(
                np.broadcast_to(set_sums(one, index.up), shape),
                np.broadcast_to(set_sums(one, index.down), shape),
            )
        present = block.present.astype(np.float64)
        return cls(set_sums(present, index.up), set_sums(present, index.down))

    @cached_property
    def matched(self) -> Array:
        """Matched genes of both parts."""
        return self.up + self.down


def rank_variance(block: RankBlock) -> Array:
    """Compute the population variance of each sample's tie-averaged ranks.

    Returns
    -------
    numpy.ndarray
        Shape (samples,); exactly 0 where all genes tie, NaN where none is measured.
    """
    mean = (block.n_present + 1) / 2
    squares = np.einsum("ij,ij->i", block.ranks, block.ranks)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = squares / block.n_present - mean**2
    # Ranks that are not all tied have a variance of 1/4 or more: less is rounding.
    return np.where(variance < _ALL_TIED, 0.0, variance)
