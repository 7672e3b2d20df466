"""Shift of a list's genes between two sides of an exposure, and how specific it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atrasig.prediction.bootstrap import gene_weights, interval, seed_of, weighted_sums
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.outcome import ControlShift
from atrasig.prediction.sample import SampleView
from atrasig.scoring.arrays import Array
from atrasig.signatures import Signature


@dataclass(frozen=True)
class ListShift:
    """Shift of one list from baseline to exposed samples.

    Parameters
    ----------
    genes
        Genes of the list, sorted.
    signs
        Shape (genes,): 1 for a gene that exposure raises, -1 for one that it lowers.
    exposed, baseline
        Shape (samples, genes): normalised ranks, NaN where not measured.
    compared
        Shape (genes,): measured in every sample of both sides.
    parts
        Shape (genes,): signed difference of the mean ranks, NaN where not compared.
    score, low, high
        Mean of the parts with its 95 % gene bootstrap; NaN where no gene is compared.
    """

    genes: tuple[str, ...]
    signs: Array
    exposed: Array
    baseline: Array
    compared: NDArray[np.bool_]
    parts: Array
    score: float
    low: float
    high: float

    @property
    def n_compared(self) -> int:
        """Number of compared genes."""
        return int(self.compared.sum())

    def sample_means(self, ranks: Array) -> Array:
        """Mean signed rank of the compared genes in each sample, shape (samples,)."""
        means: Array = (self.signs * ranks)[:, self.compared].mean(axis=1)
        return means


def list_shift(
    signature: Signature,
    exposed: Sequence[SampleView],
    baseline: Sequence[SampleView],
    inputs: ModelInputs,
    place: int = 0,
) -> ListShift:
    """Shift a list: mean normalised rank of the exposed samples minus that of the baselines.

    Parameters
    ----------
    signature
        The list; its ``down`` genes count by their fall, weights do not count.
    exposed, baseline
        Samples of the two sides; with an empty side no gene is compared.
    inputs
        Holds the places of the genes and the hash that seeds the bootstrap.
    place
        Place of the list in the artefact, for a bootstrap of its own.
    """
    directions = {gene.gene: gene.direction for gene in signature.genes}
    genes = tuple(sorted(directions))
    signs = np.array([1.0 if directions[gene] == "up" else -1.0 for gene in genes])
    after, before = inputs.ranks_of_all(exposed, genes), inputs.ranks_of_all(baseline, genes)
    parts = np.full(len(genes), np.nan)
    measured: NDArray[np.bool_] = ~np.isnan(np.concatenate([after, before])).any(axis=0)
    compared = measured if exposed and baseline else np.zeros_like(measured)
    score = low = high = np.nan
    if compared.any():
        difference = signs * (after.mean(axis=0) - before.mean(axis=0))
        parts = np.where(compared, difference, np.nan)
        moved = parts[compared]
        weights = gene_weights(moved.size, seed_of(inputs.model_hash, place))
        score = float(moved.mean())
        low, high = interval(weighted_sums(weights, moved))
    return ListShift(genes, signs, after, before, compared, parts, score, low, high)


def against_control(
    moved: ListShift, control: ListShift, name: str, title: str, coverage: float
) -> ControlShift:
    """Set a list's shift beside that of a control, which moves without the drug too.

    The list has moved further than the control where its lower bound lies above the bound of the
    control's interval that is farther from zero, in either direction.

    Parameters
    ----------
    moved, control
        The two shifts, over the same samples.
    name, title
        Signature of the control, and what moves it.
    coverage
        Share of the control's genes that must be compared.
    """
    if control.n_compared < max(1.0, coverage * len(control.genes)):
        found = f"{control.n_compared} of {len(control.genes)} genes of {name}"
        return ControlShift(name, specificity=f"not known: {found} measured, {coverage:.0%} needed")
    farthest = max(abs(control.low), abs(control.high))
    beside = f"its control ({title})"
    if not moved.low > 0:
        words = f"nothing to tell apart: the list has not risen beside {beside}"
    elif control.low <= 0 <= control.high:
        words = f"specific: the list has risen and {beside} has not moved"
    elif moved.low > farthest:
        words = f"specific: the list has risen further than {beside} has moved"
    else:
        words = (
            f"not specific: the list has risen no further than {beside} has moved, "
            "so that its rise cannot be told from what moves the control"
        )
    return ControlShift(name, control.score, control.low, control.high, words)
