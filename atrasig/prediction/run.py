"""The runner: every sample through the engine, into the table of calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.errors import UsageError
from atrasig.prediction.engine import Answer, Engine
from atrasig.prediction.sample import DeclaredContext, SampleView
from atrasig.sheet import SampleSheet, read_sheet
from atrasig.signatures import SignatureSet

if TYPE_CHECKING:
    from anndata import AnnData

CALL_COLUMNS = (
    "sample", "question", "model", "model_version", "model_hash", "call", "score", "low", "high",
    "interval_kind", "grade", "reference", "reason", "primary", "coverage", "n_genes", "n_matched",
    "threshold_low", "threshold_high", "percentile", "probability", "control", "control_score",
    "control_low", "control_high", "specificity",
)  # fmt: skip
DRIVER_COLUMNS = ("sample", "model", "gene", "set", "rank", "contribution", "matched")
QUESTIONS = ("sensitivity", "response")
_CELL_PLATFORMS = ("single_cell", "single_cell_pseudobulk")
_CELL_NUMBER = 50
_CELL_LIBRARY = 50_000
_CELL_DETECTED = 0.2


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
    models: Sequence[str | Path] | str | Path = (),
    signatures: SignatureSet | None = None,
    samples: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Answer the two questions for every sample, or say why not.

    Parameters
    ----------
    expr
        Harmonised matrix (see :func:`atrasig.harmonise`), samples x genes.
    sheet
        Sample sheet or its path. Where it leaves a cell empty, ``expr.obs`` counts.
    disease, tissue
        Context of samples for which neither the sheet nor ``expr.obs`` gives one (``"AML"``).
    models
        YAML files of further models.
    signatures
        Signatures that models rest on, beside the shipped ones.
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
    InputError
        If a material, timepoint or fusion of ``obs`` cannot be read.
    """
    engine = build_engine(expr, sheet, DeclaredContext.resolve(disease, tissue), models, signatures)
    rows = [row for found in _answers(engine, samples) for row in _call_rows(*found)]
    return _call_table(rows)


def predict_with_drivers(
    expr: AnnData,
    sheet: SampleSheet | str | Path | None = None,
    disease: str | None = None,
    tissue: str | None = None,
    *,
    models: Sequence[str | Path] | str | Path = (),
    signatures: SignatureSet | None = None,
    samples: Sequence[str] | None = None,
) -> Predictions:
    """Answer as :func:`predict` does, with the contribution of every gene."""
    engine = build_engine(expr, sheet, DeclaredContext.resolve(disease, tissue), models, signatures)
    calls: list[dict[str, Any]] = []
    drivers: list[tuple[Any, ...]] = []
    for view, question, answers in _answers(engine, samples):
        calls += _call_rows(view, question, answers)
        drivers += [row for answer in answers for row in _driver_rows(view, answer)]
    table = pd.DataFrame(drivers, columns=list(DRIVER_COLUMNS))
    kinds = {"rank": np.float64, "contribution": np.float64, "matched": np.bool_}
    return Predictions(_call_table(calls), table.astype(kinds))


def refuse_single_cells(expr: AnnData) -> None:
    """Refuse a matrix whose rows are cells rather than samples, and not declared to be cells.

    Raises
    ------
    UsageError
        If there are at least 50 rows with a median of fewer than 50,000 reads, or, where no
        counts are given, with a median of less than a fifth of the coding genes detected.
    """
    needed = {"qc_library_size", "qc_coding_detected", "qc_coding_measured"}
    declared = expr.uns.get("atrasig", {}).get("platform") in _CELL_PLATFORMS
    if declared or expr.n_obs < _CELL_NUMBER or not needed <= set(expr.obs.columns):
        return
    known = expr.obs["qc_library_size"]
    libraries = known.fillna(expr.obs.get("qc_implied_reads", known)).dropna()
    reads = float(libraries.median()) if len(libraries) else np.nan
    share = float(np.median(expr.obs["qc_coding_detected"] / expr.obs["qc_coding_measured"]))
    if reads < _CELL_LIBRARY:
        seen = f"a median of {reads:,.0f} reads"
    elif np.isnan(reads) and share < _CELL_DETECTED:
        seen = f"a median of {share:.0%} of the protein-coding genes detected"
    else:
        return
    raise UsageError(
        f"The {expr.n_obs:,} rows have {seen}: they look like single cells, "
        "for which no call is made",
        fix="Sum the counts of each sample first "
        "(scanpy.get.aggregate(adata, by='sample', func='sum')).",
    )


