"""The harmonised matrix: values by hand, names, sheet, counts of what was done, invariance."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csc_matrix, csr_matrix, issparse

import atrasig
from atrasig.errors import GeneIdError, InputError, ScaleError, SheetError
from atrasig.files import read_h5ad, write_h5ad
from atrasig.genes import load_gene_table
from atrasig.harmonisation import harmonise
from atrasig.io import read_expression
from atrasig.sheet import build_sheet

Builder = Callable[..., AnnData]
NAN = np.nan


def dense(values: Any) -> np.ndarray:
    return np.asarray(values.toarray() if issparse(values) else values)


def column(adata: AnnData, symbol: str) -> np.ndarray:
    return dense(adata[:, [symbol]].X).ravel()


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its texts, categories or not, as objects."""
    text = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    return frame.astype(dict.fromkeys(text, object))


def assert_same(one: AnnData, other: AnnData) -> None:
    """Compare everything but the dtype of texts."""
    np.testing.assert_array_equal(dense(one.X), dense(other.X))
    assert issparse(one.X) == issparse(other.X)
    for mine, its in ((one.obs, other.obs), (one.var, other.var)):
        pd.testing.assert_frame_equal(
            plain(mine), plain(its), check_index_type=False, check_column_type=False
        )
    assert set(one.layers) == set(other.layers)
    for name in one.layers:
        np.testing.assert_array_equal(dense(one.layers[name]), dense(other.layers[name]))
    assert dict(one.uns) == dict(other.uns)


# -- values ----------------------------------------------------------------------------------------


def test_log2_cpm_by_hand(build: Builder) -> None:
    counts = np.array([[3, 0, 5, 2], [0, 40, 60, 900]])
    out = harmonise(build(counts, ["RARA", "PML", "RARA", "TP53"]))
    assert list(out.var_names) == ["PML", "RARA", "TP53"]
    expected = np.log2(np.array([[0, 8e6 / 10, 2e6 / 10], [4e4, 6e4, 9e5]]) + 1)
    np.testing.assert_allclose(out.X, expected, rtol=1e-15)
    np.testing.assert_array_equal(out.layers["counts"], [[0, 8, 2], [40, 60, 900]])
    assert out.obs["qc_library_size"].tolist() == [10, 1000]
    record = out.uns["atrasig"]
    assert (record["platform"], record["scale"]["scale"]) == ("rnaseq_counts", "counts")
    assert record["qc"]["collapsed_by"] == "sum of the measured rows of a sample"


def test_the_median_of_the_measured_rows_of_a_sample_is_taken_of_arrays(build: Builder) -> None:
    values = np.array([[4.25, 8, 6, 14], [7, 3.5, NAN, 8], [NAN, 9.5, NAN, NAN]])
    out = harmonise(build(values, ["RARA", "PML", "RARA", "RARA"]))
    np.testing.assert_array_equal(column(out, "RARA"), [6, 7.5, NAN])
    np.testing.assert_array_equal(column(out, "PML"), [8, 3.5, 9.5])
    assert out.obs["qc_missing"].tolist() == [0, 0, 1]
    assert out.uns["atrasig"]["qc"]["missing_values"] == 1
    assert out.uns["atrasig"]["qc"]["collapsed_by"] == "median of the measured rows of a sample"
    assert out.obs["qc_library_size"].isna().all()
    assert "counts" not in out.layers


def test_stated_tpm_is_summed_and_logged(build: Builder) -> None:
    out = harmonise(build(np.array([[1, 3, 6]]), ["RARA", "PML", "RARA"]), scale="tpm")
    np.testing.assert_array_equal(out.X, [[2, 3]])
    assert out.uns["atrasig"]["platform"] == "rnaseq_normalised"
    assert out.uns["atrasig"]["scale"]["decided_by"] == "user"


