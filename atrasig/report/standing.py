"""Where the scores behind the two calls stand: in a frozen reference and, apart, in this cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.report.part import Number, Part, Text

if TYPE_CHECKING:
    from atrasig.report.record import ResponseCall, SensitivityCall

MAX_SHOWN = 100
"""Scores of a cohort that a record holds; of more, evenly spaced ones by rank."""
Cohort = Mapping[tuple[str, str], NDArray[np.float64]]
"""Scores of all samples of a matrix in rising order, by question and model."""


class Standing(Part):
    """Place of the score behind a primary call.

    ``percentile`` (0 to 100) is among the frozen reference samples of the model. The cohort is all
    other samples of the matrix that the model scored: ``n_cohort`` of them, ``n_below`` with a
    lower score, ``cohort_percentile`` with ties counted half. ``cohort`` holds their scores in
    rising order, evenly spaced ones by rank where there are more than 100.
    """

    question: Literal["sensitivity", "response"]
    model: str
    score: Number
    percentile: Number
    reference: Text
    n_cohort: int
    n_below: int
    cohort_percentile: Number
    cohort: tuple[float, ...]


def cohort_scores(calls: pd.DataFrame) -> Cohort:
    """Scores of all samples of a matrix by question and model, in rising order."""
    known = calls[calls["score"].notna()]
    return {
        (str(question), str(model)): np.sort(rows["score"].to_numpy(np.float64))
        for (question, model), rows in known.groupby(["question", "model"], observed=True)
    }


def standing_of(
    calls: Sequence[SensitivityCall | ResponseCall],
    cohort: Cohort,
) -> tuple[Standing, ...]:
    """Tell where the scores of the primary calls stand.

    Parameters
    ----------
    calls
        The two primary calls.
    cohort
        As of `cohort_scores`; the sample's own score is among them.

    Returns
    -------
    tuple of Standing
        One a call, also where it has no score.
    """
    return tuple(_standing(call, cohort) for call in calls)


def _standing(call: SensitivityCall | ResponseCall, cohort: Cohort) -> Standing:
    others = cohort.get((call.question, call.model), np.empty(0))
    if call.score is not None and others.size:
        others = np.delete(others, int(np.abs(others - call.score).argmin()))
    below = at = 0
    if call.score is not None:
        below, at = int((others < call.score).sum()), int((others == call.score).sum())
    is_placed = call.score is not None and others.size > 0
    return Standing(
        question=call.question,
        model=call.model,
        score=call.score,
        percentile=call.percentile,
        reference=call.reference,
        n_cohort=int(others.size),
        n_below=below,
        cohort_percentile=100 * (below + at / 2) / others.size if is_placed else None,
        cohort=tuple(_spaced(others).tolist()),
    )


def _spaced(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    if scores.size <= MAX_SHOWN:
        return scores
    places = np.round(np.linspace(0, scores.size - 1, MAX_SHOWN)).astype(np.intp)
    return scores[places]