def build_engine(
    expr: AnnData,
    sheet: SampleSheet | str | Path | None,
    declared: DeclaredContext,
    models: Sequence[str | Path] | str | Path,
    signatures: SignatureSet | None,
) -> Engine:
    """Check a matrix and join it with its sheet, as :func:`predict` does before it answers.

    Raises
    ------
    UsageError
        If the matrix holds single cells, two samples of one name, or samples not in the sheet.
    """
    refuse_single_cells(expr)
    if not expr.obs_names.is_unique:
        twice = expr.obs_names[expr.obs_names.duplicated()][0]
        raise UsageError(
            f"The matrix holds several samples of one name, the first is {twice!r}",
            fix="Give every sample a name of its own.",
        )
    return Engine.build(expr, _with_sheet(expr, sheet), declared, models, signatures)


def _with_sheet(expr: AnnData, sheet: SampleSheet | str | Path | None) -> pd.DataFrame:
    """Join what is known of every sample: the sheet, and ``obs`` where it says nothing."""
    obs: pd.DataFrame = expr.obs.copy()
    if sheet is None:
        return obs
    rows = read_sheet(sheet) if isinstance(sheet, str | Path) else sheet
    frame = rows.to_frame().set_index("sample")
    missing = [name for name in expr.obs_names if name not in frame.index]
    if missing:
        raise UsageError(
            f"{len(missing)} samples of the matrix are not in the sheet, "
            f"the first is {missing[0]!r}",
            fix="Give the sheet one row a sample, or leave samples out of the matrix.",
        )
    for column in frame.columns:
        stated = frame.loc[list(expr.obs_names), column].set_axis(obs.index)
        known = obs[column].astype(object) if column in obs else ""
        obs[column] = stated.where(stated != "", known)
    return obs


def _answers(
    engine: Engine, samples: Sequence[str] | None
) -> Iterator[tuple[SampleView, str, list[Answer]]]:
    for view in engine.views(samples):
        for question in QUESTIONS:
            yield view, question, engine.answer(view, question)


def _call_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(CALL_COLUMNS))


def _call_rows(view: SampleView, question: str, answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Rows of one question; the first answer is the primary one."""
    return [
        {
            "sample": view.name,
            "question": question,
            "model": answer.model.id if answer.model else "none",
            "model_version": answer.model.version if answer.model else "",
            "model_hash": answer.model_hash,
            "call": answer.outcome.call,
            "score": answer.outcome.score,
            "low": answer.outcome.low,
            "high": answer.outcome.high,
            "interval_kind": answer.outcome.interval_kind,
            "grade": answer.model.grade if answer.model else "none",
            "reference": answer.outcome.reference,
            "reason": answer.outcome.reason,
            "primary": place == 0,
            "coverage": answer.outcome.coverage,
            "n_genes": answer.outcome.n_genes,
            "n_matched": answer.outcome.n_matched,
            "threshold_low": answer.outcome.threshold_low,
            "threshold_high": answer.outcome.threshold_high,
            "percentile": answer.outcome.percentile,
            "probability": answer.outcome.probability,
            "control": answer.outcome.control.name,
            "control_score": answer.outcome.control.score,
            "control_low": answer.outcome.control.low,
            "control_high": answer.outcome.control.high,
            "specificity": answer.outcome.control.specificity,
        }
        for place, answer in enumerate(answers)
    ]


def _driver_rows(view: SampleView, answer: Answer) -> list[tuple[Any, ...]]:
    if answer.model is None:
        return []
    return [
        (view.name, answer.model.id, d.gene, d.set, d.rank, d.contribution, d.matched)
        for d in answer.outcome.drivers
    ]
