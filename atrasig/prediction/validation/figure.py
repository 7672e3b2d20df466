"""One figure of a validation, and the rules that say when it cannot be had."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np

MIN_CLASS = 5
"""Samples of each class below which a bootstrap says too little to be an interval."""
MIN_PAIRS = 10
"""Samples below which the bootstrap of a correlation says too little to be an interval."""
MIN_GROUP = 5
"""Samples below which a group gets no figure of its own."""
LEVEL = 0.95

MEASURES = {
    "AUROC": "chance that a positive sample scores higher than a negative one, ties as half",
    "AUPRC": "average precision; its value without any information is the share of positives",
    "Spearman": "rank correlation of the score with the measured response; its sign depends on "
    "what high values of the response mean",
    "Brier": "mean squared difference of probability and outcome; lower is better",
    "calibration slope": "1 where probabilities are as extreme as they should be, below 1 where "
    "too extreme",
    "calibration intercept": "0 where probabilities are right on the whole (with slope 1), below "
    "0 where too high",
    "sensitivity": "positive samples called as such; intermediate and no call count as missed",
    "specificity": "negative samples not called positive; no call counts as not called positive",
    "sensitivity of the called": "as sensitivity, samples without a call left out",
    "specificity of the called": "as specificity, samples without a call left out",
    "precision": "samples called positive that are",
    "called": "samples with any call at all",
}
"""What each measure is, in words."""


@dataclass(frozen=True)
class Figure:
    """One row of the table of figures.

    Parameters
    ----------
    model
        Id of the model.
    measure
        One of `MEASURES`, or such a name followed by `` p``: the share of permutations that reach
        the pooled figure.
    how
        ``pooled``, ``within NAME`` (one group), ``within groups`` (all groups, what differs
        between them cancelled), ``permuted labels`` and ``permuted within groups`` (the null of
        the pooled figure), ``within groups, permuted`` (the null of the one within groups).
    n, n_positive, n_negative
        Samples behind it; classes None for a measured response.
    value, low, high
        The figure and its 95 % interval, NaN where there is none; of a null its mean and the
        2.5th and 97.5th percentile.
    reason
        Why something is missing, and what to know about the figure.
    """

    model: str
    measure: str
    how: str
    n: int
    n_positive: int | None = None
    n_negative: int | None = None
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    reason: str = ""

    def as_row(self) -> tuple[Any, ...]:
        """Values in the order of `FIGURE_COLUMNS`."""
        return astuple(self)


FIGURE_COLUMNS = tuple(field.name for field in fields(Figure))


def joined(*notes: str) -> str:
    """Join notes into one line, empty ones left out."""
    return "; ".join(note for note in notes if note)
