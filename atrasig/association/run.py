"""The runner: scores and a sheet in, associations with intervals and q out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from atrasig.association.columns import Column, read_columns, read_survival
from atrasig.association.facts import covariate_table
from atrasig.association.questions import Question, questions
from atrasig.association.tables import association_table
from atrasig.errors import InputError, UsageError
from atrasig.sheet import SampleSheet

_NEEDED = ("sample", "signature", "method", "score")
_LISTED = 5
Progress = Callable[[Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Association:
    """Associations of scores with what is known of the samples.

    Parameters
    ----------
    table
        One row a signature, method and test; columns `COLUMNS` of :mod:`atrasig.association`.
    covariates
        How each column was read; columns `FACTS`.
    facts
        Counts of samples, signatures and methods, by their names.
    warnings
        What a reader must know before the table.
    """

    table: pd.DataFrame
    covariates: pd.DataFrame
    facts: dict[str, int | str]
    warnings: tuple[str, ...]


def associate(
    scores: pd.DataFrame,
    sheet: SampleSheet | pd.DataFrame,
    covariates: Sequence[str] = (),
    *,
    adjust: Sequence[str] = (),
    batch: str = "",
    time: str = "",
    event: str = "",
    signatures: Sequence[str] = (),
    methods: Sequence[str] = (),
    categorical: Collection[str] = (),
    references: Mapping[str, str] | None = None,
    missing: Collection[str] = (),
    progress: Progress = iter,
) -> Association:
    """Associate scores with covariates, batch and survival.

    Each covariate is tested in a model of its own: the score, in standard deviations, on the
    covariate and on what is adjusted for, with HC3 errors. Survival is a Cox model with Efron's
    ties on the score and what is adjusted for. Samples count as independent.

    Parameters
    ----------
    scores
        Tidy scores of :func:`atrasig.score`: ``sample``, ``signature``, ``method``, ``score``.
    sheet
        The sample sheet, or one row a sample, indexed by sample or with a column ``sample``.
    covariates
        Columns to test. Numbers are continuous and tested per standard deviation, two values are
        binary, words are groups, each compared with the reference and all together.
    adjust
        Columns adjusted for in every model.
    batch
        Column of batches: the share of variance between them is given, and every other model is
        adjusted for it.
    time, event
        Columns of survival, both or neither.
    signatures, methods
        Signatures and methods to test; all by default.
    categorical, references, missing
        See :func:`atrasig.association.columns.read_columns`.
    progress
        Wraps the list of jobs, to show how far they are.

    Returns
    -------
    Association
        Effects with 95 % intervals, p and q. The unit is the standard deviation (n - 1) of the
        score over all samples of the sheet that have one (``score_sd``), of a covariate likewise
        (``covariate_sd``). A model that cannot be estimated keeps its rows, with a reason.

    Raises
    ------
    UsageError
        If nothing is asked, or a column, signature or method is not there.
    InputError
        If scores are not tidy, or no sample has both a score and a row.
    """
    if not covariates and not batch and not time and not event:
        raise UsageError(
            "There is nothing to compare the scores with",
            fix="Name a covariate, a batch, or the time and event of survival.",
        )
    if bool(time) != bool(event):
        raise UsageError(
            "Time and event of survival belong together", fix="Name both columns, or neither."
        )
    chosen = _chosen(scores, signatures, methods)
    known, facts, warnings = _joined(chosen, _frame(sheet))
    names = [*([batch] if batch else []), *covariates, *adjust]
    columns = read_columns(
        known, names, categorical=categorical, references=references, missing=missing
    )
    if batch and columns[batch].kind == "continuous":
        columns |= read_columns(known, [batch], categorical=[batch], missing=missing)
    survival = read_survival(known, time, event, missing=missing) if time else None
    named = f"{time} and {event}"
    asked = questions(columns, covariates, adjust, batch, survival, named)
    rows = _answers(asked, chosen, known.index, progress)
    described = covariate_table(
        _roles(columns, covariates, adjust, batch),
        columns[batch] if batch else None,
        (named, survival) if survival else None,
    )
    told = [
        f"{row['covariate']}: {row['warning']}"
        for row in described.to_dict("records")
        if row["warning"]
    ]
    told += _repeated(known)
    return Association(association_table(rows), described, facts, (*warnings, *told))


def _answers(
    asked: Sequence[Question], scores: pd.DataFrame, samples: pd.Index[str], progress: Progress
) -> list[dict[str, Any]]:
    """Fit all models, one thread, so that the last digits are the same on every machine."""
    from threadpoolctl import threadpool_limits

    jobs = []
    for method, own in scores.groupby("method", sort=False):
        wide = own.pivot(index="sample", columns="signature", values="score").reindex(samples)
        for signature in sorted(map(str, wide)):
            values = wide[signature].to_numpy(dtype=np.float64)
            jobs += [(place, str(method), signature, values) for place in range(len(asked))]
    jobs.sort(key=lambda job: job[0])
    rows = []
    with threadpool_limits(limits=1):
        for place, method, signature, values in progress(jobs):
            named = {"signature": signature, "method": method}
            rows += [named | row for row in asked[place].answer(values)]
    return rows


def _chosen(
    scores: pd.DataFrame, signatures: Sequence[str], methods: Sequence[str]
) -> pd.DataFrame:
    lacking = [name for name in _NEEDED if name not in scores]
    if lacking:
        raise InputError(
            f"The table of scores has no column {', '.join(map(repr, lacking))}",
            fix="Use the tidy table of `atrasig score`, one row a score.",
        )
    kept = scores
    for column, wanted in (("signature", signatures), ("method", methods)):
        there = set(scores[column])
        unknown = [name for name in wanted if name not in there]
        if unknown:
            raise UsageError(
                f"There is no score of the {column} {', '.join(map(repr, unknown))}",
                fix=f"Scored are: {_some(sorted(map(str, there)), 12)}.",
            )
        kept = kept[kept[column].isin(wanted)] if wanted else kept
    if not len(kept):
        raise InputError("The table of scores is empty", fix="Score the samples first.")
    twice = kept.duplicated(["sample", "signature", "method"])
    if twice.any():
        first = kept[twice].iloc[0]
        raise InputError(
            f"{int(twice.sum())} scores stand twice",
            where=f"sample {first['sample']!r}, {first['signature']}, {first['method']}",
            fix="Give the scores of one run, with one universe of genes.",
        )
    if np.isinf(kept["score"].to_numpy(dtype=np.float64)).any():
        raise InputError("A score is infinite", fix="Score the samples again.")
    return kept


def _frame(sheet: SampleSheet | pd.DataFrame) -> pd.DataFrame:
    frame = sheet.to_frame() if isinstance(sheet, SampleSheet) else sheet
    named = frame.set_index("sample") if "sample" in frame else frame
    named = named.set_axis(named.index.astype(str), axis=0)
    if not named.index.is_unique:
        twice = named.index[named.index.duplicated()][0]
        raise InputError("The sheet names a sample twice", where=f"sample {twice!r}")
    return named


def _joined(
    scores: pd.DataFrame, sheet: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, int | str], list[str]]:
    """Rows of the samples with scores, counts, and what has no partner."""
    samples = list(dict.fromkeys(scores["sample"].astype(str)))
    both = [name for name in samples if name in sheet.index]
    if not both:
        raise InputError(
            "No sample has both scores and a row in the sheet",
            where=f"scores: {_some(samples)}; sheet: {_some(list(sheet.index))}",
            fix="Name the column of the sheet that holds the ids of the scores (--sample).",
        )
    alone = sorted(set(samples) - set(both))
    without = sorted(set(sheet.index) - set(both))
    facts: dict[str, int | str] = {
        "samples with scores and a row in the sheet": len(both),
        "samples with scores and no row in the sheet": len(alone),
        "samples of the sheet without scores": len(without),
        "signatures": int(scores["signature"].nunique()),
        "methods": ", ".join(dict.fromkeys(map(str, scores["method"]))),
    }
    warnings = []
    if alone:
        warnings.append(f"{len(alone)} samples with scores have no row: {_some(alone)}")
    if without:
        warnings.append(f"{len(without)} samples of the sheet have no scores: {_some(without)}")
    return sheet.loc[both], facts, warnings


def _roles(
    columns: Mapping[str, Column], covariates: Sequence[str], adjust: Sequence[str], batch: str
) -> list[tuple[str, Column]]:
    roles = dict.fromkeys(adjust, "adjusted") | dict.fromkeys(covariates, "tested")
    if batch:
        roles[batch] = "batch"
    return [(roles[name], column) for name, column in columns.items()]


def _repeated(known: pd.DataFrame) -> list[str]:
    """Say where patients gave several samples, which the models take as independent."""
    if "patient" not in known:
        return []
    patients = known["patient"].astype(object).where(known["patient"].notna(), "")
    patients = patients.astype(str).str.strip()
    several = int((patients[patients != ""].value_counts() > 1).sum())
    if not several:
        return []
    return [
        f"{several} patients have more than one sample, and samples count as independent: "
        "intervals are too narrow"
    ]


def _some(names: Sequence[str], most: int = _LISTED) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more
