"""What harmonisation finds out about each sample, and about the species of a matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from anndata import AnnData

from atrasig.files import data_path
from atrasig.genes import load_gene_table
from atrasig.harmonisation import harmonise
from tests.harmonisation.test_units import cpm, draw_counts

Builder = Callable[..., AnnData]
NAN = np.nan


@pytest.fixture(scope="module")
def counts(coding: list[str]) -> np.ndarray:
    return draw_counts(21, 4, len(coding))


def test_constant_samples_are_counted(build: Builder, coding: list[str]) -> None:
    values = np.vstack([np.zeros(600), np.full(600, 7.5), np.arange(600) / 40, np.full(600, NAN)])
    values[0, ::2] = -0.0
    out = harmonise(build(values, coding))
    assert out.obs["qc_constant"].tolist() == [1, 1, 0, 0]
    assert out.uns["atrasig"]["qc"]["constant_samples"] == 2
    assert out.obs["qc_missing"].tolist() == [0, 0, 0, 600]


@pytest.mark.parametrize("form", ["counts", "tpm", "log2", "intensity"])
def test_minus_zero_is_zero(build: Builder, coding: list[str], form: str) -> None:
    values = np.arange(600.0)[None] / 40
    values[0, :100] = 0
    negative = values.copy()
    negative[0, :100:3] = -0.0
    scale = "log2" if form == "log2" else "tpm" if form == "tpm" else "intensity"
    if form == "counts":
        values, negative, scale = values * 40, negative * 40, "counts"
    one, other = (harmonise(build(v, coding), scale=scale) for v in (values, negative))
    assert one.X.tobytes() == other.X.tobytes()


def test_implied_reads(build: Builder, coding: list[str], counts: np.ndarray) -> None:
    known = harmonise(build(counts, coding))
    assert known.obs["qc_library_size"].tolist() == counts.sum(axis=1).tolist()
    assert known.obs["qc_implied_reads"].isna().all()
    implied = harmonise(build(cpm(counts), coding))
    assert implied.obs["qc_library_size"].isna().all()
    assert implied.obs["qc_implied_reads"].tolist() == counts.sum(axis=1).tolist()
    stranger = harmonise(build(counts * np.random.default_rng(1).random(600), coding))
    assert stranger.obs[["qc_library_size", "qc_implied_reads"]].isna().all(axis=None)


def test_a_sample_unlike_the_others_has_a_platform_of_its_own(
    build: Builder, coding: list[str]
) -> None:
    values = cpm(draw_counts(3, 12, 600))
    values[4] *= np.random.default_rng(1).uniform(0.9, 1.1, 600)
    out = harmonise(build(values, coding))
    assert out.uns["atrasig"]["platform"] == "rnaseq_counts"
    assert out.obs["qc_platform"].tolist() == [
        "rnaseq_normalised" if i == 4 else "rnaseq_counts" for i in range(12)
    ]
    assert np.isnan(out.obs["qc_implied_reads"].iloc[4])


FACTS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "counts", "rnaseq_counts"),
    ({"unit": "cell"}, "counts", "single_cell"),
    ({"unit": "pseudobulk"}, "counts", "single_cell_pseudobulk"),
    ({"declared_scale": "tpm"}, "tpm", "rnaseq_normalised"),
    ({"probes_without_symbol": 3}, "intensity", "microarray"),
]


@pytest.mark.parametrize(("facts", "scale", "platform"), FACTS)
def test_what_the_reader_found_counts(
    build: Builder,
    coding: list[str],
    counts: np.ndarray,
    facts: dict[str, Any],
    scale: str,
    platform: str,
) -> None:
    adata = build(counts, coding)
    adata.uns["atrasig"] = {"input": facts}
    record = harmonise(adata).uns["atrasig"]
    assert (record["scale"]["scale"], record["platform"]) == (scale, platform)
    assert record["scale"]["decided_by"] == ("format" if "declared_scale" in facts else "values")


@pytest.mark.parametrize("kind", ["path", "table"])
def test_another_table_of_genes(
    build: Builder, coding: list[str], counts: np.ndarray, kind: str
) -> None:
    given = data_path("genes.tsv.gz") if kind == "path" else load_gene_table()
    one, other = harmonise(build(counts, coding), genes=given), harmonise(build(counts, coding))
    assert one.var.equals(other.var)


def test_mouse_genes_go_through_their_orthologs(build: Builder) -> None:
    genes = ["Trp53", "Rara", "Cd38", "Spi1", "Cebpa", "Ldb1"]
    out = harmonise(build(np.arange(1.0, 7.0)[None], genes), scale="counts")
    record = out.uns["atrasig"]
    assert record["species"] == "mouse"
    assert record["qc"]["identifiers"]["mouse"] == 6
    assert {"TP53", "RARA", "CD38", "SPI1", "CEBPA"} <= set(out.var_names)


def test_probes_are_an_array_even_where_they_are_whole_numbers(build: Builder) -> None:
    probes = ["203749_s_at", "1565358_at", "216300_x_at", "211605_s_at", "201746_at"]
    values = np.array([[120, 44, 60, 80, 3000.0]])
    out = harmonise(build(values, probes))
    record = out.uns["atrasig"]
    assert (record["platform"], record["scale"]["scale"]) == ("microarray", "intensity")
    assert record["qc"]["identifier_kind"] == "probe"
    assert record["qc"]["array"]
    assert "RARA" in set(out.var_names)
    assert "counts" not in out.layers
