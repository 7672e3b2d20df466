"""Leukaemias that the APL-programme model is held against, as the model sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.prediction.bootstrap import ResampledRanks
from atrasig.prediction.contrast import ContrastValue, contrast_lists
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.kinds.sibling_contrast import (
    PlatformReference,
    SiblingContrastModel,
    contrast_values,
    ranks_of_reads,
)
from atrasig.prediction.sample import DeclaredContext, SampleView, view_samples
from atrasig.scoring.arrays import Array
from atrasig.scoring.universe import select_universe
from atrasig.signatures import SignatureSet

DIGITS = 4
SAME_ARRAY = 0.63
"""Correlation of gene-centred ranks from which two profiles are of one hybridisation."""
VARIABLE_GENES = 1000


@dataclass(frozen=True)
class Source:
    """One data set: its file below DATA, what it is, and its samples with APL."""

    path: str
    title: str
    apl: tuple[str, ...] = ()


LEUKAEMIAS = (
    Source(
        "aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz",
        "TCGA-LAML, 20 patients, HTSeq counts",
        ("TCGA-AB-2872-03A",),
    ),
    Source(
        "parity/gseapy/Leukemia_hgu95av2.gct.gz",
        "24 ALL and 24 AML, HG-U95Av2, intensities (example data of GSEA)",
    ),
    Source(
        "parity/gsva/leukemia_eset_expr.tsv.gz",
        "20 ALL and 17 MLL, HG-U95Av2, log2 (example data of GSVA)",
    ),
    Source("formats/orange_GSE2191.tab.gz", "GSE2191, 54 leukaemias, HG-U95Av2, intensities"),
)
GASTRIC = Source(
    "gastric/GSE26901_expression.parquet", "GSE26901, 109 gastric cancers declared as AML, log2"
)


@dataclass(frozen=True)
class Cohort:
    """The samples of one data set as the model sees them."""

    source: Source
    platform: str
    symbols: tuple[str, ...]
    views: tuple[SampleView, ...]
    resampled: tuple[ResampledRanks | None, ...]

    @cached_property
    def position(self) -> dict[str, int]:
        """Place of each gene among the ranks."""
        return {gene: place for place, gene in enumerate(self.symbols)}

    @property
    def is_apl(self) -> Array:
        """Whether each sample is labelled APL."""
        return np.isin([view.name for view in self.views], self.source.apl)

    def ranks(self, genes: Sequence[str]) -> Array:
        """Normalised ranks of some genes, shape (samples, genes), NaN where not measured."""
        places = [self.position.get(gene) for gene in genes]
        whole = np.array([view.ranks for view in self.views])
        missing = np.full(len(whole), np.nan)
        return np.column_stack([missing if p is None else whole[:, p] for p in places])


def read_cohort(data: Path, source: Source) -> Cohort:
    """Read a data set by the product's own path."""
    expr = harmonise(read_expression(data / source.path))
    universe = select_universe(expr, "coding")
    views = tuple(view_samples(expr, universe, DeclaredContext(disease="aml"), None))
    platform = str(expr.uns["atrasig"]["platform"])
    symbols = tuple(map(str, universe.symbols))
    return Cohort(source, platform, symbols, views, tuple(ranks_of_reads(view) for view in views))


@dataclass(frozen=True)
class Method:
    """The contrasts, and the seeds of their draws."""

    model: SiblingContrastModel
    signatures: SignatureSet
    hash: str

    def evaluate(self, cohort: Cohort) -> list[list[ContrastValue]]:
        """Contrasts of every sample, with their draws."""
        inputs = ModelInputs(self.hash, cohort.position, self.signatures)
        pairs = zip(cohort.views, cohort.resampled, strict=True)
        return [contrast_values(self.model, view, inputs, drawn) for view, drawn in pairs]

    def values(self, cohort: Cohort) -> Array:
        """Contrasts of every sample, shape (samples, contrasts)."""
        inputs = ModelInputs(self.hash, cohort.position, self.signatures)
        found = [contrast_values(self.model, view, inputs, None) for view in cohort.views]
        return np.array([[value.value for value in row] for row in found])

    def coverage(self, cohort: Cohort) -> float:
        """Smallest measured share of a list in any sample."""
        inputs = ModelInputs(self.hash, cohort.position, self.signatures)
        found = [contrast_values(self.model, view, inputs, None) for view in cohort.views]
        return min(value.coverage for row in found for value in row)

    @property
    def genes(self) -> list[str]:
        """Genes of all lists."""
        pairs = [pair for c in self.model.contrasts for pair in contrast_lists(c, self.signatures)]
        return sorted({gene for _, listed in pairs for gene in listed})


