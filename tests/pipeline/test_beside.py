"""What a run writes beside its pages: the workbook, and the section for MultiQC read by MultiQC."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from atrasig.pipeline.by_sample import Block
from atrasig.pipeline.pages import unpack_pages
from atrasig.pipeline.report import report
from atrasig.report import IndexRow, Overview
from atrasig.report.index import read_manifest
from atrasig.report.multiqc import FILE, multiqc_json

HOSTILE = ("<img src=x onerror=alert(1)>", "a & b", "\"'><b>", "=1+1", "\u05d0\u05d1")


@pytest.mark.parametrize(
    ("sheet", "file"),
    [
        ("Calls", "calls.tsv"),
        ("Checks", "qc.tsv"),
        ("Scores", "scores.tsv"),
        ("Enrichment", "enrichment.tsv"),
        ("Roles", "roles.tsv"),
        ("Pairs", "pairs.tsv"),
        ("Pair tests", "pair_tests.tsv"),
        ("Hypotheses", "hypotheses.tsv"),
    ],
)
def test_the_workbook_holds_the_tables(demo_run: Path, sheet: str, file: str) -> None:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(demo_run / "atrasig.xlsx")
    head, *rows = book.get_sheet_by_name(sheet).to_python()
    shown = pd.DataFrame(rows, columns=head).replace("", None)
    table = pd.read_csv(demo_run / file, sep="\t", keep_default_na=False, na_values=["NA", ""])
    for name in table.columns:  # a column without values has another type in each
        kind = float if table[name].dtype.kind in "if" else str
        ours, theirs = (frame[name].dropna().astype(kind) for frame in (shown, table))
        pd.testing.assert_series_equal(ours, theirs, rtol=1e-9)


def test_the_workbook_says_what_it_holds(demo_run: Path) -> None:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(demo_run / "atrasig.xlsx")
    about = book.get_sheet_by_name("About").to_python()
    listed = {row[0]: row for row in about if row[0] in book.sheet_names}
    assert book.sheet_names == ["About", *listed, "Provenance"]
    for name, row in listed.items():
        assert row[2] == row[3] == len(book.get_sheet_by_name(name).to_python()) - 1
        assert (demo_run / row[5]).is_file()
    assert any("Research use only" in str(row[0]) for row in about)
    facts = dict(row[:2] for row in book.get_sheet_by_name("Provenance").to_python()[1:])
    known = json.loads((demo_run / "provenance.json").read_text(encoding="utf-8"))
    assert facts["signature_set"] == known["signature_set"]
    assert facts["parameters.seed"] == known["parameters"]["seed"]


def _multiqc(folder: Path, *results: Path) -> tuple[dict[str, dict[str, Any]], str]:
    """Rows of our table and the HTML, as MultiQC writes them."""
    command = [sys.executable, "-m", "multiqc", *map(str, results), "--outdir", str(folder)]
    done = subprocess.run(
        [*command, "--data-format", "json", "--no-ansi"],
        env=os.environ | {"MULTIQC_NO_VERSION_CHECK": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    data = json.loads((folder / "multiqc_data" / "multiqc_data.json").read_text(encoding="utf-8"))
    html = (folder / "multiqc_report.html").read_text(encoding="utf-8")
    return data["report_saved_raw_data"]["multiqc_atrasig_table"], html


def _hostile(row: IndexRow, folder: Path) -> Path:
    rows = [row.model_copy(update={"sample": name, "disease": name}) for name in HOSTILE]
    folder.mkdir()
    (folder / FILE).write_text(multiqc_json(Overview.of(rows), "1"), encoding="utf-8")
    return folder


def test_multiqc_shows_every_sample_and_runs_no_name(
    demo_run: Path, demo_work: Path, tmp_path: Path
) -> None:
    pytest.importorskip("multiqc", reason="multiqc (extra `dev`) is not installed")
    rows = read_manifest(demo_work / "pages.tsv")
    shown, html = _multiqc(tmp_path / "out", demo_run, _hostile(rows[0], tmp_path / "other"))
    assert len(shown) == len(rows) + len(HOSTILE)
    for row in rows:
        cells = shown[row.sample]
        assert (cells["sensitivity"], cells["response"]) == (row.sensitivity, row.response)
        assert cells.get("sensitivity_score") == pytest.approx(row.sensitivity_score)
        assert cells.get("response_score") == pytest.approx(row.response_score)
        assert (cells["failed_checks"], cells["warned_checks"]) == (row.n_fail, row.n_warn)
    assert "Research use only" in html
    assert "<img src=x" not in html
    assert "'><b>" not in html


def test_the_stage_prints_its_pages(
    demo_work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / "browser"
    script = "#!/bin/sh\nfor word; do case $word in --print-to-pdf=*) out=${word#*=};; esac; done\n"
    browser.write_text(f"{script}printf %%PDF-1.4 > $out\n", encoding="utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("ATRASIG_BROWSER", str(browser))
    names = ("scores", "drivers", "enrichment", "contrasts", "pairs", "hypotheses")
    tables = {name: demo_work / f"{name}.parquet" for name in names}
    report(
        demo_work / "expr.h5ad",
        **tables,
        hypothesis_summaries=demo_work / "hypothesis_summaries.parquet",
        calls=[demo_work / "calls.parquet"],
        out=tmp_path / "pages.zip",
        manifest=tmp_path / "pages.tsv",
        parameters={},
        pdf=True,
        block=Block(0, 2),
    )
    unpack_pages([tmp_path / "pages.zip"], tmp_path)
    found = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert found == [f"APL-{n}.{ending}" for n in (1, 2) for ending in ("html", "json", "pdf")]
    assert (tmp_path / "samples" / "APL-1.pdf").read_bytes() == b"%PDF-1.4"
