"""Markers and statements on fusions."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from atrasig.genes import load_gene_table
from atrasig.signatures import (
    load_fusions,
    load_markers,
    load_signatures,
)

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
