"""What a model gets to see of one sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.errors import InputError
from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.fusion import recorded_fusions
from atrasig.scoring.arrays import Array, Places
from atrasig.scoring.blocks import sample_blocks, sample_positions
from atrasig.scoring.universe import Universe
from atrasig.sheet.rules import MATERIALS, TIMEPOINTS
from atrasig.vocabulary import load_vocabulary, normalise_term

if TYPE_CHECKING:
    from anndata import AnnData

SPARSE = "too few signature genes"
_WORDS = {"material": MATERIALS, "timepoint": TIMEPOINTS}


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
        Recorded fusions, ``A::B``, with approved symbols.
    platform, species
        Platform class and species of its values, empty where not known.
    library_size
        Sum of counts, NaN where none were given.
    implied_reads
        Reads that values made of counts stand for, NaN where they stand for none.
    coding_measured
        Protein-coding genes with a value.
    ranks
        Shape (genes of the universe,): normalised ranks, NaN where not measured.
    read_counts
        Gives :attr:`counts`; None where the matrix holds none.
    """

    name: str
    disease: str
    tissue: str
    material: str
    patient: str
    timepoint: str
    fusions: tuple[str, ...]
    platform: str
    species: str
    library_size: float
    implied_reads: float
    coding_measured: int
    ranks: Array
    read_counts: Callable[[], Array] | None = field(default=None, repr=False, compare=False)

    @property
    def counts(self) -> Array | None:
        """Raw counts behind `ranks`, shape (genes of the universe,); None where none were given.

        Read anew each time: few models ask, and a view may be kept for the whole run.
        """
        return None if self.read_counts is None else self.read_counts()

    @property
    def context(self) -> tuple[str, str, str]:
        """What two samples must share to be compared."""
        return (self.disease, self.tissue, self.material)

    @cached_property
    def is_constant(self) -> bool:
        """Whether all measured genes have one value, so that their ranks say nothing."""
        known = self.ranks[~np.isnan(self.ranks)]
        return bool(known.size and known.min() == known.max())

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the sample's id and ranks."""
        return sha256(self.name.encode() + b"\n" + self.ranks.tobytes()).hexdigest()


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
        return cls(
            _term_id("disease", (disease or "").strip()), _term_id("tissue", (tissue or "").strip())
        )


@cache
def _term_id(kind: str, text: str) -> str:
    if not text:
        return ""
    vocabulary = load_vocabulary()
    return (vocabulary.disease(text) if kind == "disease" else vocabulary.tissue(text)).id


def view_samples(
    expr: AnnData,
    universe: Universe,
    declared: DeclaredContext,
    samples: Sequence[str] | None,
    obs: pd.DataFrame | None = None,
) -> list[SampleView]:
    """Build the views of some samples of a harmonised matrix, all at once; see `iterate_views`."""
    return list(iterate_views(expr, universe, declared, samples, obs))


def iterate_views(
    expr: AnnData,
    universe: Universe,
    declared: DeclaredContext,
    samples: Sequence[str] | None,
    obs: pd.DataFrame | None = None,
) -> Iterator[SampleView]:
    """Build the views of some samples of a harmonised matrix, a block of ranks at a time.

    Parameters
    ----------
    expr, universe
        The matrix and the genes ranked against each other.
    declared
        Context of samples without one of their own.
    samples
        Names, all for None.
    obs
        What is known of every sample of the matrix, its own table by default.

    Raises
    ------
    UsageError
        If a sample is not in the matrix.
    InputError
        If a disease, tissue, material, timepoint or fusion cannot be read.
    """
    facts_of_all = expr.uns.get("atrasig", {})
    shared = {key: str(facts_of_all.get(key, "")) for key in ("platform", "species")}
    known = expr.obs if obs is None else obs
    counts = expr.layers.get("counts")
    for block in sample_blocks(expr, universe, samples):
        facts = known.loc[block.names].to_dict("records")
        rows = sample_positions(expr, block.names)
        for place, ranks in enumerate(block.normalised_ranks()):
            reads = (
                None if counts is None else partial(_reads, counts, rows[place], universe.positions)
            )
            yield _view(block.names[place], facts[place], ranks, shared, declared, reads)


def _reads(layer: Any, row: int, columns: Places) -> Array:
    own = layer[[row]]
    dense = np.asarray(own if isinstance(own, np.ndarray) else own.toarray(), np.float64)
    reads: Array = dense[0, columns]
    return reads


def _view(
    name: str,
    obs: Mapping[Any, Any],
    ranks: Array,
    shared: Mapping[str, str],
    declared: DeclaredContext,
    read_counts: Callable[[], Array] | None,
) -> SampleView:
    texts = {column: cell_text(obs.get(column)) for column in ("disease", "tissue", "patient")}
    return SampleView(
        name=name,
        disease=_term_id("disease", texts["disease"]) or declared.disease,
        tissue=_term_id("tissue", texts["tissue"]) or declared.tissue,
        material=_word("material", cell_text(obs.get("material")), name),
        patient=texts["patient"],
        timepoint=_word("timepoint", cell_text(obs.get("timepoint")), name),
        fusions=recorded_fusions(cell_text(obs.get("fusion"))),
        platform=cell_text(obs.get("qc_platform")) or shared["platform"],
        species=shared["species"],
        library_size=float(obs.get("qc_library_size", np.nan)),
        implied_reads=float(obs.get("qc_implied_reads", np.nan)),
        coding_measured=int(np.sum(~np.isnan(ranks))),
        ranks=ranks,
        read_counts=read_counts,
    )


def cell_text(value: Any) -> str:
    """Text of a cell of ``obs``, empty for a missing value of any kind."""
    return "" if value is None or pd.isna(value) else str(value).strip()


def is_baseline(value: Any) -> bool:
    """Whether a cell of the column ``timepoint`` says ``baseline``, in any spelling."""
    return normalise_term(cell_text(value)) == "baseline"


def _word(column: str, text: str, sample: str) -> str:
    """Bring a cell to the word that gates compare with: a misspelt ``exposed`` must not pass."""
    known = {normalise_term(word): word for word in _WORDS[column]}
    if not text:
        return ""
    if normalise_term(text) not in known:
        raise InputError(
            f"Unknown {column} {text!r}",
            where=f"sample {sample!r}",
            fix=f"Use one of {', '.join(_WORDS[column])}, or rename the column.",
        )
    return known[normalise_term(text)]


def floor_fault(view: SampleView, model: BaseModelArtefact) -> str:
    """Why a sample offers too little for a model, empty where it offers enough."""
    floors = model.floors
    if view.coding_measured < floors.coding_measured:
        return (
            f"too few genes: {view.coding_measured:,} protein-coding genes measured, "
            f"{floors.coding_measured:,} needed"
        )
    needed = f"{floors.library_size:,.0f} needed"
    if view.library_size < floors.library_size:
        return f"too shallow: {view.library_size:,.0f} reads in genes, {needed}"
    if np.isnan(view.library_size) and view.implied_reads < floors.library_size:
        return (
            f"too shallow: the values stand for {view.implied_reads:,.0f} reads in genes if the "
            f"smallest step is one read, {needed}"
        )
    if view.is_constant:
        return "all measured genes have one value: their ranks say nothing"
    return ""
