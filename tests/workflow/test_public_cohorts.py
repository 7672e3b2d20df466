"""Public cohorts through the whole pipeline: known patients, known treatments, known limits."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.running import Results

pytestmark = pytest.mark.slow

APL = "TCGA-AB-2872-03A"
APL_LISTS = ("ross_aml_with_pml_rara_fusion", "valk_aml_cluster_12")
UNDIFFERENTIATED = [f"SRR313392{n}_nodiff_rep{n - 4}" for n in (5, 6, 7)]
DIFFERENTIATED = ["SRR3133928_diff_rep1", "SRR3133929_diff_rep2", "SRR3133930_diff_rep3"]


def _sheet(repository: Path, cohort: str) -> pd.DataFrame:
    return pd.read_csv(repository / "tests/workflow" / cohort / "samples.tsv", sep="\t", dtype=str)


# --- 20 leukemias of TCGA, one of them acute promyelocytic ---


def test_aml_every_patient_has_a_page(aml: Results, repository: Path) -> None:
    pages = {path.stem for path in (aml.folder / "samples").glob("*.html")}
    assert pages == set(_sheet(repository, "aml_tcga20")["sample"])
    assert len(pages) == 20


def test_aml_sheet_does_not_give_the_answer_away(repository: Path) -> None:
    sheet = _sheet(repository, "aml_tcga20")
    assert set(sheet["disease"]) == {"AML"}
    assert "fusion" not in sheet.columns
    assert list(sheet.loc[sheet["fab"] == "M3", "sample"]) == [APL]


@pytest.mark.parametrize("signature", APL_LISTS)
@pytest.mark.parametrize("method", ["singscore", "ssgsea"])
def test_aml_the_promyelocytic_leukemia_scores_highest(
    aml: Results, signature: str, method: str
) -> None:
    scores = aml.table("scores.parquet")
    rows = scores[(scores["signature"] == signature) & (scores["method"] == method)]
    assert len(rows) == 20
    ranked = rows.sort_values("score", ascending=False)
    assert ranked["sample"].iloc[0] == APL
    assert ranked["score"].iloc[0] > ranked["score"].iloc[1]


def test_aml_only_the_promyelocytic_leukemia_is_sensitive(aml: Results) -> None:
    calls = aml.calls("sensitivity")
    assert [sample for sample, call in calls.items() if call == "sensitive"] == [APL]
    assert "resistant" not in calls.values()
    row = aml.primary("sensitivity").loc[APL]
    assert row["low"] <= row["score"] <= row["high"]
    assert aml.record(APL)["calls"]["sensitivity"]["call"] == "sensitive"


def test_aml_a_no_call_keeps_its_score_and_says_why(aml: Results) -> None:
    rows = aml.primary("sensitivity")
    silent = rows[rows["call"] == "no call"]
    assert len(silent) > 0
    assert silent["score"].notna().all()
    assert silent["reason"].str.contains("no APL programme").all()


# --- SH-SY5Y before and after retinoic acid ---


def test_shsy5y_differentiated_cells_respond(shsy5y: Results) -> None:
    calls = shsy5y.calls("response")
    assert [calls[sample] for sample in DIFFERENTIATED] == ["responding"] * 3
    assert "responding" not in [calls[sample] for sample in UNDIFFERENTIATED]
    assert set(calls) == {*DIFFERENTIATED, *UNDIFFERENTIATED}


def test_shsy5y_without_baselines_there_is_no_call(shsy5y_without_timepoint: Results) -> None:
    rows = shsy5y_without_timepoint.primary("response")
    assert set(rows["call"]) == {"no call"}
    assert rows["reason"].str.contains("baseline").all()
    assert set(rows.index) == {*DIFFERENTIATED, *UNDIFFERENTIATED}


def test_shsy5y_contrast_finds_the_retinoid_sets(shsy5y: Results) -> None:
    table = shsy5y.table("enrichment.tsv")
    contrast = table[(table["scope"] == "contrast") & (table["direction"] == "up")]
    assert contrast["contrast"].nunique() == 1
    ranked = contrast.sort_values("nes", ascending=False).set_index("signature")
    assert ranked.index[0] == "sknbe2c_ra_response"
    assert (ranked.loc[["rarcc", "rar_targets"], "q"] < 0.01).all()
    assert ranked["leading_edge"].iloc[0].count(";") > 0


def test_shsy5y_pages_show_the_contrast(shsy5y: Results) -> None:
    for sample in (*DIFFERENTIATED, *UNDIFFERENTIATED):
        section = shsy5y.section(sample, "enrichment")
        assert "NES" in section
        assert "eading edge" in section
        (contrast,) = shsy5y.record(sample)["enrichment"]["contrasts"]
        best = max(contrast["rows"], key=lambda row: row["nes"] or float("-inf"))
        assert best["signature"] == "sknbe2c_ra_response"
        assert "sknbe2c_ra_response" in section


# --- 109 gastric cancers on an array: nothing to call, everything to show ---


def test_gastric_every_sample_has_an_enrichment_section(gastric: Results, repository: Path) -> None:
    samples = set(_sheet(repository, "gastric")["sample"])
    assert {path.stem for path in (gastric.folder / "samples").glob("*.html")} == samples
    assert len(samples) == 109
    for sample in samples:
        assert gastric.section(sample, "enrichment").count("<tr") > 10
        assert len(gastric.record(sample)["enrichment"]["sample"]) > 10


def test_gastric_no_call_names_the_missing_model(gastric: Results) -> None:
    rows = gastric.primary("sensitivity")
    assert len(rows) == 109
    assert set(rows["call"]) == {"no call"}
    assert rows["reason"].str.contains("42").all()
    assert rows["reason"].str.contains("model").all()
