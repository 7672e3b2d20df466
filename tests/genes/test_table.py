"""The shipped table against its sources and an independent table, and tables of other making."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from atrasig.errors import GeneIdError
from atrasig.genes import COLUMNS, GeneTable, read_gene_table
from atrasig.genes.forms import is_date
from atrasig.signatures import load_signatures

CORE = ("CYP26A1", "CYP26B1", "DHRS3", "RARB", "TGM2", "CRABP2", "HIC1", "RET", "STRA6")
HEADER = "\t".join(COLUMNS) + "\n"
Targets = dict[str, set[str]]
Records = Callable[..., list[dict[str, str]]]


def cells(table: GeneTable, column: str) -> list[str]:
    return [name for cell in table.frame[column] for name in cell.split("|") if name]


def row(symbol: str, **given: str) -> str:
    return "\t".join([symbol, *(given.get(column, "") for column in COLUMNS[1:])]) + "\n"


def written(path: Path, body: str, comments: str = "# version: 7\n") -> Path:
    path.write_bytes(gzip.compress((comments + body).encode()))
    return path


def test_frame_has_the_contracted_columns_and_sorted_unique_symbols(table: GeneTable) -> None:
    assert tuple(table.frame.columns) == COLUMNS[1:]
    assert table.frame.index.name == "symbol"
    assert table.frame.index.is_unique
    assert list(table.frame.index) == sorted(table.frame.index)
    assert not table.frame.isna().to_numpy().any()


def test_coding_genes_number_as_ensembl_has_them(table: GeneTable) -> None:
    assert 19_000 < len(table.coding) < 20_000
    assert set(CORE) <= table.coding
    assert {"MALAT1", "XIST"} & table.coding == set()


def test_every_gene_of_every_shipped_signature_is_in_the_table(table: GeneTable) -> None:
    named = {gene for signature in load_signatures() for gene in signature.symbols}
    genes = {table.approve(gene) for gene in named}
    assert len(genes) > 1_000
    assert sorted(genes - set(table.frame.index)) == []


@pytest.mark.parametrize("column", ["ensembl", "mouse_symbol", "mouse_ensembl", "mouse_entrez"])
def test_no_id_stands_in_two_rows(table: GeneTable, column: str) -> None:
    ids = cells(table, column)
    assert len(ids) == len(set(ids))
    assert len(ids) > 15_000


def test_a_name_belongs_to_one_gene_or_is_marked_as_shared(table: GeneTable) -> None:
    own = cells(table, "previous") + cells(table, "aliases")
    shared = set(cells(table, "shared"))
    assert len(own) == len(set(own))
    assert (set(own) | shared) & set(table.frame.index) == set()
    assert set(own) & shared == set()
    assert not any(is_date(name) or name.isdecimal() for name in own)


def test_the_file_is_plain_text_compact_and_says_where_it_is_from(
    table: GeneTable, repository: Path
) -> None:
    shipped = repository / "atrasig/data/genes.tsv.gz"
    assert table.sha256 == hashlib.sha256(shipped.read_bytes()).hexdigest()
    assert gzip.decompress(shipped.read_bytes()).isascii()
    assert shipped.stat().st_size < 700_000
    assert (repository / "atrasig/data/probes.tsv.gz").stat().st_size < 700_000
    for source in ("Ensembl GRCh38", "HGNChelper 0.8.15", "16 November 2024", "HCOP", "MGI"):
        assert any(source in line for line in table.sources)


def test_shipped_table_is_what_the_script_makes_of_its_sources(
    shared: Path, repository: Path, script: Callable[[str], ModuleType]
) -> None:
    lists = sorted((shared / "signatures").glob("*.tsv"))
    made = script("build_gene_table").build(shared / "data/ids", repository / "signatures", lists)
    shipped = gzip.decompress((repository / "atrasig/data/genes.tsv.gz").read_bytes()).decode()
    assert made == shipped


def test_every_named_coding_ensembl_id_gets_its_ensembl_or_current_hgnc_name(
    table: GeneTable, records: Records, alias_targets: Targets
) -> None:
    rows = records("ensembl_grch38_annotables.tsv.gz")
    named = {r["ensgene"]: r["symbol"] for r in rows if r["biotype"] == "protein_coding"}
    named = {ensembl: symbol for ensembl, symbol in named.items() if symbol}
    found = table.resolve(list(named))
    wrong = [
        (ensembl, symbol, got)
        for (ensembl, symbol), got, kind in zip(
            named.items(), found.symbols, found.kinds, strict=True
        )
        if kind == "ensembl" and got != symbol and alias_targets.get(symbol) != {got}
    ]
    assert wrong == []
    assert found.counts["ensembl"] / len(named) > 0.998


def test_coding_genes_without_a_symbol_keep_their_ensembl_id(
    table: GeneTable, records: Records
) -> None:
    rows = records("ensembl_grch38_annotables.tsv.gz")
    nameless = {r["ensgene"] for r in rows if r["biotype"] == "protein_coding" and not r["symbol"]}
    found = table.resolve(sorted(nameless))
    assert len(nameless) > 500
    assert list(found.symbols) == sorted(nameless)
    assert found.counts["unmapped"] == len(nameless)


@pytest.mark.parametrize(("column", "floor"), [("ensembl_gene_id", 0.998), ("entrez_id", 0.997)])
def test_ids_agree_with_an_independent_table(
    table: GeneTable, records: Records, column: str, floor: float
) -> None:
    rows = records("GDSC_gene_identifiers.csv.gz", ",")
    rows = [row for row in rows if row["hgnc_symbol"] and row["ensembl_gene_id"]]
    theirs = [table.approve(row["hgnc_symbol"]) for row in rows]
    found = table.resolve([row[column] for row in rows])
    pairs = [
        (got, expected)
        for got, expected, kind in zip(found.symbols, theirs, found.kinds, strict=True)
        if kind not in ("unmapped", "ambiguous") and expected in table.coding
    ]
    assert len(pairs) > 18_000
    assert np.mean([got == expected for got, expected in pairs]) > floor


def test_orthologs_agree_with_ensembl_of_mouse(table: GeneTable, records: Records) -> None:
    """The ids come from HCOP; Ensembl's own table of mouse is independent of it."""
    rows = records("ensembl_grcm38_annotables.tsv.gz")
    theirs = {row["ensgene"]: row["symbol"] for row in rows}
    frame = table.frame[table.frame["mouse_ensembl"] != ""]
    pairs = [
        (symbol, theirs[ensembl])
        for symbol, ensembl in zip(frame["mouse_symbol"], frame["mouse_ensembl"], strict=True)
        if ensembl in theirs
    ]
    assert len(pairs) > 15_000
    assert np.mean([ours == other for ours, other in pairs]) > 0.97