def test_a_layer_of_counts_is_harmonised_and_not_the_values_beside_it(build: Builder) -> None:
    adata = build(csr_matrix([[0.5, 0, 1.5], [0, 2.5, 0]]), ["RARA", "PML", "RARA"])
    adata.layers["counts"] = csc_matrix(np.array([[1, 2, 5], [0, 6, 0]], dtype=np.int32))
    out = harmonise(adata)
    assert issparse(out.X)
    assert issparse(out.layers["counts"])
    np.testing.assert_allclose(dense(out.X), np.log2([[250_001, 750_001], [1_000_001, 1]]))
    np.testing.assert_array_equal(dense(out.layers["counts"]), [[2, 6], [6, 0]])
    assert out.obs["qc_library_size"].tolist() == [8, 6]
    record = out.uns["atrasig"]
    assert record["platform"] == "rnaseq_counts"
    assert record["scale"]["source"] == "layers['counts']"
    assert record["scale"]["decided_by"] == "format"
    stated = harmonise(adata, scale="tpm")
    np.testing.assert_array_equal(dense(stated.X), np.log2([[1, 3], [3.5, 1]]))
    assert stated.uns["atrasig"]["scale"]["source"] == "X"


def test_a_layer_of_tpm_is_kept_and_summed(build: Builder) -> None:
    adata = build(np.array([[1, 2, 5]]), ["RARA", "PML", "RARA"])
    adata.layers["tpm"] = np.array([[0.5, 7.0, 1.25]])
    out = harmonise(adata)
    assert out.layers["tpm"].tolist() == [[7, 1.75]]
    np.testing.assert_allclose(out.X, np.log2([[250_001, 750_001]]))


def test_negative_counts_layer_is_refused(build: Builder) -> None:
    adata = build(np.array([[0.5, 1.5]]), ["RARA", "PML"])
    adata.layers["counts"] = np.array([[1, -4]])
    with pytest.raises(ScaleError, match=r"of layers\['counts'\] are .* but reach down to -4"):
        harmonise(adata)


@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
def test_large_libraries_in_narrow_types_are_exact(build: Builder, kind: Any) -> None:
    counts = np.array([[16_777_215, 16_777_215, 1, 1, 1]], dtype=np.float32)
    out = harmonise(build(kind(counts), ["RARA", "PML", "RARA", "PML", "TP53"]))
    assert out.obs["qc_library_size"].tolist() == [33_554_433]
    assert dense(out.layers["counts"]).tolist() == [[16_777_216, 16_777_216, 1]]
    assert out.X.dtype == np.float64


def test_summary_rows_leave_before_the_library_size(build: Builder) -> None:
    genes = ["N_unmapped", "RARA", "__no_feature", "PML", "N_ambiguous", "__alignment_not_unique"]
    out = harmonise(build(np.array([[1000, 2, 3000, 6, 500, 7]]), genes))
    assert list(out.var_names) == ["PML", "RARA"]
    assert out.obs["qc_library_size"].tolist() == [8]
    assert out.uns["atrasig"]["qc"]["summary_rows_dropped"] == 4
    np.testing.assert_allclose(out.X, np.log2([[750_001, 250_001]]), rtol=1e-15)


def test_detected_genes_by_hand(build: Builder) -> None:
    genes = ["RARA", "PML", "TP53", "not_a_gene"]
    counts = harmonise(build(np.array([[0, 3, 5, 9], [0, 0, 0, 9]]), genes))
    assert counts.obs["qc_coding_measured"].tolist() == [3, 3]
    assert counts.obs["qc_coding_detected"].tolist() == [2, 0]
    values = np.array([[-1.5, 3.5, 5, 9], [2, 2, 7.5, 9], [NAN, NAN, NAN, 9]])
    logged = harmonise(build(values, genes))
    assert logged.obs["qc_coding_measured"].tolist() == [3, 3, 0]
    assert logged.obs["qc_coding_detected"].tolist() == [2, 1, 0]
    assert logged.obs["qc_missing"].tolist() == [0, 0, 3]


# -- names -----------------------------------------------------------------------------------------


