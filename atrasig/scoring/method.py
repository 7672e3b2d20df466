"""What a scoring method is: a pure function on a block of samples, and the facts about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.sets import SetIndex

if TYPE_CHECKING:
    pass

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
WHOLE = "the set holds every measured gene"
MIN_COVERAGE = 0.5
MIN_GENES = 3


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
class Null:
    """What random gene sets of the matched size would score.

    Parameters
    ----------
    mean, sd
        Shape (samples, signatures): moments of their score.
    p
        Shape (samples, signatures): two-sided p of the score among them.
    """

    mean: Array
    sd: Array
    p: Array


@dataclass(frozen=True)
class MethodResult:
    """Scores of a block.

    Parameters
    ----------
    score
        Shape (samples, signatures), NaN where it cannot be had.
    null
        None where the method has no null or none was asked for.
    reasons
        Shape (samples, signatures): why a score is NaN, beyond the floors that all methods share;
        empty elsewhere. None where there is no such reason.
    """

    score: Array
    null: Null | None = None
    reasons: NDArray[np.object_] | None = None


def _all_genes(n_genes: int) -> int:
    return 0


@dataclass(frozen=True)
class Method:
    """A scoring method and the facts a user needs about it.

    Parameters
    ----------
    name, title, reference
        Identifier, plain name and DOI of the publication.
    needs_cohort
        Whether a sample's score depends on the other samples: the block then holds all of them.
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
        Scores a block: ``function(block, index, with_null)``; moments and p are computed only when
        asked for.
    reads
        Whether it looks at the ranks of a sample's genes or at their values.
    universe
        Genes it scores over: those chosen for ranking, or all of the matrix, whichever are chosen,
        where a published sum needs each of its genes.
    depth
        ``depth(n)``: how many of the highest of n ranked genes the score tells apart; all, 0, by
        default. The lower ones may share their mean rank.
    min_genes, min_coverage
        Floors: measured genes, and their fraction of the published ones.
    min_samples
        Floor: samples of the cohort.
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
    function: Callable[[SampleBlock, SetIndex, bool], MethodResult]
    reads: Literal["ranks", "values"] = "ranks"
    universe: Literal["chosen", "all"] = "chosen"
    depth: Callable[[int], int] = _all_genes
    min_genes: int = MIN_GENES
    min_coverage: float = MIN_COVERAGE
    min_samples: int = 1

    def refusal(self, platform: str, n_samples: int) -> str:
        """Why the method does not score values of a platform class, empty where it does.

        Parameters
        ----------
        platform
            Platform class, empty where it is not known.
        n_samples
            Samples of the cohort.
        """
        if platform and platform not in self.accepts:
            if self.reads == "ranks" and platform in RELATIVE:
                return f"{refuses_to_rank(self.name, platform)}: {INSTEAD[platform]}"
            accepted = " or ".join(sorted(self.accepts)).replace("_", " ")
            return f"{self.name} needs {accepted} values, these are {platform.replace('_', ' ')}"
        if n_samples < self.min_samples:
            return f"{self.name} needs a cohort of {self.min_samples} samples, this has {n_samples}"
        return ""


def common_depth(methods: Iterable[Method], n_genes: int) -> int:
    """How many of the highest genes some methods tell apart together, 0 for all.

    Parameters
    ----------
    methods
        Methods of one sample each.
    n_genes
        Genes of the universe.
    """
    depths = [method.depth(n_genes) for method in methods if method.reads == "ranks"]
    return max(depths) if depths and min(depths) > 0 else 0
