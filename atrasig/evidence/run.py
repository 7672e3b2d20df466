"""Hypotheses for the samples of a harmonised matrix: markers, references, results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from atrasig.evidence.base import EvidenceBase, context_fits, load_evidence
from atrasig.evidence.hypotheses import SHARE, SampleHypotheses, combination_hypotheses
from atrasig.evidence.standing import MarkerReference, ReferenceKind, SampleMarkers
from atrasig.prediction.artefact import SampleFloors
from atrasig.prediction.sample import DeclaredContext, cell_text
from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import platform_of, sample_blocks, sample_positions
from atrasig.scoring.method import refuses_to_rank
from atrasig.scoring.universe import select_universe
from atrasig.sheet.rules import TIMEPOINTS
from atrasig.vocabulary import normalise_term

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

_BASELINE, _EXPOSED = TIMEPOINTS
_DECLARED = "declared baselines of the same disease, tissue, material and platform class"
_COHORT = "other samples of this cohort of the same disease, tissue, material and platform class"
_TOO_LATE = "the sample is declared exposed; marker genes are read before treatment"


@dataclass(frozen=True, eq=False)
class FrozenMarkers:
    """Markers of a frozen reference, and the samples it may serve.

    Parameters
    ----------
    reference
        Values and name; its kind is ``frozen``.
    disease, platform
        Disease context (vocabulary id) and platform class of the samples it may serve.
    """

    reference: MarkerReference
    disease: str
    platform: str


@dataclass(frozen=True, eq=False)
class _Row:
    """What is known of one sample, with the ranks of the marker genes, shape (genes,)."""

    name: str
    disease: str
    context: tuple[str, str, str, str]
    patient: str
    timepoint: str
    fault: str
    ranks: Array


def find_hypotheses(
    expr: AnnData,
    base: EvidenceBase | None = None,
    *,
    disease: str | None = None,
    obs: pd.DataFrame | None = None,
    samples: Sequence[str] | None = None,
    frozen: Iterable[FrozenMarkers] = (),
    share: float = SHARE,
    floors: SampleFloors | None = None,
) -> tuple[SampleHypotheses, ...]:
    """Find hypotheses on combinations for samples of a harmonised matrix.

    Markers are held against a frozen reference where one fits; else against the samples declared
    ``baseline``; else against the cohort, and the result says which. Baselines and cohort are
    samples of the same disease, tissue, material and platform class. The sample itself, its
    patient's others, exposed samples and those below the floors are left out of them.

    Parameters
    ----------
    expr
        Samples x genes, log2 scale, NaN where not measured; all samples of the cohort.
    base
        The evidence, the shipped one by default.
    disease
        Disease of samples whose table names none.
    obs
        What is known of every sample, the table of the matrix by default: ``disease``, ``tissue``,
        ``material``, ``patient``, ``timepoint``, ``qc_platform``, ``qc_library_size``.
    samples
        Samples to judge, all by default.
    frozen
        Frozen references.
    share
        As of `combination_hypotheses`.
    floors
        What a sample must offer for its markers to be judged.

    Returns
    -------
    tuple of SampleHypotheses
        In the order of `samples`.

    Raises
    ------
    UsageError
        If a sample is not in the matrix, or `share` is no share.
    VocabularyMiss
        If a disease or tissue is unknown.
    """
    evidence = load_evidence() if base is None else base
    rows = _rows(expr, evidence.marker_genes, disease, obs, floors or SampleFloors())
    names = [str(expr.obs_names[place]) for place in sample_positions(expr, samples)]
    finder = _References(rows.values(), evidence.marker_genes, tuple(frozen))
    return tuple(
        combination_hypotheses(finder.markers(rows[name]), evidence, share)
        for name in dict.fromkeys(names)
    )


def _rows(
    expr: AnnData,
    genes: Sequence[str],
    disease: str | None,
    obs: pd.DataFrame | None,
    floors: SampleFloors,
) -> dict[str, _Row]:
    universe = select_universe(expr, "coding")
    position = {gene: place for place, gene in enumerate(universe.symbols)}
    places = np.array([position.get(gene, -1) for gene in genes], dtype=np.intp)
    known = (expr.obs if obs is None else obs).to_dict("index")
    refusal = refuses_to_rank("the comparison of marker genes", platform_of(expr))
    rows = {}
    for block in sample_blocks(expr, universe):
        ranks = block.normalised_ranks()
        measured = (~np.isnan(ranks)).sum(axis=1)
        own = np.where(places >= 0, ranks[:, places], np.nan)
        for name, n, values in zip(block.names, measured, own, strict=True):
            facts = known.get(name, {})
            fault = refusal or _floor_fault(facts, int(n), floors)
            rows[name] = _row(name, facts, values, fault, disease, platform_of(expr))
    return rows


def _row(
    name: str, facts: dict[Any, Any], ranks: Array, fault: str, disease: str | None, platform: str
) -> _Row:
    text = {key: cell_text(facts.get(key)) for key in ("disease", "tissue", "material", "patient")}
    declared = DeclaredContext.resolve(text["disease"] or disease, text["tissue"])
    timepoint = normalise_term(cell_text(facts.get("timepoint")))
    own_platform = cell_text(facts.get("qc_platform")) or platform
    return _Row(
        name=name,
        disease=declared.disease,
        context=(declared.disease, declared.tissue, text["material"], own_platform),
        patient=text["patient"],
        timepoint=timepoint,
        fault=fault or (_TOO_LATE if timepoint == _EXPOSED else ""),
        ranks=ranks,
    )


def _floor_fault(facts: dict[Any, Any], measured: int, floors: SampleFloors) -> str:
    if measured < floors.coding_measured:
        return f"too few genes: {measured:,} measured, {floors.coding_measured:,} needed"
    library = float(facts.get("qc_library_size", np.nan))
    if library < floors.library_size:
        return f"too shallow: {library:,.0f} reads in genes, {floors.library_size:,.0f} needed"
    return ""


class _References:
    """Samples by context, from which each sample's references are cut."""

    def __init__(
        self, rows: Iterable[_Row], genes: Sequence[str], frozen: tuple[FrozenMarkers, ...]
    ) -> None:
        self._genes, self._frozen = genes, frozen
        groups: dict[tuple[str, ...], list[_Row]] = {}
        for row in rows:
            groups.setdefault(row.context, []).extend([] if row.fault else [row])
        self._groups = {context: _Group.of(found) for context, found in groups.items()}

    def markers(self, row: _Row) -> SampleMarkers:
        """Put together what the hypotheses of one sample rest on."""
        fixed = [
            entry.reference
            for entry in self._frozen
            if entry.platform == row.context[-1] and context_fits(row.disease, entry.disease)
        ]
        group = self._groups[row.context]
        others = group.without(row)
        return SampleMarkers(
            sample=row.name,
            disease=row.disease,
            ranks=dict(zip(self._genes, row.ranks.tolist(), strict=True)),
            references=(
                *fixed,
                self._cut("declared", _DECLARED, group.ranks[others & group.is_baseline]),
                self._cut("cohort", _COHORT, group.ranks[others]),
            ),
            fault=row.fault,
        )

    def _cut(self, kind: ReferenceKind, name: str, ranks: Array) -> MarkerReference:
        columns = ranks.reshape(-1, len(self._genes)).T
        return MarkerReference(kind, name, dict(zip(self._genes, columns, strict=True)))


@dataclass(frozen=True, eq=False)
class _Group:
    """Usable samples of one context; `ranks` has shape (samples, genes)."""

    names: NDArray[np.str_]
    patients: NDArray[np.str_]
    is_baseline: NDArray[np.bool_]
    ranks: Array

    @classmethod
    def of(cls, rows: Sequence[_Row]) -> _Group:
        return cls(
            np.array([row.name for row in rows], dtype=np.str_),
            np.array([row.patient for row in rows], dtype=np.str_),
            np.array([row.timepoint == _BASELINE for row in rows], dtype=np.bool_),
            np.array([row.ranks for row in rows], dtype=np.float64),
        )

    def without(self, row: _Row) -> NDArray[np.bool_]:
        """Tell which samples are neither the given one nor of its patient."""
        strangers = (self.patients != row.patient) | (row.patient == "")
        return np.asarray((self.names != row.name) & strangers)
