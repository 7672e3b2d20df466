"""loom: blocks, names, layers, damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import issparse

from atrasig.errors import FormatError
from atrasig.io import read_expression, sniff
from atrasig.io.stores import loom

CELLS, GENES = ["c1", "c2"], ["RARA", "PML", "CD38"]
VALUES = np.array([[0, 0, 3], [0, 2, 0]])


def written(path: Path, values: np.ndarray = VALUES, cells: list[str] = CELLS) -> Path:
    """Write cells x genes."""
    with h5py.File(path, "w") as store:
        store.create_dataset("matrix", data=values.T, chunks=True, compression="gzip")
        store["row_attrs/Gene"] = np.array(GENES, dtype=h5py.string_dtype())
        store["row_attrs/Variance"] = [0.1, 0.2, 0.3]
        store["col_attrs/CellID"] = np.array(cells, dtype=h5py.string_dtype())
        store["col_attrs/Cluster"] = np.arange(len(cells))
        store["col_attrs/Embedding"] = np.zeros((len(cells), 2))
        store.create_group("layers")
        store.create_group("attrs")
    return path


def test_sparse_by_cells(tmp_path: Path) -> None:
    path = written(tmp_path / "m.loom")
    assert sniff(path) == "loom"
    adata = read_expression(path)
    assert issparse(adata.X)
    np.testing.assert_array_equal(adata.X.toarray(), VALUES)
    assert list(adata.obs_names) == CELLS
    assert list(adata.var["gene_id"]) == GENES
    assert adata.obs["Cluster"].tolist() == ["0", "1"]
    assert adata.uns["atrasig"]["input"]["unit"] == "cell"


def test_ids_before_symbols_and_counts_layer(tmp_path: Path) -> None:
    path = written(tmp_path / "m.loom")
    ids = ["ENSG00000131759", "ENSG00000140464", "ENSG00000004468"]
    with h5py.File(path, "r+") as store:
        store["row_attrs/Accession"] = np.array(ids, dtype=h5py.string_dtype())
        store["layers/counts"] = VALUES.T * 2
        store["layers/spliced"] = VALUES.T
    adata = read_expression(path)
    assert list(adata.var["gene_id"]) == ids
    assert list(adata.var["Gene"]) == GENES
    np.testing.assert_array_equal(adata.layers["counts"].toarray(), VALUES * 2)
    assert adata.uns["atrasig"]["input"]["ignored_layers"] == 1


def test_mostly_measured_or_missing_values_are_dense(tmp_path: Path) -> None:
    for number, values in enumerate((VALUES + 1.0, np.where(VALUES == 3, np.nan, VALUES))):
        adata = read_expression(written(tmp_path / f"{number}.loom", values))
        assert not issparse(adata.X)
        np.testing.assert_array_equal(adata.X, values)


def put(name: str, value: object) -> Callable[[h5py.File], None]:
    def spoil(store: h5py.File) -> None:
        del store[name]
        store[name] = value

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda store: store.__delitem__("col_attrs/CellID"), "No column attribute names the cell"),
        (lambda store: store.__delitem__("row_attrs/Gene"), "No row attribute names the genes"),
        (put("col_attrs/CellID", np.array([b"c1"])), "different lengths"),
        (put("matrix", np.zeros((4, 4))), "4 x 4 cells for 2 samples and 3 genes"),
        (put("matrix", np.zeros(4)), "Cannot read as loom"),
        (put("matrix", np.array([[b"a", b"b"]] * 3)), "Cannot read as loom|not numbers"),
    ],
)
def test_spoiled(tmp_path: Path, spoil: Callable[[h5py.File], None], message: str) -> None:
    path = written(tmp_path / "m.loom")
    with h5py.File(path, "r+") as store:
        spoil(store)
    with pytest.raises(FormatError, match=message):
        read_expression(path)


def test_forced_format(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as store:
        store["x"] = 1
    with pytest.raises(FormatError, match="no matrix with row_attrs"):
        read_expression(tmp_path / "m.h5", format="loom")


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 9).flatmap(
        lambda n: arrays(np.float64, (n, 3), elements=st.sampled_from([0.0, 0.0, 0.0, 1.5, 7.0]))
    ),
    st.integers(1, 12),
)
def test_written_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, block: int
) -> None:
    path = tmp_path_factory.mktemp("loom") / "m.loom"
    cells = [f"c{number}" for number in range(len(values))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loom, "_BLOCK_VALUES", block)
        adata = read_expression(written(path, values, cells))
    assert issparse(adata.X) == (2 * np.count_nonzero(values) <= values.size)
    np.testing.assert_array_equal(adata.X.toarray() if issparse(adata.X) else adata.X, values)
