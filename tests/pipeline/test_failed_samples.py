"""Bad samples among good ones: each is told with its reason, and the others do not change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from atrasig.cli import main
from atrasig.pipeline import stages
from atrasig.pipeline.by_sample import Block
from atrasig.pipeline.opened import open_h5ad
from atrasig.pipeline.report import report as write_pages

KEPT = ["APL-1", "APL-2", "AML-1", "P1-baseline", "P1-exposed"]
FAILED = {"AML-2": "ingest", "APL-3": "harmonise", "AML-3": "predict", "AML-4": "report"}
TABLES = ("calls", "scores", "enrichment", "hypotheses", "qc")


@pytest.fixture(scope="module")
def cohort(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine samples of the demo, of two of which a value is damaged."""
    folder = tmp_path_factory.mktemp("cohort")
    demo = repository / "config" / "demo"
    names = [*KEPT, *FAILED]
    counts = pd.read_csv(demo / "counts.tsv.gz", sep="\t", index_col=0, dtype=str)[names]
    counts.loc["CD38", "AML-2"] = "#REF!"
    counts.loc["RARA", "APL-3"] = "-5"
    counts.to_csv(folder / "counts.tsv", sep="\t")
    sheet = pd.read_csv(demo / "samples.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet = sheet[sheet["sample"].isin(names)].assign(matrix="counts.tsv")
    sheet.to_csv(folder / "samples.tsv", sep="\t", index=False)
    return folder


@pytest.fixture(scope="module")
def _poison() -> Iterator[None]:
    """Let the calls of one sample and the page of another fail as no stage expects."""
    from atrasig import prediction, report

    predict, write = prediction.predict_with_drivers, report.write_sample

    def predict_some(*given: Any, samples: list[str], **settings: Any) -> Any:
        if "AML-3" in samples:
            raise ZeroDivisionError("poison")
        return predict(*given, samples=samples, **settings)

    def write_some(record: Any, folder: Path) -> Any:
        if record.id == "AML-4":
            raise KeyError("poison")
        return write(record, folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prediction, "predict_with_drivers", predict_some)
        patch.setattr(report, "write_sample", write_some)
        yield


def _run(cohort: Path, out: Path, *options: str) -> Result:
    sheet = ["--sheet", str(cohort / "samples.tsv")]
    matrix = str(cohort / "counts.tsv")
    return CliRunner().invoke(main, ["run", matrix, *sheet, "--out", str(out), *options])


@pytest.fixture(scope="module")
def finished(cohort: Path, _poison: None, tmp_path_factory: pytest.TempPathFactory) -> Result:
    result = _run(cohort, tmp_path_factory.mktemp("run") / "results")
    result.folder = Path(result.stdout.rsplit("Pages: ", 1)[1].strip()).parent  # type: ignore[attr-defined]
    return result


@pytest.fixture(scope="module")
def results(finished: Result) -> Path:
    folder: Path = finished.folder  # type: ignore[attr-defined]
    return folder


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", keep_default_na=False)


def test_exit_code_and_summary_say_so(finished: Result) -> None:
    assert finished.exit_code == 3
    assert "4 of 9 samples failed:" in finished.stderr
    assert "AML-2 (ingest): '#REF!' is not a number" in finished.stderr


def test_failures_are_listed_with_stage_and_reason(results: Path, cohort: Path) -> None:
    table = _table(results / "failures.tsv").set_index("sample")
    assert table["stage"].to_dict() == FAILED
    assert (table["matrix"] == "counts.tsv").all()
    assert (table[["reason", "fix"]] != "").all(axis=None)
    assert "poison" in table.loc["AML-3", "reason"]
    assert str(cohort) not in (results / "failures.tsv").read_text(encoding="utf-8")


def test_quality_table_flags_them(results: Path) -> None:
    qc = _table(results / "qc.tsv")
    flagged = qc[qc["flag"] == "failed"]
    assert dict(zip(flagged["sample"], flagged["value"], strict=True)) == FAILED
    assert set(flagged["level"]) == {"fail"}
    assert set(qc.loc[qc["flag"] != "failed", "sample"]) == set(KEPT)


def test_a_page_and_a_record_say_that_there_is_no_result(results: Path) -> None:
    for name, stage in FAILED.items():
        page = (results / "samples" / f"{name}.html").read_text(encoding="utf-8")
        record = json.loads((results / "samples" / f"{name}.json").read_text(encoding="utf-8"))
        assert "This sample has no result" in page
        assert (record["id"], record["failed"]["stage"]) == (name, stage)
        assert "calls" not in record


def test_the_index_begins_with_them(results: Path) -> None:
    page = (results / "index.html").read_text(encoding="utf-8")
    section = page.partition('<section id="failed">')[2].partition("</section>")[0]
    assert page.index('<section id="failed">') < page.index('<section id="checks">')
    for name, stage in FAILED.items():
        assert f'<a href="samples/{name}.html"><bdi>{name}</bdi></a>' in section
        assert f"<td>{stage}</td>" in section
    assert "poison" in section


def test_the_others_are_as_without_them(results: Path, demo_run: Path) -> None:
    """What depends on the sample and its pair alone is as in the run of the whole demo."""
    for name, key in {"calls": ["sample", "question", "model"], "scores": ["sample"]}.items():
        ours, whole = _table(results / f"{name}.tsv"), _table(demo_run / f"{name}.tsv")
        if name == "calls":
            ours, whole = (t[t["question"] == "sensitivity"] for t in (ours, whole))
        ours, whole = (
            t[t["sample"].isin(KEPT)].sort_values([*key], kind="stable", ignore_index=True)
            for t in (ours, whole)
        )
        pd.testing.assert_frame_equal(ours, whole)
    pages = {path.stem for path in (results / "samples").glob("*.html")}
    assert pages == {*KEPT, *FAILED}


def test_strict_stops_at_the_first(cohort: Path, tmp_path: Path) -> None:
    result = _run(cohort, tmp_path / "results", "--strict")
    assert result.exit_code == 2
    assert "'#REF!' is not a number" in result.stderr
    assert not (tmp_path / "results" / "index.html").exists()


def test_blocks_left_empty_have_tables_and_pages(results: Path, tmp_path: Path) -> None:
    """Of nine samples in blocks of two, the two that are not in the matrix were the last."""
    work = next((results / "work").iterdir())
    expr = work / "expr.h5ad"
    stages.score(expr, tmp_path / "scores.parquet", block=Block(4, 2))
    stages.enrich(expr, tmp_path / "enrichment.parquet", block=Block(4, 2))
    for name in ("scores", "enrichment"):
        own, whole = (pd.read_parquet(f / f"{name}.parquet") for f in (tmp_path, work))
        assert own.empty
        assert own.dtypes.to_dict() == whole.dtypes.to_dict()


def test_a_page_that_fails_alone_in_its_block_is_set_aside(results: Path, tmp_path: Path) -> None:
    work = next((results / "work").iterdir())
    tables = ("scores", "drivers", "enrichment", "contrasts", "pairs", "hypotheses")
    with open_h5ad(work / "expr.h5ad") as adata:
        place = list(adata.obs_names).index("AML-4")
    found = write_pages(
        work / "expr.h5ad",
        **{name: work / f"{name}.parquet" for name in tables},  # type: ignore[arg-type]
        calls=[work / "calls.parquet"],
        hypothesis_summaries=work / "hypothesis_summaries.parquet",
        out=tmp_path,
        manifest=tmp_path / "pages.tsv",
        parameters={},
        block=Block(place, 1),
    )
    assert [(f.sample, f.stage) for f in found.failures] == [("AML-4", "report")]
    pages = [tmp_path / "samples" / f"AML-4.{end}" for end in ("html", "json")]
    assert [path.read_bytes() for path in pages] == [
        (results / "samples" / path.name).read_bytes() for path in pages
    ]
