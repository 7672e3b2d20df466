"""TSV and CSV: what is read, what is refused and where the fault lies."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import FormatError, InputError
from atrasig.io import read_expression

Writer = Callable[[str, "str | bytes"], Path]


def facts(path: Path, samples: list[str] | None = None) -> dict[str, object]:
    return dict(read_expression(path, samples=samples).uns["atrasig"]["input"])


# -- forms of the text ---------------------------------------------------------------------------


def test_lines_that_are_no_rows_are_skipped_and_counted(write: Writer) -> None:
    text = (
        '# made with "care\n!Series_title\n\n'
        "gene\ts1\ts2\nRARA\t1\t2\n\nPML\t3\t4\n\t\t\n!series_matrix_table_end\n# done\n"
    )
    adata = read_expression(write("m.txt", text))
    np.testing.assert_array_equal(adata.X, [[1, 3], [2, 4]])
    found = adata.uns["atrasig"]["input"]
    assert (found["comment_lines"], found["empty_lines"]) == (4, 3)


def test_a_row_whose_name_begins_like_a_comment_is_kept(write: Writer) -> None:
    adata = read_expression(write("m.tsv", "gene\ts1\nRARA\t1\n#N/A\t2\n"))
    assert list(adata.var["gene_id"]) == ["RARA", "#N/A"]
    assert adata.uns["atrasig"]["input"]["comment_lines"] == 0


@pytest.mark.parametrize("separator", ["\t", ","])
@pytest.mark.parametrize("header", [["s1", "s2"], ["", "s1", "s2"], ["gene", "s1", "s2"]])
def test_header_with_and_without_a_name_for_the_names(
    write: Writer, separator: str, header: list[str]
) -> None:
    lines = [header, ["RARA", "1", "2"], ["PML", "3", "4"]]
    adata = read_expression(write("m.txt", "\n".join(map(separator.join, lines))))
    assert list(adata.obs_names) == ["s1", "s2"]
    np.testing.assert_array_equal(adata.X, [[1, 3], [2, 4]])


@pytest.mark.parametrize("separator", ["\t", ","])
def test_single_sample_with_r_header(write: Writer, separator: str) -> None:
    adata = read_expression(write("m.txt", f"s1\nRARA{separator}1\nPML{separator}2\n"))
    assert list(adata.obs_names) == ["s1"]
    np.testing.assert_array_equal(adata.X, [[1, 2]])


@pytest.mark.parametrize("header", ["gene\ts1\ts2", "gene\ts1\ts2\t"])
def test_separator_at_the_end_of_lines_does_not_shift_the_samples(
    write: Writer, header: str
) -> None:
    adata = read_expression(write("m.tsv", f"{header}\nRARA\t1\t2\t\nPML\t3\t4\t\n"))
    assert list(adata.obs_names) == ["s1", "s2"]
    np.testing.assert_array_equal(adata.X, [[1, 3], [2, 4]])
    assert adata.uns["atrasig"]["input"]["empty_columns"] == 1


def test_r_header_whose_last_sample_is_partly_missing(write: Writer) -> None:
    adata = read_expression(write("m.tsv", "s1\ts2\nRARA\t1\t\nPML\t3\t4\n"))
    assert list(adata.obs_names) == ["s1", "s2"]
    np.testing.assert_array_equal(adata.X, [[1, 3], [np.nan, 4]])


def test_quoted_cells_may_hold_separators_quotes_and_line_ends(write: Writer) -> None:
    text = (
        '"gene","what, in words","a ""s1"""\r\n"RARA","retinoic acid\r\nreceptor, alpha",1.5\r\n'
        '"PML","x",2.5\r\n'
    )
    adata = read_expression(write("m.csv", text))
    assert list(adata.obs_names) == ['a "s1"']
    np.testing.assert_array_equal(adata.X, [[1.5, 2.5]])
    assert adata.var["what, in words"].iloc[0].split() == ["retinoic", "acid", "receptor,", "alpha"]


def test_old_mac_line_ends(write: Writer) -> None:
    adata = read_expression(write("m.tsv", "gene\ts1\rRARA\t1\rPML\t2\r"))
    np.testing.assert_array_equal(adata.X, [[1, 2]])


