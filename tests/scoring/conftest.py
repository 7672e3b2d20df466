"""Small harmonised matrices with and without ties."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from atrasig.signatures import Signature, SignatureGene, SignatureSet, Source

N_GENES = 400


def make_expr(values: np.ndarray) -> AnnData:
    """A harmonised matrix of coding genes G000, G001, ... from samples x genes."""
    genes = pd.Index([f"G{i:03d}" for i in range(values.shape[1])], dtype=object)
    samples = pd.Index([f"s{i}" for i in range(values.shape[0])], dtype=object)
    var = pd.DataFrame({"biotype": "protein_coding"}, index=genes)
    return AnnData(X=values.astype(np.float64), obs=pd.DataFrame(index=samples), var=var)


def make_signature(name: str, up: list[str], down: list[str] | None = None) -> Signature:
    """A signature of the given genes."""
    genes = [SignatureGene(gene=g, direction="up") for g in up]
    genes += [SignatureGene(gene=g, direction="down") for g in down or []]
    return Signature(
        id=name,
        version="1.0.0",
        title=name,
        kind="pathway",
        source=Source(citation="made for this test"),
        obtained="curated",
        licence="none needed",
        genes=tuple(genes),
    )


@pytest.fixture
def expr_of() -> Callable[[np.ndarray], AnnData]:
    return make_expr


@pytest.fixture
def signature_of() -> Callable[..., Signature]:
    return make_signature


@pytest.fixture
def untied() -> AnnData:
    return make_expr(np.random.default_rng(1).normal(size=(5, N_GENES)))


@pytest.fixture
def tied() -> AnnData:
    counts = np.random.default_rng(2).poisson(0.8, size=(5, N_GENES))
    return make_expr(np.log2(counts + 1.0))


@pytest.fixture
def sets() -> SignatureSet:
    draw = np.random.default_rng(3)
    names = [f"G{i:03d}" for i in range(N_GENES)]

    def pick(n: int) -> list[str]:
        return [str(g) for g in draw.choice(names, n, replace=False)]

    both = pick(30)
    return SignatureSet(
        [
            make_signature("large", pick(60)),
            make_signature("small", pick(6)),
            make_signature("both", both[:18], both[18:]),
            make_signature("down", [], pick(12)),
        ]
    )
