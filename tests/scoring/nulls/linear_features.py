"""Contributions with settings of their own, for small populations."""

from __future__ import annotations

from math import ceil

import numpy as np

from atrasig.scoring.features import Feature

FROM_MIDDLE = Feature(
    "test: from_middle",
    lambda rank, n_genes: np.abs(rank - (n_genes + 1) / 2),
    knees=lambda n_genes: (n_genes // 2,),
    unit=1.0,
)


def capped_rank(max_rank: int) -> Feature:
    """Descending average rank, at most ``max_rank + 1``."""
    return Feature(
        f"test: capped_rank {max_rank}",
        lambda rank, n_genes: np.minimum(n_genes + 1 - rank, max_rank + 1),
        knees=lambda n_genes: (n_genes - max_rank,) if max_rank < n_genes else (),
        truncated=True,
        unit=1.0,
    )


def recovery(top: float) -> Feature:
    """Places above ``ceil(top * N)``, averaged over the places of a tie."""
    return Feature(
        f"test: recovery {top}",
        lambda rank, n_genes: np.maximum(ceil(top * n_genes) - (n_genes + 1 - rank), 0.0),
        over_places=True,
        knees=lambda n_genes: (n_genes - ceil(top * n_genes),),
        truncated=True,
        unit=1.0,
    )
