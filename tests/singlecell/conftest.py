"""Cells as they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

GENES = ("RARA", "PML", "CD38", "MT-ND1", "MT-CO1")


@pytest.fixture
def cells() -> Callable[..., AnnData]:
    """Make cells x genes with labels."""

    def build(values: Any, **labels: list[str]) -> AnnData:
        names = [f"c{number}" for number in range(values.shape[0])]
        genes = list(GENES[: values.shape[1]])
        var = pd.DataFrame({"gene_id": genes}, index=genes)
        adata = AnnData(values, obs=pd.DataFrame(labels, index=names), var=var)
        adata.uns["atrasig"] = {"input": {"name": "c.h5ad", "sha256": "ab", "format": "h5ad"}}
        return adata

    return build


@pytest.fixture
def counts() -> np.ndarray:
    """Six cells; the last has no counts."""
    return np.array(
        [
            [3, 0, 1, 0, 0],
            [0, 2, 0, 2, 0],
            [1, 1, 1, 0, 1],
            [0, 0, 5, 3, 2],
            [9, 0, 0, 1, 0],
            [0] * 5,
        ],
        dtype=np.float64,
    )