def restricted(cohort: Cohort, genes: Iterable[str]) -> Cohort:
    """Rank a cohort among some genes alone, as an array that measures no others would."""
    from scipy.stats import rankdata

    kept = [gene for gene in cohort.symbols if gene in set(genes)]
    ranks = cohort.ranks(kept)
    ranked = rankdata(ranks, axis=1, nan_policy="omit") / np.sum(~np.isnan(ranks), axis=1)[:, None]
    pairs = zip(cohort.views, ranked, strict=True)
    views = tuple(replace(view, ranks=row, read_counts=None) for view, row in pairs)
    return replace(cohort, symbols=tuple(kept), views=views, resampled=(None,) * len(views))


def same_arrays(first: Cohort, second: Cohort) -> list[tuple[int, int]]:
    """Find samples of two cohorts that are one hybridisation, processed twice.

    Told by the correlation of gene-centred ranks over the genes that vary most in both.
    """
    genes = sorted(set(first.symbols) & set(second.symbols))
    one, two = (c.ranks(genes) - np.median(c.ranks(genes), axis=0) for c in (first, second))
    varies = np.minimum(np.median(np.abs(one), axis=0), np.median(np.abs(two), axis=0))
    top = np.sort(np.argsort(-varies, kind="stable")[:VARIABLE_GENES])
    found = np.array([[np.corrcoef(a, b)[0, 1] for b in two[:, top]] for a in one[:, top]])
    best = found.argmax(axis=1)
    rest = np.sort(found[found < SAME_ARRAY])
    print(f"  highest correlation of different arrays {rest[-1]:.2f}", end="; ")
    pairs = [(i, int(j)) for i, j in enumerate(best) if found[i, j] >= SAME_ARRAY]
    if pairs:
        print(f"lowest of one array processed twice {min(found[p] for p in pairs):.2f}", end="")
    print()
    return pairs


@dataclass(frozen=True)
class Pool:
    """All profiles of one platform class, one after the other.

    Parameters
    ----------
    cohorts
        Their data sets.
    values
        Shape (profiles, contrasts).
    ranks
        Shape (profiles, genes of the lists).
    data_set, leukaemia
        Shape (profiles,): numbers; two profiles of one hybridisation are one leukaemia.
    is_apl
        Shape (profiles,).
    anchor
        Shape (contrasts,): lowest value of a leukaemia with APL that the class is held against.
    coverage
        Smallest measured share of a list.
    """

    cohorts: tuple[Cohort, ...]
    values: Array
    ranks: Array
    data_set: Array
    leukaemia: Array
    is_apl: Array
    anchor: Array
    coverage: float

    def figures(self, profiles: Array, source: str) -> PlatformReference:
        """Freeze the figures that some profiles give; the others are as if never seen."""
        values, apl = self.values[profiles & ~self.is_apl], self.values[profiles & self.is_apl]
        highest = values.max(axis=0)
        return PlatformReference(
            thresholds=rounded((highest + self.anchor) / 2),
            non_target_q99=rounded(np.quantile(values, 0.99, axis=0)),
            non_target_maximum=rounded(highest),
            target=tuple(rounded(row) for row in apl.T) if len(apl) else (),
            n_non_target=len(set(self.leukaemia[profiles & ~self.is_apl])),
            n_target=len(apl),
            source=source,
            coverage=float(np.floor(self.coverage * 10**DIGITS) / 10**DIGITS),
        )

    def without(self, left_out: Array) -> Array:
        """Profiles of all other leukaemias."""
        return ~np.isin(self.leukaemia, self.leukaemia[left_out])

    def folds(self) -> list[Array]:
        """List the data sets, or the single patients without APL where there is one data set."""
        if len(self.cohorts) > 1:
            return [self.data_set == number for number in range(len(self.cohorts))]
        return [np.arange(self.is_apl.size) == place for place in np.flatnonzero(~self.is_apl)]


