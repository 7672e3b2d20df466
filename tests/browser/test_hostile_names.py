"""Hostile names render as text, write inside the results folder, and neither run nor escape."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from atrasig.pipeline.run import RunSettings, run_matrix
from atrasig.report import Overview, build_provenance, index_row, write_index, write_sample
from tests.browser.watching import Watch
from tests.report.conftest import make_cohort

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Download, Page

    from tests.browser.conftest import OpenPage

NAMES = {
    "script": "<script>window.ran=1;alert(1)</script>",
    "end of script": "</script><script>window.ran=1</script>",
    "open comment": "<!--<script>",
    "image": "\"><img src=x onerror='window.ran=1'>",
    "handler": "' onmouseover='window.ran=1' x='",
    "address": "javascript:window.ran=1",
    "right to left": "\u202eevil\u202c \u0627\u0644\u0639",
    "emoji": "😀 👩\u200d🔬",
    "template": "{{ 7*7 }} {% raw %} ${7*7} `x`",
    "long": "x" * 300,
    "climbing": "../../x",
    "absolute": "/tmp/atrasig-was-here",
    "windows": "..\\..\\CON",
    "dots": "..",
    "encoded": "%2e%2e%2f%2e%2e%2fx?y#z",
    "formula": "=1+1",
    "link formula": '=HYPERLINK("https://example.org","x")',
    "at": "@SUM(A1)",
    "minus": "-1+2",
    "blanks": "a\tb\nc",
    "separator": "a\u2028b",
    "prototype": "__proto__",
    "constructor": "constructor",
    "entity": "&lt;b&gt; &amp;",
}
IN_A_RUN = (
    "end of script", "image", "right to left", "emoji", "long", "climbing", "formula",
    "link formula", "prototype",
)  # fmt: skip
GENES = 3000
RISKY = ("=", "+", "-", "@", "\t", "\r")
LINKS = "#samples tbody th a"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages and index of samples with these names, in a disease and of a site named as badly."""
    out = tmp_path_factory.mktemp("around") / "deep" / "results"
    names = list(NAMES.values())
    cohort = make_cohort(names)
    cohort.expr.obs["disease"] = names[::-1]
    cohort.expr.obs["site"] = names[::-1]
    cohort.expr.uns["atrasig"]["matrix"] = NAMES["image"]
    calls = cohort.tables["calls"].assign(reference=NAMES["end of script"], reason=NAMES["script"])
    flags = cohort.tables["flags"].assign(message=NAMES["open comment"], value=NAMES["handler"])
    records = cohort.records(calls=calls, flags=flags)
    for record in records:
        write_sample(record, out)
    provenance = build_provenance(cohort.provenance, [cohort.expr], calls)
    write_index(
        Overview.of(map(index_row, records)),
        provenance,
        records[0].enrichment.contrasts,
        out,
    )
    return out


