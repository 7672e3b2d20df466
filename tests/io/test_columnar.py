"""Parquet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import FormatError
from atrasig.io import read_expression


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
