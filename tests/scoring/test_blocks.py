"""Blocks of samples: what is counted, and how ranks are normalised."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csc_array, csr_array, csr_matrix

from atrasig.scoring.blocks import SampleBlock, float_matrix
from atrasig.scoring.sets import SetIndex
from tests.scoring.conftest import make_signature

VALUES = np.array([[5.0, np.nan, 1.0, 3.0], [0.0, 2.0, 0.0, 4.0]])
GENES = np.array(["a", "b", "c", "d"], dtype=object)


@pytest.mark.parametrize("as_stored", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_measured_genes_are_counted_sample_by_sample(as_stored: type) -> None:
    block = SampleBlock(["x", "y"], as_stored(VALUES), np.arange(4))
    index = SetIndex.build([make_signature("s", ["a", "b", "z"], ["d"])], GENES)
    counts = block.counts(index)
    assert block.n_present.tolist() == [3.0, 4.0]
    assert counts.up.tolist() == [[1.0], [2.0]]
    assert counts.down.tolist() == [[1.0], [1.0]]
    assert counts.matched.tolist() == [[2.0], [3.0]]


@pytest.mark.parametrize("as_stored", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_ranks_are_normalised_by_the_genes_measured(as_stored: type) -> None:
    block = SampleBlock(["x", "y"], as_stored(VALUES), np.array([3, 1, 0]))
    expected = [[1 / 2, np.nan, 1.0], [1.0, 2 / 3, 1 / 3]]
    assert np.allclose(block.normalised_ranks(), expected, equal_nan=True)
    assert np.array_equal(block.dense(), VALUES[:, [3, 1, 0]], equal_nan=True)


@pytest.mark.parametrize("dtype", [np.int32, np.uint16, np.float16, bool])
def test_other_numbers_become_float64(dtype: type) -> None:
    dense, sparse = (
        float_matrix(np.eye(3, dtype=dtype)),
        float_matrix(csr_array(np.eye(3, dtype=int))),
    )
    assert dense.dtype == sparse.dtype == np.float64
    assert np.array_equal(dense, np.eye(3))
    assert np.array_equal(sparse.toarray(), np.eye(3))


def test_floats_are_taken_as_they_are_and_entries_stored_twice_are_added() -> None:
    dense = np.asfortranarray(VALUES.astype(np.float32))
    assert float_matrix(dense) is dense
    twice = csr_matrix(([1.0, 2.0], [0, 0], [0, 2]), shape=(1, 2))
    assert float_matrix(twice).toarray().tolist() == [[3.0, 0.0]]
    assert twice.nnz == 2, "the input is not changed"
    assert isinstance(float_matrix(csc_array(VALUES)), csr_array)