def test_numbers_are_read_to_the_last_bit(write: Writer) -> None:
    values = np.random.default_rng(0).lognormal(3, 4, size=500).tolist()
    text = "".join(f"{i}\t{value!r}\t {value!r} \n" for i, value in enumerate(values))
    adata = read_expression(write("m.tsv", f"gene\ts1\ts2\n{text}"), samples=["s1", "s2"])
    np.testing.assert_array_equal(adata.X, [values, values])


def test_missing_values_in_every_spelling(write: Writer) -> None:
    cells = ["", "NA", "NaN", "nan", "N/A", "null", "NULL", "None", " NA "]
    body = "".join(f"G{i}\t{cell}\t{i}\n" for i, cell in enumerate(cells))
    adata = read_expression(write("m.tsv", f"gene\ts1\ts2\nRARA\t1\t1\n{body}"), samples=["s1"])
    assert int(np.isnan(adata.X).sum()) == len(cells)
    assert adata.X[0, 0] == 1


@pytest.mark.parametrize(
    ("separator", "name"),
    [("\t", "tab"), (",", "comma"), (";", "semicolon"), ("|", "pipe"), ("  ", "blanks")],
)
def test_separators(write: Writer, separator: str, name: str) -> None:
    lines = [["gene", "s1", "s2"], ["RARA", "1.5", "2"], ["PML", "3", "4"]]
    path = write("m.txt", "\n".join(map(separator.join, lines)) + "\n")
    adata = read_expression(path)
    np.testing.assert_array_equal(adata.X, [[1.5, 3], [2, 4]])
    assert adata.uns["atrasig"]["input"]["separator"] == name


def test_other_separators_inside_fields_do_not_split(write: Writer) -> None:
    path = write("m.csv", "gene,what,s1\nRARA,a; b|c,1\nPML,d; e|f,2\n")
    adata = read_expression(path)
    assert list(adata.var["what"]) == ["a; b|c", "d; e|f"]
    prose = write("prose.txt", "This is a file\nof some words that are\nno table\n")
    with pytest.raises(FormatError, match="only one column"):
        read_expression(prose)


def test_names_that_are_commented_out(write: Writer) -> None:
    adata = read_expression(write("m.tsv", "# by a tool\n#gene\ts1\nRARA\t1\nPML\t2\n"))
    assert list(adata.obs_names) == ["s1"]
    assert adata.uns["atrasig"]["input"]["comment_lines"] == 1


def test_blanks_around_names_make_no_difference(write: Writer) -> None:
    path = write("m.tsv", "gene\t s1\tmy sample \nRARA\t1\t2\nPML\t3\t4\n")
    adata = read_expression(path)
    assert list(adata.obs_names) == ["s1", "my sample"]
    assert adata.uns["atrasig"]["input"]["trimmed_names"] == 2
    assert list(read_expression(path, samples=["my sample "]).obs_names) == ["my sample "]


# -- which side, which column ----------------------------------------------------------------------


def test_genes_in_columns_give_the_same_matrix(files: dict[str, Path], frame: pd.DataFrame) -> None:
    adata = read_expression(files["rows"])
    np.testing.assert_array_equal(adata.X, frame.to_numpy().T)
    assert adata.uns["atrasig"]["input"]["orientation"] == "samples in rows"


def test_sample_names_are_kept_as_written(write: Writer) -> None:
    text = "sample\tRARA\tPML\tbatch\n001\t1\t2\ta\n1e3\t3\t4\tb\nNA\t5\t6\ta\n 7.0\t7\t8\tb\n"
    adata = read_expression(write("m.tsv", text))
    assert list(adata.obs_names) == ["001", "1e3", "NA", "7.0"]
    assert adata.uns["atrasig"]["input"]["ignored_columns"] == 1
    chosen = read_expression(write("m.tsv", text), samples=["NA", "001"])
    np.testing.assert_array_equal(chosen.X, [[5, 6], [1, 2]])


def test_named_samples_decide_the_side_where_the_genes_cannot(write: Writer) -> None:
    path = write("m.tsv", "name\tprobe_1\tprobe_2\na\t1\t2\nb\t3\t4\n")
    rows = read_expression(path, samples=["b"])
    assert (list(rows.obs_names), list(rows.var["gene_id"])) == (["b"], ["probe_1", "probe_2"])
    columns = read_expression(path, samples=["probe_2"])
    assert (list(columns.obs_names), list(columns.var["gene_id"])) == (["probe_2"], ["a", "b"])