def test_identifiers_of_every_kind_meet_in_one_symbol(build: Builder) -> None:
    genes = [
        "ENSG00000131759.17",
        "5914",
        "RARA",
        "NR1B1",
        "CD11B",
        "ENSGR0000182378.10",
        "ENSG00000182378.13_PAR_Y",
        "ENSG00000182378",
        "ENSG00000999999.3",
        "a stranger",
        "7157.0",
    ]
    out = harmonise(build(np.array([[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]]), genes))
    names = ["ENSG00000999999", "ITGAM", "PLCXD1", "RARA", "TP53", "a stranger"]
    assert list(out.var_names) == names
    assert out.layers["counts"].tolist() == [[256, 16, 224, 15, 1024, 512]]
    assert out.var.loc["RARA", "source_ids"] == "5914|ENSG00000131759.17|NR1B1|RARA"
    assert out.var.loc["RARA", ["ensembl", "entrez", "biotype"]].tolist() == [
        "ENSG00000131759",
        "5914",
        "protein_coding",
    ]
    assert out.var.loc["a stranger", ["ensembl", "entrez", "biotype"]].tolist() == ["", "", ""]
    counts = {"alias": 2, "ensembl": 4, "entrez": 2, "symbol": 1, "unmapped": 2}
    found = out.uns["atrasig"]["qc"]["identifiers"]
    assert {kind: n for kind, n in found.items() if n} == counts
    assert out.uns["atrasig"]["species"] == "human"


def test_a_table_with_hardly_any_known_gene_is_refused(build: Builder) -> None:
    rows = [f"{number}_at" for number in range(60)]
    with pytest.raises(GeneIdError, match=r"0 of 60 gene identifiers .* 5%; .* '0_at', '1_at'"):
        harmonise(build(np.ones((1, 60)), rows))
    with pytest.raises(GeneIdError, match="2 of 60 gene identifiers are known"):
        harmonise(build(np.ones((1, 60)), ["RARA", "PML", *rows[2:]]))
    assert harmonise(build(np.ones((1, 60)), ["RARA", "PML", "TP53", *rows[3:]])).n_vars == 60


def test_variable_names_serve_where_no_identifier_column_is(build: Builder) -> None:
    adata = AnnData(np.array([[1.0, 3.0]]), var=pd.DataFrame(index=["RARA", "PML"]))
    assert harmonise(adata, scale="tpm").X.tolist() == [[2, 1]]


@pytest.mark.parametrize(
    ("seed", "share", "scale"), [(0, 0.0, "counts"), (1, 0.3, "counts"), (2, 0.3, "log2")]
)
def test_every_row_is_accounted_for(
    build: Builder, repeated: list[str], seed: int, share: float, scale: str
) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.negative_binomial(1, 0.05, size=(3, len(repeated))).astype(float)
    values = np.log2(counts + 1.5) if scale == "log2" else counts
    values = np.where(rng.random(values.shape) < share, NAN, values)
    genes = ["__no_feature", *repeated[1:]]
    out = harmonise(build(values, genes))
    qc = out.uns["atrasig"]["qc"]
    assert qc["rows_read"] == len(genes)
    assert sum(qc["identifiers"].values()) == len(genes) - qc["summary_rows_dropped"]
    kept = len(genes) - qc["summary_rows_dropped"]
    assert qc["genes"] == kept - qc["rows_collapsed"] + qc["genes_with_several_rows"]
    assert qc["genes"] == out.n_vars == len(set(out.var_names))
    assert sum(len(ids.split("|")) for ids in out.var["source_ids"]) == kept
    assert qc["missing_values"] == int(np.isnan(out.X).sum())
    assert qc["coding_genes"] == sum(g in load_gene_table().coding for g in out.var_names)
    assert qc["samples"] + qc["samples_not_in_sheet"] == 3
    if scale == "counts":
        np.testing.assert_array_equal(
            np.nansum(out.layers["counts"], axis=1), out.obs["qc_library_size"]
        )


# -- sheet -----------------------------------------------------------------------------------------


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    for name in ("a.tsv", "b.tsv"):
        (tmp_path / name).write_text("gene\ts1\n")
    text = "sample\tmatrix\tdisease\tbatch\tnote/x\ns3\ta.tsv\tAML\tB2\thello\ns1\ta.tsv\t\tB1\t\n"
    path = tmp_path / "samples.tsv"
    path.write_text(text)
    return path


