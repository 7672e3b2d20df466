"""Which samples of a matrix a model is fitted on, and what of them it sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from atrasig.errors import InputError, UsageError
from atrasig.prediction.artefact import BaseModelArtefact, ModelContext, SampleFloors
from atrasig.prediction.fitting import TrainingData, training_data
from atrasig.prediction.kinds.linear import panel_ranks
from atrasig.prediction.run import refuse_single_cells
from atrasig.prediction.sample import DeclaredContext, SampleView, floor_fault, view_samples
from atrasig.prediction.validation.labels import Truth
from atrasig.scoring.arrays import Array
from atrasig.scoring.blocks import dense_values, sample_positions
from atrasig.scoring.method import RELATIVE
from atrasig.scoring.universe import Universe, select_universe

if TYPE_CHECKING:
    from anndata import AnnData

Features = Literal["rank", "zscore"]

NO_RESPONSE = "no response is given"
NO_LINEAGE = "no lineage is given: relatives of the sample may lie in every fold"
EXPOSED = "taken after exposure: sensitivity is read from a baseline transcriptome"
MIN_GENES = 20
_LISTED = 5
_VOCABULARY_COLUMNS = ("tissue", "disease")


@dataclass(frozen=True)
class Chosen:
    """Samples that a model is fitted on, and those that are left out.

    Parameters
    ----------
    views
        Samples sorted by name.
    panel
        Genes that are ranked: the coding genes that every sample measures.
    data
        Features of the panel and responses; its genes that vary.
    ranks
        Shape (samples, panel): ranks within the panel.
    group_column
        Column of the lineages, empty where there is none.
    left_out
        Sample -> why it is none of them.
    n_unmeasured
        Coding genes left out because some sample does not measure them.
    features
        What the model weighs.
    """

    views: tuple[SampleView, ...]
    panel: tuple[str, ...]
    data: TrainingData
    ranks: Array
    group_column: str
    left_out: Mapping[str, str]
    n_unmeasured: int
    features: Features

    @property
    def platform(self) -> str:
        """Platform class of all samples."""
        return self.views[0].platform

    @property
    def species(self) -> str:
        """Species of all samples, empty where it is not known."""
        return self.views[0].species

    @property
    def features_in_words(self) -> str:
        """What the model weighs."""
        return "ranks of genes" if self.features == "rank" else "expression values"

    def left_out_in_words(self) -> list[str]:
        """One line a reason: how many samples, and the first of them."""
        reasons: dict[str, list[str]] = {}
        for name, reason in sorted(self.left_out.items()):
            reasons.setdefault(reason, []).append(name)
        return [f"{len(names)} left out, {why}: {listing(names)}" for why, names in reasons.items()]


def listing(names: list[str]) -> str:
    """Join the first names, and count the others."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def choose(expr: AnnData, truth: Truth, features: Features, floors: SampleFloors) -> Chosen:
    """Choose samples and genes, and rank the genes of each sample.

    Parameters
    ----------
    expr
        Harmonised matrix; ``obs`` holds the columns that `truth` names.
    truth
        Columns of response or label and lineage.
    features
        What the model weighs.
    floors
        What a sample must offer; the number of coding genes does not count here.

    Raises
    ------
    UsageError
        If a column is not there, or the matrix holds single cells.
    InputError
        If values are relative to a cohort and ranks are asked for, too few samples or genes
        remain, or the response cannot be fitted.
    """
    refuse_single_cells(expr)
    if not expr.obs_names.is_unique:
        raise UsageError("Samples of the matrix share a name", fix="Give each a name of its own.")
    facts = truth.read(expr.obs)
    facts.index = facts.index.map(str)
    given = facts["positive"] if truth.label else facts["response"]
    asked = sorted(facts.index[given.notna()])
    universe = select_universe(expr, "coding")
    views = view_samples(expr, universe, DeclaredContext(), asked, expr.obs)
    left_out = {str(name): NO_RESPONSE for name in facts.index[given.isna()]}
    left_out |= _unfit(views, floors)
    lineages = _lineages(views, facts["group"], truth.group)
    left_out |= {name: NO_LINEAGE for name, lineage in lineages.items() if not lineage}
    kept = [view for view in views if view.name not in left_out]
    if not kept:
        raise InputError("No sample is left to fit on", fix=_reasons(left_out))
    if not kept[0].platform:
        raise UsageError(
            "What kind of values the matrix holds is not known",
            fix="Pass it through atrasig.harmonise() first.",
        )
    _refuse_relative(kept[0].platform, features)
    measured = np.all([~np.isnan(view.ranks) for view in kept], axis=0)
    _refuse_few_genes(measured)
    ranks = np.array([panel_ranks(view.ranks[measured]) for view in kept])
    panel = tuple(map(str, universe.symbols[measured]))
    names = [view.name for view in kept]
    values = ranks if features == "rank" else _values(expr, universe, names)[:, measured]
    own = given.loc[names].to_numpy(dtype=np.float64)
    try:
        data = training_data(
            names, panel, values, own, "label" if truth.label else "quantitative",
            [lineages[name] for name in names if lineages],
        )  # fmt: skip
    except InputError as error:
        told = f"{error.fix} {_reasons(left_out)}" if error.fix else _reasons(left_out)
        raise InputError(error.what, where=error.where, fix=told.strip()) from error
    n_any = int(np.any([~np.isnan(view.ranks) for view in kept], axis=0).sum())
    return Chosen(
        views=tuple(kept), panel=panel, data=data, ranks=ranks, group_column=truth.group,
        left_out=left_out, n_unmeasured=n_any - len(panel), features=features,
    )  # fmt: skip


