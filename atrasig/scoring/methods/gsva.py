"""GSVA: how high the genes of a set stand among all genes, each seen within its cohort.

Hänzelmann, Castelo and Guinney 2013, doi:10.1186/1471-2105-14-7. Each gene is brought to the share
of the cohort below it, by a kernel estimate of its cumulative distribution: Gaussian (bandwidth a
quarter of its standard deviation), Poisson (mean 0.5 above the count; for whole-number counts), or
none. The genes of each sample are ranked by these shares, and a gene of rank ``r`` of ``N`` weighs
``|N / 2 - r|``. A walk down the ranking rises at the genes of the set and falls at all others. The
score is the largest rise above 0 plus the largest fall below it (``gsva``), or whichever is further
from 0 (``gsva_max``). A signature with two directions scores its up part minus its down part.

Every score depends on the whole cohort: it changes when a sample joins or leaves.

Where nothing ties this equals the R package and gseapy, but for their Gaussian: they look it up in
a table with steps of 0.001 (up to 4e-4 off), which swaps a few genes in the ranking. Where this
differs from them otherwise:

- Shares that lie within 1e-12 (2^-40) of the next one are ties. The estimates are good to 1e-14, so
  less than that may be rounding; small cohorts produce equal shares by construction, and a value
  far below all others of its gene has the same share whatever the gene.
- Tied genes share the mean of their ranks, and within a run of them the walk is the straight line
  from its start to its end. The packages break ties by the order of the rows of the file; without a
  kernel most genes tie, as a share is one of as many values as there are samples.
- Where rise and fall are as large but for rounding, ``gsva_max`` is the fall.
- A gene that was not measured in a sample has no rank there; its shares are among the samples that
  measured it.
- A gene with one value in the whole cohort is left out of every ranking and every set, as in the R
  package (gseapy keeps it). :func:`varying_genes` tells which remain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import UsageError
from atrasig.scoring.arrays import Array
from atrasig.scoring.kernels.density import gaussian_cdf, step_cdf, step_derivatives
from atrasig.scoring.kernels.walk import MAX_GENES, pack_keys, walk_extremes
from atrasig.scoring.method import EXPRESSION, MIN_GENES, RELATIVE, Method, MethodResult
from atrasig.scoring.methods.parts import Part, directed_parts, reasons_of
from atrasig.scoring.sets import GeneSets, SetIndex

if TYPE_CHECKING:
    from atrasig.scoring.blocks import SampleBlock

Kernel = Literal["gaussian", "poisson", "none"]

COUNTED = frozenset({"rnaseq_counts", "single_cell", "single_cell_pseudobulk"})
"""Platform classes that have counts."""

MAX_COUNT = 1 << 32
"""Largest count that has a Poisson kernel: its steps are added up one by one."""

_BLOCK_VALUES = 1 << 16
_ROUNDING = 1e-12
_NO_COUNTS = (
    "the Poisson kernel is for read counts, and these values are not all whole numbers from 0 to "
    f"{MAX_COUNT:,}: "
    "give the counts (layers['counts']) as values, or use gsva"
)


@dataclass(frozen=True)
class Walks:
    """What the walks of a cohort come to.

    Parameters
    ----------
    n_ranked
        Shape (samples,): measured genes that vary over the cohort.
    size, weight
        Shape (samples, sets): such genes of each set, and the sum of their weights.
    high, low
        Shape (samples, sets): largest deviation above and below 0.
    """

    n_ranked: Array
    size: Array
    weight: Array
    high: Array
    low: Array

    def of(self, sets: slice) -> Walks:
        """Take the walks of some of the sets."""
        each = (self.size, self.weight, self.high, self.low)
        return Walks(self.n_ranked, *(values[:, sets] for values in each))


def varying_genes(block: SampleBlock) -> NDArray[np.bool_]:
    """Tell which genes have two different values in a cohort; the others are left out of GSVA.

    Parameters
    ----------
    block
        The whole cohort over the ranking universe.

    Returns
    -------
    numpy.ndarray
        Shape (genes,).
    """
    cohort = _by_genes(block)
    varies = np.zeros(block.columns.size, dtype=bool)
    for part in _gene_blocks(block):
        values = _dense(cohort[:, block.columns[part]])
        varies[part] = np.fmax.reduce(values, axis=0) > np.fmin.reduce(values, axis=0)
    return varies


def holds_counts(block: SampleBlock) -> bool:
    """Whether all measured values of a block are whole numbers from 0 to :data:`MAX_COUNT`."""
    cohort = _by_genes(block)
    for part in _gene_blocks(block):
        values = _dense(cohort[:, block.columns[part]])
        known = values[~np.isnan(values)]
        if ((known < 0) | (known > MAX_COUNT) | (known != np.floor(known))).any():
            return False
    return True


def walk_cohort(block: SampleBlock, kernel: Kernel, sets: GeneSets) -> Walks:
    """Rank the genes of each sample within their cohort, and walk down for each set.

    Parameters
    ----------
    block
        The whole cohort over the ranking universe.
    kernel
        Kernel of the estimated distributions.
    sets
        Shape (sets, genes): membership.

    Raises
    ------
    UsageError
        If there are more than a million genes.
    """
    if block.columns.size > MAX_GENES:
        raise UsageError(
            f"GSVA ranks {MAX_GENES:,} genes at most, these are {block.columns.size:,}",
            fix="Score the coding genes only (universe='coding').",
        )
    keys = _ranking_keys(block, kernel)
    found = np.zeros((keys.shape[0], 4, sets.shape[0]))
    n_ranked = walk_extremes(keys, *sets.by_gene, found)
    return Walks(n_ranked, *found.transpose(1, 0, 2))


def _ranking_keys(block: SampleBlock, kernel: Kernel) -> NDArray[np.uint64]:
    """Share of the cohort below each value, packed with its gene, shape (samples, genes)."""
    cohort, n_samples = _by_genes(block), len(block.names)
    keys = np.empty((n_samples, block.columns.size), dtype=np.uint64)
    parts = _gene_blocks(block)
    # Written into again and again: fresh memory costs more than the arithmetic.
    buffers = np.empty((3, parts[0].stop if parts else 0, n_samples))
    for part in parts:
        values, ordered, shares = buffers[:, : part.stop - part.start]
        values[:] = _dense(cohort[:, block.columns[part]]).T
        ordered[:] = values
        ordered.sort(axis=1)
        if kernel == "gaussian":
            _refuse_infinite(values)
            gaussian_cdf(values, ordered, step_derivatives(), shares)
        else:
            step_cdf(values, ordered, kernel == "poisson", shares)
        pack_keys(shares, part.start, keys)
    return keys


def _refuse_infinite(values: Array) -> None:
    if np.isinf(values).any():
        raise UsageError(
            "Some values are infinite, so their genes have no standard deviation",
            fix="Take logarithms as log2(x + 1), or use gsva_none.",
        )


def _by_genes(block: SampleBlock) -> Any:
    """Matrix of a block in a form from which columns are cheap to take."""
    matrix: Any = block.matrix
    return matrix.tocsc() if block.is_sparse else matrix


def _gene_blocks(block: SampleBlock) -> list[slice]:
    n_genes = block.columns.size
    step = max(1, _BLOCK_VALUES // len(block.names))
    return [slice(start, min(start + step, n_genes)) for start in range(0, n_genes, step)]


def _dense(values: Any) -> NDArray[Any]:
    return values if isinstance(values, np.ndarray) else np.asarray(values.toarray())


def gsva(
    block: SampleBlock, index: SetIndex, with_null: bool, *, kernel: Kernel, difference: bool
) -> MethodResult:
    """Score a cohort by GSVA.

    Parameters
    ----------
    block
        The whole cohort over the ranking universe; whole-number counts for the Poisson kernel.
    index
        Signatures over the same universe.
    with_null
        Makes no difference: the method has no null.
    kernel
        Kernel of the estimated distributions.
    difference
        Whether the score is the largest rise plus the largest fall (``mx.diff=TRUE``), or the one
        that is further from 0.

    Returns
    -------
    MethodResult
        Scores, shape (samples, sets): -1 to 1 for a part, -2 to 2 for up minus down. NaN where
        fewer than three genes of a signature vary over the cohort, or a part has no walk.

    Raises
    ------
    UsageError
        If values are infinite and the kernel is Gaussian, or there are over a million genes.
    """
    from scipy.sparse import vstack

    del with_null
    shape = (len(block.names), len(index.ids))
    if kernel == "poisson" and not holds_counts(block):
        return MethodResult(np.full(shape, np.nan), None, np.full(shape, _NO_COUNTS, dtype=object))
    parts = directed_parts(block, index)
    walks = walk_cohort(block, kernel, GeneSets(vstack([*parts[0].sets, *parts[1].sets])))
    score, varying = np.zeros(shape), np.zeros(shape)
    no_walk: dict[str, NDArray[np.bool_]] = {}
    for place, part in enumerate(parts):
        walk = walks.of(slice(place * shape[1], (place + 1) * shape[1]))
        with np.errstate(invalid="ignore"):  # where there is no walk
            own = walk.high + walk.low if difference else _further(walk)
        score += np.where(part.used, part.sign * own, 0.0)
        varying += walk.size
        no_walk |= {text: holds & part.used for text, holds in _without_walk(part, walk).items()}
    few = (varying < MIN_GENES) & (sum(part.size for part in parts) >= MIN_GENES)
    missing = {f"fewer than {MIN_GENES} of its measured genes vary over the cohort": few} | no_walk
    score[np.logical_or.reduce(list(missing.values()))] = np.nan
    return MethodResult(score, None, reasons_of(missing))


def _further(walk: Walks) -> Array:
    """Take the deviation further from 0; the fall where both are as far but for rounding."""
    return np.where(walk.high + walk.low > _ROUNDING, walk.high, walk.low)


def _without_walk(part: Part, walk: Walks) -> dict[str, NDArray[np.bool_]]:
    """Find where a part has no walk, shape (samples, sets), for each possible reason."""
    no_others = walk.size == walk.n_ranked[:, None]
    return {
        f"none of its {part.name} is measured": part.size == 0,
        f"none of its {part.name} varies over the cohort": walk.size == 0,
        f"no gene that varies over the cohort is outside its {part.name}": no_others,
        f"its {part.name} stand in the middle of the ranking and weigh nothing": walk.weight == 0,
    }


def _variant(kernel: Kernel, *, difference: bool) -> Method:
    name = "gsva" + ("" if kernel == "gaussian" else f"_{kernel}") + ("" if difference else "_max")
    shown = {"gaussian": "Gaussian kernel", "poisson": "Poisson kernel", "none": "no kernel"}
    form = "rise plus fall" if difference else "larger of rise and fall"
    function: Callable[[SampleBlock, SetIndex, bool], MethodResult] = partial(
        gsva, kernel=kernel, difference=difference
    )
    return Method(
        name=name,
        title=f"GSVA ({shown[kernel]}, {form})",
        reference="doi:10.1186/1471-2105-14-7",
        needs_cohort=True,
        handles_direction=True,
        handles_weights=False,
        limits=(-2.0, 2.0),
        null="none: scores of genes within their cohort have no null that holds for one sample",
        accepts=COUNTED if kernel == "poisson" else EXPRESSION | RELATIVE.keys(),
        function=function,
        min_genes=MIN_GENES,
        min_samples=2,
    )


_KERNELS: tuple[Kernel, ...] = ("gaussian", "poisson", "none")
METHODS = tuple(_variant(kernel, difference=form) for kernel in _KERNELS for form in (True, False))