def test_named_samples_without_any_value_that_is_a_number(write: Writer) -> None:
    path = write("m.tsv", "name\tRARA\nb\tx\nc\ty\n")
    with pytest.raises(FormatError, match="1 samples and 0 genes"):
        read_expression(path, samples=["b"])


def test_numeric_entrez_first_column(write: Writer) -> None:
    adata = read_expression(write("m.tsv", "entrez\ts1\n5914\t1\n5371.0\t2\n\t3\n7157\t4\n"))
    assert list(adata.var["gene_id"]) == ["5914", "5371", "", "7157"]


def test_identifier_column_is_the_one_with_most_known_genes(write: Writer) -> None:
    text = (
        "probe\ttitle\tsymbol\ts1\nx_at\tfirst\tRARA\t1\ny_at\tsecond\t\t2\nz_at\tthird\tPML\t3\n"
    )
    adata = read_expression(write("m.tsv", text))
    assert list(adata.var["gene_id"]) == ["RARA", "", "PML"]
    assert list(adata.var["probe"]) == ["x_at", "y_at", "z_at"]
    assert list(adata.var["title"]) == ["first", "second", "third"]
    found = adata.uns["atrasig"]["input"]
    assert (found["identifier_column"], found["ignored_columns"]) == ("symbol", 0)


def test_first_column_wins_a_draw(write: Writer) -> None:
    text = "id\tsymbol\ts1\nENSG00000131759\tRARA\t1\nENSG00000140464\tPML\t2\n"
    adata = read_expression(write("m.tsv", text))
    assert list(adata.var["gene_id"]) == ["ENSG00000131759", "ENSG00000140464"]
    assert list(adata.var["symbol"]) == ["RARA", "PML"]


def test_annotation_named_like_our_own_columns_does_no_harm(write: Writer, tmp_path: Path) -> None:
    text = "id\tgene_id\t_index\ta/b\t\ts1\nRARA\tx\ty\tz\tw\t1\n"
    adata = read_expression(write("m.tsv", text))
    names = ["gene_id", "gene_id_of_file", "_index_of_file", "a_b", "column 5"]
    assert list(adata.var.columns) == names
    assert adata.var.iloc[0].tolist() == ["RARA", "x", "y", "z", "w"]
    adata.write_h5ad(tmp_path / "m.h5ad")


def test_truth_values_are_annotation(write: Writer) -> None:
    text = "gene\tcoding\ts1\nRARA\tTRUE\t1\nPML\tFALSE\t2\n"
    adata = read_expression(write("m.tsv", text))
    assert list(adata.obs_names) == ["s1"]
    assert "coding" in adata.var
    with pytest.raises(FormatError, match="'TRUE' is not a number"):
        read_expression(write("m.tsv", text), samples=["coding"])


def test_samples_are_chosen_and_ordered(write: Writer) -> None:
    path = write("m.tsv", "gene\ts1\tlength\ts2\tnote\nRARA\t1\t9\t2\tx\nPML\t3\t9\t4\ty\n")
    adata = read_expression(path, samples=["s2", "s1"])
    assert list(adata.obs_names) == ["s2", "s1"]
    np.testing.assert_array_equal(adata.X, [[2, 4], [1, 3]])
    found = adata.uns["atrasig"]["input"]
    assert found["ignored_columns"] == 1
    assert list(adata.var["note"]) == ["x", "y"]


