"""A genome-wide table from a user's downloads, made here in the column format of the sources."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from click.testing import CliRunner

from atrasig.cli import main
from atrasig.errors import GeneIdError
from atrasig.genes import GeneTable, read_gene_table
from atrasig.genes.building import write_table
from atrasig.genes.hgnc import build_table
from atrasig.genes.orthologs import MouseGene, Pair, one_to_one

HGNC_COLUMNS = [
    "hgnc_id",
    "symbol",
    "name",
    "locus_group",
    "locus_type",
    "status",
    "location",
    "alias_symbol",
    "alias_name",
    "prev_symbol",
    "entrez_id",
    "ensembl_gene_id",
]
CODING = ("protein-coding gene", "gene with protein product")
LNC = ("non-coding RNA", "RNA, long non-coding")


def hgnc_line(
    symbol: str, locus: tuple[str, str], aliases: str, previous: str, entrez: str, ensembl: str
) -> str:
    cells = {
        "hgnc_id": "HGNC:1",
        "symbol": symbol,
        "locus_group": locus[0],
        "locus_type": locus[1],
        "status": "Approved",
        "alias_symbol": f'"{aliases}"' if "|" in aliases else aliases,
        "prev_symbol": previous,
        "entrez_id": entrez,
        "ensembl_gene_id": ensembl,
    }
    return "\t".join(cells.get(column, "") for column in HGNC_COLUMNS)


LINES = [
    hgnc_line("TP53", CODING, "p53|LFS1", "", "7157", "ENSG00000141510"),
    hgnc_line("ADGRG1", CODING, "TM7LN4|TM7XN1", "GPR56", "9289", "ENSG00000205336"),
    hgnc_line("TAFAZZIN", CODING, "BTHS", "TAZ", "6901", "ENSG00000102125"),
    hgnc_line("WWTR1", CODING, "TAZ|DKFZp586I1419", "", "25937", "ENSG00000018408"),
    hgnc_line("XIST", LNC, "NCRNA00001|β-thing", "", "7503", "ENSG00000229807"),
    hgnc_line("SEPTIN6", CODING, "KIAA0128|6-Sep", "SEPT6", "23157", "ENSG00000125354"),
    hgnc_line("HLA-A", CODING, "", "", "3105", "ENSG00000206503"),
]
ENSEMBL = """Gene stable ID,Gene name,Gene type,NCBI gene (formerly Entrezgene) ID
ENSG00000141510,TP53,protein_coding,7157
ENSG00000229807,XIST,lncRNA,7503
ENSG00000206503,HLA-A,protein_coding,3105
ENSG00000224320,HLA-A,protein_coding,
ENSG00000310000,,lncRNA,
ENSG00000320000,GPR56,protein_coding,
ENSG00000330000,AC000001.1,lncRNA,
"""
HCOP = """human_symbol\tmouse_entrez_gene\tmouse_ensembl_gene\tmouse_symbol\tsupport
TP53\t22059\tENSMUSG00000059552\tTrp53\tHGNC,Ensembl,OMA,Panther,NCBI
TP53\t999\t-\tTrp53-ps\tOMA
ADGRG1\t14766\tENSMUSG00000031785\tAdgrg1\tHGNC,OMA
"""


@pytest.fixture
def hgnc(tmp_path: Path) -> Path:
    path = tmp_path / "hgnc_complete_set.txt"
    path.write_text("\t".join(HGNC_COLUMNS) + "\n" + "\n".join(LINES) + "\n", encoding="utf-8")
    return path


def built(tmp_path: Path, hgnc: Path, ensembl: str = "", orthologs: str = "") -> GeneTable:
    given = {}
    for name, text in (("ensembl", ensembl), ("orthologs", orthologs)):
        given[name] = tmp_path / f"{name}.txt" if text else None
        if text:
            (tmp_path / f"{name}.txt").write_text(text)
    out = tmp_path / "genes.tsv.gz"
    write_table(out, build_table(hgnc, **given).text)
    return read_gene_table(out)


def test_hgnc_alone_gives_a_table_that_resolves(tmp_path: Path, hgnc: Path) -> None:
    table = built(tmp_path, hgnc)
    ids = ["GPR56", "p53", "7157", "ENSG00000229807.14", "6-Sep", "TAZ", "HLA-A (3105)", "Trp53"]
    found = table.resolve(ids)
    symbols = ["ADGRG1", "TP53", "TP53", "XIST", "SEPTIN6", "TAZ", "HLA-A", "Trp53"]
    assert list(found.symbols) == symbols
    assert list(found.kinds)[4:7] == ["excel_date", "ambiguous", "composite"]
    assert table.coding == {"TP53", "ADGRG1", "TAFAZZIN", "WWTR1", "SEPTIN6", "HLA-A"}
    assert table.frame.at["ADGRG1", "previous"] == "GPR56"
    assert table.frame.at["ADGRG1", "aliases"] == "TM7LN4|TM7XN1"
    assert table.frame.at["XIST", "biotype"] == "RNA, long non-coding"
    assert table.owners("TAZ") == ("TAFAZZIN", "WWTR1")


def test_without_a_table_of_orthologs_those_of_the_shipped_one_are_kept(
    tmp_path: Path, hgnc: Path
) -> None:
    table = built(tmp_path, hgnc)
    assert table.frame.at["TP53", "mouse_symbol"] == "Trp53"
    assert list(table.resolve(["Trp53", "Adgrg1", "ENSMUSG00000059552"]).symbols) == [
        "TP53",
        "ADGRG1",
        "TP53",
    ]


def test_ensembl_adds_haplotypes_biotypes_and_genes_without_hgnc_symbol(
    tmp_path: Path, hgnc: Path
) -> None:
    table = built(tmp_path, hgnc, ENSEMBL)
    assert table.frame.at["HLA-A", "ensembl"] == "ENSG00000206503|ENSG00000224320"
    assert table.frame.at["XIST", "biotype"] == "lncRNA"
    assert table.find("ENSG00000330000").symbol == "AC000001.1"
    facts = build_table(hgnc, tmp_path / "ensembl.txt").facts
    assert facts["ensembl_without_symbol"] == 1
    assert facts["ensembl_under_former_name"] == 1
    assert facts["names_not_ascii"] == 1
    assert facts["genes"] == 8


def test_orthologs_of_hcop_need_support(tmp_path: Path, hgnc: Path) -> None:
    table = built(tmp_path, hgnc, orthologs=HCOP)
    assert table.frame.at["TP53", "mouse_symbol"] == "Trp53"
    assert table.frame.at["TP53", "mouse_entrez"] == "22059"
    assert table.frame.at["ADGRG1", "mouse_symbol"] == ""


def test_the_same_sources_give_the_same_bytes(tmp_path: Path, hgnc: Path) -> None:
    first = built(tmp_path, hgnc, ENSEMBL, HCOP)
    packed = tmp_path / "again" / hgnc.name
    packed.parent.mkdir()
    packed.write_bytes(hgnc.read_bytes())
    second = tmp_path / "second.tsv.gz"
    write_table(
        second,
        build_table(packed, tmp_path / "ensembl.txt", tmp_path / "orthologs.txt").text,
    )
    assert read_gene_table(second).sha256 == first.sha256
    assert first.version == read_gene_table(second).version
    assert first.version.startswith("built-")


def test_a_packed_source_is_read_too(tmp_path: Path, hgnc: Path) -> None:
    packed = tmp_path / "hgnc.txt.gz"
    packed.write_bytes(gzip.compress(hgnc.read_bytes()))
    assert build_table(packed).facts == build_table(hgnc).facts


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "no column for the approved symbol"),
        (b"symbol\tentrez_id\n", r"no column for the kind of locus \(locus_group\)"),
        ("\t".join(HGNC_COLUMNS).encode() + b"\n", "no approved gene"),
        ("\t".join(HGNC_COLUMNS).encode() + b"\nHGNC:1\tTP53\n", "2 cells, the header 12"),
        (
            ("\t".join(HGNC_COLUMNS) + "\n" + LINES[0] + "\n" + LINES[0] + "\n").encode(),
            "'TP53' stands in it twice",
        ),
        (b"\x1f\x8b\x08 cut short", "Cannot read"),
        ("symbol\tä\n".encode("latin-1"), "Cannot read"),
    ],
)
def test_a_source_that_cannot_be_used_is_refused(
    tmp_path: Path, content: bytes, match: str
) -> None:
    path = tmp_path / "hgnc.txt"
    path.write_bytes(content)
    with pytest.raises(GeneIdError, match=match) as caught:
        build_table(path)
    assert "hgnc.txt" in str(caught.value.where)
    assert "genenames.org" in str(caught.value)


def test_a_missing_column_of_biomart_is_named(tmp_path: Path, hgnc: Path) -> None:
    path = tmp_path / "mart.txt"
    path.write_text("Gene stable ID\tGene name\nENSG00000141510\tTP53\n")
    with pytest.raises(GeneIdError, match="no column for the biotype"):
        build_table(hgnc, path)


def test_one_to_one_needs_support_no_rival_and_no_objection() -> None:
    def pair(human: str, mouse: str, support: int) -> Pair:
        return Pair(human, MouseGene(mouse, "", ""), support)

    pairs = [
        pair("CLEAR", "Clear", 12),
        pair("CLEAR", "Clear-ps", 5),
        pair("WEAK", "Weak", 3),
        pair("MANY", "Many1", 9),
        pair("MANY", "Many2", 6),
        pair("OTHER", "Listed", 9),
        pair("ALSO", "Also", 9),
    ]
    listed = [("OTHER", "Else"), ("ALSO", "Also"), ("ALSO", "Bals")]
    assert sorted(one_to_one(pairs)) == ["ALSO", "CLEAR", "OTHER"]
    assert sorted(one_to_one(pairs, listed)) == ["ALSO", "CLEAR"]


# -- commands ----------------------------------------------------------------------------------


def test_build_and_use_a_table_from_the_command_line(tmp_path: Path, hgnc: Path) -> None:
    out = tmp_path / "own" / "genes.tsv.gz"
    done = CliRunner().invoke(main, ["genes", "build", "--hgnc", str(hgnc), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "genes\t7" in done.output
    shown = CliRunner().invoke(main, ["genes", "show", "GPR56", "--genes", str(out)])
    assert "symbol\tADGRG1\nfound as\talias" in shown.output
    listed = CliRunner().invoke(main, ["genes", "list", "--genes", str(out)])
    assert len(listed.output.splitlines()) == 8


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "genes.tsv.gz"
    absent = str(tmp_path / "absent.txt")
    done = CliRunner().invoke(main, ["genes", "build", "--hgnc", absent, "--out", str(out)])
    assert done.exit_code == 2
    assert "Cannot read" in done.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("name", "said"), [("TAZ", "TAFAZZIN, WWTR1"), ("nonsense", "not in gene table 2")]
)
def test_show_says_why_a_name_is_no_gene(name: str, said: str) -> None:
    done = CliRunner().invoke(main, ["genes", "show", name])
    assert done.exit_code == 2
    assert said in done.output


def test_resolve_counts_the_ids_of_a_file(tmp_path: Path) -> None:
    ids, out = tmp_path / "ids.txt", tmp_path / "symbols.tsv"
    ids.write_text('TP53\t1\n"GPR56"\t2\n\nENSG00000141510.5\t3\nnothing\t4\n')
    done = CliRunner().invoke(main, ["genes", "resolve", str(ids), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "alias\t1" in done.output
    assert "unmapped\t1" in done.output
    assert out.read_text().splitlines()[1:] == [
        "TP53\tTP53\tsymbol",
        "GPR56\tADGRG1\talias",
        "ENSG00000141510.5\tTP53\tensembl",
        "nothing\tnothing\tunmapped",
    ]
