"""Calls beside the truth: one row a model and sample, and a count of every sample left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from atrasig.errors import InputError, UsageError
from atrasig.prediction.outcome import NO_CALL
from atrasig.prediction.validation.figure import Figure
from atrasig.prediction.validation.labels import Truth

if TYPE_CHECKING:
    from anndata import AnnData

SAMPLES = "samples"
PROBABILITY = "probability"
UNSPOKEN = "the model does not speak about this sample"
_CALL = ("call", "score", "low", "high", "threshold_low", "threshold_high", "reason")
_NAMED = 5


def calls_of(calls: pd.DataFrame, wanted: Sequence[str]) -> pd.DataFrame:
    """Rows of the models that are validated.

    Parameters
    ----------
    calls
        Table of calls, as :func:`atrasig.predict` returns it.
    wanted
        Ids of models; none: all that answer for sensitivity.

    Raises
    ------
    UsageError
        If a model answers for no sample.
    InputError
        If no model is named and none answers for any sample.
    """
    there = calls[calls["model"] != "none"]
    missing = sorted(set(wanted) - set(there["model"]))
    if missing:
        raise UsageError(
            f"No sample gets an answer of {', '.join(map(repr, missing))}",
            fix=f"Models that answer here: {', '.join(sorted(set(there['model']))) or 'none'}; "
            "which ones do depends on the disease (--disease, or the column of the sheet).",
        )
    if wanted:
        return there[there["model"].isin(wanted)]
    spoken = there[there["question"] == "sensitivity"]
    if spoken.empty:
        raise InputError(
            "No sensitivity model speaks about any of these samples",
            where=str(calls.loc[calls["question"] == "sensitivity", "reason"].iloc[0]),
            fix="State the disease (--disease), or name a model (--model, --models).",
        )
    return spoken


def join(spoken: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Every sample with a truth, for every model, whether or not the model speaks about it.

    Parameters
    ----------
    spoken
        Calls of the models.
    facts
        Truth of every sample, as :meth:`Truth.read` gives it.

    Returns
    -------
    pandas.DataFrame
        One row a (model, sample); a sample the model says nothing of is ``no call``.
    """
    judged = facts[facts["positive"].notna() | facts["response"].notna()]
    columns = [*_CALL, *([PROBABILITY] if PROBABILITY in spoken else [])]
    parts = []
    for name, rows in spoken.groupby("model", sort=False):
        said = rows.set_index("sample")[columns].reindex(judged.index)
        said["call"] = said["call"].fillna(NO_CALL)
        said["reason"] = said["reason"].fillna(UNSPOKEN)
        part = pd.concat([judged, said], axis=1)
        part.insert(0, "sample", judged.index.astype(object))
        part.insert(0, "model", name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def sample_counts(
    expr: AnnData, known: pd.DataFrame, facts: pd.DataFrame, truth: Truth
) -> list[Figure]:
    """How many samples there are, and how many are left out for which reason.

    Parameters
    ----------
    expr, known
        The matrix and the table of labels.
    facts
        Truth of the samples that are in both.
    truth
        Columns asked for; those not asked for are not counted.
    """
    matrix, table = list(map(str, expr.obs_names)), list(map(str, known.index))
    rows = [
        _count("in the matrix", matrix, name=False),
        _count("in the matrix and not in the table of labels", sorted(set(matrix) - set(table))),
        _count("in the table of labels and not in the matrix", sorted(set(table) - set(matrix))),
    ]
    columns = ((truth.label, "label"), (truth.response, "response"), (truth.group, "group"))
    for column, name in columns:
        if column:
            empty = facts[name].isna() | (facts[name] == "")
            rows.append(_count(f"{name} {column} is empty", list(facts.index[empty])))
    judged = facts[facts["positive"].notna() | facts["response"].notna()]
    return [*rows, _count("compared", list(judged.index), name=False)]


def _count(how: str, samples: Sequence[str], *, name: bool = True) -> Figure:
    more = f" and {len(samples) - _NAMED} more" if len(samples) > _NAMED else ""
    named = ", ".join(samples[:_NAMED]) + more if name else ""
    return Figure("", SAMPLES, how, len(samples), value=float(len(samples)), reason=named)
