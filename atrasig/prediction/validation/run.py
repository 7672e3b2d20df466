"""Frozen models against what is known of the samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atrasig.errors import UsageError
from atrasig.prediction.kinds import Model
from atrasig.prediction.loading import load_models
from atrasig.prediction.run import predict
from atrasig.prediction.validation.calibration import RELIABILITY_COLUMNS, reliability
from atrasig.prediction.validation.confusion import CONFUSION_COLUMNS, confusion, rates
from atrasig.prediction.validation.figure import FIGURE_COLUMNS, Figure
from atrasig.prediction.validation.joining import PROBABILITY, calls_of, join, sample_counts
from atrasig.prediction.validation.labels import Truth, read_label_sheet
from atrasig.prediction.validation.task import Sampling
from atrasig.prediction.validation.tasks import Job, calibration_jobs, label_jobs, response_jobs
from atrasig.sheet import SampleSheet
from atrasig.signatures import SignatureSet

if TYPE_CHECKING:
    from anndata import AnnData

MODEL_COLUMNS = ("model", "question", "model_version", "model_hash", "grade")
OVERLAP = "the model was made from this very file: these figures are no validation"
Progress = Callable[[Sequence[Job]], Iterable[Job]]


@dataclass(frozen=True)
class Validation:
    """Figures of models on labelled samples, and what they were computed from.

    Parameters
    ----------
    figures
        One row a figure (see :class:`atrasig.prediction.validation.figure.Figure`); first, with
        the measure ``samples`` and no model, how many samples there are and were left out.
    confusion
        One row a (model, call): samples in all, positive and negative.
    predictions
        One row a (model, sample) with a truth.
    reliability
        One row a bin of the models that state probabilities.
    models
        One row a model: id, question, version, hash, grade, what it was ``made_from``, and
        ``overlap`` where the matrix is a file that it was made from.
    """

    figures: pd.DataFrame
    confusion: pd.DataFrame
    predictions: pd.DataFrame
    reliability: pd.DataFrame
    models: pd.DataFrame


def validate(
    expr: AnnData,
    labels: SampleSheet | pd.DataFrame | str | Path | None = None,
    *,
    label: str = "",
    positive: str = "",
    response: str = "",
    group: str = "",
    model: Sequence[str] | str = (),
    models: Sequence[str | Path] | str | Path = (),
    signatures: SignatureSet | None = None,
    disease: str | None = None,
    tissue: str | None = None,
    draws: int = 2000,
    permutations: int = 1000,
    seed: int = 1,
    progress: Progress | None = None,
) -> Validation:
    """Compare the scores and calls of frozen models with labels or a measured response.

    Parameters
    ----------
    expr
        Harmonised matrix (see :func:`atrasig.harmonise`), samples x genes.
    labels
        Sample sheet, table of labels (indexed by sample, or with a column ``sample``) or the path
        of one; ``expr.obs`` by default. A sheet, or a table given by its path, also states the
        context of its samples (disease, material, timepoint, ...), as it does for
        :func:`atrasig.predict`.
    label, positive
        Column of labels, and the label that the model's positive call speaks of.
    response
        Column of a measured response.
    group
        Column of groups within which figures are given too.
    model
        Ids of the models to validate; by default all that answer for the sensitivity of a sample.
    models, signatures, disease, tissue
        As for :func:`atrasig.predict`.
    draws, permutations, seed
        Bootstrap draws behind an interval, permutations of the labels behind a null, and the seed
        of both.
    progress
        Wraps the list of jobs, to show how far it is.

    Returns
    -------
    Validation
        The models are applied as they are; nothing is fitted. A score counts whether or not there
        is a call, and a call whether or not there is a score.

    Raises
    ------
    UsageError
        If a column, label or model is not there, or no sample is in both tables.
    InputError
        If a response is no number, or no model speaks about any of the samples.
    """
    truth = Truth(label, positive, response, group)
    sheet, known = _known(expr, labels)
    common = [str(name) for name in expr.obs_names if name in known.index]
    if not common:
        raise UsageError(
            f"None of the {len(known)} samples of the table of labels is in the matrix",
            where=f"labels: {known.index[0]!r}, matrix: {str(expr.obs_names[0])!r}",
            fix="Names must be equal; another column than `sample` can hold them (--sample).",
        )
    # Draws go by place: in a fixed order a figure does not depend on the order of the rows.
    facts = truth.read(known.loc[sorted(common)])
    part = expr if len(common) == expr.n_obs else expr[common].copy()
    calls = predict(part, sheet, disease, tissue, models=models, signatures=signatures)
    spoken = calls_of(calls, [model] if isinstance(model, str) else model)
    predictions = join(spoken, facts)
    questions = spoken.drop_duplicates("model").set_index("model")["question"]
    sampling = Sampling(draws, permutations, seed)
    parts = [
        _part(rows, str(name), questions[name], sampling)
        for name, rows in predictions.groupby("model", sort=False)
    ]
    jobs = [job for part in parts for job in part.jobs]
    found = [figure for job in (progress(jobs) if progress else jobs) for figure in job()]
    return Validation(
        figures=_figure_table([*sample_counts(expr, known, facts, truth), *found]),
        confusion=_stacked([part.confusion for part in parts], CONFUSION_COLUMNS),
        predictions=predictions,
        reliability=_stacked([part.reliability for part in parts], RELIABILITY_COLUMNS),
        models=_model_table(spoken, load_models(models), expr),
    )


def _known(
    expr: AnnData, labels: SampleSheet | pd.DataFrame | str | Path | None
) -> tuple[SampleSheet | None, pd.DataFrame]:
    """Look up what is known of each sample, and the sheet where it also states contexts."""
    if labels is None:
        return None, expr.obs
    if isinstance(labels, pd.DataFrame):
        table = labels.set_index("sample", drop=False) if "sample" in labels else labels
        table = table.set_axis([str(name) for name in table.index], axis=0)
        if not table.index.is_unique:
            twice = table.index[table.index.duplicated()][0]
            raise UsageError(
                f"The table of labels holds the sample {twice!r} more than once",
                fix="Give one row a sample.",
            )
        return None, table
    sheet = read_label_sheet(labels) if isinstance(labels, str | Path) else labels
    name = expr.uns.get("atrasig", {}).get("matrix", "")
    if name in sheet.matrices:
        sheet = sheet.for_matrix(name)
    return sheet, sheet.to_frame().set_index("sample", drop=False)


def _model_table(spoken: pd.DataFrame, models: Sequence[Model], expr: AnnData) -> pd.DataFrame:
    """Facts of the models, and whether they have seen this very file."""
    table = spoken[list(MODEL_COLUMNS)].drop_duplicates(ignore_index=True)
    training = {model.id: model.training for model in models}
    seen = str(expr.uns.get("atrasig", {}).get("input", {}).get("sha256", ""))
    names = list(table["model"])
    table["made_from"] = [
        "; ".join(f"{data.source} ({data.n} samples)" for data in training[name]) for name in names
    ]
    table["overlap"] = [
        OVERLAP if seen and seen in {data.sha256 for data in training[name]} else ""
        for name in names
    ]
    return table


@dataclass(frozen=True)
class _Part:
    """One model: its counts, its bins, and the figures that are still to be computed."""

    confusion: pd.DataFrame
    reliability: pd.DataFrame
    jobs: list[Job]


def _part(rows: pd.DataFrame, model: str, question: str, sampling: Sampling) -> _Part:
    labelled, measured = rows[rows["positive"].notna()], rows[rows["response"].notna()]
    jobs: list[Job] = []
    counts, bins = pd.DataFrame(), pd.DataFrame()
    if len(labelled):
        counts = confusion(labelled, model, question)
        jobs += [*label_jobs(labelled, model, sampling), partial(rates, counts, question)]
    if len(labelled) and PROBABILITY in rows and labelled[PROBABILITY].notna().any():
        stated = labelled[labelled[PROBABILITY].notna()]
        probability = stated[PROBABILITY].to_numpy(dtype=np.float64)
        bins = reliability(model, probability, stated["positive"].to_numpy(dtype=bool))
        jobs += calibration_jobs(labelled, model, sampling)
    if len(measured):
        jobs += response_jobs(measured, model, sampling)
    return _Part(counts, bins, jobs)


def _figure_table(figures: Sequence[Figure]) -> pd.DataFrame:
    table = pd.DataFrame([figure.as_row() for figure in figures], columns=list(FIGURE_COLUMNS))
    return table.astype({"n": np.int64, "n_positive": "Int64", "n_negative": "Int64"})


def _stacked(tables: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    there = [table for table in tables if len(table)]
    if not there:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(there, ignore_index=True)
