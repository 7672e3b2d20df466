"""Small matrices with real gene names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from atrasig.genes import load_gene_table

Builder = Callable[..., AnnData]


@pytest.fixture(scope="session")
def build() -> Builder:
    """Build samples x genes from rows of values; identifiers may repeat."""

    def make(values: object, genes: Sequence[str], samples: Sequence[str] = ()) -> AnnData:
        names = list(samples) or [f"s{i + 1}" for i in range(values.shape[0])]  # type: ignore[attr-defined]
        var = pd.DataFrame({"gene_id": list(genes)}, index=[f"row{i}" for i in range(len(genes))])
        return AnnData(values, obs=pd.DataFrame(index=names), var=var)

    return make


@pytest.fixture(scope="session")
def coding() -> list[str]:
    """Give 600 approved symbols of protein-coding genes."""
    return sorted(load_gene_table().coding)[:600]


@pytest.fixture(scope="session")
def repeated(coding: list[str]) -> list[str]:
    """Give 900 identifiers, shuffled: genes by one, two, three and nine rows, and strangers."""
    names = [*coding[:500], *coding[:200], *coding[:100], *(coding[:10] * 6), *(["none"] * 40)]
    return [names[i] for i in np.random.default_rng(5).permutation(len(names))]
