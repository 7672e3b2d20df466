"""What a model may read beside the sample it judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from atrasig.prediction.baselines import Baselines, ranks_at
from atrasig.prediction.sample import SampleView
from atrasig.scoring.arrays import Array, Places
from atrasig.signatures import FusionStatement, SignatureSet

_COMPARED = 2_000


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
    baselines: Baselines = field(default_factory=Baselines)
    statements: tuple[FusionStatement, ...] = ()

    def ranks_of(self, view: SampleView, genes: Sequence[str]) -> Array:
        """Normalised ranks of some genes in a sample, NaN where not measured."""
        ranks: Array = self.ranks_of_all([view], genes)[0]
        return ranks

    def ranks_of_all(self, views: Sequence[SampleView], genes: Sequence[str]) -> Array:
        """Normalised ranks of some genes in several samples, shape (samples, genes)."""
        places = np.array([self.position.get(gene, -1) for gene in genes], dtype=np.intp)
        known = self.baselines.ranks_of(views, genes, places)
        return ranks_at(views, places) if known is None else known

    @cached_property
    def compared(self) -> Places:
        """Places of about 2,000 genes, evenly spaced by name, that tell how alike samples are."""
        names = sorted(self.position)
        picked = names[:: max(1, len(names) // _COMPARED)]
        return np.array([self.position[name] for name in picked], dtype=np.intp)

    @cached_property
    def _kept(self) -> dict[str, Array]:
        return {}

    def kept(self, view: SampleView, figures: Callable[[SampleView], Array]) -> Array:
        """Give a model's figures of a baseline, worked out when first asked for."""
        if view.name not in self._kept:
            self._kept[view.name] = figures(view)
        return self._kept[view.name]
