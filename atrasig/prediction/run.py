"""The runner: samples through the models that fit them, into the table of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.errors import UsageError
from atrasig.prediction import baseline_shift, fusion, rank_signature, sibling_contrast
from atrasig.prediction.artefact import (
    BaselineShiftModel,
    FusionModel,
    RankSignatureModel,
    SiblingContrastModel,
    load_models,
    model_hash,
)
from atrasig.prediction.gate import HOW_TO_ADD, candidates, model_gate, no_model_reason, sample_gate
from atrasig.prediction.outcome import NO_CALL, Outcome
from atrasig.prediction.sample import DeclaredContext, SampleView, view_samples
from atrasig.scoring.universe import Universe, select_universe
from atrasig.sheet import SampleSheet, read_sheet
from atrasig.signatures import FusionStatement, SignatureSet, load_fusions, load_signatures
from atrasig.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from anndata import AnnData

CALL_COLUMNS = (
    "sample", "question", "model", "model_version", "model_hash", "call", "score", "low", "high",
    "interval_kind", "grade", "reference", "reason", "primary", "coverage", "n_genes", "n_matched",
)  # fmt: skip
DRIVER_COLUMNS = ("sample", "model", "gene", "set", "rank", "contribution", "matched")
QUESTIONS = ("sensitivity", "response")
_CELL_LIBRARY = 50_000
_CELL_NUMBER = 50


@dataclass(frozen=True)
class Predictions:
    """Calls and what drove them.

    Parameters
    ----------
    calls
        One row a (sample, question, model).
    drivers
        One row a (sample, model, set, gene); contributions of a model sum to its score.
    """

    calls: pd.DataFrame
    drivers: pd.DataFrame


def predict(
    expr: AnnData,
    sheet: SampleSheet | str | Path | None = None,
    disease: str | None = None,
    tissue: str | None = None,
    *,
    models: Sequence[str | Path] = (),
    signatures: SignatureSet | None = None,
    samples: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Answer the two questions for every sample, or say why not.

    Parameters
    ----------
    expr
        Harmonised matrix (see :func:`atrasig.harmonise`), samples x genes.
    sheet
        Sample sheet or its path; by default the sheet's columns in ``expr.obs``.
    disease, tissue
        Context of samples for which neither the sheet nor ``expr.obs`` gives one (``"AML"``).
    models
        YAML files of further models.
    signatures
        Signatures the models rest on, the shipped set by default.
    samples
        Samples to answer for, all by default; baselines are taken from the whole matrix.

    Returns
    -------
    pandas.DataFrame
        One row a (sample, question, model): ``call``, ``score`` with its interval, evidence
        ``grade``, ``reference`` and ``reason``; ``primary`` marks the row that answers the
        question. A call depends on the sample, the model and its declared reference alone.

    Raises
    ------
    UsageError
        If the matrix holds single cells, or a sample is unknown.
    ModelError
        If a model cannot be read or rests on signatures that are not loaded.
    VocabularyMiss
        If a disease or tissue is unknown.
    """
    return predict_with_drivers(
        expr, sheet, disease, tissue, models=models, signatures=signatures, samples=samples
    ).calls


def predict_with_drivers(
    expr: AnnData,
    sheet: SampleSheet | str | Path | None = None,
    disease: str | None = None,
    tissue: str | None = None,
    *,
    models: Sequence[str | Path] = (),
    signatures: SignatureSet | None = None,
    samples: Sequence[str] | None = None,
) -> Predictions:
    """Answer as :func:`predict` does, with the contribution of every gene."""
    refuse_single_cells(expr)
    engine = _Engine.build(
        _with_sheet(expr, sheet), DeclaredContext.resolve(disease, tissue), models, signatures
    )
    wanted = list(expr.obs_names) if samples is None else list(samples)
    calls: list[dict[str, Any]] = []
    drivers: list[dict[str, Any]] = []
    for view in engine.views(wanted):
        for question in QUESTIONS:
            answers = engine.answer(view, question)
            calls += [_call_row(view, question, *answer, place == 0) for place, answer in enumerate(answers)]
            drivers += [row for model, _, outcome in answers for row in _driver_rows(view, model, outcome)]
    return Predictions(
        pd.DataFrame(calls, columns=list(CALL_COLUMNS)),
        pd.DataFrame(drivers, columns=list(DRIVER_COLUMNS)),
    )


def refuse_single_cells(expr: AnnData) -> None:
    """Refuse a matrix whose rows are cells rather than samples.

    Raises
    ------
    UsageError
        If there are at least 50 rows with a median of fewer than 50,000 reads.
    """
    if "qc_library_size" not in expr.obs or expr.n_obs < _CELL_NUMBER:
        return
    libraries = expr.obs["qc_library_size"].dropna()
    median = float(libraries.median()) if len(libraries) else np.inf
    if median < _CELL_LIBRARY:
        raise UsageError(
            f"The {expr.n_obs:,} rows have a median of {median:,.0f} reads: they look like single "
            "cells, for which no call is made",
            fix="Sum the counts of each sample first (scanpy.get.aggregate(adata, by='sample', func='sum')).",
        )


