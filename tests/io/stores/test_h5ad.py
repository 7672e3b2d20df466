"""h5ad: dense, sparse, with counts, of strangers."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csc_matrix, csr_matrix, issparse

from atrasig.errors import FormatError, InputError
from atrasig.io import read_expression, sniff


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


def test_the_better_known_names_are_the_identifiers(tmp_path: Path) -> None:
    source = toy(np.ones((2, 2)), ["RARA", "PML"])
    source.var["gene_id"] = ["ENSG00000131759", "ENSG00000140464"]
    adata = read_expression(made(tmp_path / "m.h5ad", source))
    assert list(adata.var["gene_id"]) == ["RARA", "PML"]
    assert list(adata.var["gene_id_of_file"]) == ["ENSG00000131759", "ENSG00000140464"]
    source = toy(np.ones((2, 2)), ["0", "1"])
    source.var["ensembl"] = ["ENSG00000131759", "ENSG00000140464"]
    adata = read_expression(made(tmp_path / "n.h5ad", source))
    assert list(adata.var["gene_id"]) == ["ENSG00000131759", "ENSG00000140464"]
    assert list(adata.var["var_names"]) == ["0", "1"]
    assert adata.uns["atrasig"]["input"]["identifier_column"] == "ensembl"


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
        store["model/weights"] = [1, 2]
    with pytest.raises(FormatError, match=r"no AnnData in it: it holds 'model'.*x\.h5"):
        read_expression(tmp_path / "x.h5")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.999])
def test_truncated(tmp_path: Path, share: float) -> None:
    values = csr_matrix(np.random.default_rng(1).poisson(1.0, (30, 3)).astype(float))
    whole = made(tmp_path / "m.h5ad", toy(values, ["RARA", "PML", "CD38"], 30)).read_bytes()
    (tmp_path / "cut.h5ad").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(FormatError, match=r"Cannot read as h5ad.*cut\.h5ad"):
        read_expression(tmp_path / "cut.h5ad")


def test_packed(tmp_path: Path) -> None:
    path = made(tmp_path / "m.h5ad", toy(np.array([[1.0], [2.0]]), ["RARA"]))
    packed = tmp_path / "m.h5ad.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_array_equal(read_expression(packed).X, [[1], [2]])


def spoiled(path: Path, spoil: Callable[[h5py.File], object]) -> Path:
    made(path, toy(csr_matrix([[0, 1.0, 2.0], [3.0, 0, 4.0]]), ["RARA", "PML", "CD38"]))
    with h5py.File(path, "r+") as store:
        spoil(store)
    return path


def replace(name: str, value: object) -> Callable[[h5py.File], object]:
    def spoil(store: h5py.File) -> None:
        attributes = dict(store[name].attrs)
        del store[name]
        store[name] = value
        store[name].attrs.update(attributes)

    return spoil


def external(store: h5py.File) -> None:
    del store["X"]
    store["X"] = h5py.ExternalLink("other.h5ad", "X")


def stored_outside(store: h5py.File) -> None:
    del store["X"]
    store.create_dataset("X", (2, 3), "f8", external=[("secret.bin", 0, 48)])


def huge(store: h5py.File) -> None:
    del store["X"]
    store.create_dataset("X", (10**6, 10**6), "f8", chunks=(10, 10))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (replace("X/indices", np.array([0, 7, 1, 2])), "contradict themselves"),
        (replace("X/indices", np.array([0, -5, 1, 2])), "contradict themselves"),
        (replace("X/indptr", np.array([0, 99, 4])), "contradict themselves"),
        (replace("X/indptr", np.array([0, 2])), "contradict themselves|Cannot read"),
        (replace("X/data", np.array([1.0, np.nan, 3, 4])), "gene 'CD38' in sample 's1' is missing"),
        (
            replace("X/data", np.array([1.0, np.inf, 3, 4])),
            "gene 'CD38' in sample 's1' is infinite",
        ),
        (replace("X/data", np.array([b"a", b"b", b"c", b"d"])), "not numbers|Cannot read"),
        (lambda store: store["X"].attrs.update({"shape": [2, 9]}), "2 x 9 cells for 2"),
        (lambda store: store["X"].attrs.update({"encoding-type": "odd"}), "Cannot read 'X'"),
        (lambda store: store["obs"].attrs.update({"encoding-type": "odd"}), "Cannot read 'obs'"),
        (lambda store: store.pop("obs"), "no AnnData in it"),
        (external, "'X' is a link to another file"),
        (stored_outside, "'X' draws its data from another file"),
        (huge, "'X' unpacks to more than"),
    ],
)
def test_spoiled(tmp_path: Path, spoil: Callable[[h5py.File], object], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_expression(spoiled(tmp_path / "m.h5ad", spoil))


def test_values_that_are_texts(tmp_path: Path) -> None:
    path = spoiled(tmp_path / "m.h5ad", lambda store: store.pop("X"))
    with h5py.File(path, "r+") as store:
        anndata.io.write_elem(
            store, "X", np.array([["1", "2", "3"], ["4", "5", "x"]], dtype=object)
        )
    with pytest.raises(FormatError, match="not numbers"):
        read_expression(path)


def test_what_is_not_needed_is_not_read(tmp_path: Path) -> None:
    def spoil(store: h5py.File) -> None:
        store["uns/odd"] = np.void(b"\x80\x04pickled")
        store["uns/odd"].attrs["encoding-type"] = "unheard-of"
        store.create_group("obsm/broken").attrs["encoding-type"] = "csr_matrix"

    path = spoiled(tmp_path / "m.h5ad", spoil)
    np.testing.assert_array_equal(read_expression(path).X.toarray(), [[0, 1, 2], [3, 0, 4]])


def test_repeated_sample_names(tmp_path: Path) -> None:
    path = made(tmp_path / "m.h5ad", toy(np.ones((2, 1)), ["RARA"]))
    with h5py.File(path, "r+") as store:
        index = store["obs"][store["obs"].attrs["_index"]]
        # anndata 0.13 stores texts as a group of values and their mask.
        texts = index["values"] if isinstance(index, h5py.Group) else index
        texts[:] = ["s1", "s1"]
    with pytest.raises(InputError, match="'s1' stands 2 times"):
        read_expression(path)


def counted(x: np.ndarray, genes: list[str]) -> AnnData:
    """X of two genes beside raw counts of three."""
    source = toy(np.array([[1.0, 0, 3], [0, 5, 6]]), ["RARA", "PML", "CD38"])
    source.raw = source.copy()
    source = source[:, genes].copy()
    source.X = x
    return source


def test_counts_in_raw_beside_log_values(tmp_path: Path) -> None:
    source = counted(np.array([[0.1, 0.2], [0.3, 0.0]]), ["CD38", "RARA"])
    adata = read_expression(made(tmp_path / "m.h5ad", source))
    np.testing.assert_array_equal(adata.X, source.X)
    np.testing.assert_array_equal(adata.layers["counts"], [[3, 1], [6, 0]])
    facts = adata.uns["atrasig"]["input"]
    assert (facts["values_from"], facts["counts_from"]) == ("X", "raw.X")


def test_scaled_values_give_way_to_counts(tmp_path: Path) -> None:
    scaled = np.array([[-1.0, 1], [1, -1]])
    adata = read_expression(made(tmp_path / "m.h5ad", counted(scaled, ["CD38", "RARA"])))
    np.testing.assert_array_equal(adata.X, [[1, 0, 3], [0, 5, 6]])
    assert list(adata.var["gene_id"]) == ["RARA", "PML", "CD38"]
    assert adata.uns["atrasig"]["input"]["values_from"].startswith("raw.X, because X is scaled")
    source = counted(scaled, ["CD38", "RARA"])
    source.layers["counts"] = np.array([[7.0, 8], [9, 0]])
    adata = read_expression(made(tmp_path / "n.h5ad", source))
    np.testing.assert_array_equal(adata.X, [[7, 8], [9, 0]])
    alone = toy(scaled, ["CD38", "RARA"])
    adata = read_expression(made(tmp_path / "o.h5ad", alone))
    np.testing.assert_array_equal(adata.X, scaled)


def test_the_layer_stands_in_for_a_missing_x(tmp_path: Path) -> None:
    source = toy(np.ones((2, 1)), ["RARA"])
    source.layers["counts"] = np.array([[2.0], [3.0]])
    source.X = None
    adata = read_expression(made(tmp_path / "m.h5ad", source))
    np.testing.assert_array_equal(adata.X, [[2], [3]])


def test_gene_expression_of_several_modalities(tmp_path: Path) -> None:
    source = toy(np.array([[1.0], [2.0]]), ["RARA"])
    for name in ("rna", "atac"):
        with h5py.File(tmp_path / f"{name}.h5mu", "w") as store:
            anndata.io.write_elem(store.create_group("mod"), name, source)
            anndata.io.write_elem(store, "obs", source.obs)
    adata = read_expression(tmp_path / "rna.h5mu")
    np.testing.assert_array_equal(adata.X, [[1], [2]])
    assert adata.uns["atrasig"]["input"]["modality"] == "rna"
    with pytest.raises(FormatError, match="No modality is named 'rna'; there are 'atac'"):
        read_expression(tmp_path / "atac.h5mu")


def test_tables_of_old_files(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "old.h5ad", "w") as store:
        store["X"] = np.array([[1.0, 2.0]], dtype=np.float32)
        store["obs"] = np.array([(b"s1", 3.5)], dtype=[("index", "S2"), ("age", "f8")])
        store["var"] = np.array([(b"RARA",), (b"PML",)], dtype=[("index", "S4")])
    adata = read_expression(tmp_path / "old.h5ad")
    assert list(adata.obs_names) == ["s1"]
    assert list(adata.var["gene_id"]) == ["RARA", "PML"]
    assert adata.obs["age"].tolist() == ["3.5"]


def test_cells_are_known_by_barcodes_or_columns(tmp_path: Path) -> None:
    source = toy(np.ones((60, 1)), ["RARA"], 60)
    unit = lambda: read_expression(made(tmp_path / "m.h5ad", source)).uns["atrasig"]["input"]  # noqa: E731
    assert "unit" not in unit()
    source.obs["total_counts"] = 1.0
    source.obs["cell_type"] = "B"
    assert unit()["unit_evidence"] == "columns cell_type, total_counts"
    del source.obs["cell_type"]
    source.obs_names = [f"{'ACGT' * 4}-{number}" for number in range(60)]
    assert unit()["unit_evidence"] == "sample names are barcodes"


def test_what_was_known_of_the_first_file_comes_along(tmp_path: Path) -> None:
    source = toy(np.ones((2, 1)), ["RARA"])
    known = {"name": "a", "sha256": "0", "format": "gct", "unit": "pseudobulk", "empty_columns": 2}
    source.uns["atrasig"] = {"input": known}
    facts = read_expression(made(tmp_path / "m.h5ad", source)).uns["atrasig"]["input"]
    assert facts["name"] == "m.h5ad"
    assert facts["source_name"] == "a"
    assert facts["source_format"] == "gct"
    assert facts["unit"] == "pseudobulk"
    assert facts["empty_columns"] == 2


@settings(deadline=None, max_examples=25)
@given(
    arrays(np.float64, (4, 3), elements=st.floats(0, 1e6).map(lambda x: x if x > 1e3 else 0.0)),
    st.sampled_from(["dense", "csr", "csc"]),
)
def test_written_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, kind: str
) -> None:
    path = tmp_path_factory.mktemp("h5ad") / "m.h5ad"
    stored = {"dense": np.asarray, "csr": csr_matrix, "csc": csc_matrix}[kind](values)
    adata = read_expression(made(path, toy(stored, ["RARA", "PML", "CD38"], 4)))
    assert sniff(path) == "h5ad"
    assert issparse(adata.X) == (kind != "dense")
    np.testing.assert_array_equal(adata.X.toarray() if kind != "dense" else adata.X, values)


def test_real_cells(shared: Path) -> None:
    path = shared / "data/singlecell/healthy_bm_pbmc_250x462.h5ad"
    adata, source = read_expression(path), anndata.read_h5ad(path)
    assert adata.shape == (250, 462)
    assert issparse(adata.X)
    assert (adata.X != source.X).nnz == 0
    assert (adata.layers["counts"] != source.layers["counts"]).nnz == 0
    assert list(adata.var["gene_id"]) == list(source.var_names)
    facts = adata.uns["atrasig"]["input"]
    assert facts["unit"] == "cell"
    assert facts["counts_from"] == "layers['counts']"


def test_blanks_around_names_of_samples_are_dropped_and_counted(tmp_path: Path) -> None:
    adata = anndata.AnnData(np.ones((2, 2)))
    adata.obs_names, adata.var_names = [" s1", "s2"], ["RARA", "PML"]
    adata.write_h5ad(tmp_path / "m.h5ad")
    found = read_expression(tmp_path / "m.h5ad")
    assert list(found.obs_names) == ["s1", "s2"]
    assert found.uns["atrasig"]["input"]["trimmed_names"] == 1
