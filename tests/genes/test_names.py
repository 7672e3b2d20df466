"""Names of genes: approved, former, shared, spelled otherwise, turned into dates."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrasig.genes import KINDS, GeneTable, load_gene_table
from atrasig.genes.forms import composite, names_of_date

Targets = dict[str, set[str]]


def test_every_unambiguous_alias_of_a_coding_gene_is_resolved(
    table: GeneTable, alias_targets: Targets
) -> None:
    approved = set().union(*alias_targets.values()) | set(table.frame.index)
    clear = {
        name: next(iter(found))
        for name, found in alias_targets.items()
        if len(found) == 1
        and name not in approved
        and next(iter(found)) in table.coding
        and not name.replace(".", "").isdigit()
        and "ORF" not in name
        and not name.startswith("ENST")
    }
    assert len(clear) > 30_000
    assert {name: got for name, got in clear.items() if table.approve(name) != got} == {}


def test_names_of_several_genes_are_never_guessed(table: GeneTable, alias_targets: Targets) -> None:
    own = set(table.frame.index)
    approved = set().union(*alias_targets.values()) | own
    unclear = [
        name for name, found in alias_targets.items() if len(found) > 1 and name not in approved
    ]
    assert len(unclear) > 1_000
    found = table.resolve(unclear)
    assert list(found.symbols) == unclear
    assert set(found.kinds) == {"ambiguous", "unmapped"}
    of_table = [name for name in unclear if alias_targets[name] & own]
    assert found.counts["ambiguous"] >= 0.99 * len(of_table)


def test_an_approved_symbol_wins_over_the_alias_of_another_gene(
    table: GeneTable, alias_targets: Targets
) -> None:
    both = [name for name, found in alias_targets.items() if len(found) > 1]
    both = [name for name in both if name in table.frame.index]
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
        ("LOC7157", "TP53"),
        ("HLA.DRA", "HLA-DRA"),
        ("MT.ND1", "MT-ND1"),
        ("NKX2.1", "NKX2-1"),
    ],
)
def test_other_names_lead_to_a_coding_gene(table: GeneTable, name: str, approved: str) -> None:
    assert table.approve(name) == approved
    assert approved in table.coding


def test_a_former_symbol_stands_apart_from_an_alias(table: GeneTable) -> None:
    row = table.frame.loc["ADGRG1"]
    assert row["previous"] == "GPR56"
    assert row["aliases"] == "TM7LN4|TM7XN1"


def test_the_stemness_gene_that_is_not_coding_is_known_as_such(table: GeneTable) -> None:
    assert table.approve("KIAA0125") == "FAM30A"
    assert table.frame.at["FAM30A", "biotype"] == "lncRNA"


@pytest.mark.parametrize(
    "name", ["PML::RARA", "nonsense", "", "01-Mar", "tp53", "TAZ", "7105", "TP53.1", "ERV3.1"]
)
def test_unknown_or_ambiguous_names_come_back_unchanged(table: GeneTable, name: str) -> None:
    assert table.approve(name) == name


# -- dates -------------------------------------------------------------------------------------


def test_dates_agree_with_those_that_hgnchelper_lists(
    table: GeneTable, alias_targets: Targets
) -> None:
    """HGNChelper collected the dates itself, from the symbols and the habits of spreadsheets."""
    listed = {name: found for name, found in alias_targets.items() if names_of_date(name)}
    assert len(listed) > 25
    for name, symbols in listed.items():
        found = table.find(name)
        known = symbols & set(table.frame.index)
        if len(symbols) > 1:
            assert found.kind == "ambiguous"
        elif known:
            assert (found.symbol, found.kind) == (min(known), "excel_date")
        else:
            assert found.kind == "unmapped"


@pytest.mark.parametrize(
    "text",
    ["3-Mar", "03-Mar", "3-MAR", "Mar-03", "Mar-3", "3-Mar-23", "03-mar-2023", "2023-03-03",
     "2001-03-03 00:00:00", "2001-03-03T00:00", datetime.datetime(2023, 3, 3)],
)  # fmt: skip
def test_forms_of_one_date(table: GeneTable, text: object) -> None:
    found = table.resolve([text])
    assert (found.symbols[0], found.kinds[0]) == ("MARCHF3", "excel_date")


@pytest.mark.parametrize("text", ["1-Mar", "Mar-02", "2023-03-01 00:00:00", "1-Dec", "2-Sep"])
def test_dates_of_two_genes_are_ambiguous(table: GeneTable, text: str) -> None:
    found = table.resolve([text])
    assert (found.symbols[0], found.kinds[0]) == (text, "ambiguous")


@pytest.mark.parametrize(
    "text", ["03/09/2001", "45171", "16-Sep", "12-Mar", "4-Oct", "2001-09", "9-September", "32-Mar"]
)
def test_other_dates_are_not_read(table: GeneTable, text: str) -> None:
    assert table.find(text).kind == "unmapped"


# -- composites --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("AKT3 (10000)", "AKT3"),
        ("(10000)", "AKT3"),
        ("TP53 [7157]", "TP53"),
        ("A1BG (ENSG00000121410)", "A1BG"),
        ("A1BG|1", "A1BG"),
        ("?|7157", "TP53"),
        ("ENSG00000141510_TP53", "TP53"),
        ("ENSG00000141510.18_TP53", "TP53"),
        ("TP53_ENSG00000141510", "TP53"),
        ("ENSG00000002586.18_PAR_Y_CD99", "CD99"),
        ("TP53;ENSG00000141510", "TP53"),
        ("TP53 /// P53", "TP53"),
        ("TP53 (999999999)", "TP53"),
    ],
)
def test_composite_ids(table: GeneTable, text: str, symbol: str) -> None:
    found = table.resolve([text])
    assert (found.symbols[0], found.kinds[0], found.conflicting) == (symbol, "composite", 0)


def test_the_id_decides_where_a_name_beside_it_is_of_another_gene(table: GeneTable) -> None:
    found = table.resolve(["SLC35E2|728661", "TP53|7157", "TAZ (25937)"])
    assert list(found.symbols) == ["SLC35E2B", "TP53", "WWTR1"]
    assert set(found.kinds) == {"composite"}
    assert found.conflicting == 1


@pytest.mark.parametrize(
    "text", ["DDR1 /// MIR4640", "HLA-A;HLA-B", "TP53,MYC", "ENSG00000141510|ENSG00000136997"]
)
def test_several_genes_at_once_are_ambiguous(table: GeneTable, text: str) -> None:
    found = table.resolve([text])
    assert (found.symbols[0], found.kinds[0]) == (text, "ambiguous")


@pytest.mark.parametrize(
    "text",
    ["p53 (999999999)", "?|100130426", "EGFR_status", "a|b", "A1BG (1) /// A2M (2)", "(", "///",
     "Acute myeloid leukemia, NOS", "ENST00000456328.2|ENSG00000290825.1|-|-|DDX11L2|1657|lncRNA|"],
)  # fmt: skip
def test_texts_that_name_no_gene_for_certain_stay(table: GeneTable, text: str) -> None:
    found = table.resolve([text])
    assert (found.symbols[0], found.kinds[0]) == (text, "unmapped")


@given(st.text(alphabet="ABCENSG0123456789 |;,/()[]_-.\t", max_size=60))
def test_no_text_breaks_the_lookup_and_no_certain_answer_is_outside_the_table(text: str) -> None:
    table = load_gene_table()
    found = table.resolve([text])
    assert found.kinds[0] in KINDS
    if found.kinds[0] not in ("ambiguous", "unmapped", "probe"):
        assert found.symbols[0] in table.frame.index


def test_very_long_texts_are_no_composites() -> None:
    assert composite("1|" * 100_000) is None
    assert composite("(" * 100_000) is None
