"""The demo cohort through the whole pipeline."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.config import load_config
from atrasig.workflow_helpers import call_summary
from tests.workflow.conftest import MakeWorkplace
from tests.workflow.running import TABLES, Results, Workplace, planned_jobs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def truth(repository: Path) -> pd.DataFrame:
    return pd.read_csv(repository / "config/demo/truth.tsv", sep="\t", index_col="sample")


@pytest.mark.parametrize("question", ["sensitivity", "response"])
def test_calls_are_those_of_the_planted_truth(
    demo: Results, truth: pd.DataFrame, question: str
) -> None:
    assert demo.calls(question) == truth[question].to_dict()


def test_each_kind_of_no_call_has_its_own_reason(demo: Results, truth: pd.DataFrame) -> None:
    reasons = demo.primary("sensitivity")["reason"]
    other = reasons[truth.index[truth["planted_truth"] == "other AML"]]
    kinds = {"other AML": set(other), "shallow": {reasons["shallow"]}}
    kinds["gene-poor"] = {reasons["gene-poor"]}
    assert all(all(texts) for texts in kinds.values())
    assert not kinds["other AML"] & kinds["shallow"]
    assert not kinds["other AML"] & kinds["gene-poor"]
    assert not kinds["shallow"] & kinds["gene-poor"]
    assert all("no APL programme" in text for text in other)


def test_every_sample_has_a_page_and_a_record(demo: Results, truth: pd.DataFrame) -> None:
    pages = {path.stem for path in (demo.folder / "samples").glob("*.html")}
    records = {path.stem for path in (demo.folder / "samples").glob("*.json")}
    assert pages == records == set(truth.index)


def test_index_links_every_page(demo: Results, truth: pd.DataFrame) -> None:
    index = (demo.folder / "index.html").read_text(encoding="utf-8")
    assert all(f'href="samples/{sample}.html"' in index for sample in truth.index)


def test_blocks_come_in_the_order_of_the_sheet(demo: Results, truth: pd.DataFrame) -> None:
    for name in ("calls.tsv", "scores.tsv"):
        assert list(dict.fromkeys(demo.table(name)["sample"])) == list(truth.index)


def test_tsv_and_parquet_hold_the_same_scores(demo: Results) -> None:
    text, exact = demo.table("scores.tsv"), demo.table("scores.parquet")
    assert list(text.columns) == list(exact.columns)
    np.testing.assert_allclose(text["score"], exact["score"], rtol=1e-9)


def test_results_hold_no_path_and_no_brace(demo_workplace: Workplace, demo: Results) -> None:
    place = str(demo_workplace.folder)
    for name, content in demo.bytes_by_name().items():
        assert place.encode() not in content, name
        assert str(demo_workplace.repository).encode() not in content, name


def test_nothing_is_left_to_do(demo_workplace: Workplace) -> None:
    output = demo_workplace.snakemake("--dry-run", "--config", "block_size=13")
    assert "Nothing to be done" in output


def test_a_changed_parameter_reruns_what_rests_on_it(demo_workplace: Workplace) -> None:
    output = demo_workplace.snakemake(
        "--dry-run", "--config", "block_size=13", 'score={"methods": ["singscore"]}'
    )
    assert planned_jobs(output) > 0
    assert "rule score:" in output
    assert "Params have changed" in output
    assert "rule ingest:" not in output
    assert "rule harmonise:" not in output
    assert "rule predict:" not in output


def test_summary_of_make_demo(demo: Results, truth: pd.DataFrame) -> None:
    lines = call_summary(demo.folder).splitlines()
    assert lines[1].split() == ["APL-1", "sensitive", "not", "responding"]
    assert len(lines) == 1 + len(truth) + 2
    assert lines[-1] == f"Index page: {demo.folder / 'index.html'}"


def test_snakemake_report(demo_workplace: Workplace) -> None:
    demo_workplace.snakemake("--report", "report.zip", "--config", "block_size=13")
    with zipfile.ZipFile(demo_workplace.folder / "report.zip") as archive:
        names = archive.namelist()
        assert any(name.endswith("report.html") for name in names)
        for table in ("calls.tsv", "enrichment.tsv", "qc.tsv", "atrasig.xlsx"):
            assert any(name.endswith(table) for name in names), table
        page = next(name for name in names if name.endswith("report.html"))
        shown = archive.read(page).decode().replace("\\n", " ")
    config = load_config(demo_workplace.folder / "config" / "config.yaml")
    enrich = config.enrich
    for quoted in (
        f"in blocks of 13 samples, seed {config.seed}.",
        f"{enrich.permutations} permutations with seed {config.seed}; signatures",
        f"with {enrich.min_size} to {enrich.max_size} measured genes",
        f"Scoring methods of this run: {', '.join(config.score.methods)}.",
    ):
        assert quoted in shown, quoted


def test_one_process_gives_the_same_tables(
    demo: Results, demo_run: Path, truth: pd.DataFrame
) -> None:
    """`atrasig run` has no blocks; a sample's numbers do not depend on them."""
    alone = Results(demo_run)
    keys = {
        "calls.tsv": ["sample", "question", "model"],
        "scores.tsv": ["sample", "signature", "method"],
        "hypotheses.tsv": ["sample", "rank", "gene"],
        "hypothesis_summaries.tsv": ["sample"],
    }
    for name in ("pairs.tsv", "pair_tests.tsv"):
        ours, theirs = alone.table(name), demo.table(name)
        assert set(ours.pop("matrix")) == {"counts.tsv.gz"}  # as its own sheet names it
        assert set(theirs.pop("matrix")) == {"demo/counts.tsv.gz"}
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True, obj=name)
    for name, key in keys.items():
        ours, theirs = alone.table(name), demo.table(name)
        theirs = theirs[theirs["sample"].isin(set(ours["sample"]))]
        assert set(ours["sample"]) == set(truth.index) - {"gene-poor"}
        pd.testing.assert_frame_equal(
            ours.sort_values(key, ignore_index=True),
            theirs.sort_values(key, ignore_index=True),
            rtol=1e-9,
        )
    for part in ("standing", "hypotheses", "markers", "agreement"):
        assert alone.record("APL-1")[part] == demo.record("APL-1")[part], part


