"""What is known of each covariate: how it was read, its missing cells, and batch behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from atrasig.association.columns import Column, Survival
from atrasig.association.design import rank
from atrasig.association.power import (
    detectable_correlation,
    detectable_difference,
    detectable_hazard_ratio,
)
from atrasig.association.tables import FACTS
from atrasig.scoring.arrays import Array

CONFOUNDED = 0.5
"""Share of a covariate's variance between batches from which it is called confounded."""


def batch_share(column: Column, batch: Column) -> tuple[float, bool]:
    """Share of a covariate's variance that lies between batches.

    Parameters
    ----------
    column, batch
        The covariate and the batch, over the same samples.

    Returns
    -------
    share : float
        Adjusted for the number of batches, so that chance gives none on average (it may be below
        zero); for groups the largest of all groups. NaN where it cannot be computed.
    aliased : bool
        Whether batches leave nothing of the covariate.
    """
    used = column.known & batch.known
    own, between = _columns(column, used), _columns(batch, used)
    n = int(used.sum())
    full = np.column_stack([np.ones(n), between])
    left = n - rank(full)
    if not own.size or left < 1:
        return np.nan, False
    joined = np.column_stack([full, own])
    aliased = rank(joined) < rank(full) + rank(own)
    total = (own**2).sum(axis=0)
    fitted = full @ np.linalg.lstsq(full, own, rcond=None)[0]
    within = ((own - fitted) ** 2).sum(axis=0)
    varies = total > 0
    if not varies.any():
        return np.nan, False
    shares = 1 - (within[varies] / left) / (total[varies] / (n - 1))
    return float(shares.max()), bool(aliased)


def covariate_table(
    columns: Sequence[tuple[str, Column]],
    batch: Column | None,
    survival: tuple[str, Survival] | None,
) -> pd.DataFrame:
    """Describe every column, over all samples with any score.

    Parameters
    ----------
    columns
        Role (``tested``, ``adjusted``, ``batch``) and column.
    batch
        The batch, if one was named.
    survival
        Name, and times with events.

    Returns
    -------
    pandas.DataFrame
        Columns `FACTS`. ``detectable`` says which effect this many samples show with 80 % power at
        p < 0.05, before any correction for many tests.
    """
    rows = [_described(role, column, batch) for role, column in columns]
    if survival is not None:
        rows.append(_followed(*survival))
    table = pd.DataFrame(rows, columns=list(FACTS))
    table["batch_share"] = table["batch_share"].astype(np.float64)
    return table


def _described(role: str, column: Column, batch: Column | None) -> dict[str, Any]:
    share, aliased, warning = np.nan, False, ""
    if batch is not None and role != "batch":
        share, aliased = batch_share(column, batch)
        if aliased:
            warning = f"aliased with {batch.name}: the two cannot be told apart"
        elif share >= CONFOUNDED:
            warning = f"confounded with {batch.name}: {share:.0%} of its variance lie between them"
    n = int(column.known.sum())
    return {
        "covariate": column.name,
        "role": role,
        "kind": column.kind,
        "n": n,
        "n_missing": int((~column.known).sum()),
        "described": column.described(),
        "batch_share": share,
        "detectable": _detectable(column, n) if role == "tested" else "",
        "warning": warning,
    }


def _detectable(column: Column, n: int) -> str:
    if column.kind == "continuous":
        return f"|r| of {detectable_correlation(n):.2f}"
    if column.kind == "binary":
        second = int((column.values == 1).sum())
        return f"a difference of {detectable_difference(n - second, second):.2f} SD"
    return ""


def _followed(name: str, survival: Survival) -> dict[str, Any]:
    known = survival.known
    events = int(survival.event[known].sum())
    time = survival.time[known]
    span = f", followed for {np.median(time):.4g} at the median" if len(time) else ""
    ratio = detectable_hazard_ratio(events)
    return {
        "covariate": name,
        "role": "survival",
        "kind": "survival",
        "n": int(known.sum()),
        "n_missing": int((~known).sum()),
        "described": f"{events} events in {int(known.sum())} samples{span}",
        "batch_share": np.nan,
        "detectable": f"a hazard ratio of {ratio:.2f} per SD" if events else "",
        "warning": "",
    }


def _columns(column: Column, used: Any) -> Array:
    """Numbers, or one column a group but the reference; centred."""
    values = column.values[used]
    own = (
        np.column_stack([(values == place) for place in range(1, len(column.levels))])
        if column.levels
        else values[:, None] / column.sd
    ).astype(np.float64)
    return own - own.mean(axis=0) if len(own) else own