def _with_sheet(expr: AnnData, sheet: SampleSheet | str | Path | None) -> AnnData:
    if sheet is None:
        return expr
    rows = read_sheet(sheet) if isinstance(sheet, str | Path) else sheet
    frame = rows.to_frame().set_index("sample")
    missing = [name for name in expr.obs_names if name not in frame.index]
    if missing:
        raise UsageError(
            f"{len(missing)} samples of the matrix are not in the sheet, the first is {missing[0]!r}",
            fix="Give the sheet one row a sample, or leave samples out of the matrix.",
        )
    with_sheet = expr.copy()
    for column in frame.columns:
        with_sheet.obs[column] = frame.loc[list(expr.obs_names), column].to_numpy()
    return with_sheet


@dataclass(frozen=True)
class _Engine:
    """Everything frozen that one run of predictions needs."""

    expr: AnnData
    declared: DeclaredContext
    models: tuple[Any, ...]
    hashes: Mapping[str, str]
    signatures: SignatureSet
    statements: tuple[FusionStatement, ...]
    vocabulary: Vocabulary
    baselines: tuple[SampleView, ...]
    universe: Universe
    position: Mapping[str, int]

    @classmethod
    def build(
        cls,
        expr: AnnData,
        declared: DeclaredContext,
        model_paths: Sequence[str | Path],
        signatures: SignatureSet | None,
    ) -> _Engine:
        library = load_signatures() if signatures is None else signatures
        models = load_models(model_paths)
        timepoint = expr.obs.get("timepoint", pd.Series("", index=expr.obs_names))
        named = [str(name) for name, when in timepoint.items() if str(when) == "baseline"]
        universe = select_universe(expr, "coding")
        views = view_samples(expr, universe, declared, named) if named else []
        return cls(
            expr=expr,
            declared=declared,
            models=models,
            hashes={model.id: model_hash(model, library) for model in models},
            signatures=library,
            statements=load_fusions(),
            vocabulary=load_vocabulary(),
            baselines=tuple(views),
            universe=universe,
            position={gene: place for place, gene in enumerate(universe.symbols)},
        )

    def views(self, samples: Sequence[str]) -> list[SampleView]:
        return view_samples(self.expr, self.universe, self.declared, samples)

    def answer(self, view: SampleView, question: str) -> list[tuple[Any, str, Outcome]]:
        """Answers of every fitting model, the one that answers the question first."""
        gate = sample_gate(view, self.vocabulary) if question == "sensitivity" else ""
        fitting = candidates(view, self.models, question, self.vocabulary)
        if not fitting:
            reason = gate or no_model_reason(view, self.vocabulary)
            return [(None, "", Outcome(NO_CALL, reason))]
        answers = []
        for model in fitting:
            outcome = self._apply(model, view)
            blocked = gate or model_gate(view, model, self.vocabulary)
            if blocked:
                outcome = replace(outcome, call=NO_CALL, reason=blocked)
            answers.append((model, self.hashes[model.id], outcome))
        return answers

    def _apply(self, model: Any, view: SampleView) -> Outcome:
        hashed, position = self.hashes[model.id], self.position
        if isinstance(model, SiblingContrastModel):
            return sibling_contrast.apply(model, view, position, self.signatures, hashed)
        if isinstance(model, BaselineShiftModel):
            reference = baseline_shift.choose_reference(view, self.baselines, model)
            return baseline_shift.apply(model, view, reference, position, self.signatures, hashed)
        if isinstance(model, RankSignatureModel):
            return rank_signature.apply(model, view, position, self.signatures, hashed)
        if isinstance(model, FusionModel):
            return fusion.apply(fusion.rara_fusions(view.fusions), self.statements)
        return Outcome(NO_CALL, f"{model.missing}; {HOW_TO_ADD}", reference=model.source)


def _call_row(
    view: SampleView, question: str, model: Any, hashed: str, outcome: Outcome, primary: bool
) -> dict[str, Any]:
    return {
        "sample": view.name,
        "question": question,
        "model": model.id if model else "none",
        "model_version": model.version if model else "",
        "model_hash": hashed,
        "call": outcome.call,
        "score": outcome.score,
        "low": outcome.low,
        "high": outcome.high,
        "interval_kind": outcome.interval_kind,
        "grade": model.grade if model else "none",
        "reference": outcome.reference,
        "reason": outcome.reason,
        "primary": primary,
        "coverage": outcome.coverage,
        "n_genes": outcome.n_genes,
        "n_matched": outcome.n_matched,
    }


def _driver_rows(view: SampleView, model: Any, outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {
            "sample": view.name,
            "model": model.id,
            "gene": driver.gene,
            "set": driver.set,
            "rank": driver.rank,
            "contribution": driver.contribution,
            "matched": not np.isnan(driver.contribution),
        }
        for driver in outcome.drivers
    ]
