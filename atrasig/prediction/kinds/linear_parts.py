"""Parts of a linear model: what its prediction means, and what its data were checked by."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from atrasig.prediction.artefact import Frozen
from atrasig.prediction.sample import SampleView

MIN_EACH = 10
"""Labels of each class below which nothing is called a probability."""


class Probability(Frozen):
    """Platt scaling of the prediction (Platt 1999), fitted to out-of-fold predictions.

    Parameters
    ----------
    slope, intercept
        Of the log odds on the model's score.
    n_positive, n_negative
        Labels behind it, ten of each at least.
    """

    slope: float = Field(gt=0)
    intercept: float
    n_positive: int = Field(ge=MIN_EACH)
    n_negative: int = Field(ge=MIN_EACH)

    def at(self, score: float) -> float:
        """Probability of the positive label at a score."""
        return float(0.5 * (1 + np.tanh((self.intercept + self.slope * score) / 2)))


class Width(Frozen):
    """Half width of an interval, in units of the response, and the samples behind it."""

    half_width: float = Field(gt=0)
    n: int = Field(ge=1)


class Interval(Frozen):
    """Conformal interval: the score plus and minus a frozen half width.

    Parameters
    ----------
    level
        Nominal coverage, 0 to 1.
    method
        How the width was found, in words.
    pooled
        Width for samples of no group below.
    column
        What the names of `groups` are: ``tissue`` or ``disease``; empty where there are none.
    groups
        Vocabulary id of the tissue or disease -> width among its own samples.
    """

    level: float = Field(gt=0, lt=1)
    method: str = Field(min_length=1)
    pooled: Width
    column: Literal["", "tissue", "disease"] = ""
    groups: dict[str, Width] = Field(default_factory=dict)

    def of(self, view: SampleView) -> tuple[Width, str]:
        """Width for a sample, and the name of the group it comes from."""
        own = {"tissue": view.tissue, "disease": view.disease}.get(self.column, "")
        return (self.groups[own], own) if own in self.groups else (self.pooled, "")


class PositiveControl(Frozen):
    """A sample of the training data whose response is known beforehand.

    Parameters
    ----------
    name, expected
        The sample and what it is known to be.
    response
        What was measured.
    rank, of, among
        Place of the measured response, 1 the most `expected`, and the samples it is ranked with.
    passed
        Whether the measured response agrees with what is known.
    """

    name: str = Field(min_length=1)
    expected: Literal["sensitive", "resistant"]
    response: float
    rank: int = Field(ge=1)
    of: int = Field(ge=1)
    among: str = Field(min_length=1)
    passed: bool