def test_sheet_selects_orders_and_describes(build: Builder, sheet: Path, tmp_path: Path) -> None:
    adata = build(np.array([[1, 3], [5, 5], [30, 10]]), ["RARA", "PML"])
    adata.obs["batch"] = ["x", "y", "z"]
    adata.obs["age"] = ["50", "60", "70"]
    out = harmonise(adata, sheet)
    assert list(out.obs_names) == ["s3", "s1"]
    assert out.layers["counts"].tolist() == [[10, 30], [3, 1]]
    assert out.obs["batch"].tolist() == ["B2", "B1"]
    assert out.obs["age"].tolist() == ["70", "50"]
    assert out.obs["disease"].tolist()[1] == ""
    assert out.obs["disease_as_given"].tolist() == ["AML", ""]
    assert out.obs["note_x"].tolist() == ["hello", ""]
    assert "sample" not in out.obs
    assert out.uns["atrasig"]["matrix"] == "a.tsv"
    assert out.uns["atrasig"]["qc"]["samples_not_in_sheet"] == 1
    write_h5ad(tmp_path / "out.h5ad", out)
    text = out.obs.drop(columns=[c for c in out.obs if c.startswith("qc_")])
    assert all(isinstance(cell, str) for cell in text.to_numpy().ravel())


def test_sheet_faults(build: Builder, sheet: Path) -> None:
    adata = build(np.array([[1, 3]]), ["RARA", "PML"], ["s1"])
    with pytest.raises(
        InputError, match=r"1 samples of the sheet are not in the matrix: s3 \(.*samples.tsv"
    ):
        harmonise(adata, sheet)
    with pytest.raises(SheetError, match=r"no sample lies in 'c\.tsv'"):
        harmonise(adata, sheet, matrix="c.tsv")
    with sheet.open("a") as handle:
        handle.write("s9\tb.tsv\t\t\t\n")
    with pytest.raises(InputError, match=r"The sheet names 2 matrices .*--matrix"):
        harmonise(adata, sheet)
    with pytest.raises(InputError, match="not in the matrix: s9"):
        harmonise(adata, sheet, matrix="b.tsv")


def test_sheet_made_for_a_run_without_one(build: Builder) -> None:
    adata = build(np.array([[1, 3], [2, 2]]), ["RARA", "PML"])
    out = harmonise(adata, build_sheet(["s2"], "folder/m.tsv", tissue="breast"))
    assert out.obs["tissue"].tolist() == ["breast"]
    assert out.uns["atrasig"]["matrix"] == "m.tsv"
    with pytest.raises(InputError) as caught:
        harmonise(adata, build_sheet(["s9"], "folder/m.tsv"))
    assert "None" not in str(caught.value)


def test_the_input_is_not_changed(build: Builder, sheet: Path) -> None:
    for values in (np.array([[1.0, 3, 4], [2, 2, 0], [5, 6, 7]]), csr_matrix([[1, 0, 3]] * 3)):
        adata = build(values, ["RARA", "PML", "RARA"])
        before = adata.copy()
        harmonise(adata)
        harmonise(adata, sheet)
        assert_same(adata, before)


# -- invariance ------------------------------------------------------------------------------------


def _values(kind: str, n_genes: int) -> np.ndarray:
    rng = np.random.default_rng(21)
    counts = rng.negative_binomial(1, 0.02, size=(6, n_genes)).astype(float)
    if kind == "counts":
        return counts
    if kind == "linear":
        return counts * rng.uniform(0.1, 3, size=counts.shape)
    if kind == "log2":
        return np.log2(counts + 1)
    array = rng.normal(7, 2, size=counts.shape)
    return np.where(rng.random(array.shape) < 0.1, NAN, array)


@pytest.mark.parametrize("kind", ["counts", "linear", "log2", "array with missing"])
def test_a_sample_depends_on_nothing_but_itself(
    build: Builder, repeated: list[str], kind: str
) -> None:
    values = _values(kind, len(repeated))
    whole = harmonise(build(values, repeated))
    rng = np.random.default_rng(9)
    for _ in range(3):
        samples, genes = rng.permutation(6)[: rng.integers(1, 7)], rng.permutation(len(repeated))
        names = [f"s{i + 1}" for i in samples]
        part = harmonise(build(values[np.ix_(samples, genes)], [repeated[g] for g in genes], names))
        assert part.uns["atrasig"]["scale"]["scale"] == whole.uns["atrasig"]["scale"]["scale"]
        same = whole[names].copy()
        np.testing.assert_array_equal(part.X, same.X)
        pd.testing.assert_frame_equal(part.obs, same.obs)
        pd.testing.assert_frame_equal(part.var, same.var)
        if kind == "counts":
            np.testing.assert_array_equal(part.layers["counts"], same.layers["counts"])


