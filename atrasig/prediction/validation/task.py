"""One measure of one model: its value, interval and null."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.prediction.validation.draws import bootstrap, generator, permutation
from atrasig.prediction.validation.figure import (
    LEVEL,
    MIN_CLASS,
    MIN_PAIRS,
    Figure,
    joined,
)
from atrasig.scoring.arrays import Array, Places


@dataclass(frozen=True)
class Sampling:
    """How much is drawn, and from which seed.

    Parameters
    ----------
    draws
        Bootstrap resamples behind an interval.
    permutations
        Permutations of the labels behind a null.
    seed
        The same seed gives the same figures.
    """

    draws: int
    permutations: int
    seed: int


@dataclass(frozen=True)
class Task:
    """Samples and the statistic that is to be had from them.

    Parameters
    ----------
    model, measure, how
        Names of the figure.
    statistic
        Takes scores and truth, shapes (..., n), and returns shape (...).
    score
        Shape (n,), without NaN.
    truth
        Shape (n,): labels (True where positive) or measured responses.
    group
        Shape (n,): codes of the groups within which is resampled; all 0 for a pooled figure.
    note
        What to know about the figure.
    one_sided
        Whether a null is exceeded at its upper end alone.
    """

    model: str
    measure: str
    how: str
    statistic: Callable[[Array, NDArray[Any]], Array] = field(repr=False)
    score: Array
    truth: NDArray[Any]
    group: Places
    note: str = ""
    one_sided: bool = True

    @property
    def is_label(self) -> bool:
        """Whether the truth is a label."""
        return self.truth.dtype == np.bool_

    @property
    def fault(self) -> str:
        """Why there is no value, empty where there is one."""
        if not self.score.size:
            return "no sample with a truth has a score"
        if self.is_label:
            n_positive = int(self.truth.sum())
            return "" if 0 < n_positive < self.truth.size else _one_class(n_positive)
        if self.score.size < 3:
            return f"{self.score.size} samples, 3 needed"
        return "" if not np.isnan(self.value) else "all scores or all responses are equal"

    @cached_property
    def value(self) -> float:
        """The statistic of the samples as they are."""
        return float(self.statistic(self.score, self.truth))

    def figure(self, sampling: Sampling) -> Figure:
        """Value with its percentile bootstrap interval, or NaN with the reason."""
        if self.fault:
            return self.refused(self.fault)
        low, high, reason = self._interval(sampling)
        return self._row(self.how, self.value, low, high, joined(reason, self.note))

    def refused(self, reason: str) -> Figure:
        """Row without a value."""
        return self._row(self.how, reason=joined(reason, self.note))

    def _interval(self, sampling: Sampling) -> tuple[float, float, str]:
        thin = self._too_few()
        if thin:
            return np.nan, np.nan, thin
        rng = generator(sampling.seed, self.model, self.measure, self.how, "bootstrap")
        found = bootstrap(self._resampled, self._strata(), sampling.draws, rng)
        known = found[~np.isnan(found)]
        if not known.size or known.min() == known.max():
            return np.nan, np.nan, "no interval: every bootstrap draw gives the same value"
        lost = found.size - known.size
        note = f"{lost} of {found.size} bootstrap draws have no value" if lost else ""
        return *_tails(known), note

    def _too_few(self) -> str:
        if not self.is_label:
            few = self.score.size < MIN_PAIRS
            return f"no interval: {self.score.size} samples, {MIN_PAIRS} needed" if few else ""
        counts = {"positive": int(self.truth.sum()), "negative": int((~self.truth).sum())}
        short = [f"{count} {name}" for name, count in counts.items() if count < MIN_CLASS]
        return f"no interval: {' and '.join(short)}, {MIN_CLASS} needed" if short else ""

    def _resampled(self, places: Places) -> Array:
        # Strata hold one class each, so the label of a place is that of every sample drawn for it.
        truth = self.truth if self.is_label else self.truth[places]
        return self.statistic(self.score[places], truth)

    def _strata(self) -> Places:
        return 2 * self.group + self.truth.astype(np.intp) if self.is_label else self.group

    def null(self, how: str, group: Places, sampling: Sampling) -> list[Figure]:
        """Null of the value under permuted labels, and the share of it that reaches the value.

        Parameters
        ----------
        how
            Name of the null.
        group
            Shape (n,): labels are permuted within these.
        sampling
            Number of permutations and seed.
        """
        name = f"{self.measure} p"
        if self.fault:
            rows = ((self.measure, how), (name, how))
            return [self._row(how, reason=self.fault, measure=measure) for measure, how in rows]
        rng = generator(sampling.seed, self.model, self.measure, how, "permutation")
        found = permutation(
            lambda places: self.statistic(self.score[places], self.truth),
            group,
            sampling.permutations,
            rng,
        )
        found = found[~np.isnan(found)]
        if not found.size:
            reason = "no permutation has a value"
            return [self._row(how, reason=reason, measure=m) for m in (self.measure, name)]
        reached = found if self.one_sided else np.abs(found)
        bar = self.value if self.one_sided else abs(self.value)
        # Equal tables may differ in the last digit of a correlation.
        p = (1 + int((reached >= bar - 1e-12).sum())) / (1 + found.size)
        return [
            self._row(how, float(found.mean()), *_tails(found), f"{found.size} permutations"),
            self._row(how, p, measure=name, reason="one-sided" if self.one_sided else "two-sided"),
        ]

    def _row(
        self,
        how: str,
        value: float = np.nan,
        low: float = np.nan,
        high: float = np.nan,
        reason: str = "",
        measure: str = "",
    ) -> Figure:
        n_positive = int(self.truth.sum()) if self.is_label else None
        n_negative = self.truth.size - n_positive if n_positive is not None else None
        return Figure(
            self.model, measure or self.measure, how, self.score.size, n_positive, n_negative,
            value, low, high, reason,
        )  # fmt: skip


def _tails(values: Array) -> tuple[float, float]:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _one_class(n_positive: int) -> str:
    return "all samples are positive" if n_positive else "no sample is positive"