def test_killed_and_started_again(
    demo: Results, demo_workplace: Workplace, make_workplace: MakeWorkplace
) -> None:
    """SIGKILL to everything while pages are written, then a second start: the same bytes."""
    place = make_workplace("killed")
    for name in ("results", ".snakemake"):
        shutil.copytree(demo_workplace.folder / name, place.folder / name, symlinks=True)
    shutil.rmtree(place.folder / "results" / "samples")
    for path in (*place.folder.glob("results/*.*"), *place.folder.glob("results/work/*/pages.*")):
        path.unlink()
    _kill_half_way(place)
    assert not (place.folder / "results" / "index.html").exists()
    place.snakemake("--unlock", "--config", "block_size=13")
    output = place.snakemake("--rerun-incomplete", "--config", "block_size=13")
    assert "rule collect:" in output
    assert "rule score:" not in output
    again, undisturbed = place.results("results").bytes_by_name(), demo.bytes_by_name()
    assert set(TABLES) < undisturbed.keys()
    assert again.keys() == undisturbed.keys()
    assert [name for name in undisturbed if again[name] != undisturbed[name]] == []


def _kill_half_way(place: Workplace) -> None:
    """Start a run and kill its whole process group when the first page is there."""
    import os
    import signal
    import subprocess
    import time

    run = subprocess.Popen(
        place.command("--config", "block_size=13"),
        cwd=place.repository,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 600
    try:
        while not list(place.folder.glob("results/samples/*.html")):
            assert run.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline, "no page was written in ten minutes"
            time.sleep(0.05)
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert run.returncode == -signal.SIGKILL