# -- what is refused, and where --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gene\ts1\ts2\nRARA\t1\t2\nPML\t3.5.\t4\nTP53\t5\t6\n", ["'3.5.'", "row 'PML'", "'s1'"]),
        ("sample\tRARA\tPML\ns1\t1\t2\ns2\tx\t3\ns3\t4\t5\n", ["'x'", "row 's2'", "'RARA'"]),
        ("gene\ts1\ts2\nRARA\t1\t2\nPML\t3\n", ["has 2 fields, 3 are needed", "line 3"]),
        ("gene\ts1\ts2\nRARA\t1\nPML\t3\t4\n", ["has 2 fields, 3 or 4 are needed", "line 2"]),
        ("#c\ngene\ts1\nRARA\t1\nPML\t3\t4\n", ["has 3 fields, 2 are needed", "line 4"]),
        ('gene,a\n"RA\nRA",1\nPML,2,3\n', ["has 3 fields, 2 are needed", "line 4"]),
        ('gene\ts1\nRARA\t1\n"PML\t2\nTP53\t3\n', ["has 1 fields", "line 3"]),
        ("gene\ts1\ts1\nRARA\t1\t2\n", ["'s1' stands 2 times in the header"]),
        ("gene\ts1\t\nRARA\t1\t2\n", ["Column 3 holds numbers and has no name"]),
        ("\tRARA\t\tPML\ns1\t1\t2\t3\n", ["Column 3 holds numbers and has no name"]),
        ("gene\ts1\n", ["no line below the header"]),
        ("# nothing\n! else\n", ["no header line"]),
        ("gene\nRARA\n", ["only one column", "tabs, commas or semicolons"]),
        ("gene\ts1\nRARA\t1\nPML\t\0\n", ["NUL", "line 3"]),
        ("gene\ts1\n\t\n", ["no line below the header"]),
        ("gene,\nRARA,\nPML,\n", ["only one column"]),
        ("gene\tnote\nRARA\tx\n", ["0 samples and 1 genes"]),
        ("ENSG00000131759\t5\t7\nENSG00000140464\t3\t4\n", ["no header line", "line 1"]),
        ("N_unmapped\t5\t5\nRARA\t3\t4\n", ["no header line", "'N_unmapped'"]),
        ("gene\ts1\nRARA\t1\nPML\tinf\n", ["gene 'PML' in sample 's1' is infinite"]),
        ("gene\ts1\nRARA\t1\nPML\t-Inf\n", ["gene 'PML' in sample 's1' is infinite"]),
    ],
)
def test_faults_are_named_with_their_place(write: Writer, text: str, words: list[str]) -> None:
    path = write("m.txt", text)
    with pytest.raises(FormatError) as caught:
        read_expression(path, format="delimited")
    assert [word for word in words if word not in str(caught.value)] == []
    assert "m.txt" in str(caught.value)


def test_number_of_faulty_cells_is_told(write: Writer) -> None:
    body = "".join(f"{i}\t{'1-5' if i % 3 == 0 else i}\n" for i in range(12))
    with pytest.raises(FormatError, match="'1-5' is not a number; 4 such cells in the column"):
        read_expression(write("m.tsv", f"gene\ts1\n{body}"), samples=["s1"])


def test_a_named_sample_of_words_is_refused(write: Writer) -> None:
    path = write("m.tsv", "gene\ts1\nRARA\thigh\nPML\tlow\n")
    with pytest.raises(FormatError, match=r"'high' is not a number.*row 'RARA', column 's1'"):
        read_expression(path, samples=["s1"])


def test_duplicate_sample_in_rows(write: Writer) -> None:
    path = write("m.tsv", "sample\tRARA\tPML\na\t1\t2\na\t3\t4\nb\t5\t6\n")
    with pytest.raises(InputError, match="'a' stands 2 times"):
        read_expression(path)
    assert read_expression(path, samples=["b"]).X.tolist() == [[5, 6]]


