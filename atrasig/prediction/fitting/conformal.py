"""Intervals around predictions that hold without a model of the errors.

They are calibrated on out-of-fold residuals. Where a whole lineage was held out, its residuals come
from one model that saw none of it, so they are exchangeable with each other and with those of
further samples of that lineage: an interval calibrated within the lineage covers as stated.
Residuals of other lineages are not exchangeable with them, so a lineage too small for an interval
of its own gets a pooled one, which covers on average over lineages like these and may fail in one.
The model fitted at last on all samples is none of those fold models; for it the intervals are
calibrated, not guaranteed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import UsageError
from atrasig.prediction.fitting.nested import OutOfFold
from atrasig.scoring.arrays import Array, Places

MIN_LINEAGE = 30
BAND = 0.99
N_PARTS = 10

Calibration = Literal["same lineages", "other lineages"]
_ROUNDING = 1e-9


def conformal_quantile(residuals: Array, alpha: float) -> float:
    """Half width of a split conformal interval.

    The ``ceil((n + 1) * (1 - alpha))``-th smallest absolute residual covers a further exchangeable
    one with probability 1 - alpha or more, at most 1 / (n + 1) more (Lei and others 2018,
    doi:10.1080/01621459.2017.1307116); infinite where n is too small for that.

    Parameters
    ----------
    residuals
        Shape (n,): of samples that the model did not see.
    alpha
        Share that may lie outside, above 0 and below 1.
    """
    rank = int(np.ceil((residuals.size + 1) * (1 - alpha) - _ROUNDING))
    return float(np.sort(np.abs(residuals))[rank - 1]) if rank <= residuals.size else float("inf")


@dataclass(frozen=True)
class ConformalWidths:
    """Half widths of intervals, in units of the response.

    Parameters
    ----------
    alpha
        Share that may lie outside.
    pooled, n
        For samples of any other lineage, and the residuals behind it.
    by_lineage
        For lineages with 30 residuals or more.
    """

    alpha: float
    pooled: float
    n: int
    by_lineage: Mapping[str, float]

    def half_widths(self, groups: Sequence[str]) -> Array:
        """Half width for samples of some lineages, shape (samples,)."""
        return np.array([self.by_lineage.get(group, self.pooled) for group in groups])


def calibrate(residuals: Array, groups: Sequence[str], alpha: float) -> ConformalWidths:
    """Calibrate pooled intervals, and intervals of their own for lineages of 30 or more.

    Parameters
    ----------
    residuals
        Shape (samples,): out of fold.
    groups
        Lineage of each sample, empty where there is none.
    alpha
        Share that may lie outside.
    """
    names = np.array(groups, dtype=str)
    return ConformalWidths(
        alpha,
        conformal_quantile(residuals, alpha),
        residuals.size,
        {
            name: conformal_quantile(residuals[names == name], alpha)
            for name in _large_lineages(groups)
        },
    )


def _large_lineages(groups: Sequence[str]) -> tuple[str, ...]:
    names, counts = np.unique(np.array(groups, dtype=str), return_counts=True)
    return tuple(
        str(name) for name, n in zip(names, counts, strict=True) if name and n >= MIN_LINEAGE
    )


@dataclass(frozen=True)
class Coverage:
    """How often intervals held what was measured.

    Parameters
    ----------
    lineage
        Lineage, empty for all samples.
    n, covered
        Samples, and those inside their interval.
    low, high
        Band of `covered` that a binomial count with the nominal share keeps to with 99 %.
    median_width
        Median full width, in units of the response.
    """

    lineage: str
    n: int
    covered: int
    low: int
    high: int
    median_width: float

    @property
    def share(self) -> float:
        """Share of the samples inside their interval."""
        return self.covered / self.n

    @property
    def is_inside(self) -> bool:
        """Whether the count lies in the band, its ends counted in."""
        return self.low <= self.covered <= self.high


def binomial_band(n: int, share: float) -> tuple[int, int]:
    """Central 99 % of a binomial count: at most 0.5 % of it lies below, and 0.5 % above."""
    from scipy.stats import binom

    tail = (1 - BAND) / 2
    return int(binom.ppf(tail, n, share)), int(binom.ppf(1 - tail, n, share))


def held_out_coverage(
    residuals: Array,
    groups: Sequence[str],
    alpha: float,
    *,
    seed: int,
    calibration: Calibration = "same lineages",
) -> tuple[Coverage, ...]:
    """Measure coverage of samples that took no part in calibrating their own interval.

    Parameters
    ----------
    residuals, groups, alpha
        As for `calibrate`.
    seed
        Of the division of each lineage into ten parts.
    calibration
        ``same lineages``: each part is judged by intervals calibrated on the other nine, as a
        further sample of a known lineage would be. Random parts are exchangeable by design, so
        this checks the procedure more than the data, and its count varies less than a binomial
        one. ``other lineages``: each lineage is judged by the pooled residuals of all others, as
        a lineage never seen would be; nothing but likeness of lineages makes that hold.

    Returns
    -------
    tuple
        Of all samples, then of each lineage with 30 or more.

    Raises
    ------
    UsageError
        If there are fewer than two lineages to calibrate on each other, or than two samples.
    """
    names = np.array(groups, dtype=str)
    large = _large_lineages(groups)
    if calibration == "other lineages":
        if np.unique(names).size < 2:
            raise UsageError("Calibration on other lineages needs two lineages or more")
        parts = np.unique(names, return_inverse=True)[1]
        large_in_calibration: tuple[str, ...] = ()
    else:
        if residuals.size < 2:
            raise UsageError("Calibration needs two samples or more")
        parts = _parts(names, seed)
        large_in_calibration = large
    half = np.empty(residuals.size)
    for part in np.unique(parts):
        judged = parts == part
        half[judged] = conformal_quantile(residuals[~judged], alpha)
        for name in large_in_calibration:
            own = names == name
            half[judged & own] = conformal_quantile(residuals[~judged & own], alpha)
    everywhere = np.ones(residuals.size, dtype=bool)
    rows = [("", everywhere), *((name, names == name) for name in large)]
    return tuple(_coverage(name, residuals[own], half[own], alpha) for name, own in rows)


def _parts(names: NDArray[np.str_], seed: int) -> Places:
    """Deal each lineage out to the parts at random, going on where the last one ended."""
    random = np.random.default_rng([seed, names.size])
    order = np.lexsort((random.permutation(names.size), names))
    parts: Places = np.empty(names.size, np.intp)
    parts[order] = np.arange(names.size) % min(N_PARTS, names.size)
    return parts


def _coverage(lineage: str, residuals: Array, half: Array, alpha: float) -> Coverage:
    covered = int((np.abs(residuals) <= half).sum())
    low, high = binomial_band(residuals.size, 1 - alpha)
    return Coverage(lineage, residuals.size, covered, low, high, float(np.median(2 * half)))


@dataclass(frozen=True)
class JackknifePlus:
    """Intervals for further samples.

    Parameters
    ----------
    low, high
        Shape (samples,): bounds, in units of the response; infinite where n is too small.
    alpha
        Share that lies outside as a rule.
    guarantee
        Coverage that holds for any exchangeable data, 1 - 2 alpha; None where folds hold more
        than one sample, for which the theorem does not speak.
    """

    low: Array
    high: Array
    alpha: float
    guarantee: float | None


def jackknife_plus(
    out: OutOfFold, features: Array, genes: Sequence[str], alpha: float
) -> JackknifePlus:
    """Intervals from the models of a leave-one-out run (Barber and others 2021).

    The lower bound is the ``floor(alpha * (n + 1))``-th smallest of a sample's leave-one-out
    predictions less their residuals, the upper bound the ``ceil((1 - alpha) * (n + 1))``-th
    smallest of predictions plus residuals; doi:10.1214/20-AOS1965. It guards against models that
    change much from fold to fold, which calibration of a last model does not.

    Parameters
    ----------
    out
        A run on `leave_one_out` folds for the guarantee; with other folds (CV+ of the same
        article) intervals come without one.
    features
        Shape (samples, genes): further samples.
    genes
        Their names.
    alpha
        Share that lies outside as a rule.
    """
    by_fold = np.array([fit.predict(features, genes) for fit in out.fits])
    predictions, residuals = by_fold[out.folds.ids], np.abs(out.residuals)[:, None]
    n = residuals.size
    lower = int(np.floor(alpha * (n + 1) + _ROUNDING))
    upper = int(np.ceil((1 - alpha) * (n + 1) - _ROUNDING))
    n_new = features.shape[0]
    low = np.sort(predictions - residuals, axis=0)[lower - 1] if lower else np.full(n_new, -np.inf)
    high = (
        np.sort(predictions + residuals, axis=0)[upper - 1]
        if upper <= n
        else np.full(n_new, np.inf)
    )
    alone = out.folds.n_folds == n
    return JackknifePlus(low, high, alpha, 1 - 2 * alpha if alone else None)
