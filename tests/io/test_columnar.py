"""Parquet and feather."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from atrasig.errors import FormatError
from atrasig.io import read_expression, sniff


def test_genes_in_the_first_column(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"gene": ["RARA", "PML"], "s1": [1, 2], "s2": [3.5, None], "n": ["x", None]}
    )
    table.to_parquet(tmp_path / "m.parquet")
    adata = read_expression(tmp_path / "m.parquet")
    np.testing.assert_array_equal(adata.X, [[1, 2], [3.5, np.nan]])
    assert list(adata.var["n"]) == ["x", ""]


def test_nullable_and_narrow_numbers(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "s1": pd.array([1, None], dtype="Int64"),
            "s2": np.array([0.1, 2], dtype=np.float32),
            "ok": pd.array([True, None], dtype="boolean"),
        },
        index=pd.Index(["RARA", "PML"], name="symbol"),
    )
    table.to_parquet(tmp_path / "m.parquet")
    adata = read_expression(tmp_path / "m.parquet")
    assert list(adata.obs_names) == ["s1", "s2"]
    np.testing.assert_array_equal(adata.X, [[1, np.nan], [np.float32(0.1), 2]])
    assert list(adata.var["ok"]) == ["True", ""]


def test_sample_of_words_is_located(tmp_path: Path) -> None:
    pd.DataFrame({"g": ["RARA", "PML"], "s1": ["1", "low"]}).to_parquet(tmp_path / "m.parquet")
    with pytest.raises(FormatError, match=r"'low' is not a number.*row 'PML', column 's1'"):
        read_expression(tmp_path / "m.parquet", samples=["s1"])


def test_cut_file(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    pd.DataFrame({"g": ["RARA"], "s1": [1.0]}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FormatError, match="Cannot read as parquet"):
        read_expression(path)


def test_real_array_data(shared: Path) -> None:
    path = shared / "data/gastric/GSE26901_expression.parquet"
    table = pd.read_parquet(path)
    assert table.index.name == "symbol"
    adata = read_expression(path, samples=list(table.columns[:3]))
    np.testing.assert_array_equal(adata.X, table.iloc[:, :3].to_numpy().T)
    assert list(adata.var["gene_id"]) == list(table.index)
    assert adata.uns["atrasig"]["input"]["identifier_column"] == "symbol"
    assert adata.uns["atrasig"]["input"]["ignored_columns"] == 106


def _feather(table: pd.DataFrame, path: Path, compression: str = "lz4") -> None:
    import pyarrow as pa
    from pyarrow import feather

    feather.write_feather(pa.Table.from_pandas(table), str(path), compression=compression)


def _stream(table: pd.DataFrame, path: Path) -> None:
    import pyarrow as pa

    made = pa.Table.from_pandas(table)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, made.schema) as writer:
        writer.write_table(made)


@pytest.mark.parametrize("kind", ["parquet", "feather", "zstd", "stream"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_kind_reads_the_same(tmp_path: Path, kind: str, *, packed: bool) -> None:
    table = pd.DataFrame(
        {"s1": [1.5, 2.5], "s2": [3.5, np.nan], "note": ["x", "y"]},
        index=pd.Index(["RARA", "PML"], name="symbol"),
    )
    path = tmp_path / "m.bin"
    if kind == "parquet":
        table.to_parquet(path)
    elif kind == "stream":
        _stream(table, path)
    else:
        _feather(table, path, "zstd" if kind == "zstd" else "lz4")
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert sniff(path) == ("parquet" if kind == "parquet" else "feather")
    adata = read_expression(path)
    np.testing.assert_array_equal(adata.X, [[1.5, 2.5], [3.5, np.nan]])
    assert list(adata.var["gene_id"]) == ["RARA", "PML"]
    assert list(adata.var["note"]) == ["x", "y"]
    one = read_expression(path, samples=["s2"])
    np.testing.assert_array_equal(one.X, [[3.5, np.nan]])
    assert list(one.var["gene_id"]) == ["RARA", "PML"]
    assert one.uns["atrasig"]["input"]["ignored_columns"] == 1


def test_samples_in_rows_by_name(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": ["s1", "s2"], "RARA": [1.0, 2.0], "PML": [3.0, 4.0]})
    _feather(table, tmp_path / "m.feather")
    adata = read_expression(tmp_path / "m.feather", samples=["s2"])
    np.testing.assert_array_equal(adata.X, [[2, 4]])


def test_cut_feather(tmp_path: Path) -> None:
    path = tmp_path / "m.feather"
    _feather(pd.DataFrame({"g": ["RARA"], "s1": [1.0]}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FormatError, match="Cannot read as parquet or feather"):
        read_expression(path)


def test_table_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atrasig.io.columnar.SAFE_BYTES", 2**20)
    monkeypatch.setattr("atrasig.io.columnar.MAX_RATIO", 2)
    table = pd.DataFrame({"g": ["RARA"] * 10**6, "s1": np.zeros(10**6)})
    table.to_parquet(tmp_path / "m.parquet")
    _feather(table, tmp_path / "m.feather", "zstd")
    for name in ("m.parquet", "m.feather"):
        with pytest.raises(FormatError, match="unpacks to more than 2 times its size"):
            read_expression(tmp_path / name)


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(1, 4)),
        elements=st.one_of(st.just(np.nan), st.floats(allow_nan=False, allow_infinity=False)),
    )
)
def test_written_and_read_again(tmp_path: Path, values: np.ndarray) -> None:
    genes = pd.Index(["RARA", "PML", "CEBPE", "CD38"][: len(values)], name="gene")
    table = pd.DataFrame(values, genes, [f"s{n}" for n in range(values.shape[1])])
    _feather(table, tmp_path / "m.feather")
    adata = read_expression(tmp_path / "m.feather")
    np.testing.assert_array_equal(adata.X, values.T)
