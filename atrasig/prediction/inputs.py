"""What a model may read beside the sample it judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from atrasig.prediction.sample import SampleView
from atrasig.scoring.arrays import Array
from atrasig.signatures import FusionStatement, SignatureSet


@dataclass(frozen=True)
class ModelInputs:
    """What is the same for every sample of a run.

    Parameters
    ----------
    model_hash
        Of the artefact; seeds its random numbers.
    position
        Place of each gene symbol among a sample's ranks.
    signatures
        Gene lists.
    baselines
        All samples that are declared ``baseline``.
    statements
        Published statements on single RARA fusions.
    """

    model_hash: str
    position: Mapping[str, int]
    signatures: SignatureSet
    baselines: tuple[SampleView, ...] = ()
    statements: tuple[FusionStatement, ...] = ()

    def ranks_of(self, view: SampleView, genes: Sequence[str]) -> Array:
        """Normalised ranks of some genes in a sample, NaN where not measured."""
        ranks: Array = self.ranks_of_all([view], genes)[0]
        return ranks

    def ranks_of_all(self, views: Sequence[SampleView], genes: Sequence[str]) -> Array:
        """Normalised ranks of some genes in several samples, shape (samples, genes)."""
        places = np.array([self.position.get(gene, -1) for gene in genes], dtype=np.intp)
        ranks = np.full((len(views), places.size), np.nan)
        for row, view in zip(ranks, views, strict=True):
            row[places >= 0] = view.ranks[places[places >= 0]]
        return ranks
