"""GMT: strict on TABs, and nothing dropped without a note."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from atrasig.errors import SignatureError
from atrasig.genes import load_gene_table
from atrasig.signatures import (
    SignatureSet,
    load_signatures,
    read_gmt,
    write_gmt,
)
from tests.signatures.making import VALID


def tsv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


def gmt_sets(path: Path) -> dict[str, list[str]]:
    text = (
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    ).decode()
    rows = [line.split("\t") for line in text.splitlines()]
    return {row[0]: row[2:] for row in rows}


def approved(symbols: list[str]) -> set[str]:
    table = load_gene_table()
    return {table.approve(symbol) for symbol in symbols}


def test_gmt_keeps_names_descriptions_and_halves(write: Callable[..., Path]) -> None:
    path = write(
        "My set one\t\tTP53\tMDM2\r\nX_UP\tup half\tRARB\nX_DN\tup half\tMYC\t\t\n\n", "a.gmt"
    )
    sets = read_gmt(path)
    assert sets.ids == ("My set one", "X_DN", "X_UP")
    assert sets["My set one"].symbols == ("TP53", "MDM2")
    assert sets["My set one"].source.table == ""
    assert sets["X_UP"].source.table == "up half"
    assert sets["X_DN"].up == ("MYC",)
    assert {(s.kind, s.source.citation, s.limits) for s in sets} == {("pathway", "user file", ())}


def test_gmt_counts_what_it_merges(write: Callable[..., Path]) -> None:
    line = "A\td\tRARB\tRARB\t\tGPR56\tADGRG1\tNOT_A_GENE\n"
    signature = read_gmt(write(line, "a.gmt"))["A"]
    assert signature.symbols == ("RARB", "ADGRG1", "NOT_A_GENE")
    assert signature.limits == (
        "RARB is listed 2 times, counted once",
        "1 empty gene field(s) between genes, skipped",
        "2 listed symbols are one gene, counted once: GPR56, ADGRG1 -> ADGRG1",
    )
    assert signature.genes[1].printed == "GPR56"
    assert signature.genes[2].note is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A d TP53 MDM2\n", ["line 1: no TAB"]),
        (
            "A\td\tTP53\nB\td\n\nC\t\t\t\n",
            ["line 2: set 'B' has no genes", "line 4: set 'C' has no"],
        ),
        ("A\td\tTP53\nA\td\tMDM2\n", ["line 2: set name 'A' is already used on line 1"]),
        ("\td\tTP53\n", ["line 1: the set has no name"]),
        ("", ["no gene sets"]),
        (
            "A\td\n\nA d\nB\td\tX\nB\t\tY\n",
            ["line 1: set 'A'", "line 3: no TAB", "line 5: set name 'B'"],
        ),
    ],
)
def test_gmt_faults_name_their_lines(
    text: str, expected: list[str], write: Callable[..., Path]
) -> None:
    path = write(text, "a.gmt")
    with pytest.raises(SignatureError) as caught:
        read_gmt(path)
    for part in (*expected, str(path)):
        assert part in str(caught.value)


def test_gmt_that_is_not_text_is_refused(write: Callable[..., Path]) -> None:
    path = write("", "a.gmt")
    path.write_bytes(b"A\td\tTP53\nB\td\t\xff\n")
    with pytest.raises(SignatureError, match=r"not UTF-8 text \(.*line 2\)"):
        read_gmt(path)
    path.write_bytes(gzip.compress(b"A\td\tTP53\n" * 99)[:-9])
    with pytest.raises(SignatureError, match="Cannot read"):
        read_gmt(path)


@pytest.mark.parametrize("ending", ["gmt", "gmt.gz"])
def test_gmt_round_trip(ending: str, tmp_path: Path, write: Callable[..., Path]) -> None:
    sets = read_gmt(write("My set\t\tTP53\tMDM2\nB\thttp://x\tRARB\nC\tC\tGPR56\n", "in.gmt"))
    path = tmp_path / f"out.{ending}"
    write_gmt(path, sets)
    again = read_gmt(path)
    assert again.hash == sets.hash
    assert [(s.id, s.symbols, s.source.table) for s in again] == [
        (s.id, s.symbols, s.source.table) for s in sets
    ]
    first = path.read_bytes()
    write_gmt(path, again)
    assert path.read_bytes() == first


def test_shipped_set_goes_to_gmt_and_back(tmp_path: Path) -> None:
    shipped = load_signatures()
    write_gmt(tmp_path / "all.gmt", shipped)
    back = load_signatures([tmp_path / "all.gmt"])
    members = {signature.id: signature.symbols for signature in back}
    expected = {}
    for signature in shipped:
        if signature.down:
            expected[f"{signature.id}_UP"] = signature.up
            expected[f"{signature.id}_DN"] = signature.down
        else:
            expected[signature.id] = signature.up
    assert members == expected


def test_gmt_refuses_names_that_collide(tmp_path: Path, write: Callable[..., Path]) -> None:
    two = load_signatures([write(VALID)])["mine"]
    clash = read_gmt(write("mine_UP\t\tTP53\n", "a.gmt"))["mine_UP"]
    with pytest.raises(SignatureError, match="'mine_UP' would be written twice"):
        write_gmt(tmp_path / "out.gmt", SignatureSet([two, clash]))
    assert not (tmp_path / "out.gmt").exists()


def test_real_collections_are_read_whole(shared: Path) -> None:
    path = shared / "data" / "gmt" / "h.all.v7.1.symbols.gmt"
    sets = read_gmt(path)
    assert len(sets) == 50
    printed = gmt_sets(path)
    for signature in sets:
        assert {g.printed or g.gene for g in signature.genes} <= set(printed[signature.id])
        assert set(signature.symbols) == approved(printed[signature.id])