@pytest.fixture(scope="module")
def run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of `atrasig run` on counts of samples with some of these names."""
    around = tmp_path_factory.mktemp("run")
    names = [NAMES[kind] for kind in IN_A_RUN]
    demo = repository / "config" / "demo" / "counts.tsv.gz"
    counts = pd.read_csv(demo, sep="\t", index_col=0, nrows=GENES).iloc[:, : len(names)]
    counts.set_axis(names, axis=1).to_csv(around / "counts.tsv", sep="\t")
    sheet = pd.DataFrame({"sample": names, "matrix": "counts.tsv", "group": names[::-1]})
    sheet.to_csv(around / "samples.tsv", sep="\t", index=False)
    settings = RunSettings(sheet=around / "samples.tsv", disease="AML")
    run_matrix(around / "counts.tsv", around / "deep" / "results", settings)
    return around / "deep" / "results"


def _nothing_ran(page: Page) -> None:
    assert page.evaluate("window.ran === undefined && ({}).ran === undefined")
    assert page.locator("img, iframe, object, embed, form, link").count() == 0
    handlers = "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
    assert page.evaluate(f"{handlers}.filter(name => name.startsWith('on'))") == []


def test_files_stay_inside(results: Path) -> None:
    around = results.parents[1]
    written = {path for path in around.rglob("*") if path.is_file()}
    pages = {path for path in written if path.parent == results / "samples"}
    assert written - pages == {results / "index.html"}
    assert sorted(path.suffix for path in pages) == sorted([".html", ".json"] * len(NAMES))
    assert not Path(NAMES["absolute"]).exists()


def test_a_run_writes_inside_its_folder_and_shows_names_as_text(
    open_page: OpenPage, run: Path
) -> None:
    names = {NAMES[kind] for kind in IN_A_RUN}
    around = run.parents[1]
    assert {path.name for path in around.iterdir()} == {"counts.tsv", "samples.tsv", "deep"}
    assert [path.name for path in run.parent.iterdir()] == ["results"]
    assert not Path(NAMES["absolute"]).exists()
    assert len(list((run / "samples").iterdir())) == 2 * len(names)
    page = open_page(run / "index.html")
    assert set(page.locator(LINKS).all_text_contents()) == names
    _nothing_ran(page)
    page.locator(LINKS).get_by_text(NAMES["end of script"], exact=True).click()
    assert page.locator("h1").text_content() == NAMES["end of script"]
    _nothing_ran(page)


def test_the_workbook_of_a_run_holds_names_as_text(run: Path) -> None:
    from python_calamine import CalamineWorkbook

    with zipfile.ZipFile(run / "atrasig.xlsx") as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.endswith(".xml")]
        assert all("://" not in name and ".." not in name for name in parts.namelist())
    assert not [xml for xml in sheets if b"<f>" in xml or b"<f " in xml or b"<hyperlink" in xml]
    book = CalamineWorkbook.from_path(run / "atrasig.xlsx")
    cells = {
        cell
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
        if isinstance(cell, str)
    }
    assert {NAMES[kind] for kind in IN_A_RUN} <= cells


def test_index_shows_the_names_as_text(open_page: OpenPage, results: Path) -> None:
    page = open_page(results / "index.html")
    assert sorted(page.locator(LINKS).all_text_contents()) == sorted(NAMES.values())
    cells = page.locator("#samples tbody td").all_text_contents()
    assert set(NAMES.values()) <= {cell.strip("\n") for cell in cells} | {
        cell.strip() for cell in cells
    }
    _nothing_ran(page)


def test_search_takes_them_as_text(open_page: OpenPage, results: Path) -> None:
    page = open_page(results / "index.html")
    for kind in ("script", "formula", "climbing", "prototype", "template", "windows"):
        page.locator("#search").fill(NAMES[kind])
        assert NAMES[kind] in page.locator(LINKS).all_text_contents()
        assert page.locator(LINKS).count() < len(NAMES)
        _nothing_ran(page)


def test_every_page_shows_its_name_and_runs_nothing(open_page: OpenPage, results: Path) -> None:
    page = open_page(results / "index.html")
    links = {
        link.text_content(): link.evaluate("link => link.href")
        for link in page.locator(LINKS).all()
    }
    assert links.keys() == set(NAMES.values())
    for name, address in links.items():
        page.goto(address)
        assert page.locator("h1").text_content() == name
        page.locator("h1").hover()
        _nothing_ran(page)


def _saved(download: Download, folder: Path) -> list[list[str]]:
    """Rows of a file that a reader saves: none is a formula, and its name leads nowhere else."""
    name = download.suggested_filename
    assert "/" not in name
    assert not name.startswith((".", *RISKY))
    download.save_as(folder / "saved.csv")
    with (folder / "saved.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    cells = {cell for row in rows for cell in row}
    assert [cell for cell in cells if cell.startswith(RISKY) and not _is_number(cell)] == []
    return rows


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", ["formula", "link formula", "climbing"])
def test_downloads_of_a_page_hold_no_formula(
    open_page: OpenPage, results: Path, tmp_path: Path, kind: str
) -> None:
    page = open_page(results / "index.html", accept_downloads=True)
    page.locator(LINKS).get_by_text(NAMES[kind], exact=True).click()
    links = page.locator("#downloads a[download][href^='data:']")
    assert links.count() >= 4
    for link in links.all():
        with page.expect_download() as caught:
            link.click()
        assert len(_saved(caught.value, tmp_path)) > 1


def test_export_of_the_index_holds_no_formula(
    open_page: OpenPage, results: Path, tmp_path: Path
) -> None:
    page = open_page(results / "index.html", accept_downloads=True)
    with page.expect_download() as caught:
        page.locator("#export").click()
    heading, *rows = _saved(caught.value, tmp_path)
    expected = [f"'{name}" if name.startswith(RISKY) else name for name in NAMES.values()]
    assert heading[0] == "sample"
    assert sorted(row[0] for row in rows) == sorted(expected)


def test_what_runs_or_fetches_would_be_noticed(browser: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<img src='http://127.0.0.1:9/x.png'><link rel='stylesheet' href='beside.css'>"
        "<script>console.error('said'); alert(1); no_such_name()</script>"
    )
    watch = Watch(tmp_path)
    with browser.new_context(offline=True) as context:
        watch.follow(context)
        context.new_page().goto(bad.as_uri())
    assert {one.partition(":")[0] for one in watch.wrong} == {
        "request", "console", "dialog", "error"
    }  # fmt: skip
    assert sum(one.startswith("request") for one in watch.wrong) == 2
