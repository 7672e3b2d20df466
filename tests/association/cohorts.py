"""Simulated cohorts: a sheet and scores with known associations."""

from __future__ import annotations

import numpy as np
import pandas as pd


def sheet_of(n: int, seed: int = 1) -> pd.DataFrame:
    """Covariates that are independent of each other, as text."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "sample": [f"s{place}" for place in range(n)],
            "age": rng.normal(60, 10, n).round(2).astype(str),
            "sex": rng.choice(["F", "M"], n),
            "stage": rng.choice(["I", "II", "III"], n),
            "batch": rng.choice(["a", "b", "c"], n),
            "months": rng.exponential(20, n).round(0).astype(str),
            "death": rng.choice(["Dead", "Alive"], n, p=[0.7, 0.3]),
        }
    )


def scores_of(values: dict[str, np.ndarray], method: str = "singscore") -> pd.DataFrame:
    """Tidy scores of samples s0, s1, ... by signature."""
    return pd.concat(
        pd.DataFrame(
            {
                "sample": [f"s{place}" for place in range(len(own))],
                "signature": name,
                "method": method,
                "score": own,
            }
        )
        for name, own in values.items()
    ).reset_index(drop=True)
