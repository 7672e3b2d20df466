"""Transcripts summed to genes, probes named by their platform."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from atrasig.errors import FormatError, ScaleError
from atrasig.io import ReadOptions, read_expression
from atrasig.io.identifiers import is_transcript, name_probes, sum_transcripts
from atrasig.io.lookup import genes_in
from atrasig.io.table import RawMatrix

Writer = Callable[[str, "str | bytes"], Path]
TRANSCRIPTS = [
    "ENST00000000001.3",
    "ENST00000000002",
    "ENST00000000003.1|ENSG00000000009.2|x",
    "ENST00000000004.1",
    "ENST00000000005",
]
PAIRS = [
    ("ENST00000000001.9", "ENSG00000131759"),
    ("ENST00000000002.1", "ENSG00000140464"),
    ("ENST00000000003.1", "ENSG00000131759"),
    ("ENST00000000005.1", "ENSG00000131759"),
    ("ENST00000000005.2", "ENSG00000140464"),
]
VALUES = np.array([[1, 2, 4, 8, 16], [np.nan, 3, np.nan, 5, 7]])


def matrix(values: object = VALUES, genes: list[str] = TRANSCRIPTS, **more: object) -> RawMatrix:
    annotation = pd.DataFrame(index=range(len(genes)))
    return RawMatrix(values, ["a", "b"], genes, annotation, **more)  # type: ignore[arg-type]


@pytest.fixture(params=["tsv", "csv", "gz", "swapped"])
def tx2gene(request: pytest.FixtureRequest, write: Writer) -> Path:
    """The table with and without header, in either order, plain and packed."""
    form = request.param
    pairs = [("enstxp", "ensgene"), *PAIRS] if form == "csv" else PAIRS
    mark = "," if form == "csv" else "\t"
    rows = [pair[::-1] if form == "swapped" else pair for pair in pairs]
    return write("t.tsv.gz" if form == "gz" else "t", "\n".join(map(mark.join, rows)))


def test_transcripts_are_summed_and_every_one_is_accounted_for(tx2gene: Path) -> None:
    made = sum_transcripts(matrix(), tx2gene)
    expected = {
        "ENSG00000131759": [5, np.nan],
        "ENSG00000140464": [2, 3],
        "ENST00000000004.1": [8, 5],
        "ENST00000000005": [16, 7],
    }
    assert made.genes == sorted(expected)
    np.testing.assert_array_equal(made.values.T, [expected[gene] for gene in made.genes])
    assert list(made.gene_annotation["transcripts"]) == [2, 1, 1, 1]
    assert made.facts["transcripts_read"] == 5
    assert made.facts["transcripts_summed"] == 3
    assert made.facts["transcripts_of_several_genes"] == 1
    assert made.facts["transcripts_not_in_table"] == 1


def test_sums_do_not_depend_on_the_order_of_the_file(write: Writer) -> None:
    rng = np.random.default_rng(2)
    names = [f"ENST{i:011d}" for i in range(200)]
    table = write("t", "".join(f"{name}\tENSG{i % 7:011d}\n" for i, name in enumerate(names)))
    values = np.round(rng.lognormal(0, 6, size=(2, 200)), 6)
    values[:, ::5] = 0
    first = sum_transcripts(matrix(values, names), table)
    order = rng.permutation(200)
    for shuffled in (values[:, order], csr_array(values[:, order])):
        layers = {"counts": shuffled}
        made = sum_transcripts(matrix(shuffled, [names[i] for i in order], layers=layers), table)
        for result in (made.values, made.layers["counts"]):
            dense = result if isinstance(result, np.ndarray) else result.toarray()
            np.testing.assert_array_equal(dense, first.values)
    grouped = pd.DataFrame(values, columns=names).T.groupby(np.arange(200) % 7).sum().T
    np.testing.assert_allclose(first.values, grouped, rtol=1e-12)


def test_logarithms_are_not_summed(tx2gene: Path) -> None:
    with pytest.raises(ScaleError, match="look like logarithms"):
        sum_transcripts(matrix(VALUES - 4.5), tx2gene)
    with pytest.raises(ScaleError, match="look like logarithms"):
        sum_transcripts(matrix(facts={"declared_scale": "log2"}), tx2gene)


def test_a_table_that_does_not_fit_is_refused(write: Writer) -> None:
    with pytest.raises(FormatError, match=r"None of the 5 identifiers .*'ENST00000000001\.3'"):
        sum_transcripts(matrix(), write("t", "a\tb\nc\td\n"))
    with pytest.raises(FormatError, match="a column of names and one of genes"):
        name_probes(matrix(), write("t", "a\nb\n"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ENST00000456328.2", True),
        ("ENSMUST00000000001", True),
        ("ENST00000456328.2|ENSG00000223972.5|-", True),
        ("NM_000964.4", True),
        ("NR_046018", True),
        ("uc001aaa.3", True),
        ("ENSG00000131759", False),
        ("RARA", False),
        ("NM", False),
    ],
)
def test_is_transcript(name: str, expected: bool) -> None:  # noqa: FBT001
    assert is_transcript(name) is expected


def test_transcripts_without_a_table_ask_for_one(write: Writer, tx2gene: Path) -> None:
    body = "".join(f"{name}\t{i}\n" for i, name in enumerate(TRANSCRIPTS))
    path = write("m.tsv", f"tx\ts1\n{body}RARA\t1\n")
    with pytest.raises(FormatError, match=r"5 of 6 identifiers are transcripts.*--tx2gene TABLE"):
        read_expression(path)
    adata = read_expression(path, options=ReadOptions(tx2gene=tx2gene))
    assert adata.uns["atrasig"]["input"]["transcripts_not_in_table"] == 2
    assert adata[:, "ENSG00000131759"].X.tolist() == [[2]]


PROBES = ["1_at", "2_at", "3_at", "4_at", "9_at"]
GPL = (
    "^PLATFORM = GPL1\n!Platform_title = x\n#ID = probe\n!platform_table_begin\n"
    'ID\tGB_ACC\tDefinition\tGene Symbol\tENTREZ_GENE_ID\n1_at\tX1\t5" end\tRARA\t5914\n'
    "2_at\tX2\tb\tPML /// RARA\t5371 /// 5914\n3_at\tX3\tc\t---\t\n4_at\tX4\td\tPML /// PML\t5371\n"
    "!platform_table_end\n^SAMPLE = GSM1\n1_at\t9\n"
)
CHIP = (
    "Probe Set ID\tGene Symbol\tGene Title\n1_at\tRARA\tretinoic\n2_at\tPML /// RARA\tb\n"
    "3_at\t\tc\n4_at\tPML\td\n"
)
PLAIN = '"1_at","RARA"\n"2_at","PML /// RARA"\n"3_at","NA"\n"4_at","PML"\n'
ASSIGNED = (
    "ID\tgene_assignment\n1_at\tNM_1 // RARA // retinoic // 17q // 5914 /// NM_2 // RARA // x\n"
    "2_at\tNM_1 // RARA // a /// NM_3 // PML // b\n3_at\t---\n4_at\tNM_3 // PML // b\n"
)


@pytest.mark.parametrize("table", [GPL, CHIP, PLAIN, ASSIGNED])
def test_probes_are_named_and_every_one_is_accounted_for(write: Writer, table: str) -> None:
    made = name_probes(matrix(genes=PROBES), write("p", table))
    assert made.genes == ["RARA", "2_at", "3_at", "PML", "9_at"]
    assert list(made.gene_annotation["probe"]) == PROBES
    np.testing.assert_array_equal(made.values, VALUES)
    kinds = ("named", "of_several_genes", "without_gene", "not_in_table")
    assert [made.facts[f"probes_{kind}"] for kind in kinds] == [2, 1, 1, 1]


def test_probes_are_named_whatever_the_format(write: Writer) -> None:
    body = "".join(f"{probe}\t{i}\n" for i, probe in enumerate(PROBES))
    path = write("m.tsv", f"ID_REF\ts1\n{body}")
    platform = write("p.gz", CHIP)
    adata = read_expression(path, options=ReadOptions(platform=platform))
    assert list(adata.var["gene_id"]) == ["RARA", "2_at", "3_at", "PML", "9_at"]
    found = adata.uns["atrasig"]["input"]
    assert (found["platform_table"], found["probes_named"]) == ("p.gz", 2)


def test_a_number_that_names_no_gene_is_not_left_to_be_an_entrez_id(write: Writer) -> None:
    platform = write("p", "ID\tGene Symbol\n7157\t\n7158\tA1BG /// A2M\n7159\tRARA\n")
    made = name_probes(matrix(genes=["7157", "7158", "7159", "7160", "x_at"]), platform)
    assert made.genes == ["probe 7157", "probe 7158", "RARA", "probe 7160", "x_at"]


def test_genes_in() -> None:
    assert genes_in("A///B /// C") == ["A", "B", "C"]
    assert genes_in("NM_1 // A // t /// --- ") == ["A"]


# -- real tables -----------------------------------------------------------------------------------


def test_real_probes(shared: Path) -> None:
    platform = shared / "data/ids/GPL96_HGU133A_probe2symbol.tsv.gz"
    table = pd.read_csv(platform, sep="\t", keep_default_na=False)
    probes = list(table["ID"][:500])
    made = name_probes(matrix(np.zeros((2, 500)), probes), platform)
    symbols = table["Gene Symbol"][:500]
    for probe, gene, symbol in zip(probes, made.genes, symbols, strict=True):
        assert gene == (probe if "///" in symbol or symbol == "" else symbol)


def test_real_transcripts(shared: Path) -> None:
    source = shared / "data/formats/tximportData_salmon_ERR188021_quant.sf.gz"
    with gzip.open(source, "rt") as handle:
        quant = pd.read_csv(handle, sep="\t")[::9]
    tx2gene = shared / "data/ids/ensembl_grch38_tx2gene.tsv.gz"
    values = np.stack([quant["NumReads"], quant["TPM"]])
    made = sum_transcripts(matrix(values, list(quant["Name"])), tx2gene)
    np.testing.assert_allclose(made.values.sum(axis=1), values.sum(axis=1), rtol=1e-12)
    table = pd.read_csv(tx2gene, sep="\t").set_index("enstxp")["ensgene"]
    names = quant["Name"].str.replace(r"\..*", "", regex=True).map(table)
    expected = quant["NumReads"].groupby(names).sum()
    place = {gene: number for number, gene in enumerate(made.genes)}
    found = [made.values[0, place[gene]] for gene in expected.index]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert made.facts["transcripts_not_in_table"] == int(names.isna().sum())
