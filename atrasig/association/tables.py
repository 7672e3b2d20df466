"""Rows of the table of associations, and their correction for many tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from atrasig.association.linear import Estimate
from atrasig.scoring.tables import benjamini_hochberg

COLUMNS = (
    "signature", "method", "covariate", "kind", "test", "term", "reference", "effect", "low",
    "high", "unit", "statistic", "df", "p", "q", "n", "n_term", "n_reference", "n_events",
    "n_missing", "n_unscored", "n_left_out", "share", "ph_rho", "ph_p", "score_sd",
    "covariate_sd", "adjusted_for", "reason", "note",
)  # fmt: skip
FACTS = (
    "covariate", "role", "kind", "n", "n_missing", "described", "batch_share", "detectable",
    "warning",
)  # fmt: skip
_COUNTS = ("n", "n_term", "n_reference", "n_events", "n_missing", "n_unscored", "n_left_out")
_TEXTS = (
    "signature", "method", "covariate", "kind", "test", "term", "reference", "unit",
    "adjusted_for", "reason", "note",
)  # fmt: skip
_FAMILY = ["method", "covariate", "kind", "test"]
NOT_ESTIMATED = Estimate(*[np.nan] * 6)


def numbers(found: Estimate) -> dict[str, float]:
    """Cells of an estimate."""
    return dict(found._asdict())


def association_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Lay rows out and correct p by Benjamini and Hochberg.

    Parameters
    ----------
    rows
        Cells by column; what a row lacks is missing.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS` in the order of the rows. A family of tests is that of one method, covariate and
        kind of test, over all signatures (and, for the groups of a covariate, over all groups).
    """
    table = pd.DataFrame(list(rows), columns=list(COLUMNS))
    for name in COLUMNS:
        if name in _TEXTS:
            table[name] = table[name].astype(object).where(table[name].notna(), "")
        elif name in _COUNTS:
            table[name] = table[name].astype("Int64")
        else:
            table[name] = table[name].astype(np.float64)
    for places in table.groupby(_FAMILY, sort=False).groups.values():
        p = table.loc[places, "p"].to_numpy(dtype=np.float64)
        table.loc[places, "q"] = benjamini_hochberg(p)
    return table
