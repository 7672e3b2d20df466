"""The rank score of a gene list: a weighted mean of centred normalised ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.bootstrap import gene_weights, interval, seed_of, weighted_sums
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.outcome import Driver
from atrasig.prediction.sample import SPARSE, SampleView, floor_fault
from atrasig.signatures import Signature, SignatureGene

INTERVAL_KIND = "95 % gene bootstrap of the score; not a probability"
_SIGNS = {"up": 1.0, "down": -1.0}


@dataclass(frozen=True)
class RankScore:
    """A score with its interval and the part of each gene; NaN where no gene is measured."""

    score: float
    low: float
    high: float
    n_genes: int
    n_matched: int
    drivers: tuple[Driver, ...]

    def fault(self, view: SampleView, model: BaseModelArtefact) -> str:
        """Why the sample offers too little for a model, empty where it offers enough."""
        found = floor_fault(view, model)
        if found or self.n_matched >= model.floors.coverage * self.n_genes:
            return found
        return (
            f"{SPARSE}: {self.n_matched} of {self.n_genes} measured, "
            f"{model.floors.coverage:.0%} needed"
        )


def weight_of(gene: SignatureGene) -> float:
    """Weight of a gene, or 1 or -1 by direction where the list has none."""
    return sign_of(gene) if gene.weight is None else gene.weight


def sign_of(gene: SignatureGene) -> float:
    """1 for an up gene, -1 for a down gene."""
    return _SIGNS[gene.direction]


def rank_score(
    signature: Signature,
    weights: Sequence[float],
    view: SampleView,
    inputs: ModelInputs,
) -> RankScore:
    """Score one sample: ``sum(w (r - 0.5)) / sum(|w|)`` over the measured genes.

    Parameters
    ----------
    signature, weights
        The list, and one weight a gene of it.
    view, inputs
        The sample with its normalised ranks r, and what is frozen beside it.
    """
    genes, factors = signature.genes, np.array(weights)
    ranks = inputs.ranks_of(view, [gene.gene for gene in genes])
    measured = ~np.isnan(ranks)
    n_matched = int(measured.sum())
    if not n_matched:
        return RankScore(np.nan, np.nan, np.nan, len(genes), 0, ())
    total = np.abs(factors[measured]).sum()
    parts = factors * (ranks - 0.5) / total
    draws = gene_weights(n_matched, seed_of(inputs.model_hash, 0))
    sizes = weighted_sums(draws, np.abs(factors[measured]))
    low, high = interval(weighted_sums(draws, parts[measured]) * total / sizes)
    drivers = tuple(
        Driver(g.gene, signature.id, float(rank), float(part))
        for g, rank, part in zip(genes, ranks, parts, strict=True)
    )
    return RankScore(float(parts[measured].sum()), low, high, len(genes), n_matched, drivers)
