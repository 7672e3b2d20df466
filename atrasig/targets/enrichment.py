"""Whether promoters of changed genes hold more elements and peaks than others like them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.targets.matching import Matched, match_promoters

MATCHED, ADJUSTED = "matched promoters, Fisher's exact test", "all promoters, logistic regression"
LEVEL = 0.95
MIN_EVENTS = 5
"""Promoters with and without the feature, on either side, that a regression needs."""
COLUMNS = (
    "group", "feature", "method", "n_group", "n_background", "with_feature_group",
    "with_feature_background", "gc_group", "gc_background", "odds_ratio", "low", "high", "p", "q",
    "n_unmatched", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Compared:
    """Result of the comparisons.

    Parameters
    ----------
    table
        Columns :data:`COLUMNS`: one row a group, feature and method. The odds ratio has a 95 %
        interval; ``q`` is Benjamini and Hochberg's over the rows of the same method;
        ``n_unmatched`` counts genes of the group left out for want of matches.
    available
        By group: promoters that each gene of it found to be matched with, by row of the frame.
    """

    table: pd.DataFrame
    available: dict[str, pd.Series[int]]


def compare_groups(
    promoters: pd.DataFrame,
    groups: Mapping[str, NDArray[np.bool_]],
    pool: NDArray[np.bool_],
    features: list[str],
    *,
    matches: int = 3,
    seed: int = 1,
) -> Compared:
    """Compare the promoters of groups of genes with those of unchanged genes.

    Parameters
    ----------
    promoters
        One row a gene: ``length``, ``gc`` and boolean columns, the features.
    groups
        Rows of each group.
    pool
        Rows of the genes that others are compared with; no gene of a group is among them.
    features
        Names of the boolean columns.
    matches, seed
        See :func:`atrasig.targets.matching.match_promoters`.
    """
    lengths = promoters["length"].to_numpy(dtype=float)
    gc = promoters["gc"].to_numpy(dtype=float)
    rows, available = [], {}
    for name, member in groups.items():
        places = np.flatnonzero(member)
        found = match_promoters(
            lengths, gc, places.tolist(), np.flatnonzero(pool).tolist(), matches=matches, seed=seed
        )
        available[name] = pd.Series(found.available, index=promoters.index[places])
        for feature in features:
            has = promoters[feature].to_numpy(dtype=bool)
            rows.append({"group": name, "feature": feature, **_fisher(has, gc, found)})
            rows.append(
                {"group": name, "feature": feature, **_logistic(has, gc, lengths, member, pool)}
            )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["q"] = table.groupby("method")["p"].transform(_adjusted)
    return Compared(table, available)


def _adjusted(p: pd.Series[float]) -> NDArray[np.float64]:
    from scipy.stats import false_discovery_control

    q = np.full(len(p), np.nan)
    given = p.notna().to_numpy()
    if given.any():
        q[given] = false_discovery_control(p.to_numpy()[given])
    return q


def _counts(
    has: NDArray[np.bool_], gc: NDArray[np.float64], one: NDArray[np.int64], two: NDArray[np.int64]
) -> dict[str, float]:
    return {
        "n_group": len(one),
        "n_background": len(two),
        "with_feature_group": int(has[one].sum()),
        "with_feature_background": int(has[two].sum()),
        "gc_group": float(gc[one].mean()) if len(one) else np.nan,
        "gc_background": float(gc[two].mean()) if len(two) else np.nan,
    }


def _fisher(has: NDArray[np.bool_], gc: NDArray[np.float64], found: Matched) -> dict[str, Any]:
    """Conditional odds ratio with its exact interval."""
    from scipy.stats import fisher_exact
    from scipy.stats.contingency import odds_ratio

    counts = _counts(has, gc, found.group, found.background)
    base = {
        **counts,
        "method": MATCHED,
        "n_unmatched": len(found.available) - len(found.group),
        "reason": "",
    }
    with_group, with_background = has[found.group].sum(), has[found.background].sum()
    table = np.array(
        [
            [with_group, len(found.group) - with_group],
            [with_background, len(found.background) - with_background],
        ]
    )
    if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        return base | {"reason": _why_empty(found, table)}
    estimate = odds_ratio(table, kind="conditional")
    low, high = estimate.confidence_interval(LEVEL)
    p = float(fisher_exact(table).pvalue)
    return base | {"odds_ratio": float(estimate.statistic), "low": low, "high": high, "p": p}


def _why_empty(found: Matched, table: NDArray[np.int64]) -> str:
    if not len(found.group):
        return "no gene of the group could be matched" if len(found.available) else "no gene"
    return "no promoter has it" if table[:, 0].sum() == 0 else "every promoter has it"


def _logistic(
    has: NDArray[np.bool_],
    gc: NDArray[np.float64],
    lengths: NDArray[np.float64],
    member: NDArray[np.bool_],
    pool: NDArray[np.bool_],
) -> dict[str, Any]:
    """Odds ratio of membership beside GC, its square and the logarithm of the length."""
    from statsmodels.tools.sm_exceptions import (
        ConvergenceWarning,
        PerfectSeparationError,
        PerfectSeparationWarning,
    )

    counts = _counts(has, gc, np.flatnonzero(member), np.flatnonzero(pool))
    base = {**counts, "method": ADJUSTED, "n_unmatched": 0, "reason": ""}
    used = member | pool
    fewest = min(
        (has & side).sum() if present else (~has & side).sum()
        for side in (member, pool)
        for present in (True, False)
    )
    if fewest < MIN_EVENTS:
        return base | {"reason": f"fewer than {MIN_EVENTS} promoters with or without it on a side"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            warnings.simplefilter("error", PerfectSeparationWarning)
            return base | _fitted(has[used], _design(gc[used], lengths[used], member[used]))
    except (ConvergenceWarning, PerfectSeparationWarning, PerfectSeparationError) as error:
        return base | {"reason": f"the regression did not converge: {type(error).__name__}"}
    except np.linalg.LinAlgError:
        return base | {"reason": "length and GC tell the groups apart completely"}


def _design(
    gc: NDArray[np.float64], lengths: NDArray[np.float64], member: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Columns of a regression: intercept, membership, and the covariates that vary."""
    centred = gc - gc.mean()
    covariates = [centred, centred**2, np.log(lengths) - np.log(lengths).mean()]
    scaled = [column / column.std() for column in covariates if column.std() > 1e-9]
    return np.column_stack([np.ones(len(gc)), member.astype(float), *scaled])


def _fitted(has: NDArray[np.bool_], design: NDArray[np.float64]) -> dict[str, Any]:
    from statsmodels.discrete.discrete_model import Logit
    from threadpoolctl import threadpool_limits

    # One thread, so that the last digits are the same on every number of cores.
    with threadpool_limits(1):
        fit = Logit(has.astype(float), design).fit(disp=0, maxiter=100)
    low, high = fit.conf_int(1 - LEVEL)[1]
    return {
        "odds_ratio": float(np.exp(fit.params[1])),
        "low": float(np.exp(low)),
        "high": float(np.exp(high)),
        "p": float(fit.pvalues[1]),
    }
