"""Whether the models that answer one question about one sample agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from atrasig.errors import UsageError
from atrasig.prediction.outcome import NO_CALL

Level = Literal["no call", "one model", "agree", "differ in part", "contradict"]
_OPPOSITES = (frozenset({"sensitive", "resistant"}), frozenset({"responding", "not responding"}))


@dataclass(frozen=True)
class Agreement:
    """What the models say of one sample to one question.

    Parameters
    ----------
    level
        ``no call`` where no model speaks, ``one model`` where one does, ``agree`` where all that
        speak use one word, ``contradict`` where two words are opposites, else ``differ in part``.
    speaking
        Model and call of those that speak, the primary one first where it does.
    silent
        Models that make no call.
    words
        All of it, in a sentence.
    """

    level: Level
    speaking: tuple[tuple[str, str], ...]
    silent: tuple[str, ...]
    words: str


def agreement(calls: pd.DataFrame, sample: str, question: str) -> Agreement:
    """Say which models speak of one sample and whether they agree.

    Parameters
    ----------
    calls
        The table that :func:`atrasig.predict` returns; ``sample``, ``question``, ``model``,
        ``call`` and ``primary`` are read.
    sample, question
        Which rows.

    Returns
    -------
    Agreement
        The same whatever the order of the rows of other samples and of models beside the primary.

    Raises
    ------
    UsageError
        If the table has no such rows.
    """
    rows = calls[(calls["sample"] == sample) & (calls["question"] == question)]
    if rows.empty:
        raise UsageError(
            f"The calls hold no answer to the question of {question} for sample {sample!r}",
            fix="Name a sample and a question of the table.",
        )
    return agreement_of({str(k): v for k, v in row.items()} for row in rows.to_dict("records"))


def agreement_of(rows: Iterable[Mapping[str, Any]]) -> Agreement:
    """Say whether the models agree whose calls are given: all rows of one sample and question."""
    ordered = sorted(rows, key=lambda row: (not row["primary"], str(row["model"])))
    said = [(str(row["model"]), str(row["call"])) for row in ordered]
    speaking = tuple((model, call) for model, call in said if call != NO_CALL)
    silent = tuple(model for model, call in said if call == NO_CALL and model != "none")
    level = _level([call for _, call in speaking])
    return Agreement(level, speaking, silent, _words(level, speaking, silent))


def _level(said: list[str]) -> Level:
    if len(said) < 2:
        return "one model" if said else "no call"
    if len(set(said)) == 1:
        return "agree"
    return "contradict" if any(pair <= set(said) for pair in _OPPOSITES) else "differ in part"


def _words(level: Level, speaking: tuple[tuple[str, str], ...], silent: tuple[str, ...]) -> str:
    named = _joined([f"{model} ({call})" for model, call in speaking])
    said = {
        "no call": "no model makes a call",
        "one model": f"{named} alone makes a call",
        "agree": f"{named} agree",
        "differ in part": f"{named} differ in part",
        "contradict": f"{named} contradict each other",
    }[level]
    return f"{said}; no call by {_joined(list(silent))}" if silent else said


def _joined(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
