"""Every kind of input gives the same values, whole, by blocks and by chosen rows."""

from __future__ import annotations

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csc_matrix, csr_array, csr_matrix, issparse

from atrasig.errors import FormatError, GeneIdError, InputError, UsageError
from atrasig.scoring.sources import memory, open_source
from atrasig.scoring.sources.rows import DenseRows, SparseRows, as_floating


def _dense(block: object) -> np.ndarray:
    return block.toarray() if issparse(block) else np.asarray(block)


def test_names_and_values_are_the_same_however_a_matrix_is_held(
    counts: AnnData, held: object
) -> None:
    with open_source(held) as source:
        assert list(source.obs_names) == list(counts.obs_names)
        assert list(source.var_names) == list(counts.var_names)
        assert list(source.biotype) == list(counts.var["biotype"])
        assert source.platform in {"single_cell", ""}
        assert source.place == "X"
        assert np.array_equal(_dense(source.block(slice(None))), counts.X)
        assert source.block(slice(0, 3)).dtype in (np.float32, np.float64)


@pytest.mark.parametrize("size", [1, 7, 23, 100, None])
def test_blocks_follow_each_other_and_miss_nothing(
    counts: AnnData, held: object, size: int | None
) -> None:
    with open_source(held) as source:
        found = list(source.blocks(size))
        rows = np.concatenate([rows for rows, _ in found])
        values = np.vstack([_dense(block) for _, block in found])
        assert all(block.shape == (part.size, counts.n_vars) for part, block in found)
    assert np.array_equal(rows, np.arange(counts.n_obs))
    assert np.array_equal(values, counts.X)


def test_rows_and_columns_come_in_the_order_asked_for(counts: AnnData, held: object) -> None:
    rows = np.array([20, 3, 4, 5, 0, 3])
    columns = np.random.default_rng(1).permutation(counts.n_vars)[:40]
    with open_source(held) as source:
        assert np.array_equal(_dense(source.block(rows)), counts.X[rows])
        found = _dense(source.block(rows, columns))
        assert np.array_equal(found, counts.X[np.ix_(rows, columns)])
        named = source.positions(["c7", "c2"])
        assert list(named) == [7, 2]
        assert source.names(named) == ["c7", "c2"]


def test_samples_in_the_rows_of_a_parquet_file(counts: AnnData, tmp_path: Path) -> None:
    path = tmp_path / "matrix.parquet"
    frame = counts.to_df().copy()
    frame.iloc[2, 5] = np.nan
    frame.rename_axis("sample").to_parquet(path, row_group_size=5)
    with open_source(path) as source:
        assert source.biotype is None
        assert source.names(np.array([22])) == ["c22"]
        blocks = [block for _, block in source.blocks(7)]
        chosen = source.block(np.array([22, 2, 1]), np.array([5, 0]))
    assert np.array_equal(np.vstack(blocks), frame.to_numpy(), equal_nan=True)
    assert np.array_equal(chosen, frame.to_numpy()[[22, 2, 1]][:, [5, 0]], equal_nan=True)


def test_layers_and_raw_values(counts: AnnData, tmp_path: Path) -> None:
    adata = counts.copy()
    adata.raw = counts
    adata = adata[:, :30].copy()
    adata.layers["log"] = csr_matrix(np.log1p(adata.X))
    adata.X = adata.X - 1
    path = tmp_path / "m.h5ad"
    adata.write_h5ad(path)
    backed = ad.read_h5ad(path, backed="r")
    places = [adata, path, backed, adata[::2], backed[::2]]
    for held in places:
        step = 2 if getattr(held, "is_view", False) else 1
        with open_source(held, use_raw=True) as source:
            assert source.place == "raw.X"
            assert list(source.var_names) == list(counts.var_names)
            assert list(source.biotype) == list(counts.var["biotype"])
            assert np.array_equal(_dense(source.block(slice(0, 9))), counts.X[::step][:9])
        with open_source(held, layer="log") as source:
            assert source.place == "layers['log']"
            expected = np.log1p(counts.X[::step, :30])
            assert np.array_equal(_dense(source.block(slice(None))), expected)
    backed.file.close()


def test_platform_of_a_layer_is_known_only_where_x_is_expression(counts: AnnData) -> None:
    adata = counts.copy()
    adata.layers["counts"] = adata.X
    for platform, known in {"rnaseq_counts": "rnaseq_counts", "zscore": ""}.items():
        adata.uns["atrasig"] = {"platform": platform}
        with open_source(adata) as source:
            assert source.platform == platform
        with open_source(adata, layer="counts") as source:
            assert source.platform == known


