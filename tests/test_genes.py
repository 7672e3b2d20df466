"""Identifiers against the tables they were derived from, and against an independent one."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import GeneIdError
from atrasig.genes import (
    COLUMNS,
    KINDS,
    GeneTable,
    load_gene_table,
    looks_like_gene_ids,
    read_gene_table,
)

ROOT = Path(__file__).parents[1]
CORE = ("CYP26A1", "CYP26B1", "DHRS3", "RARB", "TGM2", "CRABP2", "HIC1", "RET", "STRA6")


@pytest.fixture(scope="module")
def table() -> GeneTable:
    return load_gene_table()


def records(path: Path, delimiter: str = "\t") -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter=delimiter))


def alias_targets(shared: Path) -> dict[str, set[str]]:
    targets: dict[str, set[str]] = defaultdict(set)
    for row in records(shared / "data/ids/hgnc_alias_to_approved_HGNChelper.tsv.gz"):
        targets[row["Symbol"]].add(row["Approved.Symbol"])
    return targets


def written(path: Path, body: str, comments: str = "# version: 7\n") -> Path:
    path.write_bytes(gzip.compress((comments + body).encode()))
    return path


HEADER = "\t".join(COLUMNS) + "\n"


# -- the table ---------------------------------------------------------------------------------


def test_frame_has_the_contracted_columns_and_sorted_unique_symbols(table: GeneTable) -> None:
    assert list(table.frame.columns) == ["ensembl", "entrez", "biotype", "aliases"]
    assert table.frame.index.name == "symbol"
    assert table.frame.index.is_unique
    assert list(table.frame.index) == sorted(table.frame.index)
    assert not table.frame.isna().to_numpy().any()


def test_coding_genes_number_as_ensembl_has_them(table: GeneTable) -> None:
    assert 19_000 < len(table.coding) < 20_000
    assert set(CORE) <= table.coding
    assert {"MALAT1", "XIST"} & table.coding == set()


def test_no_ensembl_id_stands_in_two_rows(table: GeneTable) -> None:
    ids = [name for cell in table.frame["ensembl"] for name in cell.split("|") if name]
    assert len(ids) == len(set(ids))


def test_no_alias_is_a_symbol_or_stands_in_two_rows(table: GeneTable) -> None:
    aliases = [name for cell in table.frame["aliases"] for name in cell.split("|") if name]
    assert len(aliases) == len(set(aliases))
    assert set(aliases) & set(table.frame.index) == set()


def test_sha256_is_that_of_the_shipped_file(table: GeneTable) -> None:
    import hashlib

    shipped = ROOT / "atrasig/data/genes.tsv.gz"
    assert table.sha256 == hashlib.sha256(shipped.read_bytes()).hexdigest()
    assert shipped.stat().st_size < 1_000_000


def test_shipped_table_is_what_the_script_makes_of_its_sources(shared: Path) -> None:
    spec = importlib.util.spec_from_file_location("builder", ROOT / "scripts/build_gene_table.py")
    assert spec is not None
    assert spec.loader is not None
    builder = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["builder"] = builder
    try:
        spec.loader.exec_module(builder)
        ids = shared / "data/ids"
        text = builder.build(
            ids / "ensembl_grch38_annotables.tsv.gz",
            ids / "ensembl_grch37_annotables.tsv.gz",
            ids / "hgnc_alias_to_approved_HGNChelper.tsv.gz",
            ids / "human_mouse_orthologs_HCOP_babelgene.tsv.gz",
            [
                *sorted((shared / "signatures").glob("*.tsv")),
                shared / "data/gmt/c2.all.v7.0.symbols.gmt.gz",
            ],
            ("ROSS_AML", "VALK_AML"),
        )
    finally:
        del sys.modules["builder"]
    shipped = gzip.decompress((ROOT / "atrasig/data/genes.tsv.gz").read_bytes()).decode()
    assert text == shipped


# -- against the sources -----------------------------------------------------------------------


def test_every_named_coding_ensembl_id_gets_its_ensembl_or_current_hgnc_name(
    table: GeneTable, shared: Path
) -> None:
    rows = records(shared / "data/ids/ensembl_grch38_annotables.tsv.gz")
    named = {r["ensgene"]: r["symbol"] for r in rows if r["biotype"] == "protein_coding"}
    named = {ensembl: symbol for ensembl, symbol in named.items() if symbol}
    targets = alias_targets(shared)
    found = table.resolve(list(named))
    wrong = [
        (ensembl, symbol, got)
        for (ensembl, symbol), got, kind in zip(
            named.items(), found.symbols, found.kinds, strict=True
        )
        if kind == "ensembl" and got != symbol and targets.get(symbol) != {got}
    ]
    assert wrong == []
    assert found.counts["ensembl"] / len(named) > 0.998


def test_ensembl_and_entrez_agree_with_an_independent_table(table: GeneTable, shared: Path) -> None:
    rows = records(shared / "data/ids/GDSC_gene_identifiers.csv.gz", ",")
    rows = [row for row in rows if row["hgnc_symbol"] and row["ensembl_gene_id"]]
    theirs = [table.approve(row["hgnc_symbol"]) for row in rows]
    for column, floor in (("ensembl_gene_id", 0.998), ("entrez_id", 0.997)):
        found = table.resolve([row[column] for row in rows])
        pairs = [
            (got, expected)
            for got, expected, kind in zip(found.symbols, theirs, found.kinds, strict=True)
            if kind != "unmapped" and expected in table.coding
        ]
        assert len(pairs) > 18_000
        assert np.mean([got == expected for got, expected in pairs]) > floor


def test_every_unambiguous_alias_of_a_coding_gene_is_resolved(
    table: GeneTable, shared: Path
) -> None:
    targets = alias_targets(shared)
    approved = set().union(*targets.values()) | set(table.frame.index)
    clear = {
        name: next(iter(found))
        for name, found in targets.items()
        if len(found) == 1
        and name not in approved
        and next(iter(found)) in table.coding
        and not name.replace(".", "").isdigit()
        and "ORF" not in name
    }
    assert len(clear) > 30_000
    wrong = {name: got for name, got in clear.items() if table.approve(name) != got}
    assert wrong == {}


def test_names_of_several_genes_stay_unmapped_and_are_counted(
    table: GeneTable, shared: Path
) -> None:
    targets = alias_targets(shared)
    approved = set().union(*targets.values()) | set(table.frame.index)
    unclear = [name for name, found in targets.items() if len(found) > 1 and name not in approved]
    assert len(unclear) > 1_000
    found = table.resolve(unclear)
    assert found.counts["unmapped"] == len(unclear)
    assert list(found.symbols) == unclear
    assert found.kind == "unmapped"


def test_an_approved_symbol_wins_over_the_alias_of_another_gene(
    table: GeneTable, shared: Path
) -> None:
    targets = alias_targets(shared)
    both = [name for name, found in targets.items() if len(found) > 1 and name in table.frame.index]
    assert {"TF", "POR", "CST6"} <= set(both)
    found = table.resolve(both)
    assert list(found.symbols) == both
    assert set(found.kinds) == {"symbol"}


@pytest.mark.parametrize(
    ("name", "approved"),
    [
        ("NGFRAP1", "BEX3"),
        ("GPR56", "ADGRG1"),
        ("HIST1H2BK", "H2BC12"),
        ("HIST1H4C", "H4C3"),
        ("SEPT6", "SEPTIN6"),
        ("06-Sep", "SEPTIN6"),
        ("6-Sep", "SEPTIN6"),
        ("WARS", "WARS1"),
        ("C11orf80", "TOP6BL"),
        ("C11ORF80", "TOP6BL"),
        ("IL8", "CXCL8"),
        (" TP53 ", "TP53"),
    ],
)
def test_former_names_lead_to_a_coding_gene(table: GeneTable, name: str, approved: str) -> None:
    assert table.approve(name) == approved
    assert approved in table.coding


def test_the_stemness_gene_that_is_not_coding_is_known_as_such(table: GeneTable) -> None:
    assert table.approve("KIAA0125") == "FAM30A"
    assert table.frame.at["FAM30A", "biotype"] == "lncRNA"


@pytest.mark.parametrize("name", ["PML::RARA", "nonsense", "", "01-Mar", "tp53", "M-ABC1"])
def test_unknown_or_ambiguous_names_come_back_unchanged(table: GeneTable, name: str) -> None:
    assert table.approve(name) == name


def test_an_entrez_id_is_not_a_name(table: GeneTable) -> None:
    assert table.approve("7105") == "7105"


# -- resolve -----------------------------------------------------------------------------------


def test_every_class_of_tcga_id(table: GeneTable, shared: Path) -> None:
    path = shared / "data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz"
    with gzip.open(path, "rt") as handle:
        ids = [line.split("\t", 1)[0] for line in handle][1:]
    found = table.resolve(ids)
    assert len(ids) == len(found.symbols) == len(found.kinds) == 60_483
    assert sum(found.counts.values()) == 60_483
    assert found.kind == "ensembl"
    assert found.counts["ensembl"] > 19_500
    assert {kind for kind in KINDS if found.counts[kind]} == {"ensembl", "unmapped"}
    par = [i for i, name in enumerate(ids) if name.startswith("ENSGR")]
    assert len(par) == 50
    unmapped = [str(s) for s, k in zip(found.symbols, found.kinds, strict=True) if k == "unmapped"]
    assert all(name.startswith("ENSG") and "." not in name for name in unmapped)
    assert len(unmapped) == len(set(unmapped))


def test_forms_of_one_ensembl_id(table: GeneTable) -> None:
    forms = [
        "ENSG00000002586",
        "ENSG00000002586.18",
        "ENSG00000002586.18_PAR_Y",
        "ENSG00000002586_PAR_Y",
        "ENSGR0000002586.18",
        "ENSGR0000002586",
    ]
    found = table.resolve(forms)
    assert list(found.symbols) == ["CD99"] * 6
    assert set(found.kinds) == {"ensembl"}


def test_an_unknown_ensembl_id_loses_only_its_version(table: GeneTable) -> None:
    found = table.resolve(["ENSG00099999999.5", "ENSG00099999999.5_PAR_Y", "ENSMUSG00000000001.4"])
    assert list(found.symbols) == [
        "ENSG00099999999",
        "ENSG00099999999_PAR_Y",
        "ENSMUSG00000000001",
    ]
    assert found.counts["unmapped"] == 3


def test_retired_grch37_ids_lead_to_the_present_gene(table: GeneTable) -> None:
    found = table.resolve(["ENSG00000005955", "ENSG00000278311"])
    assert list(found.symbols) == ["GGNBP2", "GGNBP2"]


def test_alternative_haplotypes_lead_to_one_symbol(table: GeneTable) -> None:
    ids = table.frame.at["HLA-A", "ensembl"].split("|")
    assert len(ids) > 3
    assert set(table.resolve(ids).symbols) == {"HLA-A"}
    assert ids[0] == "ENSG00000206503"


def test_forms_of_one_entrez_id(table: GeneTable) -> None:
    found = table.resolve(["7105", "7105.0", 7105, 7105.0, np.int64(7105), " 7105 "])
    assert list(found.symbols) == ["TSPAN6"] * 6
    assert set(found.kinds) == {"entrez"}


def test_missing_values_are_empty_and_unmapped(table: GeneTable) -> None:
    found = table.resolve([None, float("nan"), pd.NA, ""])
    assert list(found.symbols) == [""] * 4
    assert found.counts["unmapped"] == 4


def test_mixed_ids_keep_their_order_and_are_counted_by_kind(table: GeneTable) -> None:
    found = table.resolve(["TP53", "GPR56", "ENSG00000000003.13", "7157", "spike-in", "MYC"])
    assert list(found.symbols) == ["TP53", "ADGRG1", "TSPAN6", "TP53", "spike-in", "MYC"]
    assert list(found.kinds) == ["symbol", "alias", "ensembl", "entrez", "unmapped", "symbol"]
    assert found.counts == {"ensembl": 1, "entrez": 1, "symbol": 2, "alias": 1, "unmapped": 1}
    assert found.kind == "symbol"


def test_no_ids_give_empty_arrays(table: GeneTable) -> None:
    found = table.resolve([])
    assert found.symbols.shape == found.kinds.shape == (0,)
    assert found.kind == "unmapped"


def test_resolving_twice_changes_nothing(table: GeneTable) -> None:
    aliases = [cell.split("|")[0] for cell in table.frame["aliases"] if cell][:5000]
    once = table.resolve(aliases)
    assert set(once.kinds) == {"alias"}
    assert list(table.resolve(list(once.symbols)).symbols) == list(once.symbols)


def test_sixty_thousand_ids_take_a_fraction_of_a_second(table: GeneTable) -> None:
    ids = [f"ENSG{number:011d}.4" for number in range(60_000)]
    table.resolve(ids)
    start = time.process_time()
    table.resolve(ids)
    assert time.process_time() - start < 0.5


def test_share_of_gene_ids_tells_genes_from_samples(table: GeneTable) -> None:
    assert looks_like_gene_ids(["TP53", "ENSG00099999999.1", "GPR56", "sample_1"]) == 0.75
    assert looks_like_gene_ids([f"TCGA-AB-{n}-03A" for n in range(20)]) == 0.0
    assert looks_like_gene_ids([]) == 0.0


# -- tables of other making --------------------------------------------------------------------


def test_a_shared_entrez_id_is_unmapped(tmp_path: Path) -> None:
    rows = "AAA1\tENSG00000000001\t11|12\tprotein_coding\tOLD\nBBB1\t\t12\tlncRNA\t\n"
    table = read_gene_table(written(tmp_path / "genes.tsv.gz", HEADER + rows))
    found = table.resolve(["11", "12", "OLD"])
    assert list(found.symbols) == ["AAA1", "12", "AAA1"]
    assert list(found.kinds) == ["entrez", "unmapped", "alias"]
    assert table.version == "7"
    assert table.coding == {"AAA1"}


@pytest.mark.parametrize(
    ("body", "comments", "match"),
    [
        (HEADER, "", "known form"),
        ("", "# version: 1\n", "known form"),
        (HEADER + "AAA1\tENSG1\n", "# version: 1\n", "known form"),
        ("a\tb\tc\td\te\nAAA1\t\t\t\t\n", "# version: 1\n", "other columns"),
        (HEADER + "AAA1\t\t\t\t\nAAA1\t\t\t\t\n", "# version: 1\n", "symbol twice"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, body: str, comments: str, match: str) -> None:
    path = written(tmp_path / "genes.tsv.gz", body, comments)
    with pytest.raises(GeneIdError, match=match) as caught:
        read_gene_table(path)
    assert caught.value.where == "genes.tsv.gz"


def test_a_table_cut_short_or_missing_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "genes.tsv.gz", HEADER + "AAA1\t\t\t\t\n" * 50)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(GeneIdError, match="Cannot read"):
        read_gene_table(path)
    with pytest.raises(GeneIdError, match="Cannot read"):
        read_gene_table(tmp_path / "absent.tsv.gz")