def pool(method: Method, cohorts: Sequence[Cohort], anchor: Array | None) -> Pool:
    """Put the data sets of a class together; the anchor is its own APL unless one is given."""
    values = np.concatenate([method.values(cohort) for cohort in cohorts])
    is_apl = np.concatenate([cohort.is_apl for cohort in cohorts])
    sizes = [len(cohort.views) for cohort in cohorts]
    starts = np.cumsum([0, *sizes])
    leukaemia = np.arange(starts[-1])
    for second in range(len(cohorts)):
        for first in range(second):
            print(f"{cohorts[first].source.title} | {cohorts[second].source.title}")
            for i, j in same_arrays(cohorts[first], cohorts[second]):
                leukaemia[starts[second] + j] = leukaemia[starts[first] + i]
    return Pool(
        tuple(cohorts),
        values,
        np.concatenate([cohort.ranks(method.genes) for cohort in cohorts]),
        np.repeat(np.arange(len(cohorts)), sizes),
        leukaemia,
        is_apl,
        values[is_apl].min(axis=0) if anchor is None else anchor,
        min(method.coverage(cohort) for cohort in cohorts),
    )


def rounded(values: Array) -> tuple[float, ...]:
    """Figures as the artefact keeps them."""
    return tuple(round(float(value), DIGITS) for value in values)


def show_reprocessing(found: Pool) -> None:
    """Print how far processing alone moves the contrasts of one hybridisation."""
    pairs = [np.flatnonzero(found.leukaemia == one) for one in np.unique(found.leukaemia)]
    moved = np.array([np.diff(found.values[p], axis=0)[0] for p in pairs if p.size == 2])
    show_moves(f"{len(moved)} arrays processed twice", moved)


def show_moves(what: str, moved: Array) -> None:
    """Print by how much the contrasts move."""
    print(f"{what}: contrasts move by {moved.mean(axis=0).round(3)} on average,", end=" ")
    print(f"from {moved.min(axis=0).round(3)} to {moved.max(axis=0).round(3)}")


def show_likeness_to_apl(method: Method, cohorts: Sequence[Cohort]) -> None:
    """Print how far any unlabelled sample rises above its own data set, as APL does."""
    lists = [sorted(method.signatures[c.list].up) for c in method.model.contrasts]
    for cohort in cohorts:
        means = np.column_stack([np.nanmean(_centred(cohort, genes), axis=1) for genes in lists])
        markers = np.nanmean(_centred(cohort, ("CD74", "HLA-DPA1", "HLA-DRA")), axis=1)
        shown = f"highest mean rise of the lists {means[~cohort.is_apl].max(axis=0).round(3)}"
        both = means[~cohort.is_apl].min(axis=1).max()
        low = f"lowest HLA class II {markers[~cohort.is_apl].min():.2f}"
        apl = f"; APL {means[cohort.is_apl].round(3)}, {markers[cohort.is_apl].round(2)}"
        print(f"{cohort.source.title}: {shown}, of both {both:.3f}, {low}", end="")
        print(apl if cohort.is_apl.any() else "")


def _centred(cohort: Cohort, genes: Sequence[str]) -> Array:
    ranks = cohort.ranks([gene for gene in genes if gene in cohort.position])
    return np.asarray(ranks - np.median(ranks[~cohort.is_apl], axis=0))