@pytest.mark.parametrize("kind", ["counts", "linear", "log2"])
@pytest.mark.parametrize("form", [csr_matrix, csc_matrix])
def test_sparse_equals_dense(build: Builder, repeated: list[str], kind: str, form: Any) -> None:
    values = np.where(np.random.default_rng(2).random((6, len(repeated))) < 0.7, 0, 1)
    values = values * _values(kind, len(repeated))
    sparse = form(values)
    sparse.data[:5] = 0.0  # stored zeros
    values = sparse.toarray()
    genes = ["__no_feature", *repeated[1:]]
    one, other = harmonise(build(values, genes)), harmonise(build(sparse, genes))
    assert issparse(other.X)
    np.testing.assert_array_equal(dense(other.X), one.X)
    pd.testing.assert_frame_equal(other.obs, one.obs)
    pd.testing.assert_frame_equal(other.var, one.var)
    assert other.uns["atrasig"]["qc"] == one.uns["atrasig"]["qc"]
    assert other.uns["atrasig"]["platform"] == one.uns["atrasig"]["platform"]


@pytest.mark.parametrize("wrong", [np.inf, NAN])
def test_sparse_gaps_and_infinite_values_are_refused(build: Builder, wrong: float) -> None:
    sparse = csr_matrix([[1.0, wrong]])
    with pytest.raises(InputError, match="X holds infinite values, or missing values"):
        harmonise(build(sparse, ["RARA", "PML"]))
    with pytest.raises(InputError, match="X holds infinite"):
        harmonise(build(np.array([[1.0, np.inf]]), ["RARA", "PML"]))


def test_no_x(build: Builder) -> None:
    adata = AnnData(var=pd.DataFrame(index=["RARA"]), obs=pd.DataFrame(index=["s1"]))
    with pytest.raises(InputError, match="has no X"):
        harmonise(adata)


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_round_trip_through_h5ad(
    build: Builder, repeated: list[str], tmp_path: Path, sheet: Path, form: Any
) -> None:
    raw = build(form(_values("counts", len(repeated))), repeated)
    out = harmonise(raw, sheet)
    write_h5ad(tmp_path / "expr.h5ad", out)
    back = read_h5ad(tmp_path / "expr.h5ad")
    assert_same(back, out)
    assert list(back.var_names) == sorted(back.var_names)


@pytest.mark.parametrize("form", ["stage", "matrix"])
def test_a_raw_file_harmonises_as_the_matrix_that_was_read(
    tmp_path: Path, repeated: list[str], sheet: Path, form: str
) -> None:
    values = _values("counts", len(repeated))[:3]
    table = pd.DataFrame(values.T, index=repeated, columns=["s1", "s2", "s3"])
    table.insert(0, "note", "text")
    table.to_csv(tmp_path / "m.tsv", sep="\t", index_label="gene")
    direct = read_expression(tmp_path / "m.tsv")
    write_h5ad(tmp_path / "raw.h5ad", direct)
    # The next stage takes the file as it is; a user may give it as a matrix, too.
    read = read_h5ad if form == "stage" else read_expression
    staged = read(tmp_path / "raw.h5ad")
    one, other = harmonise(direct, sheet), harmonise(staged, sheet)
    if form == "matrix":
        assert other.uns["atrasig"]["input"]["name"] == "raw.h5ad"
        other.uns["atrasig"]["input"] = one.uns["atrasig"]["input"]
    assert_same(other, one)


def test_public_name() -> None:
    assert atrasig.harmonise is harmonise


# -- real files ------------------------------------------------------------------------------------