def test_memory_is_shared_where_rows_follow_each_other() -> None:
    dense = np.random.default_rng(0).random((9, 4))
    assert np.shares_memory(DenseRows(dense).take(np.arange(2, 6), None), dense)
    columns = np.asfortranarray(dense)
    assert np.shares_memory(DenseRows(columns).take(np.arange(2, 6), None), columns)


def test_values_stored_twice_are_added(counts: AnnData) -> None:
    twice = csr_array((np.array([1.0, 2.0, 4.0]), np.array([2, 0, 2]), np.array([0, 3])), (1, 4))
    block = SparseRows(twice).take(np.array([0]), None)
    assert np.array_equal(block.toarray(), [[2.0, 0.0, 5.0, 0.0]])
    assert twice.nnz == 3


@pytest.mark.parametrize(
    ("dtype", "given"),
    [("bool", "f4"), ("uint8", "f4"), ("int16", "f4"), ("float16", "f4"), ("int32", "f8")],
)
def test_whole_numbers_become_floats_without_loss(dtype: str, given: str) -> None:
    assert as_floating(np.ones(3, dtype)).dtype == np.dtype(given)


def test_repeated_names_are_refused(counts: AnnData) -> None:
    genes = counts.copy()
    genes.var_names = ["A1BG", "A1BG", *genes.var_names[2:]]
    with pytest.raises(GeneIdError, match="1 gene names repeat, the first is 'A1BG'"):
        open_source(genes).__enter__()
    samples = counts.copy()
    samples.obs_names = ["s", "s", *samples.obs_names[2:]]
    with pytest.raises(InputError, match="1 sample names repeat, the first is 's'"):
        open_source(samples).__enter__()


def test_what_cannot_be_scored_says_why(counts: AnnData, tmp_path: Path) -> None:
    def refused(error: type, match: str, held: object, **options: object) -> None:
        with pytest.raises(error, match=match), open_source(held, **options):
            pass

    refused(UsageError, "DataFrame cannot be scored", counts.to_df())
    refused(InputError, "no such file", tmp_path / "none.h5ad")
    refused(UsageError, "no layer 'x'.*none", counts, layer="x")
    refused(UsageError, "raw is not set", counts, use_raw=True)
    refused(UsageError, "Both layer", counts, layer="x", use_raw=True)
    refused(UsageError, "X is empty", AnnData(obs=counts.obs))
    text = tmp_path / "m.tsv"
    text.write_text("gene\ta\n")
    refused(UsageError, "no h5ad, zarr or parquet.*atrasig harmonise", text)
    folder = tmp_path / "folder"
    folder.mkdir()
    refused(UsageError, "no h5ad, zarr or parquet", folder)
    broken = tmp_path / "broken.h5ad"
    broken.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    refused(FormatError, "Cannot read as h5ad", broken)
    broken.write_bytes(b"PAR1" + bytes(100))
    refused(FormatError, "Cannot read as parquet", broken)
    whole = tmp_path / "whole.h5ad"
    counts.write_h5ad(whole)
    refused(UsageError, "no 'layers/log' in the h5ad", whole, layer="log")
    refused(UsageError, "no 'raw/var' in the h5ad", whole, use_raw=True)


def test_parquet_whose_genes_cannot_be_told_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    pd.DataFrame({"name": ["x1", "x2"], "y1": [1.0, 2.0]}).to_parquet(path)
    with pytest.raises(GeneIdError, match="Neither rows"), open_source(path):
        pass
    pd.DataFrame({"y1": [1.0, 2.0]}).to_parquet(path)
    with pytest.raises(FormatError, match="no column of names"), open_source(path):
        pass
    with pytest.raises(UsageError, match="no layers"), open_source(path, layer="x"):
        pass


def test_columns_on_disk_are_refused_where_they_do_not_fit(
    counts: AnnData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.h5ad"
    AnnData(csc_matrix(counts.X), counts.obs, counts.var).write_h5ad(path)
    monkeypatch.setattr(memory, "memory_bytes", lambda: 400)
    with pytest.raises(UsageError, match=r"stored by columns.*GB.*tocsr"), open_source(path):
        pass


def test_block_size_follows_the_bytes_of_a_sample() -> None:
    wide = AnnData(np.zeros((3, 20_000), dtype=np.float64))
    with open_source(wide) as source:
        assert source.block_size == 16  # 19 would fit, of which 16 are ranked side by side
    with open_source(AnnData(np.zeros((3, 60_000), dtype=np.float64))) as source:
        assert source.block_size == 6
    with open_source(AnnData(csr_matrix((3, 20_000)))) as source:
        assert source.block_size == 1024
