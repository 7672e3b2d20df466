"""Names of genes beside names of samples, rows and clinical columns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from atrasig.genes import GeneTable, looks_like_gene_ids

NO_GENES = {
    "TCGA": [f"TCGA-AB-{number}-03A" for number in range(2800, 2900)],
    "GEO": [f"GSM{number}" for number in range(11805, 11900, 3)],
    "SRA": [f"SRR31339{number}" for number in range(10, 99)],
    "DepMap": [f"ACH-{number:06d}" for number in range(1, 900, 3)],
    "10x": ["AAACCTGAGAAACCAT-1", "AAACCTGAGAAACCGC-1", "TTTGTCATCTTTACGT-1"],
    "short": [f"S{number}" for number in range(1, 21)],
    "groups": ["C1", "C2", "C3", "T1", "T2", "T3"],
    "rows": list(range(1, 581)),
    "rows from 0": [str(number) for number in range(400)],
    "rows in part": list(range(201, 601)),
    "rows with gaps": [number for number in range(1, 800) if number % 7],
    "decimal rows": [float(number) for number in range(1, 100)],
    "years": list(range(1990, 2020)),
    "clinical": ["age", "stage", "EGFR_status", "sex", "OS_time", "Gender", "time", "grade"],
    "dates": ["2023-03-04", "4-Mar", "2023-03-05"],
    "nothing": ["", "", ""],
}


@pytest.mark.parametrize("names", NO_GENES.values(), ids=NO_GENES.keys())
def test_other_names_are_not_taken_for_genes(names: list[object]) -> None:
    assert looks_like_gene_ids(names) < 0.05


GENES = {
    "symbols": ["TP53", "MYC", "GPR56", "RARA"],
    "Ensembl outside the table": ["ENSG00099999999.1", "ENSG00099999998"],
    "other vertebrates": ["ENSDARG00000035559", "ENSRNOG00000010756"],
    "transcripts": ["ENST00000373020.9", "NM_000546.6", "ENSMUST00000108658"],
    "GENCODE": ["ENST00000456328.2|ENSG00000290825.1|-|-|DDX11L2-202|DDX11L2|1657|lncRNA|"],
    "probes": ["201746_at", "1053_at", "117_at"],
    "Illumina": ["ILMN_1343291", "ILMN_1343295"],
    "mouse": ["Trp53", "Myc", "ENSMUSG00000059552"],
    "composite": ["AKT3 (10000)", "A1BG|1", "ENSG00000141510_TP53"],
    "Entrez": [7157, 4609, 5914],
}


@pytest.mark.parametrize("names", GENES.values(), ids=GENES.keys())
def test_identifiers_of_every_kind_count(names: list[object]) -> None:
    assert looks_like_gene_ids(names) == 1.0


def test_the_share_is_that_of_all_names() -> None:
    assert looks_like_gene_ids(["TP53", "ENSG00099999999.1", "GPR56", "sample_1"]) == 0.75
    assert looks_like_gene_ids([]) == 0.0


def test_a_probe_must_be_on_the_chip() -> None:
    assert looks_like_gene_ids(["9999999_at", "8888888_at"]) == 0.0


def test_gene_families_are_not_running_labels(table: GeneTable) -> None:
    assert looks_like_gene_ids(list(table.frame.index)) == 1.0


def test_sorted_entrez_ids_are_told_from_row_numbers(shared: Path) -> None:
    path = shared / "data/parity/singscore/tgfb_expr_10_se.tsv.gz"
    ids = list(pd.read_csv(path, sep="\t", usecols=[0]).iloc[:, 0])
    assert looks_like_gene_ids(ids) > 0.95
    assert looks_like_gene_ids(ids[:400]) > 0.95
    assert looks_like_gene_ids(list(range(1, 401))) == 0.0


def test_clinical_tables_hold_no_gene_columns(shared: Path) -> None:
    for name in ("aml_tcga20/tcga_laml_20samples_meta.tsv", "gastric/GSE26901_subtype.tsv"):
        frame = pd.read_csv(shared / "data" / name, sep="\t")
        assert looks_like_gene_ids(list(frame.columns)) < 0.05
        assert looks_like_gene_ids(list(frame.iloc[:, 0])) == 0.0
