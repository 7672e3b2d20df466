"""Cells in files: read in bands, they are what the reader of whole files gives."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csc_matrix, csr_matrix, issparse

from atrasig.errors import FormatError, InputError, ScaleError
from atrasig.io import read_expression
from atrasig.io.stores import bands
from atrasig.singlecell import label_cells, pseudobulk
from atrasig.singlecell.pseudobulk import sum_cells
from atrasig.singlecell.stored import open_cells

Change = Callable[[AnnData], object]
GENES = ["ENSG00000131759", "ENSG00000140464", "ENSG00000004468", "ENSG00000198888"]
BY = ["sample", "cell_type"]


@pytest.fixture(autouse=True)
def _small_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "BAND_VALUES", 7)
    monkeypatch.setattr(bands, "_TALLEST", 1)


def made(kind: Callable[..., object] = csr_matrix, dtype: type = np.float32) -> AnnData:
    """Thirty cells; some have no counts."""
    counts = np.random.default_rng(3).poisson(0.7, (30, len(GENES))).astype(dtype)
    obs = pd.DataFrame(
        {"sample": pd.Categorical(["p1", "p2", "p3"] * 10), "cell_type": ["B", "T"] * 15},
        index=[f"c{number}" for number in range(30)],
    )
    return AnnData(kind(counts), obs=obs, var=pd.DataFrame({"name": list("abcd")}, index=GENES))


def with_layer(adata: AnnData) -> None:
    adata.layers["counts"] = adata.X.copy() * 1.5
    adata.X = np.log1p(adata.X.toarray())


def with_raw(adata: AnnData) -> None:
    adata.raw = adata.copy()
    adata.X = np.log1p(adata.X.toarray())
    adata._inplace_subset_var(["ENSG00000140464", "ENSG00000131759"])


def scaled_with_raw(adata: AnnData) -> None:
    with_raw(adata)
    adata.X = adata.X - 0.5


def counts_with_raw(adata: AnnData) -> None:
    adata.raw = adata.copy()
    adata._inplace_subset_var(GENES[:2])


def without_x(adata: AnnData) -> None:
    adata.layers["counts"] = adata.X
    adata.X = None


def same(path: Path) -> str:
    """Compare with the reader of whole files, and name the place of the counts."""
    whole = pseudobulk(read_expression(path), BY, min_cells=1)
    with open_cells(path, BY) as cells:
        sums, place = sum_cells(cells, BY, 1), cells.facts["counts_from"]
        names = [name for rows, _ in cells.bands() for name in cells.names[rows]]
        assert names == cells.names == [f"c{number}" for number in range(30)]
    assert issparse(sums.X) == issparse(whole.X)
    for one, other in ((sums.obs, whole.obs), (sums.var, whole.var)):
        pd.testing.assert_frame_equal(one, other, check_column_type=False)
    pd.testing.assert_frame_equal(sums.to_df(), whole.to_df(), check_column_type=False)
    known, facts = (dict(found.uns["atrasig"]["input"]) for found in (whole, sums))
    for record in (known, facts):
        record.pop("values_from", None)
        record.pop("counts_from", None)
    assert facts == known
    return str(place)


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
@pytest.mark.parametrize("kind", [csr_matrix, np.asarray])
def test_sums_of_a_file_are_those_of_its_matrix(
    tmp_path: Path, kind: Callable[..., object], dtype: type
) -> None:
    made(kind, dtype).write_h5ad(tmp_path / "m.h5ad", compression="gzip")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Writing zarr v2 data")  # of the library itself
        made(kind, dtype).write_zarr(tmp_path / "m.zarr")
    assert same(tmp_path / "m.h5ad") == same(tmp_path / "m.zarr") == "X"
    (tmp_path / "m.h5ad.gz").write_bytes(gzip.compress((tmp_path / "m.h5ad").read_bytes()))
    assert same(tmp_path / "m.h5ad.gz") == "X"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (with_layer, "layers['counts']"),
        (without_x, "layers['counts']"),
        (with_raw, "raw.X"),
        (scaled_with_raw, "raw.X"),
        (counts_with_raw, "X"),
    ],
)
def test_counts_are_found_where_the_reader_finds_them(
    tmp_path: Path, change: Change, place: str
) -> None:
    adata = made()
    change(adata)
    adata.write_h5ad(tmp_path / "m.h5ad")
    assert same(tmp_path / "m.h5ad") == place


def test_values_are_never_held_whole(tmp_path: Path) -> None:
    made().write_h5ad(tmp_path / "m.h5ad")
    with open_cells(tmp_path / "m.h5ad") as cells:
        read = list(cells.bands())
    assert len(read) > 3
    assert max(values.nnz for _, values in read) <= 7
    assert [rows.start for rows, _ in read[1:]] == [rows.stop for rows, _ in read[:-1]]


def test_what_is_stored_by_columns_is_held(tmp_path: Path, shared: Path) -> None:
    made(csc_matrix).write_h5ad(tmp_path / "m.h5ad")
    with open_cells(tmp_path / "m.h5ad", BY) as cells:
        sums = sum_cells(cells, BY, 1)
    assert sums.X.sum() == made().X.sum()
    with open_cells(shared / "data/singlecell/10x_v3/filtered_feature_bc_matrix.h5") as cells:
        assert (len(cells.names), cells.columns) == (1107, [])
        assert cells.facts["declared_scale"] == "counts"


def test_labels_of_a_table(tmp_path: Path) -> None:
    made().write_h5ad(tmp_path / "m.h5ad")
    table = tmp_path / "labels.tsv"
    table.write_text("cell\tsample\n" + "".join(f"c{n}\tq{n % 2}\n" for n in range(30)))
    labelled = label_cells(read_expression(tmp_path / "m.h5ad"), table)
    with open_cells(tmp_path / "m.h5ad", BY, labels=table) as cells:
        sums = sum_cells(cells, BY, 1)
    pd.testing.assert_frame_equal(sums.to_df(), pseudobulk(labelled, BY, min_cells=1).to_df())
    assert sums.uns["atrasig"]["input"]["cells_without_labels"] == 0


def spoiled(path: Path, name: str, value: np.ndarray) -> Path:
    made().write_h5ad(path)
    with h5py.File(path, "r+") as store:
        kept = dict(store[name].attrs)
        del store[name]
        store[name] = value
        store[name].attrs.update(kept)
    return path


@pytest.mark.parametrize(
    ("name", "change", "error", "says"),
    [
        ("X/indices", lambda v: v - 1, FormatError, "contradict themselves"),
        ("X/indices", lambda v: v + 1, FormatError, "contradict themselves"),
        ("X/indices", lambda v: v[:-1], FormatError, "do not divide the values"),
        ("X/indptr", lambda v: v[::-1], FormatError, "do not divide the values"),
        ("X/indptr", lambda v: v[:-1], FormatError, "do not divide the values"),
        ("X/indptr", lambda v: v * 2, FormatError, "do not divide the values"),
        ("X/data", lambda v: v * np.inf, FormatError, "is infinite"),
        ("X/data", lambda v: v * np.nan, FormatError, "is missing"),
        ("X/data", lambda v: v.astype("S3"), FormatError, "not numbers"),
        ("X/data", lambda v: v / 2, ScaleError, "X holds fractions such as 0.5"),
        ("X/data", lambda v: v - 2, ScaleError, "X reaches down to -1"),
    ],
)
def test_spoiled(
    tmp_path: Path,
    name: str,
    change: Callable[[np.ndarray], np.ndarray],
    error: type[InputError],
    says: str,
) -> None:
    made().write_h5ad(tmp_path / "a.h5ad")
    with h5py.File(tmp_path / "a.h5ad") as store:
        value = change(store[name][:])
    path = spoiled(tmp_path / "m.h5ad", name, value)
    with pytest.raises(error, match=says), open_cells(path, BY) as cells:
        sum_cells(cells, BY, 1)


def test_shapes_and_names_that_do_not_fit(tmp_path: Path) -> None:
    made().write_h5ad(tmp_path / "m.h5ad")
    with h5py.File(tmp_path / "m.h5ad", "r+") as store:
        store["X"].attrs["shape"] = [30, 9]
    with (
        pytest.raises(FormatError, match="30 x 9 cells for 30 samples and 4 genes"),
        open_cells(tmp_path / "m.h5ad", BY) as cells,
    ):
        sum_cells(cells, BY, 1)
    twice = made()
    twice.obs_names = ["c1"] * 30
    twice.write_h5ad(tmp_path / "n.h5ad")
    with (
        pytest.raises(InputError, match="'c1' stands 30 times"),
        open_cells(tmp_path / "n.h5ad"),
    ):
        pass


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated(tmp_path: Path, share: float) -> None:
    made().write_h5ad(tmp_path / "m.h5ad")
    whole = (tmp_path / "m.h5ad").read_bytes()
    (tmp_path / "cut.h5ad").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(FormatError), open_cells(tmp_path / "cut.h5ad", BY) as cells:
        sum_cells(cells, BY, 1)
