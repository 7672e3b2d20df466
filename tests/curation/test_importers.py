"""Importers: what each kind of file gives, what is stated, and what is refused with its place."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atrasig.curation.importing import ImportOptions, read_finished
from atrasig.curation.registry import read_drafts
from atrasig.errors import AtrasigError, FormatError, SignatureError, UsageError
from atrasig.genes import load_gene_table
from atrasig.signatures import Signature, SignatureGene, SignatureSet, Source, write_gmt
from atrasig.signatures.export import write_json, write_tsv
from tests.curation.making import write_xlsx

Save = Callable[..., Path]
TABLE = "Gene Symbol\tRegulation\tlog2 Fold-Change\nRARB\tup\t1.5\nGPR56\tdown\t-2\n"


def finished(path: Path, **options: object) -> list[Signature]:
    chosen = ImportOptions(**{"id": "mine", **options})  # type: ignore[arg-type]
    return [entry.signature for entry in read_finished(path, chosen)]


def messages(path: Path, **options: object) -> str:
    chosen = ImportOptions(**{"id": "mine", **options})  # type: ignore[arg-type]
    return "\n".join(m for entry in read_finished(path, chosen) for m in entry.messages)


# --- tables ---


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        TABLE.replace("\t", ","),
        TABLE.replace("\t", ";"),
        "# a remark\n" + TABLE,
        "Supplementary Table 3\n\n" + TABLE,
        TABLE.replace("\n", "\r\n"),
        "\ufeff" + TABLE,
        "symbol\tcoefficient\nRARB\t1.5\n\nGPR56\t-2\n",
        "RARB\n".join(["coef,hgnc_symbol\n1.5,", "-2,GPR56\n"]),
    ],
)
def test_tables_as_people_write_them(text: str, save: Save) -> None:
    (signature,) = finished(save(text))
    assert signature.rows == (("RARB", "up", 1.5), ("ADGRG1", "down", -2.0))
    assert signature.genes[1].printed == "GPR56"
    assert (signature.scale, signature.licence) == ("log2", "none stated")


def test_a_packed_table_and_one_in_utf16(save: Save) -> None:
    for content in (gzip.compress(TABLE.encode()), TABLE.encode("utf-16")):
        assert finished(save(content))[0].symbols == ("RARB", "ADGRG1")


def test_a_list_without_header_or_direction(save: Save) -> None:
    path = save("RARB\nDHRS3\n")
    assert finished(path)[0].up == ("RARB", "DHRS3")
    assert "no direction; every gene counts as up" in messages(path)


def test_what_is_decided_is_stated(save: Save) -> None:
    path = save(
        "gene\tdirection\tp\nGPR56\tup\t1\nADGRG1\tup\t1\nNOWHERE\tdown\t1\n06-Sep\tup\t0\n"
    )
    text = messages(path)
    for part in (
        "columns not used: p",
        "2 names brought to approved symbols: row 2, GPR56 is ADGRG1; row 5, 06-Sep is SEPTIN6",
        "1 names not in the gene table, kept as they are: row 4, NOWHERE",
        "2 entries are one gene, counted once: GPR56, ADGRG1 -> ADGRG1",
    ):
        assert part in text
    (signature,) = finished(path)
    assert signature.symbols == ("ADGRG1", "NOWHERE", "SEPTIN6")
    assert "2 entries are one gene" in signature.limits[0]
    assert "not in the gene table" in (signature.genes[1].note or "")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("RARB\tup\t-1\n", "row 2: RARB has direction up and weight -1"),
        ("RARB\tsideways\t1\n", "row 2: direction 'sideways' is not known"),
        ("RARB\tup\t0,5\n", "row 2: weight '0,5' is not a number"),
        ("RARB\tup\t1_0\n", "row 2: weight '1_0' is not a number"),
        ("RARB\tup\t0\n", "row 2: weight 0 gives no direction"),
        ("RARB\tup\tinf\n", "row 2: weight inf gives no direction"),
        ("RARB\tup\t1\nDHRS3\tup\n", "row 3, DHRS3: it has no weight"),
        ("RARB\tup\nDHRS3\n", "row 3, DHRS3: it has no direction"),
        ("\tup\t1\n", "row 2: the cell of the gene is empty"),
        ("RARB\tup\t1\tx\n", "row 2: it has more cells than the header"),
        ("RARB\tup\t1\nRARB\tdown\t-1\n", "row 2, RARB; row 3, RARB"),
        ("GPR56\tup\t1\nADGRG1\tup\t2\n", "ADGRG1 has two directions or weights: row 2, GPR56"),
        ("1-Mar\tup\t1\n", "row 2: '1-Mar' is what a spreadsheet makes"),
        ("2.31E+19\tup\t1\n", "row 2: '2.31E+19' is what a spreadsheet makes"),
        ("RARB\tup\t1\n09/06/2023\tup\t1\n", "row 3: '09/06/2023' is what a spreadsheet makes"),
        ("Zq\tup\t1\nXq\tup\t1\n", "none of its 2 members is a known gene"),
    ],
)
def test_faulty_rows_are_refused_with_their_place(rows: str, expected: str, save: Save) -> None:
    with pytest.raises(SignatureError) as caught:
        finished(save("gene\tdirection\tweight\n" + rows))
    assert expected in str(caught.value)
    assert "table.tsv" in str(caught.value)


def test_all_faulty_rows_come_at_once(save: Save) -> None:
    with pytest.raises(SignatureError) as caught:
        finished(save("gene\tdirection\nRARB\tx\n\tup\nDHRS3\ty\n"))
    assert str(caught.value).count("\n  - row") == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo,bar\nRARB,up\n", "No column of genes was found; the first row holds 'foo', 'bar'"),
        ("gene\tlogFC\tcoefficient\nRARB\t1\t1\n", "Several columns could hold the weight"),
        ("gene\tsymbol\nRARB\tRARB\n", "Several columns could hold the gene"),
        ("gene\tdirection\n", "has a header and no genes"),
    ],
)
def test_tables_without_clear_columns(text: str, expected: str, save: Save) -> None:
    with pytest.raises(FormatError, match=expected):
        finished(save(text))


def test_symbols_go_before_other_ids(save: Save) -> None:
    path = save("ensembl_gene_id\tgene\nENSG00000000003\tRARB\n")
    assert finished(path)[0].symbols == ("RARB",)
    assert finished(save("ensembl_gene_id\nENSG00000000003.13\n"))[0].symbols == ("TSPAN6",)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\x00" * 50, "no known format"),
        (b"gene\nRARB\xff\n", "not UTF-8"),
        (gzip.compress(TABLE.encode(), mtime=0)[:-9], "damaged"),
        (b"PK\x03\x04[Content_Types].xml" + b"x" * 99, "Cannot read the workbook"),
    ],
)
def test_files_that_cannot_be_read(content: bytes, expected: str, save: Save) -> None:
    with pytest.raises(AtrasigError, match=expected):
        finished(save(content))


# --- workbooks ---


def test_a_supplement_in_a_workbook(tmp_path: Path) -> None:
    sheets = {
        "Legend": [["Table S1. Genes of the model"]],
        "S1": [
            ["Table S1"],
            [],
            ["Gene", "Coefficient", "P"],
            ["RARB", 1.5, 0.1],
            ["GPR56", -2, 0],
        ],
    }
    (signature,) = finished(write_xlsx(tmp_path / "s.xlsx", sheets))
    assert signature.rows == (("RARB", "up", 1.5), ("ADGRG1", "down", -2.0))


def test_a_worksheet_is_never_guessed(tmp_path: Path) -> None:
    one = [["gene", "direction"], ["RARB", "up"]]
    path = write_xlsx(tmp_path / "s.xlsx", {"A": one, "B": [["gene", "direction"], ["RXRA", "up"]]})
    with pytest.raises(FormatError, match=r"2 of the 2 worksheets .* --worksheet \(A, B\)"):
        finished(path)
    assert finished(path, worksheet="B")[0].symbols == ("RXRA",)
    with pytest.raises(FormatError, match="no worksheet 'C'"):
        finished(path, worksheet="C")


def test_dates_of_a_workbook_are_recovered_or_refused(tmp_path: Path) -> None:
    september_6, march_1 = ("date", 45175), ("date", 44986)
    head = ["gene", "direction"]
    path = write_xlsx(tmp_path / "a.xlsx", {"A": [head, [september_6, "up"]]})
    assert finished(path)[0].symbols == ("SEPTIN6",)
    path = write_xlsx(tmp_path / "b.xlsx", {"A": [head, ["RARB", "up"], [march_1, "up"]]})
    with pytest.raises(SignatureError, match="row 3: '1-Mar' is what a spreadsheet makes"):
        finished(path)


# --- collections ---


def own_json(header: str, gene: str = '"note": "x"') -> str:
    """One signature as atrasig exports it, with one more field of it and of its gene."""
    entry = f'{{"gene": "RARB", "direction": "up", {gene}}}'
    return f'{{"atrasig signatures": [{{"id": "x", {header}, "genes": [{entry}]}}]}}'


def test_gmt_keeps_to_tabs(save: Save) -> None:
    path = save("A set\t\tRARB\tDHRS3\nB\tof B\tRXRA\t\t\n", "a.gmt")
    _, drafts = read_drafts(path)
    assert [(d.name, d.header["title"], len(d.genes)) for d in drafts] == [
        ("A set", "A set", 2),
        ("B", "of B", 1),
    ]
    with pytest.raises(SignatureError, match="line 1: no TAB"):
        finished(save("A set RARB DHRS3\n", "b.gmt"))


def test_halves_of_a_pair(save: Save) -> None:
    path = save("X_UP\td\tRARB\nX_DN\td\tMYC\nY_UP\td\tRXRA\nZ_DOWN\td\tMAX\nW\td\tRET\n", "a.gmt")
    joined = finished(path, id="", pair=True)
    assert {s.id: (s.up, s.down) for s in joined} == {
        "X": (("RARB",), ("MYC",)),
        "Y_UP": (("RXRA",), ()),
        "Z": ((), ("MAX",)),
        "W": (("RET",), ()),
    }
    assert "joined from X_UP and X_DN" in messages(path, id="", pair=True)
    with pytest.raises(SignatureError, match="RARB has two directions"):
        finished(save("X_UP\td\tRARB\nX_DN\td\tRARB\n"), id="", pair=True)
    with pytest.raises(SignatureError, match="X_UP and X stand side by side"):
        finished(save("X_UP\td\tRARB\nX_DN\td\tMYC\nX\td\tRET\n"), id="", pair=True)


def test_json_of_msigdb(save: Save) -> None:
    entry = {
        "systematicName": "M1",
        "pmid": "123",
        "exactSource": "Table 1",
        "msigdbURL": "https://example.org/X",
        "geneSymbols": ["RARB", "GPR56"],
    }
    (signature,) = finished(save(json.dumps({"X": entry}), "x.json"), id="")
    assert (signature.id, signature.symbols) == ("X", ("RARB", "ADGRG1"))
    source = signature.source
    assert (source.pmid, source.accession, source.table) == ("123", "M1", "Table 1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"X": {"geneSymbols": ["RARB"]}, "X": {"geneSymbols": ["RXRA"]}}', "'X' is given twice"),
        ('{"X": {"genes": ["RARB"]}}', "no list of texts named geneSymbols"),
        ('{"X": {"geneSymbols": [1]}}', "no list of texts named geneSymbols"),
        ("{", "Cannot read the JSON"),
        ('{"a": ' + "[" * 100_000, "Cannot read the JSON"),
        ("{}", "holds no gene sets"),
        (own_json('"limits": 5'), "signature 1, limits: of another kind"),
        (own_json('"source": "x"'), "signature 1, source: of another kind"),
        (own_json('"colour": "x"'), "colour: Extra inputs"),
        (own_json('"version": "1"', '"weight": "0.5"'), "signature 1, gene 1: "),
        (own_json('"version": "1"', '"weight": 1' + "0" * 400), "signature 1, gene 1: "),
        ('{"atrasig signatures": [{"id": "x"}]}', "signature 1 has no list of genes"),
    ],
)
def test_faulty_json(text: str, expected: str, save: Save) -> None:
    with pytest.raises(SignatureError, match=expected):
        finished(save(text, "x.json"))


XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<MSIGDB NAME="msigdb"><GENESET STANDARD_NAME="X" '
    'SYSTEMATIC_NAME="M1" ORGANISM="Mus musculus" PMID="12" EXACT_SOURCE="T1" '
    'DESCRIPTION_BRIEF="Of X" MEMBERS_SYMBOLIZED="RARB,GPR56"/></MSIGDB>\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_of_msigdb(encoding: str, save: Save) -> None:
    path = save(XML.encode(encoding), "x.xml")
    (signature,) = finished(path, id="")
    assert (signature.id, signature.title, signature.symbols) == ("X", "Of X", ("RARB", "ADGRG1"))
    assert (signature.source.pmid, signature.source.table) == ("12", "T1")
    assert "made in Mus musculus" in messages(path, id="")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<MSIGDB", '<!DOCTYPE x [<!ENTITY a "b">]><MSIGDB', "declares a document type"),
        ("<MSIGDB", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><MSIGDB', "declares a document type"),
        ("</MSIGDB>", "", "Cannot read the XML"),
        ("MEMBERS_SYMBOLIZED", "MEMBERS", "GENESET X has no MEMBERS_SYMBOLIZED"),
        ("GENESET", "SET", "no element GENESET"),
    ],
)
def test_faulty_xml(old: str, new: str, expected: str, save: Save) -> None:
    with pytest.raises(SignatureError, match=expected):
        finished(save(XML.replace(old, new), "x.xml"))


def test_one_set_of_several(save: Save) -> None:
    path = save("A\t\tRARB\nB\t\tRXRA\n", "a.gmt")
    assert finished(path, id="", sets=["B"])[0].id == "B"
    with pytest.raises(SignatureError, match="There is no set C"):
        finished(path, sets=["C"])
    with pytest.raises(UsageError, match="2 sets and one is needed"):
        finished(path)
    many = save("".join(f"S{n}\t\tRARB\n" for n in range(201)), "many.gmt")
    with pytest.raises(UsageError, match="more than 200 sets"):
        finished(many, id="")


# --- properties ---

SYMBOLS = sorted(load_gene_table().coding)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,6}( [a-z0-9]{1,5})?", fullmatch=True)


@st.composite
def signature_sets(draw: st.DrawFn, *, weighted: bool) -> SignatureSet:
    """Signatures of approved symbols, all weighted or none."""
    made = []
    for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)):
        genes = draw(st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=12, unique=True))
        ups = draw(st.lists(st.booleans(), min_size=len(genes), max_size=len(genes)))
        sizes = st.floats(1e-6, 1e6)
        weights = [draw(sizes) * (1 if up else -1) if weighted else None for up in ups]
        listed = tuple(
            SignatureGene(gene=gene, direction="up" if up else "down", weight=weight)
            for gene, up, weight in zip(genes, ups, weights, strict=True)
        )
        made.append(
            Signature(
                id=name,
                version="1.0.0",
                title=draw(NAMES),
                kind="pathway",
                scale="log2" if weighted else "rank",
                source=Source(citation="made for this test"),
                obtained="curated",
                licence="none needed",
                genes=listed,
            )
        )
    return SignatureSet(made)


def _again(path: Path, **options: object) -> SignatureSet:
    return SignatureSet(finished(path, id="", **options))


@given(signature_sets(weighted=False))
@settings(max_examples=40, deadline=None)
def test_gmt_goes_out_and_comes_back(
    tmp_path_factory: pytest.TempPathFactory, sets: SignatureSet
) -> None:
    path = tmp_path_factory.mktemp("gmt") / "x.gmt"
    write_gmt(path, sets)
    again = _again(path, pair=True)
    assert again.hash == sets.hash
    assert [s.title for s in again] == [s.title for s in sets]


@pytest.mark.parametrize("weights", ["weighted", "none"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_tables_and_json_go_out_and_come_back(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, weights: str
) -> None:
    sets = data.draw(signature_sets(weighted=weights == "weighted"))
    folder = tmp_path_factory.mktemp("out")
    write_tsv(folder / "x.tsv", sets)
    assert _again(folder / "x.tsv").hash == sets.hash
    write_json(folder / "x.json", sets)
    again = _again(folder / "x.json")
    assert again.hash == sets.hash
    assert list(again) == list(sets)


WRITTEN = st.one_of(
    st.sampled_from(SYMBOLS),
    st.sampled_from(
        ["GPR56", "ADGRG1", "KIAA0125", "1-Mar", "2-Sep", "NOWHERE", "ENSG00000000003"]
    ),
)


@given(st.lists(WRITTEN, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_gene_is_lost_without_a_message(
    tmp_path_factory: pytest.TempPathFactory, written: list[str]
) -> None:
    path = tmp_path_factory.mktemp("genes") / "x.tsv"
    path.write_text("gene\n" + "".join(f"{gene}\n" for gene in written))
    try:
        (entry,) = read_finished(path, ImportOptions(id="mine"))
    except SignatureError as error:
        refused = {gene for gene in written if f"{gene!r}" in str(error)}
    else:
        refused = set()
    if refused:
        assert refused <= {"1-Mar", "2-Sep", "NOWHERE"}
        return
    kept = {name for gene in entry.signature.genes for name in (gene.gene, gene.printed)}
    text = "\n".join(entry.messages)
    for gene in set(written):
        assert gene in kept or gene in text
    merged = len(written) - entry.signature.n_genes
    assert (merged > 0) == ("counted once" in text)
