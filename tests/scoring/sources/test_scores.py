"""The same scores from every kind of input, whatever the block and the number of threads."""

from __future__ import annotations

import pandas as pd
import pytest
from anndata import AnnData

from atrasig.scoring import score
from atrasig.signatures import Signature, SignatureGene, SignatureSet, Source

METHODS = ["singscore", "ssgsea"]


def _signature(name: str, up: list[str], down: list[str]) -> Signature:
    directed = [("up", gene) for gene in up] + [("down", gene) for gene in down]
    return Signature(
        id=name,
        version="1.0.0",
        title=name,
        kind="pathway",
        source=Source(citation="made for this test"),
        obtained="curated",
        licence="none needed",
        genes=tuple(SignatureGene(gene=gene, direction=way) for way, gene in directed),
    )


@pytest.fixture(scope="module")
def sets(counts: AnnData) -> SignatureSet:
    names = [str(name) for name in counts.var_names]
    return SignatureSet(
        [_signature("a", names[:9], []), _signature("b", names[10:18], names[30:37])]
    )


@pytest.fixture(scope="module")
def expected(counts: AnnData, sets: SignatureSet) -> pd.DataFrame:
    return score(counts, sets, method=METHODS, threads=1, block_size=counts.n_obs)


@pytest.mark.parametrize(("block_size", "threads"), [(1, 2), (7, 1), (7, 2), (None, None)])
def test_scores_are_those_of_the_dense_matrix_in_memory(
    held: object,
    sets: SignatureSet,
    expected: pd.DataFrame,
    block_size: int | None,
    threads: int | None,
) -> None:
    found = score(held, sets, method=METHODS, block_size=block_size, threads=threads)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12, atol=1e-13)


def test_chosen_samples_come_in_the_order_asked_for(
    held: object, sets: SignatureSet, expected: pd.DataFrame
) -> None:
    names = ["c20", "c3", "c4"]
    found = score(held, sets, method=METHODS, samples=names, block_size=2)
    by_name = expected.set_index("sample").loc[names].reset_index()
    pd.testing.assert_frame_equal(found, by_name, rtol=1e-12, atol=1e-13)
