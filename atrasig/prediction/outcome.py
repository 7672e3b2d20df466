"""What a model says about one sample."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

NO_CALL = "no call"


@dataclass(frozen=True)
class Driver:
    """One gene's part in a score.

    Parameters
    ----------
    gene, set
        Gene symbol and the list it stands in.
    rank
        Normalised rank in the sample (0 to 1), NaN where not measured.
    contribution
        Its part of the score; the parts of a model sum to the score.
    """

    gene: str
    set: str
    rank: float
    contribution: float

    @property
    def matched(self) -> bool:
        """Whether the gene takes part in the score."""
        return not np.isnan(self.contribution)


@dataclass(frozen=True)
class ControlShift:
    """A list that moves without the drug too, shown beside the score of a response.

    Parameters
    ----------
    name
        Its signature.
    score, low, high
        Its own shift of mean normalised rank with its interval, NaN where it was not measured.
    specificity
        Whether the score goes beyond it, in a sentence.
    """

    name: str = ""
    score: float = np.nan
    low: float = np.nan
    high: float = np.nan
    specificity: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the control was measured."""
        return not np.isnan(self.score)


NO_CONTROL = ControlShift()


@dataclass(frozen=True)
class Outcome:
    """One row of the table of calls, without sample and model.

    Parameters
    ----------
    call
        The answer, or ``no call``.
    reason
        Why, in a sentence.
    score, low, high, interval_kind
        The score with its interval, NaN where there is none.
    threshold_low, threshold_high
        Scores from which the model says its middle and its upper word, NaN where its rule is not
        one of a single score.
    percentile
        Where the score stands among the frozen reference samples, 0 to 100; NaN where there are
        none.
    reference
        What the sample was compared with.
    n_genes, n_matched
        Published and measured genes of the model.
    probability
        Calibrated probability that the sample is sensitive, of a model that states one; else NaN.
    control
        The specificity control of a response, empty for a model without one.
    drivers
        Signed contributions, missing genes included.
    """

    call: str
    reason: str
    score: float = np.nan
    low: float = np.nan
    high: float = np.nan
    interval_kind: str = ""
    threshold_low: float = np.nan
    threshold_high: float = np.nan
    percentile: float = np.nan
    probability: float = np.nan
    reference: str = ""
    n_genes: int = 0
    n_matched: int = 0
    control: ControlShift = NO_CONTROL
    drivers: tuple[Driver, ...] = field(default=(), repr=False)

    @property
    def coverage(self) -> float:
        """Measured share of the model's genes, NaN for a model without genes."""
        return self.n_matched / self.n_genes if self.n_genes else np.nan
