"""SOFT: data sets, samples and families of GEO."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from atrasig.errors import FormatError, InputError
from atrasig.io import ReadOptions, read_expression, sniff

Writer = Callable[[str, "str | bytes"], Path]


def sample(name: str, rows: dict[str, str], platform: str = "GPL1", more: str = "") -> str:
    lines = [f"^SAMPLE = {name}", f"!Sample_title = {name}", f"!Sample_platform_id = {platform}"]
    lines += [*more.splitlines(), "#VALUE = signal", "!sample_table_begin", "ID_REF\tCALL\tVALUE"]
    lines += [f"{probe}\tP\t{value}" for probe, value in rows.items()]
    return "\n".join([*lines, "!sample_table_end", ""])


PLATFORM = (
    "^PLATFORM = GPL1\n!Platform_title = an array\n#ID = \n!platform_table_begin\n"
    "ID\tGB_ACC\tGene Symbol\tSPOT_ID\n1\tX1\tRARA\t\n2\tX2\tPML /// RARA\n3\tX3\t---\t\n"
    "4\tX4\tTP53 /// TP53\n!platform_table_end\n"
)
FAMILY = (
    "^DATABASE = GeoMiame\n!Database_name = GEO\n^SERIES = GSE1\n!Series_title = a series\n"
    + PLATFORM
    + sample("GSM1", {"1": "1.5", "2": "2", "3": "null", "4": "4"})
    + sample("GSM2", {"4": "8", "1": "5", "2": "6"}, more="!Sample_characteristics_ch1 = Age: 7")
)
DATA_SET = (
    "^DATASET = GDS1\n!dataset_platform = GPL1\n!dataset_value_type = count\n"
    "^SUBSET = GDS1_1\n!subset_description = healthy\n!subset_sample_id = GSM1,GSM2\n"
    "!subset_type = disease state\n"
    "^SUBSET = GDS1_2\n!subset_description = old\n!subset_sample_id = GSM2,GSM9\n"
    "!subset_type = disease state\n"
    "^DATASET = GDS1\n#ID_REF = probe\n#GSM1 = Value for GSM1: one; src: blood\n#GSM2 = \n"
    "!dataset_table_begin\nID_REF\tIDENTIFIER\tGSM1\tGSM2\tGene title\n"
    "1_at\tRARA\t1\t2\treceptor\n2_at\t--Control\tnull\t4\n3\t3\t5\t6\t\n!dataset_table_end\n"
)


def test_family(write: Writer) -> None:
    path = write("m.txt.gz", FAMILY)
    assert sniff(path) == "soft"
    adata = read_expression(path)
    assert list(adata.var["gene_id"]) == ["RARA", "PML /// RARA", "probe 3", "TP53"]
    assert list(adata.var["ID_REF"]) == ["1", "2", "3", "4"]
    np.testing.assert_array_equal(adata.X, [[1.5, 2, np.nan, 4], [5, 6, np.nan, 8]])
    assert adata.obs["Age"].tolist() == ["", "7"]
    found = adata.uns["atrasig"]["input"]
    assert found["identifier_column"] == "Gene Symbol"
    assert (found["probes_without_symbol"], found["probes_of_several_genes"]) == (1, 1)
    assert (found["ignored_columns"], found["ignored_column_names"]) == (2, "CALL")
    assert (found["geo_platform"], found["value_description"]) == ("GPL1", "signal")


def test_only_the_tables_of_wanted_samples_are_read(write: Writer) -> None:
    broken = FAMILY.replace("1.5", "broken")
    adata = read_expression(write("m.txt", broken), samples=["GSM2"])
    assert adata.obs_names.tolist() == ["GSM2"]
    with pytest.raises(InputError, match=r"not in the matrix: 'GSM7'.*2 samples: 'GSM2', 'GSM1'"):
        read_expression(write("m.txt", broken), samples=["GSM2", "GSM7"])


@pytest.mark.parametrize(
    ("header", "cell", "gene"),
    [
        ("ILMN_Gene", "RARA", "RARA"),
        ("gene_assignment", "NM_1 // RARA // receptor // 17q /// NM_2 // RARA // x // y", "RARA"),
        ("ENTREZ_GENE_ID", "5914", "5914"),
        ("Something else", "RARA", "RARA"),
        ("Something else", "17", "probe 1"),
    ],
)
def test_column_of_genes(write: Writer, header: str, cell: str, gene: str) -> None:
    text = PLATFORM.replace("Gene Symbol", header).replace("X1\tRARA", f"X1\t{cell}")
    for other in ("PML /// RARA", "TP53 /// TP53"):
        text = text.replace(other, cell)
    adata = read_expression(write("m.txt", text + sample("GSM1", {"1": "1"})))
    assert list(adata.var["gene_id"]) == [gene]


def test_data_set(write: Writer) -> None:
    adata = read_expression(write("m.soft", DATA_SET.replace("\n", "\r\n")))
    np.testing.assert_array_equal(adata.X, [[1, np.nan, 5], [2, 4, 6]])
    assert list(adata.var["gene_id"]) == ["RARA", "2_at", "probe 3"]
    assert list(adata.var["Gene title"]) == ["receptor", "", ""]
    assert adata.obs.to_dict("list") == {
        "title": ["one", ""],
        "source_name": ["blood", ""],
        "disease state": ["healthy", "healthy; old"],
    }
    found = adata.uns["atrasig"]["input"]
    assert (found["geo_dataset"], found["geo_value_type"]) == ("GDS1", "count")
    assert (found["subset_samples_not_in_table"], found["probes_without_symbol"]) == (1, 2)
    assert "declared_scale" not in found


def test_samples_without_values(write: Writer) -> None:
    text = "^SAMPLE = GSM1\n!Sample_supplementary_file_1 = ftp://x/GSM1.counts.gz\n"
    for table in ("", "!sample_table_begin\n!sample_table_end\n"):
        with pytest.raises(FormatError, match=r"no values.*\(GSM1\.counts\.gz\)"):
            read_expression(write("m.txt", text + table))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FAMILY.replace("1.5", "high"), ["'high' is not a number", "probe '1', sample 'GSM1'"]),
        (FAMILY.replace("\t1.5", "\t1.5\t7"), ["has 4 fields, 3 are needed", "line 21"]),
        (FAMILY[: FAMILY.rindex("!sample_table_end")], ["cut short", "begins on line 31"]),
        (FAMILY.replace("VALUE\n", "SIGNAL\n"), ["'GSM1' has no column", "'CALL', 'SIGNAL'"]),
        (FAMILY + sample("GSM3", {"1": "1"}, "GPL2"), ["GPL1 (2), GPL2 (1)", "one platform"]),
        (FAMILY.replace("4\tP\t8", "1\tP\t8"), ["Probes repeat in sample 'GSM2'"]),
        (PLATFORM, ["no sample, only platform", "--platform"]),
        ("^SERIES = GSE1\nwhat\tis this\n", ["stands outside of a table", "line 2"]),
        (sample("GSM1", {"1": "1"}), ["platform GPL1", "--platform TABLE"]),
        (sample("GSM1", {"what": "1"}), ["(what, ...)", "platform GPL1", "--platform TABLE"]),
        (DATA_SET.replace("IDENTIFIER", "NAME"), ["begins with ID_REF, IDENTIFIER", "line 17"]),
        (DATA_SET.replace("\t1\t2", "\tx\t2"), ["'x' is not", "probe '1_at', sample 'GSM1'"]),
    ],
)
def test_faults(write: Writer, text: str, words: list[str]) -> None:
    with pytest.raises(FormatError) as caught:
        read_expression(write("m.txt", text))
    assert [word for word in words if word not in str(caught.value)] == []


def _table(path: Path, begin: str) -> list[list[str]]:
    """Lines of a table, read without the package."""
    with gzip.open(path, "rt") as handle:
        lines = [line.rstrip("\r\n") for line in handle]
    start = lines.index(begin) + 1
    stop = lines.index(begin.replace("begin", "end"))
    return [line.split("\t") for line in lines[start:stop]]


def test_real_data_set(shared: Path) -> None:
    path = shared / "data/formats/GDS507.soft.gz"
    header, *rows = _table(path, "!dataset_table_begin")
    adata = read_expression(path)
    assert adata.obs_names.tolist() == header[2:]
    expected = np.array([[float(text) for text in row[2:]] for row in rows]).T
    np.testing.assert_array_equal(adata.X, expected)
    named = [row[1] for row in rows if not row[1].startswith("--") and row[1] != row[0]]
    known = set(named)
    assert [gene for gene in adata.var["gene_id"] if gene in known] == named
    assert adata.obs["disease state"].value_counts().to_dict() == {"RCC": 9, "normal": 8}
    assert adata.obs.loc["GSM11815", "individual"] == "035"


def test_real_sample(shared: Path, tmp_path: Path) -> None:
    path = shared / "data/formats/GSM11805.txt.gz"
    header, *rows = _table(path, "!sample_table_begin")
    assert header == ["ID_REF", "VALUE", "ABS_CALL"]
    adata = read_expression(path)
    assert adata.shape == (1, 22283)
    np.testing.assert_array_equal(adata.X[0], [float(row[1]) for row in rows])
    assert list(adata.var["gene_id"]) == [row[0] for row in rows]
    assert adata.uns["atrasig"]["input"]["ignored_column_names"] == "ABS_CALL"
    assert adata.obs.loc["GSM11805", "description#2"] == "Keywords = kidney"


def test_real_family(shared: Path) -> None:
    path = shared / "data/formats/GEOparse_soft_ex_family.txt"
    adata = read_expression(path)
    assert adata.shape == (3, 20)
    assert list(adata.var["gene_id"].iloc[[0, 16, 17]]) == ["Nfatc2", "probe 17", "2610110L04Rik"]
    np.testing.assert_array_equal(adata.X[0, :2], [-1.6274758, 0.1412248])
    assert adata.obs["Cell line"].iloc[0] == "ES-D3 (CRL-1934)"
    assert adata.obs["Strain_ch2"].tolist() == ["C57BL/6"] * 3
    found = adata.uns["atrasig"]["input"]
    assert (found["channels"], found["identifier_column"]) == (2, "Gene_Sym")


def test_probes_keep_their_ids_for_a_platform_of_the_user(shared: Path) -> None:
    from atrasig.io.geo.soft import read

    options = ReadOptions(platform=Path("platform.tsv"))
    found = read(shared / "data/formats/GDS507.soft.gz", options)
    assert found.genes[:2] == ["200000_s_at", "200001_at"]
