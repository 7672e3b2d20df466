"""What a model gets to see of one sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from atrasig.files import sha256_text
from atrasig.genes import load_gene_table
from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.scoring.blocks import dense_values, sample_positions
from atrasig.scoring.ranks import Array, RankBlock
from atrasig.scoring.universe import Universe
from atrasig.sheet import parse_fusions
from atrasig.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True)
class SampleView:
    """One sample: its declared context, its depth and its normalised ranks.

    Parameters
    ----------
    name
        Sample id.
    disease, tissue, material, patient, timepoint
        As declared (disease and tissue as vocabulary ids); empty where not.
    fusions
        Recorded fusions, ``A::B``.
    platform
        Platform class of its matrix.
    library_size
        Sum of counts, NaN where none were given.
    coding_measured
        Protein-coding genes with a value.
    ranks
        Shape (genes of the universe,): normalised ranks, NaN where not measured.
    """

    name: str
    disease: str
    tissue: str
    material: str
    patient: str
    timepoint: str
    fusions: tuple[str, ...]
    platform: str
    library_size: float
    coding_measured: int
    ranks: Array

    @property
    def context(self) -> tuple[str, str, str]:
        """What two samples must share to be compared."""
        return (self.disease, self.tissue, self.material)

    @property
    def content_hash(self) -> str:
        """SHA-256 of the sample's id and ranks."""
        return sha256_text(self.name + "\n" + self.ranks.tobytes().hex())


@dataclass(frozen=True)
class DeclaredContext:
    """Vocabulary ids for samples whose sheet gives none; empty where not given."""

    disease: str = ""
    tissue: str = ""

    @classmethod
    def resolve(cls, disease: str | None, tissue: str | None) -> DeclaredContext:
        """Resolve free text through the vocabulary.

        Raises
        ------
        VocabularyMiss
            If a term is unknown, with near matches.
        """
        return cls(_term_id("disease", disease or ""), _term_id("tissue", tissue or ""))


@cache
def _term_id(kind: str, text: str) -> str:
    if not text:
        return ""
    vocabulary = load_vocabulary()
    return (vocabulary.disease(text) if kind == "disease" else vocabulary.tissue(text)).id


def view_samples(
    expr: AnnData, universe: Universe, declared: DeclaredContext, samples: Sequence[str] | None
) -> list[SampleView]:
    """Build the views of some samples of a harmonised matrix.

    Raises
    ------
    UsageError
        If a sample is not in the matrix.
    VocabularyMiss
        If a disease or tissue of ``obs`` is unknown.
    """
    rows = sample_positions(expr, samples)
    block = RankBlock.from_values(dense_values(expr, rows, universe))
    normalised = block.normalised()
    platform = str(expr.uns.get("atrasig", {}).get("platform", ""))
    obs = expr.obs.iloc[rows]
    return [
        _view(str(name), dict(obs.iloc[place]), normalised[place], platform, declared)
        for place, name in enumerate(obs.index)
    ]


def _view(
    name: str, obs: dict[str, object], ranks: Array, platform: str, declared: DeclaredContext
) -> SampleView:
    def text(column: str) -> str:
        value = obs.get(column, "")
        return "" if value is None or value != value else str(value).strip()

    return SampleView(
        name=name,
        disease=_term_id("disease", text("disease")) or declared.disease,
        tissue=_term_id("tissue", text("tissue")) or declared.tissue,
        material=text("material"),
        patient=text("patient"),
        timepoint=text("timepoint"),
        fusions=_approved(parse_fusions(text("fusion"))),
        platform=platform,
        library_size=float(obs.get("qc_library_size", np.nan)),  # type: ignore[arg-type]
        coding_measured=int(np.sum(~np.isnan(ranks))),
        ranks=ranks,
    )


def _approved(fusions: Sequence[str]) -> tuple[str, ...]:
    approve = load_gene_table().approve
    return tuple("::".join(approve(gene) for gene in name.split("::")) for name in fusions)


def floor_fault(view: SampleView, model: BaseModelArtefact) -> str:
    """Why a sample offers too little for a model, empty where it offers enough."""
    floors = model.floors
    if view.coding_measured < floors.coding_measured:
        return (
            f"too few genes: {view.coding_measured:,} protein-coding genes measured, "
            f"{floors.coding_measured:,} needed"
        )
    if view.library_size < floors.library_size:
        return (
            f"too shallow: {view.library_size:,.0f} reads in genes, "
            f"{floors.library_size:,.0f} needed"
        )
    return ""