def test_leukaemia_counts(shared: Path) -> None:
    path = shared / "data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz"
    out = harmonise(read_expression(path))
    with gzip.open(path, "rt") as handle:
        rows = [line.rstrip("\n").split("\t") for line in handle][1:]
    assert len(rows) == 60483
    known = load_gene_table().frame["ensembl"]
    by_id = {stem: s for s, cell in known.items() for stem in cell.split("|") if stem}
    by_id |= {f"ENSGR0{stem[6:]}": symbol for stem, symbol in by_id.items()}
    stems = [row[0].split(".")[0] for row in rows]
    n_known = sum(stem in by_id for stem in stems)
    qc = out.uns["atrasig"]["qc"]
    assert qc["rows_read"] == 60483
    assert qc["identifier_kind"] == "ensembl"
    assert qc["identifiers"]["ensembl"] == n_known
    assert qc["identifiers"]["unmapped"] == 60483 - n_known
    assert qc["genes"] == len({by_id.get(stem, stem) for stem in stems})
    assert (out.n_obs, out.uns["atrasig"]["platform"]) == (20, "rnaseq_counts")
    totals = np.array([row[1:] for row in rows], dtype=np.float64).sum(axis=0)
    np.testing.assert_array_equal(out.obs["qc_library_size"], totals)
    rara = next(row for row in rows if row[0].startswith("ENSG00000131759."))
    expected = np.log2(np.array(rara[1:], dtype=np.float64) / totals * 1e6 + 1)
    np.testing.assert_allclose(column(out, "RARA"), expected, rtol=1e-14)


def test_gastric_arrays(shared: Path) -> None:
    path = shared / "data/gastric/GSE26901_expression.parquet"
    table = pd.read_parquet(path)
    out = harmonise(read_expression(path))
    record = out.uns["atrasig"]
    assert (record["scale"]["scale"], record["platform"]) == ("log2", "microarray")
    np.testing.assert_array_equal(column(out, "RARA"), table.loc["RARA"].to_numpy())


def test_cells_with_a_counts_layer(shared: Path) -> None:
    path = shared / "data/singlecell/healthy_bm_pbmc_250x462.h5ad"
    out, source = harmonise(read_expression(path)), anndata.read_h5ad(path)
    assert issparse(out.X)
    assert out.uns["atrasig"]["platform"] == "single_cell"
    np.testing.assert_array_equal(
        out.obs["qc_library_size"], np.asarray(source.layers["counts"].sum(axis=1)).ravel()
    )
    assert out.layers["counts"].sum() == source.layers["counts"].sum()


def test_a_matrix_of_log_values_gives_what_its_counts_give(shared: Path) -> None:
    path = shared / "data/singlecell/healthy_bm_pbmc_250x462.h5ad"
    whole, log = read_expression(path), read_expression(path)
    del log.layers["counts"]
    one, other = harmonise(whole), harmonise(log)
    assert other.uns["atrasig"]["scale"]["made_of"] == "ln(whole multiples + 1)"
    np.testing.assert_array_equal(dense(other.X), dense(one.X))
    assert other.obs["qc_library_size"].isna().all()
    np.testing.assert_array_equal(other.obs["qc_implied_reads"], one.layers["counts"].sum(axis=1))


@pytest.mark.parametrize(
    "name", ["parity/gseapy/Leukemia_hgu95av2.gct.gz", "formats/orange_GSE2191.tab.gz"]
)
def test_background_corrected_arrays(shared: Path, name: str) -> None:
    raw = read_expression(shared / "data" / name)
    out = harmonise(raw)
    record = out.uns["atrasig"]
    assert (record["scale"]["scale"], record["platform"]) == ("intensity", "microarray")
    values = np.asarray(raw.X)
    np.testing.assert_array_equal(out.obs["qc_negative"], (values < 0).sum(axis=1))
    assert record["qc"]["negative_values"] == (values < 0).sum() > 0.2 * values.size
    alone = out.var["source_ids"].str.contains("|", regex=False).to_numpy() == 0
    place = {name: i for i, name in enumerate(raw.var["gene_id"])}
    columns = [place[name] for name in out.var.loc[alone, "source_ids"]]
    np.testing.assert_allclose(out.X[:, alone], np.arcsinh(values[:, columns] / 2) / np.log(2))


def test_standardised_cell_lines(shared: Path) -> None:
    path = shared / "data/sensitivity_gdsc/ccle580_census706_expression_DepMapstyle.csv.gz"
    raw = read_expression(path)
    out = harmonise(raw)
    assert out.uns["atrasig"]["platform"] == "zscore"
    assert harmonise(raw[:5].copy()).uns["atrasig"]["platform"] == "relative"


def test_intensities_of_genes(shared: Path) -> None:
    path = shared / "data/parity/genepattern_ssgsea/P53_14samples_collapsed_symbols.gct"
    record = harmonise(read_expression(path)).uns["atrasig"]
    assert (record["scale"]["scale"], record["platform"]) == ("intensity", "microarray")
