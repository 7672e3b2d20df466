"""Calls against labels: every call is counted, ``no call`` like any other."""

from __future__ import annotations

import pandas as pd

from atrasig.prediction.outcome import NO_CALL
from atrasig.prediction.validation.figure import LEVEL, Figure

CALLS = {
    "sensitivity": ("sensitive", "intermediate", "resistant", NO_CALL),
    "response": ("responding", "partial", "not responding", NO_CALL),
}
"""Calls of each question, the one that agrees with a positive label first."""
CONFUSION_COLUMNS = ("model", "call", "n", "n_positive", "n_negative")


def confusion(predictions: pd.DataFrame, model: str, question: str) -> pd.DataFrame:
    """Count calls by label.

    Parameters
    ----------
    predictions
        Labelled samples of one model: columns ``call`` and ``positive``.
    model, question
        The model and the question it answers.

    Returns
    -------
    pandas.DataFrame
        One row a call, those that were not made with 0; the rows sum to all labelled samples.
    """
    made = predictions["call"]
    names = dict.fromkeys([*CALLS[question], *sorted(set(made))])
    positive = predictions["positive"].astype(bool)
    rows = [
        (model, name, int(own.sum()), int((own & positive).sum()), int((own & ~positive).sum()))
        for name, own in ((name, made == name) for name in names)
    ]
    return pd.DataFrame(rows, columns=list(CONFUSION_COLUMNS))


def rates(table: pd.DataFrame, question: str) -> list[Figure]:
    """Rates at the frozen threshold, with exact (Clopper-Pearson) 95 % intervals.

    Parameters
    ----------
    table
        Counts of one model, as :func:`confusion` gives them.
    question
        The question the model answers.

    Returns
    -------
    list of Figure
        Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404.
    """
    counts = table.set_index("call")
    word = CALLS[question][0]
    positive, negative = (counts[name].astype(int) for name in ("n_positive", "n_negative"))
    n_positive, n_negative = int(positive.sum()), int(negative.sum())
    uncalled = int(positive[NO_CALL]), int(negative[NO_CALL])
    true, false = int(positive[word]), int(negative[word])
    kept_positive, kept_negative = n_positive - uncalled[0], n_negative - uncalled[1]
    model = str(table["model"].iloc[0])
    return [
        _rate(model, "sensitivity", true, n_positive, 0),
        _rate(model, "specificity", n_negative - false, 0, n_negative),
        _rate(model, "sensitivity of the called", true, kept_positive, 0),
        _rate(model, "specificity of the called", kept_negative - false, 0, kept_negative),
        _rate(model, "precision", true, true, false),
        _rate(model, "called", kept_positive + kept_negative, n_positive, n_negative),
    ]


def _rate(model: str, measure: str, hits: int, n_positive: int, n_negative: int) -> Figure:
    from statsmodels.stats.proportion import proportion_confint

    n = n_positive + n_negative
    if not n:
        reason = "no such sample"
        return Figure(model, measure, "pooled", 0, n_positive, n_negative, reason=reason)
    low, high = proportion_confint(hits, n, alpha=1 - LEVEL, method="beta")
    return Figure(
        model, measure, "pooled", n, n_positive, n_negative, hits / n, float(low), float(high),
        f"{hits} of {n}",
    )  # fmt: skip
