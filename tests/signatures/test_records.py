"""Markers and statements on fusions."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml

from atrasig.errors import SignatureError
from atrasig.genes import load_gene_table
from atrasig.signatures import (
    Modifier,
    load_fusions,
    load_markers,
    load_modifiers,
    load_signatures,
)
from atrasig.signatures.record import read_records

MARKERS = ["ITGAM", "CD38", "CD14", "CEBPE", "CEBPB", "SPI1"]


def tsv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


def approved(symbols: list[str]) -> set[str]:
    table = load_gene_table()
    return {table.approve(symbol) for symbol in symbols}


def test_markers_are_known_genes_with_sources() -> None:
    markers = load_markers()
    genes = [marker.gene for marker in markers]
    assert set(MARKERS) <= set(genes)
    assert len(set(genes)) == len(genes)
    table = load_gene_table()
    assert all(table.approve(gene) == gene and gene in table.frame.index for gene in genes)
    directions = {marker.gene: marker.direction for marker in markers}
    assert directions["ITGAM"] == "up"
    assert directions["CD14"] == directions["FUT4"] == "measured"
    signature = load_signatures()["atra_differentiation_markers"]
    assert set(signature.up) == set(MARKERS) - {"CD14"}  # its direction was not read
    assert all(gene.source for gene in signature.genes)


def test_fold_changes_quoted_for_markers_are_those_of_the_table(shared: Path) -> None:
    rows = tsv(shared / "signatures" / "neuroblastoma_SKNBE2C_RA_vs_control_DE.tsv")
    changes = {row["gene"]: float(row["weight"]) for row in rows}
    notes = {marker.gene: marker.note for marker in load_markers()}
    for gene in ("RARB", "CYP26A1"):
        assert f"log2 fold change {changes[gene]:.2f} " in notes[gene]


MODIFIER = {
    "gene": "CDK2", "event": "activity", "direction": "resists", "disease": "leukemia",
    "grade": "cell lines", "evidence": "Inhibitors sensitise.", "source": "doi:10.1/x",
}  # fmt: skip


def modifiers_of(folder: Path, *entries: object, **others: object) -> tuple[Modifier, ...]:
    path = folder / "modifiers.yaml"
    path.write_text(yaml.safe_dump({"modifiers": list(entries), **others}), encoding="utf-8")
    return read_records(path, Modifier, "modifiers")


def test_modifiers_are_read_as_written() -> None:
    modifiers = {entry.subject: entry for entry in load_modifiers()}
    entry = modifiers["CRABP2, low expression, pancreatic adenocarcinoma"]
    assert (entry.direction, entry.grade, entry.n, entry.effect) == (
        "resists", "cell lines", 14, None,
    )  # fmt: skip
    assert "Coyle 2018" in entry.contradicting[0]
    assert modifiers["RARG, activity, multiple myeloma"].effect == "cytotoxicity of carfilzomib"


def test_an_entry_with_all_it_needs(tmp_path: Path) -> None:
    (entry,) = modifiers_of(tmp_path, MODIFIER)
    assert (entry.n, entry.contradicting, entry.effect) == (None, (), None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"event": "amplified"}, "event"),
        ({"direction": "up"}, "direction"),
        ({"grade": "strong"}, "grade"),
        ({"n": 0}, "n: "),
        ({"n": "many"}, "n: "),
        ({"n": 2.5}, "n: "),
        ({"evidence": ""}, "evidence"),
        ({"source": "a colleague"}, "source"),
        ({"contradicting": "none"}, "contradicting"),
        ({"cutoff": 3}, "cutoff: unknown key"),
    ],
)
def test_each_fault_of_a_modifier_is_named(
    change: dict[str, object], expected: str, tmp_path: Path
) -> None:
    with pytest.raises(SignatureError) as caught:
        modifiers_of(tmp_path, {**MODIFIER, **change})
    assert expected in (caught.value.fix or "")


def test_all_faults_of_a_file_of_modifiers_come_together(tmp_path: Path) -> None:
    with pytest.raises(SignatureError) as caught:
        modifiers_of(tmp_path, MODIFIER, dict(MODIFIER), "CDK4", {"gene": "MCL1"}, more=[1])
    fix = caught.value.fix or ""
    assert "CDK2, activity, leukemia is listed twice" in fix
    assert "an entry of modifiers is no mapping" in fix
    assert "grade: missing" in fix
    assert "more: unknown key" in fix


def test_fusions_carry_their_own_direction_and_contradictions(shared: Path) -> None:
    rows = {
        row["gene"]: row["direction"]
        for row in tsv(shared / "signatures" / "RARA_fusion_calls_read.tsv")
    }
    fusions = {fusion.fusion: fusion for fusion in load_fusions()}
    assert set(fusions) == set(rows)
    for name, direction in rows.items():
        expected = "sensitive" if name == "PML::RARA" else direction
        assert fusions[name].direction == expected
    assert fusions["ZBTB16::RARA"].n == 6
    assert any("one sensitive case" in text for text in fusions["ZBTB16::RARA"].contradicting)
    assert fusions["PML::RARA"].n == 24
    assert any("resistance" in text for text in fusions["PML::RARA"].contradicting)
    assert fusions["NUMA1::RARA"].n is None


@pytest.mark.parametrize(
    ("text", "fusion"),
    [
        ("PML::RARA", "PML::RARA"),
        ("pml-rara", "PML::RARA"),
        ("PML / RARA", "PML::RARA"),
        ("PLZF-RARα", "ZBTB16::RARA"),
        ("NuMA\N{EN DASH}RARA", "NUMA1::RARA"),
        ("BCR::ABL1", None),
        ("RARA", None),
    ],
)
def test_fusions_are_found_under_their_spellings(text: str, fusion: str | None) -> None:
    hits = [statement.fusion for statement in load_fusions() if statement.matches(text)]
    assert hits == ([fusion] if fusion else [])