@pytest.mark.parametrize("name", ["tsv", "rows", "gct", "h5ad", "sparse", "parquet"])
def test_missing_sample_is_named_with_those_that_are_there(
    files: dict[str, Path], name: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_expression(files[name], samples=["s2", "S3"])
    message = str(caught.value)
    assert "1 of 2 samples of the sheet are not in the matrix: 'S3'" in message
    assert "The matrix has 3 samples: 's1', 's2', 's3'." in message


def test_sample_asked_for_twice(files: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="'s1' is asked for 2 times"):
        read_expression(files["tsv"], samples=["s1", "s1"])


def test_damaged_gzip(write: Writer, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    body = "".join(f"G{i}\t{rng.random()}\n" for i in range(2000))
    whole = gzip.compress(f"gene\ts1\n{body}".encode())
    for name, data in (
        ("short", whole[: len(whole) // 2]),
        ("head", whole[:12]),
        ("checksum", whole[:-8] + b"\0\0\0\0" + whole[-4:]),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(FormatError, match="packed file is damaged"):
            read_expression(path)


def test_text_that_is_not_utf8(write: Writer) -> None:
    path = write("m.tsv", "gene\tSjögren\nRARA\t1\n".encode("latin-1"))
    with pytest.raises(FormatError, match=r"not UTF-8: byte 0xf6 after 'gene\\tSj'"):
        read_expression(path)


def test_field_without_end(write: Writer) -> None:
    with pytest.raises(FormatError, match="quotation mark"):
        read_expression(write("m.csv", 'gene,s1\n"RARA,1\n' + "PML,2\n" * 40_000))


# -- real files ------------------------------------------------------------------------------------


def test_neuroblastoma_table(shared: Path) -> None:
    path = shared / "data/response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz"
    table = pd.read_csv(path, sep="\t")
    chosen = [name for name in table if name.startswith("SRR") and not name.endswith("CPM")]
    adata = read_expression(path, samples=chosen)
    assert adata.shape == (6, 14420)
    assert list(adata.obs_names) == chosen
    np.testing.assert_array_equal(adata.X, table[chosen].to_numpy().T)
    assert list(adata.var["gene_id"]) == list(table["Gene.ID"])
    assert list(adata.var["Gene.Name"]) == list(table["Gene.Name"].fillna(""))
    found = adata.uns["atrasig"]["input"]
    assert (found["identifier_column"], found["ignored_columns"]) == ("Gene.ID", 11)
    assert found["trimmed_names"] == 1


def test_neuroblastoma_table_needs_no_option(shared: Path) -> None:
    path = shared / "data/response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table.tsv.gz"
    adata = read_expression(path)
    table = pd.read_csv(path, sep="\t")
    counts = [name for name in table if name.startswith("SRR") and not name.endswith("CPM")]
    assert list(adata.obs_names) == counts
    np.testing.assert_array_equal(adata.X, table[counts].to_numpy().T)
    found = adata.uns["atrasig"]["input"]
    assert found["ignored_columns"] == 11
    assert found["ignored_statistics"] == "3: FDR, AveExpr, P value"
    assert found["ignored_constant"] == "1: Undifferentiated"
    assert found["ignored_not_counts"].startswith("7: Differentiated, SRR3133925_nodiff_rep1 CPM")


@pytest.mark.parametrize("name", ["RAvControl", "PBvControl", "PBandRAvControl"])
def test_differential_tables_are_refused_in_one_sentence(shared: Path, name: str) -> None:
    path = shared / "data/response_be2c" / f"{name}_DESeq2output.csv.gz"
    with pytest.raises(
        FormatError, match=r"table of a differential test \(baseMean, .*padj\), not"
    ):
        read_expression(path)


@pytest.mark.parametrize(
    "name",
    [
        "sensitivity_gdsc/gdsc_v17_tretinoin_1009.tsv",
        "sensitivity_gdsc/cancer_cell_lines.csv",
        "sensitivity_gdsc/ccle580_tretinoin_and_annotation.tsv",
        "sensitivity_gdsc/cadrres_refit_tretinoin_1009.tsv",
        "gastric/GSE26901_subtype.tsv",
        "gastric/GSE62254_subtype.tsv",
        "aml_tcga20/tcga_laml_20samples_meta.tsv",
        "formats/tximportData_samples.txt",
    ],
)
def test_tables_without_genes_are_refused_in_one_sentence(shared: Path, name: str) -> None:
    with pytest.raises(FormatError, match="No column and no header looks like gene identifiers"):
        read_expression(shared / "data" / name)


def test_depmap_table_has_its_samples_in_rows(shared: Path) -> None:
    folder = shared / "data/sensitivity_gdsc"
    adata = read_expression(folder / "ccle580_census706_expression_DepMapstyle.csv.gz")
    assert adata.shape == (580, 706)
    assert adata.obs_names[0] == "ACH-000001"
    assert adata.var["gene_id"].iloc[0] == "AKT3 (10000)"
    assert adata.uns["atrasig"]["input"]["orientation"] == "samples in rows"


def test_leukaemia_counts(shared: Path) -> None:
    path = shared / "data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz"
    adata = read_expression(path)
    table = pd.read_csv(path, sep="\t", index_col=0)
    assert adata.shape == (20, 60483)
    np.testing.assert_array_equal(adata.X, table.to_numpy().T)
    assert list(adata.var["gene_id"]) == list(table.index)


@pytest.mark.parametrize(
    "name",
    ["STAR_ERR458837_subsamp_1ReadsPerGene.out.tab.gz", "HTSeq_Count.genes.232902658.txt.gz"],
)
def test_counter_output_without_header_is_refused(shared: Path, name: str) -> None:
    with pytest.raises(FormatError, match="no header line"):
        read_expression(shared / "data/formats" / name, format="delimited")
