"""Average ranks against scipy, and their invariances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata

from atrasig.scoring.ranks import RankBlock, average_ranks


@pytest.mark.parametrize("decimals", [12, 1, 0])
def test_equal_scipy_rankdata_with_and_without_ties(decimals: int) -> None:
    values = np.random.default_rng(0).normal(size=(7, 501)).round(decimals)
    assert np.array_equal(average_ranks(values), rankdata(values, axis=1))


def test_missing_genes_are_ranked_among_the_present_alone() -> None:
    values = np.random.default_rng(1).integers(0, 9, size=(6, 80)).astype(float)
    values[np.random.default_rng(2).random(values.shape) < 0.2] = np.nan
    expected = rankdata(values, axis=1, nan_policy="omit")
    assert np.array_equal(average_ranks(values), expected, equal_nan=True)


def test_one_gene_no_gene_and_all_missing() -> None:
    assert average_ranks(np.array([[3.0]])).tolist() == [[1.0]]
    assert average_ranks(np.empty((2, 0))).shape == (2, 0)
    assert np.isnan(average_ranks(np.full((1, 4), np.nan))).all()


def test_block_counts_present_genes_and_normalises_by_them() -> None:
    block = RankBlock.from_values(np.array([[5.0, np.nan, 1.0, 3.0]]))
    assert block.n_present.tolist() == [3.0]
    assert block.ranks.tolist() == [[3.0, 0.0, 1.0, 2.0]]
    assert np.allclose(block.normalised(), [[1.0, np.nan, 1 / 3, 2 / 3]], equal_nan=True)
