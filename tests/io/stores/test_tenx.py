"""Text matrices of 10x Genomics: v2, v3, prefixes, feature types, genomes, damage."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scanpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.io import mmwrite
from scipy.sparse import coo_matrix, issparse

from atrasig.errors import FormatError
from atrasig.io import read_expression, sniff

BARCODES = ["AAACCTGAGAAACCAT-1", "AAACCTGAGAAACCGC-1"]
FEATURES = [
    ("ENSG00000131759", "RARA", "Gene Expression"),
    ("ENSG00000140464", "PML", "Gene Expression"),
    ("CD38_ab", "CD38", "Antibody Capture"),
]
COUNTS = np.array([[1, 0, 7], [0, 70000, 9]])
Rows = list[tuple[str, ...]]


def folder(
    path: Path,
    counts: np.ndarray,
    features: Rows,
    barcodes: list[str],
    *,
    packed: bool = True,
    prefix: str = "",
) -> Path:
    """Write cells x features as Cell Ranger does: v3 packed with types, v2 plain without."""
    path.mkdir(parents=True, exist_ok=True)
    ending = ".gz" if packed else ""
    name = "features" if packed else "genes"
    mmwrite(path / "t.mtx", coo_matrix(counts.T), field="integer", symmetry="general")
    texts = {
        f"{prefix}matrix.mtx{ending}": (path / "t.mtx").read_bytes(),
        f"{prefix}{name}.tsv{ending}": "".join("\t".join(f) + "\n" for f in features).encode(),
        f"{prefix}barcodes.tsv{ending}": "".join(f"{one}\n" for one in barcodes).encode(),
    }
    (path / "t.mtx").unlink()
    for file, content in texts.items():
        (path / file).write_bytes(gzip.compress(content) if packed else content)
    return path


def test_v3_with_antibodies(tmp_path: Path) -> None:
    adata = read_expression(folder(tmp_path, COUNTS, FEATURES, BARCODES))
    assert issparse(adata.X)
    assert adata.X.format == "csr"
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[:, :2])
    assert list(adata.obs_names) == BARCODES
    assert list(adata.var["gene_id"]) == ["ENSG00000131759", "ENSG00000140464"]
    assert list(adata.var["symbol"]) == ["RARA", "PML"]
    facts = adata.uns["atrasig"]["input"]
    assert (facts["declared_scale"], facts["unit"], facts["format"]) == (
        "counts",
        "cell",
        "10x-mtx",
    )
    assert facts["ignored_features"] == 1
    assert facts["ignored_feature_types"] == "Antibody Capture: 1"


@pytest.mark.parametrize("version", [2, 3])
def test_the_matrix_itself_and_a_prefix(tmp_path: Path, version: int) -> None:
    packed = version == 3
    path = folder(
        tmp_path, COUNTS, [*FEATURES[:2], ("X", "Y")], BARCODES, packed=packed, prefix="GSM1_"
    )
    file = path / ("GSM1_matrix.mtx.gz" if packed else "GSM1_matrix.mtx")
    for place in (path, file):
        assert sniff(place) == "10x-mtx"
        np.testing.assert_array_equal(read_expression(place).X.toarray(), COUNTS)


def test_ending_of_a_plain_file_is_not_believed(tmp_path: Path) -> None:
    path = folder(tmp_path, COUNTS, FEATURES, BARCODES)
    matrix = path / "matrix.mtx.gz"
    matrix.write_bytes(gzip.decompress(matrix.read_bytes()))
    np.testing.assert_array_equal(read_expression(path).X.toarray(), COUNTS[:, :2])


def test_human_genome_is_chosen_among_two(tmp_path: Path) -> None:
    mixed = [
        ("GRCh38_ENSG00000131759", "GRCh38_RARA", "Gene Expression"),
        ("mm10___ENSMUSG00000037992", "mm10___Rara", "Gene Expression"),
        ("GRCh38_ENSG00000140464", "GRCh38_PML", "Gene Expression"),
    ]
    adata = read_expression(folder(tmp_path / "mixed", COUNTS, mixed, BARCODES))
    assert list(adata.var["gene_id"]) == ["ENSG00000131759", "ENSG00000140464"]
    assert list(adata.var["symbol"]) == ["RARA", "PML"]
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[:, [0, 2]])
    facts = adata.uns["atrasig"]["input"]
    assert (facts["genome"], facts["ignored_genomes"]) == ("GRCh38", "mm10")
    others = [(one[0].replace("GRCh38", "rn6"), *one[1:]) for one in mixed]
    with pytest.raises(FormatError, match="2 genomes, mm10, rn6, and none of them"):
        read_expression(folder(tmp_path / "other", COUNTS, others, BARCODES))


def gz(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()))


def damaged(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        gz(path / name, change(gzip.decompress((path / name).read_bytes()).decode()))

    return spoil


MATRIX, NAMES, CELLS = "matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: (path / NAMES).unlink(), "there is no features.tsv or genes.tsv"),
        (lambda path: (path / CELLS).unlink(), "there is no barcodes.tsv"),
        (lambda path: (path / "genes.tsv").write_text("a\n"), "of which one is wanted"),
        (lambda path: (path / "b_matrix.mtx").write_text("a\n"), "2 files of values"),
        (damaged(NAMES, lambda text: text + "ENSG1\tA\tGene Expression\n"), "for 4 features"),
        (damaged(NAMES, lambda text: "\tA\n" + text), "name is empty.*row 1"),
        (damaged(NAMES, lambda text: text.replace("Gene Expression", "Peaks")), "Peaks: 2"),
        (damaged(CELLS, lambda text: text + "CCC\n"), "2 columns for 3 features and 3 barcodes"),
        (
            damaged(MATRIX, lambda text: text[: len(text) - 12]),
            "2 entries|3 entries|not three numbers",
        ),
        (damaged(MATRIX, lambda text: text.replace(" 70000", " many")), "not three numbers"),
        (
            damaged(MATRIX, lambda text: text.replace("2 2 70000", "9 2 70000")),
            "row 9, column 2 lies outside.*line 5",
        ),
        (damaged(MATRIX, lambda text: text.replace("integer", "complex")), "values are complex"),
        (
            damaged(MATRIX, lambda text: text.replace("coordinate", "odd")),
            "of the kind .matrix odd",
        ),
        (
            damaged(MATRIX, lambda _: "%%MatrixMarket matrix coordinate integer general\n"),
            "line of sizes",
        ),
        (
            damaged(MATRIX, lambda text: text.replace("3 2 4", "3 2 999999999999999")),
            "4 entries, and the header announces 999999999999999",
        ),
        (
            damaged(MATRIX, lambda text: text.replace("3 2 4", "99999999999 99999999999 4")),
            "has 99999999999 rows",
        ),
    ],
)
def test_spoiled(tmp_path: Path, spoil: Callable[[Path], None], message: str) -> None:
    path = folder(tmp_path, COUNTS, FEATURES, BARCODES)
    spoil(path)
    with pytest.raises(FormatError, match=message):
        read_expression(path)


def test_truncated_gzip(tmp_path: Path) -> None:
    values = np.random.default_rng(5).integers(0, 1000, (2, 400))
    names = [(f"ENSG{number:011d}", "A", "Gene Expression") for number in range(400)]
    path = folder(tmp_path, values, names, BARCODES)
    whole = (path / MATRIX).read_bytes()
    (path / MATRIX).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FormatError, match="damaged"):
        read_expression(path)


def test_matrix_market_alone_names_what_is_missing(tmp_path: Path) -> None:
    mmwrite(tmp_path / "counts.mtx", coo_matrix(COUNTS))
    with pytest.raises(FormatError, match=r"no features\.tsv or genes\.tsv"):
        read_expression(tmp_path / "counts.mtx")


@settings(deadline=None, max_examples=25)
@given(
    arrays(np.int64, (3, 4), elements=st.sampled_from([0, 0, 1, 5, 2**24 + 1])),
    st.sampled_from([2, 3]),
)
def test_written_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, counts: np.ndarray, version: int
) -> None:
    packed = version == 3
    names = [(f"ENSG{number:011d}", f"A{number}", "Gene Expression") for number in range(4)]
    cells = [*BARCODES, "TTTCCTGAGAAACCGC-1"]
    features: Rows = list(names) if packed else [one[:2] for one in names]
    path = folder(tmp_path_factory.mktemp("10x"), counts, features, cells, packed=packed)
    adata = read_expression(path)
    np.testing.assert_array_equal(adata.X.toarray(), counts)
    assert list(adata.obs_names) == cells
    assert list(adata.var["gene_id"]) == [one[0] for one in names]


@pytest.mark.parametrize(
    ("name", "shape"),
    [("pbmc3k_subset_10x_v2", (80, 23530)), ("10x_v3/filtered_feature_bc_matrix", (1107, 507))],
)
def test_real_folders_as_scanpy_reads_them(shared: Path, name: str, shape: tuple[int, int]) -> None:
    path = shared / "data/singlecell" / name
    adata, reference = read_expression(path), scanpy.read_10x_mtx(path, var_names="gene_ids")
    assert adata.shape == shape
    assert issparse(adata.X)
    assert (adata.X != reference.X).nnz == 0
    assert list(adata.var["gene_id"]) == list(reference.var_names)
    assert list(adata.obs_names) == list(reference.obs_names)
    (inner,) = path.glob("matrix*")
    assert (read_expression(inner).X != adata.X).nnz == 0
