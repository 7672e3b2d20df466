"""h5ad: dense, sparse, with counts."""

from __future__ import annotations

from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csc_matrix, csr_matrix, issparse

from atrasig.errors import FormatError
from atrasig.io import read_expression


def made(path: Path, adata: AnnData) -> Path:
    adata.write_h5ad(path)
    return path


def toy(values: object, genes: list[str], n_samples: int = 2) -> AnnData:
    names = [f"s{i + 1}" for i in range(n_samples)]
    return AnnData(values, obs=pd.DataFrame(index=names), var=pd.DataFrame(index=genes))


@pytest.mark.parametrize("kind", [csr_matrix, csc_matrix])
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_sparse_stays_sparse(tmp_path: Path, kind: type, dtype: type) -> None:
    values = np.array([[0, 2, 0], [1, 0, 3]], dtype=dtype)
    adata = read_expression(made(tmp_path / "m.h5ad", toy(kind(values), ["RARA", "PML", "CD38"])))
    assert issparse(adata.X)
    assert adata.X.dtype == np.float64
    np.testing.assert_array_equal(adata.X.toarray(), values)
    chosen = read_expression(tmp_path / "m.h5ad", samples=["s2"])
    np.testing.assert_array_equal(chosen.X.toarray(), values[[1]])


def test_counts_layer_and_annotation_come_along(tmp_path: Path) -> None:
    source = toy(np.array([[0.5, np.nan], [1.5, 2.5]], dtype=np.float32), ["RARA", "PML"])
    source.layers["counts"] = csr_matrix([[1, 0], [3, 5]])
    source.layers["other"] = np.zeros((2, 2))
    source.obs["tissue"] = pd.Categorical(["blood", None])
    source.obs["age"] = [1.5, np.nan]
    source.var["length"] = [10, 20]
    adata = read_expression(made(tmp_path / "m.h5ad", source), samples=["s2", "s1"])
    np.testing.assert_array_equal(adata.X, [[1.5, 2.5], [0.5, np.nan]])
    assert set(adata.layers) - {None} == {"counts"}
    np.testing.assert_array_equal(adata.layers["counts"].toarray(), [[3, 5], [1, 0]])
    assert adata.obs["tissue"].tolist() == ["", "blood"]
    assert adata.obs["age"].tolist() == ["", "1.5"]
    assert adata.var["length"].tolist() == ["10", "20"]


def test_repeated_gene_names_are_kept_without_warning(tmp_path: Path) -> None:
    genes = ["RARA", "PML", "RARA", "RARA#2", "RARA"]
    with pytest.warns(UserWarning, match="not unique"):
        source = toy(np.arange(10.0).reshape(2, 5), genes)
    adata = read_expression(made(tmp_path / "m.h5ad", source))
    assert list(adata.var["gene_id"]) == genes
    assert adata.var_names.is_unique
    np.testing.assert_array_equal(adata.X, source.X)


def test_a_matrix_that_was_read_and_written_reads_back_the_same(
    files: dict[str, Path], tmp_path: Path
) -> None:
    text = files["tsv"].read_text() + "RARA\t1\t2\t3\n"
    (tmp_path / "twice.tsv").write_text(text)
    first = read_expression(tmp_path / "twice.tsv")
    second = read_expression(made(tmp_path / "raw.h5ad", first))
    assert list(second.var["gene_id"]) == list(first.var["gene_id"])
    assert second.uns["atrasig"]["input"]["identifier_column"] == "gene_id"
    np.testing.assert_array_equal(second.X, first.X)


def test_foreign_gene_id_column_is_annotation(tmp_path: Path) -> None:
    source = toy(np.ones((2, 2)), ["RARA", "PML"])
    source.var["gene_id"] = ["ENSG00000131759", "ENSG00000140464"]
    adata = read_expression(made(tmp_path / "m.h5ad", source))
    assert list(adata.var["gene_id"]) == ["RARA", "PML"]
    assert list(adata.var["gene_id_of_file"]) == ["ENSG00000131759", "ENSG00000140464"]


def test_infinite_value_in_a_sparse_matrix_is_located(tmp_path: Path) -> None:
    path = made(tmp_path / "m.h5ad", toy(csr_matrix([[0, 1.0], [np.inf, 0]]), ["RARA", "PML"]))
    with pytest.raises(FormatError, match="gene 'RARA' in sample 's2' is infinite"):
        read_expression(path)


def test_file_without_x(tmp_path: Path) -> None:
    source = AnnData(obs=pd.DataFrame(index=["s1"]), var=pd.DataFrame(index=["RARA"]))
    with pytest.raises(FormatError, match="has no X"):
        read_expression(made(tmp_path / "m.h5ad", source))


def test_hdf5_that_is_no_h5ad(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as store:
        store["matrix/data"] = [1, 2]
    whole = made(tmp_path / "m.h5ad", toy(np.ones((2, 1)), ["RARA"])).read_bytes()
    (tmp_path / "cut.h5ad").write_bytes(whole[: len(whole) // 2])
    for name in ("x.h5", "cut.h5ad"):
        with pytest.raises(FormatError, match=f"Cannot read as h5ad.*{name}"):
            read_expression(tmp_path / name)


def test_real_cells(shared: Path) -> None:
    path = shared / "data/singlecell/healthy_bm_pbmc_250x462.h5ad"
    adata, source = read_expression(path), anndata.read_h5ad(path)
    assert adata.shape == (250, 462)
    assert issparse(adata.X)
    assert (adata.X != source.X).nnz == 0
    assert (adata.layers["counts"] != source.layers["counts"]).nnz == 0
    assert list(adata.var["gene_id"]) == list(source.var_names)