def test_mgi_never_contradicts_an_ortholog(table: GeneTable, records: Records) -> None:
    listed: dict[str, set[str]] = {}
    for one in records("human_mouse_orthologs_MGI_babelgene.tsv.gz"):
        listed.setdefault(table.approve(one["human_symbol"]), set()).add(one["mouse_symbol"])
    ours = table.frame["mouse_symbol"]
    against = [
        s for s, mouse in ours[ours != ""].items() if mouse not in listed.get(str(s), {mouse})
    ]
    assert (ours != "").sum() > 16_000
    assert against == []


def test_a_shared_entrez_id_is_ambiguous(tmp_path: Path) -> None:
    rows = row("AAA1", entrez="11|12", biotype="protein_coding", aliases="OLD", shared="BOTH")
    rows += row("BBB1", entrez="12", biotype="lncRNA")
    table = read_gene_table(written(tmp_path / "genes.tsv.gz", HEADER + rows))
    found = table.resolve(["11", "12", "OLD", "BOTH"])
    assert list(found.symbols) == ["AAA1", "12", "AAA1", "BOTH"]
    assert list(found.kinds) == ["entrez", "ambiguous", "alias", "ambiguous"]
    assert table.version == "7"
    assert table.coding == {"AAA1"}
    assert table.owners("12") == ("AAA1", "BBB1")


def test_a_table_that_is_not_compressed_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "genes.tsv"
    path.write_text("# version: 7\n" + HEADER + row("AAA1", previous="OLD"))
    assert read_gene_table(path).approve("OLD") == "AAA1"


@pytest.mark.parametrize(
    ("body", "comments", "match"),
    [
        (HEADER, "", "known form"),
        ("", "# version: 1\n", "known form"),
        (HEADER + "AAA1\tENSG1\n", "# version: 1\n", "known form"),
        ("a\tb\tc\td\te\nAAA1\t\t\t\t\n", "# version: 1\n", "other columns"),
        (HEADER + row("AAA1") + row("AAA1"), "# version: 1\n", "symbol twice"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, body: str, comments: str, match: str) -> None:
    path = written(tmp_path / "genes.tsv.gz", body, comments)
    with pytest.raises(GeneIdError, match=match) as caught:
        read_gene_table(path)
    assert caught.value.where == "genes.tsv.gz"


def test_a_table_cut_short_missing_or_far_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "genes.tsv.gz", HEADER + row("AAA1") * 50)
    whole = path.read_bytes()
    path.write_bytes(whole[:-12])
    with pytest.raises(GeneIdError, match="Cannot read"):
        read_gene_table(path)
    with pytest.raises(GeneIdError, match="Cannot read"):
        read_gene_table(tmp_path / "absent.tsv.gz")
    path.write_bytes(whole)
    monkeypatch.setattr("atrasig.genes.table.MAX_BYTES", 100)
    with pytest.raises(GeneIdError, match="larger than any genome"):
        read_gene_table(path)