def _unfit(views: list[SampleView], floors: SampleFloors) -> dict[str, str]:
    """Find the samples about which the model itself would not speak, with the reason."""
    if not views:
        return {}
    draft = _draft(floors)
    commonest = sorted(Counter(v.platform for v in views).items(), key=lambda kv: (-kv[1], kv[0]))
    platform = commonest[0][0]
    n_genes = max(view.coding_measured for view in views)
    faults = {}
    for view in views:
        fault = floor_fault(view, draft)
        if view.timepoint == "exposed":
            fault = EXPOSED
        elif view.platform != platform:
            fault = f"its values are {view.platform or 'of no class'}, most are {platform}"
        elif not fault and view.coding_measured < floors.coverage * n_genes:
            fault = f"measures fewer than {floors.coverage:.0%} of the genes that others measure"
        if fault:
            faults[view.name] = fault
    return faults


def _draft(floors: SampleFloors) -> BaseModelArtefact:
    without_genes = floors.model_copy(update={"coding_measured": 0})
    return BaseModelArtefact(
        id="draft", version="0.0.0", title="draft", question="sensitivity", priority=0,
        grade="none", context=ModelContext(), floors=without_genes,
    )  # fmt: skip


def _reasons(left_out: Mapping[str, str]) -> str:
    counted = Counter(left_out.values()).most_common()
    told = "; ".join(f"{n} ({why})" for why, n in counted)
    return f"Samples left out: {told}." if told else ""


def _refuse_relative(platform: str, features: Features) -> None:
    if features == "rank" and platform in RELATIVE:
        raise InputError(
            f"The values cannot be ranked within a sample: {RELATIVE[platform]}",
            fix="Give expression values. --features zscore fits a model on values like these for "
            "its figures alone: it is applied to no sample.",
        )


def _refuse_few_genes(measured: np.ndarray) -> None:
    if measured.sum() < MIN_GENES:
        raise InputError(
            f"{int(measured.sum())} coding genes are measured in every sample, {MIN_GENES} needed",
            fix="Leave out the samples with many missing values.",
        )


def _values(expr: AnnData, universe: Universe, names: list[str]) -> Array:
    return dense_values(expr, sample_positions(expr, names), universe)


def _lineages(views: list[SampleView], named: pd.Series, column: str) -> dict[str, str]:
    """Lineage of each sample, none at all where there is no column.

    Those of the vocabulary go by its ids, by which new samples are known.
    """
    if not column:
        return {}
    if column in _VOCABULARY_COLUMNS:
        return {view.name: str(getattr(view, column)) for view in views}
    return {view.name: str(named[view.name]) for view in views}
