"""Small signatures and matrices for the enrichment tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData


@dataclass(frozen=True)
class ToySignature:
    """The part of a signature that enrichment reads."""

    id: str
    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    version: str = field(default="1")


@pytest.fixture(scope="session")
def signature() -> Callable[..., ToySignature]:
    def build(name: str, up: Sequence[str] = (), down: Sequence[str] = ()) -> ToySignature:
        return ToySignature(name, tuple(up), tuple(down))

    return build


@pytest.fixture(scope="session")
def matrix() -> Callable[..., AnnData]:
    """Build a harmonised matrix from a (samples, genes) array; every gene is protein-coding."""

    def build(
        values: np.ndarray,
        genes: Sequence[str] | None = None,
        **obs: Sequence[str],
    ) -> AnnData:
        n_samples, n_genes = values.shape
        names = [f"s{i:03d}" for i in range(n_samples)]
        symbols = [f"G{i:05d}" for i in range(n_genes)] if genes is None else list(genes)
        return AnnData(
            X=np.asarray(values, dtype=np.float64),
            obs=pd.DataFrame(obs, index=names, dtype=object),
            var=pd.DataFrame({"biotype": "protein_coding"}, index=symbols),
        )

    return build


@pytest.fixture
def tied() -> np.ndarray:
    """Six samples of 400 genes, about 40 % zeros and many tied counts."""
    rng = np.random.default_rng(7)
    counts = rng.negative_binomial(1, 0.1, size=(6, 400))
    return np.log2(np.where(rng.random((6, 400)) < 0.4, 0, counts) + 1.0)
