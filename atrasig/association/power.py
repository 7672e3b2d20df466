"""What a number of samples or events can show at all."""

from __future__ import annotations

import math

POWER, ALPHA = 0.8, 0.05


def _quantiles() -> float:
    from scipy.stats import norm

    return float(norm.ppf(1 - ALPHA / 2) + norm.ppf(POWER))


def detectable_correlation(n: int) -> float:
    """Correlation that `n` samples show with 80 % power at p < 0.05, by Fisher's z; NaN below 4."""
    return math.tanh(_quantiles() / math.sqrt(n - 3)) if n > 3 else math.nan


def detectable_difference(n_first: int, n_second: int) -> float:
    """Difference of two groups, in SD, shown with 80 % power at p < 0.05; NaN without samples."""
    if not n_first or not n_second:
        return math.nan
    return _quantiles() * math.sqrt(1 / n_first + 1 / n_second)


def detectable_hazard_ratio(n_events: int) -> float:
    """Hazard ratio per SD that events show with 80 % power at p < 0.05; NaN without events.

    Hsieh and Lavori 2000 (Controlled Clinical Trials 21, 552).
    """
    return math.exp(_quantiles() / math.sqrt(n_events)) if n_events else math.nan
