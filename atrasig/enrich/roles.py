"""The five roles of ATRA as one panel, for each sample and for each contrast.

The roles and the direction each takes under ATRA are those of the review of Chen 2024,
doi:10.3389/fphar.2024.1404092; the panel shows measured beside expected and calls nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from atrasig.signatures import RoleSignature

METHOD = "singscore"
MIN_COHORT = 10
ALPHA = 0.05
ROLE_COLUMNS = (
    "scope", "sample", "contrast", "role", "signature", "part", "measure", "score", "z", "p", "q",
    "percentile", "reference", "expected", "agrees", "reason",
)  # fmt: skip
_NOT_SCORED = "not scored in this run"


def sample_roles(scores: pd.DataFrame, roles: Sequence[RoleSignature]) -> pd.DataFrame:
    """Panel of each sample of one matrix: singscore of every list of every role.

    Parameters
    ----------
    scores
        Tidy table of scores of one matrix, as :func:`atrasig.score` returns it.
    roles
        Lists of the roles, in the order wanted.

    Returns
    -------
    pandas.DataFrame
        One row a sample, role and signature, with all columns of ``ROLE_COLUMNS``. ``percentile``
        is the share of the matrix's samples that score lower, 0 to 100, ties counted half; NaN in
        a matrix of fewer than ten. ``reference`` names these samples: no shipped model freezes
        references of these lists. ``agrees`` is empty: a single sample shows a level, and what is
        expected is a change.
    """
    samples = list(dict.fromkeys(scores["sample"]))
    panel = _panel(roles)
    own = scores.loc[scores["method"] == METHOD].set_index(["sample", "signature"])
    keys = pd.MultiIndex.from_product([samples, panel["signature"]])
    found = own.reindex(keys).reset_index(drop=True)
    rows = pd.concat([panel] * len(samples), ignore_index=True) if samples else panel.iloc[:0]
    rows = rows.assign(
        scope="sample",
        sample=np.repeat(np.asarray(samples, dtype=object), len(panel)),
        contrast="",
        part="",
        measure=METHOD,
        agrees="",
        reason=found["reason"].fillna(_NOT_SCORED).to_numpy(),
        **{name: found[name].to_numpy(np.float64) for name in ("score", "z", "p", "q")},
    )
    enough = len(samples) >= MIN_COHORT
    places = rows.groupby("signature")["score"].transform(_percentiles)
    return rows.assign(
        percentile=places if enough else np.nan,
        reference=f"the {len(samples)} samples of the matrix" if enough else "",
    )[list(ROLE_COLUMNS)]


def contrast_roles(table: pd.DataFrame, roles: Sequence[RoleSignature]) -> pd.DataFrame:
    """Panel of each contrast: NES of every part of every list of every role.

    Parameters
    ----------
    table
        Enrichment of contrasts, as :func:`atrasig.enrich_contrasts` returns it.
    roles
        Lists of the roles, in the order wanted.

    Returns
    -------
    pandas.DataFrame
        One row a contrast, role, signature and part. ``expected`` is turned round for a part of
        down genes. ``agrees``: ``yes`` or ``no`` where q is at most 0.05 and a direction is
        expected of a change from baseline to exposed; empty elsewhere.
    """
    panel = _panel(roles).assign(order=range(len(roles)))
    rows = table.merge(panel, on="signature").sort_values(
        ["contrast", "order", "direction"], ascending=[True, True, False], kind="stable"
    )
    turned = rows["expected"].map({"up": "down", "down": "up"}).fillna(rows["expected"])
    rows["expected"] = rows["expected"].where(rows["direction"] == "up", turned)
    sign = rows["expected"].map({"up": 1.0, "down": -1.0}).astype(np.float64).fillna(0.0)
    is_exposure = rows["contrast"].eq("exposed vs baseline")
    known = is_exposure & (sign != 0) & (rows["q"] <= ALPHA)
    agrees = pd.Series(np.where(sign * rows["nes"] > 0, "yes", "no"), rows.index)
    return rows.assign(
        scope="contrast",
        sample="",
        part=rows["direction"],
        measure="NES",
        score=rows["nes"],
        percentile=np.nan,
        reference="",
        agrees=agrees.where(known, ""),
    )[list(ROLE_COLUMNS)].reset_index(drop=True)


def _panel(roles: Sequence[RoleSignature]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "role": [entry.role for entry in roles],
            "signature": [entry.signature for entry in roles],
            "expected": [entry.direction for entry in roles],
        }
    )


def _percentiles(score: pd.Series[float]) -> pd.Series[float]:
    """Share of the scores below each, ties counted half, 0 to 100; NaN for NaN."""
    return 100 * (score.rank() - 0.5) / score.notna().sum()
