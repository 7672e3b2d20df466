"""HDF5 of 10x Genomics: one group, a group a genome, feature types, damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scanpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix, issparse

from atrasig.errors import FormatError
from atrasig.io import read_expression, sniff

BARCODES = ["AAACCTGAGAAACCAT-1", "AAACCTGAGAAACCGC-1"]
IDS = ["ENSG00000131759", "ENSG00000140464", "CD38_ab"]
NAMES = ["RARA", "PML", "CD38"]
TYPES = ["Gene Expression", "Gene Expression", "Antibody Capture"]
COUNTS = np.array([[1, 0, 7], [0, 2**24 + 1, 9]])


def _values(group: h5py.Group, counts: np.ndarray, barcodes: list[str]) -> None:
    sparse = csr_matrix(counts)
    group["data"], group["indices"], group["indptr"] = sparse.data, sparse.indices, sparse.indptr
    group["shape"] = np.array(counts.shape[::-1], dtype=np.int32)
    group["barcodes"] = np.array(barcodes, dtype="S")


def v3(path: Path, counts: np.ndarray = COUNTS, **columns: list[str]) -> Path:
    given_columns = {"id": IDS, "name": NAMES, "feature_type": TYPES, "genome": ["GRCh38"] * 3}
    with h5py.File(path, "w") as store:
        _values(store.create_group("matrix"), counts, BARCODES)
        for name, texts in (given_columns | columns).items():
            store[f"matrix/features/{name}"] = np.array(texts, dtype="S")
    return path


def legacy(path: Path, genomes: list[str]) -> Path:
    with h5py.File(path, "w") as store:
        for number, genome in enumerate(genomes):
            group = store.create_group(genome)
            _values(group, COUNTS + number, BARCODES)
            group["genes"], group["gene_names"] = np.array(IDS, "S"), np.array(NAMES, "S")
    return path


def test_v3(tmp_path: Path) -> None:
    path = v3(tmp_path / "m.h5")
    assert sniff(path) == "10x-h5"
    adata = read_expression(path)
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[:, :2])
    assert issparse(adata.X)
    assert list(adata.var["symbol"]) == ["RARA", "PML"]
    facts = adata.uns["atrasig"]["input"]
    assert facts["ignored_feature_types"] == "Antibody Capture: 1"
    assert (facts["genome"], facts["declared_scale"], facts["unit"]) == ("GRCh38", "counts", "cell")


def test_genomes_in_one_group(tmp_path: Path) -> None:
    types = ["Gene Expression"] * 3
    path = v3(tmp_path / "m.h5", feature_type=types, genome=["GRCh38", "mm10", "GRCh38"])
    adata = read_expression(path)
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[:, [0, 2]])
    assert adata.uns["atrasig"]["input"]["ignored_genomes"] == "mm10"


def test_a_group_a_genome(tmp_path: Path) -> None:
    adata = read_expression(legacy(tmp_path / "one.h5", ["mm10"]))
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS)
    adata = read_expression(legacy(tmp_path / "two.h5", ["ercc92", "hg19"]))
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS + 1)
    facts = adata.uns["atrasig"]["input"]
    assert (facts["genome"], facts["ignored_genomes"]) == ("hg19", "ercc92")
    for genomes, known in ((["mm10", "rn6"], "none"), (["hg19", "GRCh38"], "2")):
        path = legacy(tmp_path / f"{known}.h5", genomes)
        with pytest.raises(FormatError, match=f"2 genomes, .*, and {known} of them"):
            read_expression(path)


def put(name: str, value: object) -> Callable[[h5py.File], None]:
    def spoil(store: h5py.File) -> None:
        del store[name]
        store[name] = value

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (put("matrix/indices", np.array([0, 2, 77, 2])), "contradict themselves"),
        (put("matrix/indptr", np.array([0, 2, 90])), "Cannot read|contradict"),
        (put("matrix/indptr", np.array([0, 90, 0])), "do not divide the values"),
        (put("matrix/indptr", np.array([0, 1, 2])), "do not divide the values"),
        (put("matrix/shape", np.array([3])), "Cannot read as HDF5 of 10x"),
        (put("matrix/shape", np.array([2**40, 2])), "cells for 2 samples and 3 genes"),
        (put("matrix/data", np.array([b"a"] * 4)), "Cannot read|not numbers"),
        (put("matrix/barcodes", np.array([b"AAA"])), "Cannot read|cells for 1 samples"),
        (put("matrix/features/feature_type", np.array([b"Peaks"] * 3)), "Peaks: 3"),
        (put("matrix/features/name", np.array([b"A"])), "Cannot read as HDF5 of 10x"),
        (lambda store: store.__delitem__("matrix/features/id"), "Cannot read as HDF5 of 10x"),
    ],
)
def test_spoiled(tmp_path: Path, spoil: Callable[[h5py.File], None], message: str) -> None:
    path = v3(tmp_path / "m.h5")
    with h5py.File(path, "r+") as store:
        spoil(store)
    with pytest.raises(FormatError, match=message):
        read_expression(path)


def test_forced_format(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as store:
        store["x"] = 1
    with pytest.raises(FormatError, match="no group with barcodes"):
        read_expression(tmp_path / "m.h5", format="10x-h5")


@settings(deadline=None, max_examples=25)
@given(arrays(np.int64, (2, 3), elements=st.sampled_from([0, 0, 1, 5, 2**24 + 1])))
def test_written_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, counts: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("10x") / "m.h5"
    adata = read_expression(v3(path, counts, feature_type=["Gene Expression"] * 3))
    np.testing.assert_array_equal(adata.X.toarray(), counts)
    assert list(adata.obs_names) == BARCODES
    assert list(adata.var["gene_id"]) == IDS


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("filtered_feature_bc_matrix.h5", (1107, 507)),
        ("v1.2.0_filtered_gene_bc_matrices_h5.h5", (12, 343)),
    ],
)
def test_real_files_as_scanpy_reads_them(shared: Path, name: str, shape: tuple[int, int]) -> None:
    path = shared / "data/singlecell/10x_v3" / name
    adata, reference = read_expression(path), scanpy.read_10x_h5(path)
    assert adata.shape == shape
    assert (adata.X != reference.X).nnz == 0
    assert list(adata.var["gene_id"]) == list(reference.var["gene_ids"])
    assert list(adata.obs_names) == list(reference.obs_names)
