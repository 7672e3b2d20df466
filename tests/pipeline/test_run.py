"""The whole of a run: its files, its calls, and that nothing depends on blocks or on time."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

from atrasig.errors import InputError
from atrasig.pipeline.run import RunSettings, calls_table, run_matrix

FINAL = (
    "calls.tsv",
    "pairs.tsv",
    "pair_tests.tsv",
    "hypotheses.tsv",
    "hypothesis_summaries.tsv",
    "scores.parquet",
    "scores.tsv",
    "enrichment.tsv",
    "differential.parquet",
    "overrepresentation.tsv",
    "roles.tsv",
    "qc.tsv",
    "provenance.json",
    "atrasig.xlsx",
    "atrasig_mqc.json",
    "index.html",
)


def test_calls_are_those_planted(demo: Path, demo_run: Path) -> None:
    truth = pd.read_csv(demo / "truth.tsv", sep="\t").set_index("sample")
    calls = pd.read_csv(demo_run / "calls.tsv", sep="\t")
    primary = calls[calls["primary"]].pivot(index="sample", columns="question", values="call")
    assert len(primary) == 23
    for question in ("sensitivity", "response"):
        assert primary[question].to_dict() == truth.loc[primary.index, question].to_dict()


def test_every_final_file_and_a_page_a_sample_are_there(demo_run: Path) -> None:
    assert all((demo_run / name).stat().st_size > 0 for name in FINAL)
    samples = set(pd.read_csv(demo_run / "calls.tsv", sep="\t")["sample"])
    for ending in ("html", "json"):
        assert {p.stem for p in (demo_run / "samples").glob(f"*.{ending}")} == samples
    assert not list(demo_run.rglob(".atrasig-*"))


def test_records_fit_the_schema_and_repeat_the_tables(demo_run: Path, repository: Path) -> None:
    schema = json.loads((repository / "workflow/schemas/record.schema.json").read_text())
    calls = pd.read_csv(demo_run / "calls.tsv", sep="\t")
    for path in sorted((demo_run / "samples").glob("*.json"))[:3]:
        record = json.loads(path.read_text())
        jsonschema.validate(record, schema)
        own = calls[(calls["sample"] == record["id"]) & calls["primary"]].set_index("question")
        for question, call in record["calls"].items():
            assert call["call"] == own.loc[question, "call"]
            if call["score"] is not None:
                assert call["score"] == pytest.approx(own.loc[question, "score"], rel=1e-9)


def test_pairs_and_controls_stand_in_tables_records_and_pages(demo_run: Path) -> None:
    pairs = pd.read_csv(demo_run / "pairs.tsv", sep="\t")
    tests = pd.read_csv(demo_run / "pair_tests.tsv", sep="\t").set_index("model")
    calls = pd.read_csv(demo_run / "calls.tsv", sep="\t").set_index(["sample", "model"])
    assert tests.loc["retinoid_response", "method"] == "paired t"
    assert tests.loc["retinoid_response", "n_patients"] == 4
    core = pairs[pairs["model"] == "retinoid_response"].set_index("patient")
    record = json.loads((demo_run / "samples" / "P2-exposed.json").read_text())
    assert [pair["patient"] for pair in record["pairs"]] == ["P2", "P2"]
    shown = {pair["model"]: pair for pair in record["pairs"]}["retinoid_response"]
    assert shown["delta"] == pytest.approx(core.loc["P2", "delta"], rel=1e-9)
    call = record["calls"]["response"]
    assert call["control"] == "hallmark_e2f_targets"
    theirs = calls.loc[("P2-exposed", "retinoid_response"), "control_score"]
    assert call["control_score"] == pytest.approx(theirs, rel=1e-9)
    page = (demo_run / "samples" / "P2-exposed.html").read_text()
    assert "Before and after in this patient" in page
    assert "Specific: the list has risen and its control (E2F targets" in page
    assert json.loads((demo_run / "samples" / "APL-1.json").read_text())["pairs"] == []
    assert "Before and after" not in (demo_run / "samples" / "APL-1.html").read_text()
    index = (demo_run / "index.html").read_text()
    assert '<section id="pairs">' in index
    assert "paired t: 4 patients, below 8" in index


def test_hypotheses_and_places_stand_in_tables_records_and_pages(demo_run: Path) -> None:
    summaries = pd.read_csv(demo_run / "hypothesis_summaries.tsv", sep="\t").set_index("sample")
    table = pd.read_csv(demo_run / "hypotheses.tsv", sep="\t", keep_default_na=False)
    calls = pd.read_csv(demo_run / "calls.tsv", sep="\t")
    assert set(summaries.index) == set(calls["sample"])
    record = json.loads((demo_run / "samples" / "APL-1.json").read_text())
    found = record["hypotheses"]
    own = table[table["sample"] == "APL-1"]
    assert found["summary"] == summaries.loc["APL-1", "summary"]
    assert found["n_fitting"] == len(found["entries"]) == own["combination"].nunique()
    assert sum(len(e["markers"]) for e in found["entries"]) == int((own["gene"] != "").sum())
    page = (demo_run / "samples" / "APL-1.html").read_text()
    section = page.partition('<section id="hypotheses">')[2].partition("</section>")[0]
    assert "no advice on treatment" in section
    assert found["summary"] in section
    sensitivity = record["standing"][0]
    scores = calls[(calls["model"] == sensitivity["model"]) & (calls["sample"] != "APL-1")]
    known = scores["score"].dropna()
    assert sensitivity["n_cohort"] == len(known)
    assert sensitivity["n_below"] == int((known < sensitivity["score"]).sum())


def test_every_page_is_below_300_kB(demo_run: Path) -> None:
    sizes = {p.name: p.stat().st_size for p in (demo_run / "samples").glob("*.html")}
    assert {name: size for name, size in sizes.items() if size >= 300_000} == {}


def test_no_result_holds_an_absolute_path(demo_run: Path, repository: Path) -> None:
    for name in (*FINAL, "samples/APL-1.html", "samples/APL-1.json"):
        content = (demo_run / name).read_bytes()
        assert str(repository).encode() not in content
        assert str(demo_run).encode() not in content


def test_a_second_run_gives_the_same_bytes(demo: Path, demo_run: Path, tmp_path: Path) -> None:
    run_matrix(demo / "counts.tsv.gz", tmp_path, RunSettings(sheet=demo / "samples.tsv"))
    names = [*FINAL, *(f"samples/{p.name}" for p in (demo_run / "samples").iterdir())]
    assert [n for n in names if (tmp_path / n).read_bytes() != (demo_run / n).read_bytes()] == []


def test_a_matrix_outside_the_sheet_is_refused(demo: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no sample lies in .*truth\.tsv.*counts\.tsv\.gz"):
        run_matrix(demo / "truth.tsv", tmp_path, RunSettings(sheet=demo / "samples.tsv"))


def test_calls_table_has_one_line_a_sample(demo_work: Path) -> None:
    calls = pd.read_parquet(demo_work / "calls.parquet")
    lines = calls_table(calls).splitlines()
    assert len(lines) == 24
    first = calls[calls["primary"] & (calls["question"] == "sensitivity")].iloc[0]
    assert lines[1].split()[:3] == ["APL-1", "sensitive", f"{first['score']:.3f}"]
