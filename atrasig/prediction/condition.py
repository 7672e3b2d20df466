"""A condition of a rule: one gene or list of a sample against the samples of a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import Field, model_validator

from atrasig.prediction.artefact import Frozen
from atrasig.scoring.arrays import Array

FEWEST = 10
"""Fewest samples of a reference."""


class Condition(Frozen):
    """One condition on a gene or a list.

    Parameters
    ----------
    gene, signature
        What is compared: the normalised rank of a gene, or the mean normalised rank of a
        signature's genes (weights and directions do not count). One of the two.
    side
        Side of the quantile on which the sample must lie. ``at or above`` 0.7: at least 70 % of the
        reference lie strictly below the sample. ``below`` 0.3: at least 70 % strictly above.
    quantile
        Quantile of the reference.
    why
        Why it is asked, and where the quantile comes from.
    citation
        Where that can be read.
    contradicting
        Findings against it, with their sources.
    frozen
        Platform class -> values of the reference samples, ascending.
    """

    gene: str = ""
    signature: str = ""
    side: Literal["at or above", "below"]
    quantile: float = Field(gt=0, lt=1)
    why: str = Field(min_length=1)
    citation: str = Field(min_length=1)
    contradicting: tuple[str, ...] = ()
    frozen: Mapping[str, tuple[float, ...]] = {}

    @model_validator(mode="after")
    def _check(self) -> Condition:
        if bool(self.gene) == bool(self.signature):
            raise ValueError("a condition names either a gene or a signature")
        for platform, values in self.frozen.items():
            if len(values) < FEWEST or list(values) != sorted(values):
                raise ValueError(
                    f"frozen.{platform} must be ascending values of {FEWEST} or more samples"
                )
        return self

    @property
    def name(self) -> str:
        """The gene or the signature."""
        return self.gene or self.signature

    @property
    def asked(self) -> float:
        """Share of the reference that the sample must pass."""
        return self.quantile if self.side == "at or above" else 1 - self.quantile

    def passed(self, value: float, reference: Array) -> int:
        """Count the reference samples that a value passes; equal ones count against it."""
        beyond = reference < value if self.side == "at or above" else reference > value
        return int(beyond.sum())


@lru_cache(maxsize=4096)
def share_interval(k: int, n: int) -> tuple[float, float]:
    """Exact 95 % interval of a share of which k of n are seen (Clopper, Pearson 1934).

    DOI 10.1093/biomet/26.4.404.
    """
    from scipy.stats import beta

    low = 0.0 if k == 0 else float(beta.ppf(0.025, k, n - k + 1))
    high = 1.0 if k == n else float(beta.ppf(0.975, k + 1, n - k))
    return low, high


@dataclass(frozen=True)
class Judged:
    """One condition in one sample.

    Parameters
    ----------
    condition, value
        The condition, and the sample's value.
    k, n
        Number of reference samples that the value passes, and their number.
    """

    condition: Condition
    value: float
    k: int
    n: int

    @property
    def margin(self) -> float:
        """Share of the reference that is passed, less the share asked."""
        return self.k / self.n - self.condition.asked

    @property
    def interval(self) -> tuple[float, float]:
        """Exact 95 % interval of the margin over the choice of n samples."""
        low, high = share_interval(self.k, self.n)
        return low - self.condition.asked, high - self.condition.asked

    def sentence(self) -> str:
        """Figures of the condition with its source and what contradicts it."""
        asked = self.condition
        side = "below" if asked.side == "at or above" else "above"
        against = f"; against it: {' '.join(asked.contradicting)}" if asked.contradicting else ""
        return (
            f"{asked.name} at normalised rank {self.value:.3f} has {self.k} of {self.n} reference "
            f"samples {side} it ({self.k / self.n:.0%}, {asked.asked:.0%} asked: {asked.side} "
            f"quantile {asked.quantile:g}) [{asked.citation}]{against}"
        )
