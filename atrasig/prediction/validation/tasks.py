"""Which figures a model gets: pooled, within groups, and their nulls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.prediction.outcome import NO_CALL
from atrasig.prediction.validation.calibration import calibration_line
from atrasig.prediction.validation.figure import MIN_GROUP, Figure, joined
from atrasig.prediction.validation.metrics import (
    Flags,
    auroc,
    average_precision,
    brier,
    centred_spearman,
    spearman,
    stratified_auroc,
)
from atrasig.prediction.validation.task import Sampling, Task
from atrasig.scoring.arrays import Array, Places

Job = Callable[[], list[Figure]]


def label_jobs(rows: pd.DataFrame, model: str, sampling: Sampling) -> list[Job]:
    """Figures of one model against labels.

    Parameters
    ----------
    rows
        Labelled samples of the model (columns ``positive``, ``group``, ``call``, ``score``),
        sorted by sample.
    model
        Its id.
    sampling
        Draws and seed.

    Returns
    -------
    list of callable
        Each gives some rows of the table when called.
    """
    scored = rows[rows["score"].notna()]
    truth = scored["positive"].to_numpy(dtype=bool)
    base = _task(model, rows, scored, truth)
    tasks = [
        replace(base, measure="AUROC", statistic=auroc),
        replace(base, measure="AUPRC", statistic=average_precision),
    ]
    return [
        *_pooled_jobs(tasks, scored, sampling),
        *_group_jobs(tasks, scored, stratified_auroc, sampling),
    ]


def response_jobs(rows: pd.DataFrame, model: str, sampling: Sampling) -> list[Job]:
    """Figures of one model against a measured response; as :func:`label_jobs`."""
    scored = rows[rows["score"].notna()]
    truth = scored["response"].to_numpy(dtype=np.float64)
    base = _task(model, rows, scored, truth)
    task = replace(base, measure="Spearman", statistic=spearman, one_sided=False)
    return [
        *_pooled_jobs([task], scored, sampling),
        *_group_jobs([task], scored, centred_spearman, sampling),
    ]


def calibration_jobs(rows: pd.DataFrame, model: str, sampling: Sampling) -> list[Job]:
    """Figures of the probabilities of one model, of the labelled samples that have one."""
    known = rows[rows["probability"].notna()]
    probability = known["probability"].to_numpy(dtype=np.float64)
    truth = known["positive"].to_numpy(dtype=bool)
    missing = len(rows) - len(known)
    note = f"{missing} of {len(rows)} samples have no probability" if missing else ""
    codes = np.zeros(truth.size, dtype=np.intp)
    task = Task(model, "Brier", "pooled", brier, probability, truth, codes, note)
    return [partial(_figure, task, sampling), partial(calibration_line, model, probability, truth)]


def _task(model: str, rows: pd.DataFrame, scored: pd.DataFrame, truth: NDArray[Any]) -> Task:
    missing = len(rows) - len(scored)
    silent = int((scored["call"] == NO_CALL).sum())
    note = joined(
        f"{missing} of {len(rows)} samples have no score" if missing else "",
        f"{silent} of the {len(scored)} scores are of samples with no call" if silent else "",
    )
    score = scored["score"].to_numpy(dtype=np.float64)
    return Task(model, "", "pooled", auroc, score, truth, np.zeros(truth.size, np.intp), note)


def _pooled_jobs(tasks: list[Task], scored: pd.DataFrame, sampling: Sampling) -> list[Job]:
    codes, names = _codes(scored)
    everywhere = np.zeros(codes.size, dtype=np.intp)
    jobs: list[Job] = []
    for task in tasks:
        jobs.append(partial(_figure, task, sampling))
        jobs.append(partial(task.null, "permuted labels", everywhere, sampling))
        if names:
            jobs.append(partial(task.null, "permuted within groups", codes, sampling))
    return jobs


def _group_jobs(
    tasks: list[Task],
    scored: pd.DataFrame,
    statistic: Callable[[Array, NDArray[Any], Places], Array],
    sampling: Sampling,
) -> list[Job]:
    """Figures of every group, then of all groups with what differs between them cancelled."""
    codes, names = _codes(scored)
    jobs: list[Job] = []
    for code, name in enumerate(names, start=1):
        own = codes == code
        for task in tasks:
            part = replace(
                task, how=f"within {name}", score=task.score[own], truth=task.truth[own],
                group=task.group[own], note="",
            )  # fmt: skip
            jobs.append(partial(_small_figure, part, sampling))
    if names:
        whole = _within(tasks[0], codes, statistic)
        jobs.append(partial(_figure, whole, sampling))
        jobs.append(partial(whole.null, "within groups, permuted", whole.group, sampling))
    return jobs


def _within(
    task: Task, codes: Places, statistic: Callable[[Array, NDArray[Any], Places], Array]
) -> Task:
    """Keep the samples of groups that can be compared with another of their group."""
    useful = [code for code in np.unique(codes[codes > 0]) if _has_pair(task, codes == code)]
    kept = np.isin(codes, useful)
    group = codes[kept]
    unnamed = int((codes == 0).sum())
    lost = int((~kept).sum()) - unnamed
    pair = "both classes" if task.is_label else "two samples"
    note = joined(
        f"{len(useful)} of {len(np.unique(codes[codes > 0]))} groups have {pair}",
        f"{lost} samples of the other groups left out" if lost else "",
        f"{unnamed} samples without a group left out" if unnamed else "",
    )
    return replace(
        task, how="within groups", statistic=_grouped(statistic, group), score=task.score[kept],
        truth=task.truth[kept], group=group, note=note,
    )  # fmt: skip


def _grouped(
    statistic: Callable[[Array, NDArray[Any], Places], Array], group: Places
) -> Callable[[Array, NDArray[Any]], Array]:
    def of_these(score: Array, truth: NDArray[Any]) -> Array:
        return statistic(score, truth, group)

    return of_these


def _has_pair(task: Task, own: Flags) -> bool:
    truth = task.truth[own]
    return bool(0 < truth.sum() < truth.size) if task.is_label else truth.size > 1


def _codes(scored: pd.DataFrame) -> tuple[Places, list[str]]:
    """Codes from 1 in the order of the names, 0 for samples without a group."""
    names = sorted(set(scored["group"]) - {""})
    places = {"": 0} | {name: code for code, name in enumerate(names, start=1)}
    return np.array([places[name] for name in scored["group"]], dtype=np.intp), names


def _figure(task: Task, sampling: Sampling) -> list[Figure]:
    return [task.figure(sampling)]


def _small_figure(task: Task, sampling: Sampling) -> list[Figure]:
    if task.score.size < MIN_GROUP:
        return [task.refused(f"{task.score.size} samples, {MIN_GROUP} needed in a group")]
    return [task.figure(sampling)]
