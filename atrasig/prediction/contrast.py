"""A gene list of one sample against the sibling lists of the same study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pydantic import Field

from atrasig.prediction.artefact import Frozen
from atrasig.prediction.bootstrap import (
    ResampledRanks,
    gene_weights,
    interval,
    resampled_sums,
    seed_of,
    weighted_sums,
)
from atrasig.prediction.outcome import Driver
from atrasig.scoring.arrays import Array
from atrasig.signatures import SignatureSet


class Contrast(Frozen):
    """A gene list against its siblings of the same study.

    Parameters
    ----------
    list
        Signature of the programme.
    siblings
        Signatures of the other programmes; genes of `list` are taken out of them.
    """

    list: str
    siblings: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True)
class ContrastValue:
    """One contrast of one sample.

    Parameters
    ----------
    value
        Mean normalised rank of the list minus the mean over siblings.
    draws
        Shape (1000,): the value over draws of the genes of every list and, where given, of reads.
    coverage
        Measured share of the list, or of that of its siblings which has the least.
    drivers
        Contributions that sum to the value, missing genes included.
    """

    value: float
    draws: Array
    coverage: float
    drivers: tuple[Driver, ...]

    @property
    def low(self) -> float:
        """Lower bound of the value's interval."""
        return interval(self.draws)[0]


@lru_cache(maxsize=64)
def contrast_lists(
    contrast: Contrast, signatures: SignatureSet
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Names and genes of the list and of its siblings without the list's own genes."""
    programme = set(signatures[contrast.list].up)
    siblings = ((name, set(signatures[name].up) - programme) for name in contrast.siblings)
    return tuple((name, tuple(sorted(g))) for name, g in ((contrast.list, programme), *siblings))


def contrast_value(
    ranks: Array,
    position: Mapping[str, int],
    contrast: Contrast,
    signatures: SignatureSet,
    seeds: tuple[str, int],
    resampled: ResampledRanks | None = None,
) -> ContrastValue | None:
    """Evaluate one contrast in one sample.

    Parameters
    ----------
    ranks
        Shape (genes,): normalised ranks, NaN where not measured.
    position
        Place of each gene symbol in `ranks`.
    contrast, signatures
        The lists.
    seeds
        Hash of the artefact and the contrast's place in it.
    resampled
        Ranks of resampled counts; None: the draws are over genes alone.

    Returns
    -------
    ContrastValue or None
        None where a list has no measured gene.
    """
    value, draws, coverages, drivers = 0.0, np.zeros(1), [], []
    for place, (name, genes) in enumerate(contrast_lists(contrast, signatures)):
        weight = 1.0 if place == 0 else -1 / len(contrast.siblings)
        values = np.array([ranks[position[g]] if g in position else np.nan for g in genes])
        is_measured = ~np.isnan(values)
        measured = values[is_measured]
        if measured.size == 0:
            return None
        weights = gene_weights(measured.size, seed_of(seeds[0], 1000 * seeds[1] + place))
        value += weight * float(measured.mean())
        if resampled is None:
            sums = weighted_sums(weights, measured)
        else:
            columns = [position[g] for g, known in zip(genes, is_measured, strict=True) if known]
            sums = resampled_sums(weights, resampled.at(columns))
        draws = draws + weight * sums
        coverages.append(measured.size / len(genes))
        # Centring on 0.5 cancels between a list and its siblings: the sum stays the contrast.
        parts = weight * (values - 0.5) / measured.size
        drivers += [
            Driver(gene, name, float(rank), float(part))
            for gene, rank, part in zip(genes, values, parts, strict=True)
        ]
    return ContrastValue(value, draws, min(coverages), tuple(drivers))
