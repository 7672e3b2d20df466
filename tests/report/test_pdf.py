"""Pages to PDF: by the Chromium of the machine where there is one, else by a made-up browser."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from atrasig.cli import main
from atrasig.errors import OutputError
from atrasig.report import pdf, render_sample
from atrasig.report.record import SampleRecord

WRITES = r"""
for word in "$@"; do
  case "$word" in --print-to-pdf=*) out="${word#--print-to-pdf=}";; --user-data-dir=*) home="${word#*=}";; esac
  printf '%s\n' "$word" >> "$0.words"
done
test -d "$home" || exit 9
printf '%%PDF-1.4 /CreationDate (D:20261121225055+01'"'"'30'"'"') /ModDate (D:2026)' > "$out"
printf '(node00000212) (node00000209) (node00000212)' >> "$out"
"""  # noqa: E501


def _browser(folder: Path, script: str) -> Path:
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with two pages."""
    folder = tmp_path / "results" / "samples"
    folder.mkdir(parents=True)
    for name in ("A", "B"):
        (folder / f"{name}.html").write_text("<!doctype html><title>x</title>", encoding="utf-8")
    return folder.parent


def test_a_page_is_printed_whole_and_the_same_each_time(
    records: dict[str, SampleRecord], tmp_path: Path
) -> None:
    try:
        browser = pdf.find_browser()
    except OutputError as absent:
        pytest.skip(str(absent))
    page = tmp_path / "a page (é).html"
    page.write_text(render_sample(records["APL-01"]), encoding="utf-8")
    first, second = tmp_path / "1.pdf", tmp_path / "2.pdf"
    for out in (first, second):
        pdf.print_pdf(page, out, browser)
    content = first.read_bytes()
    assert content == second.read_bytes()
    assert len(re.findall(rb"/Type /Page\b", content)) >= 2
    assert content.rstrip().endswith(b"%%EOF")
    assert set(re.findall(rb"D:(\d{4})", content)) <= {b"2000"}
    assert {path.name for path in tmp_path.iterdir()} == {page.name, "1.pdf", "2.pdf"}


def test_no_browser_is_told_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ATRASIG_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError, match=r"looked for chromium, .*apt-get install chromium"):
        pdf.find_browser()
    monkeypatch.setenv("ATRASIG_BROWSER", "none/such")
    with pytest.raises(OutputError, match=r"ATRASIG_BROWSER=none/such"):
        pdf.find_browser()
    monkeypatch.setenv("ATRASIG_BROWSER", str(_browser(tmp_path, WRITES)))
    assert pdf.find_browser() == tmp_path / "browser"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo no screen >&2; exit 3", r"ended with status 3: no screen"),
        ("exit 0", r"wrote no PDF"),
        ("sleep 60", r"took more than 0\.2 s"),
    ],
)
def test_a_browser_that_fails_leaves_nothing(
    results: Path, tmp_path: Path, script: str, said: str
) -> None:
    page = results / "samples" / "A.html"
    with pytest.raises(OutputError, match=said):
        pdf.print_pdf(page, page.with_suffix(".pdf"), _browser(tmp_path, script), timeout=0.2)
    assert {path.name for path in page.parent.iterdir()} == {"A.html", "B.html"}


def test_a_file_that_is_no_program_is_told(results: Path, tmp_path: Path) -> None:
    page = results / "samples" / "A.html"
    browser = tmp_path / "browser"
    browser.write_bytes(b"\0")
    browser.chmod(0o755)
    with pytest.raises(OutputError, match="does not start"):
        pdf.print_pdf(page, page.with_suffix(".pdf"), browser)


@pytest.mark.parametrize(("user", "sandboxed"), [(0, False), (1000, True)])
def test_the_browser_is_alone(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, *, sandboxed: bool
) -> None:
    """A profile of its own, gone afterwards; no name is resolved; the sandbox stays if it can."""
    monkeypatch.setattr("os.geteuid", lambda: user)
    page = results / "samples" / "A.html"
    browser = _browser(tmp_path, WRITES)
    pdf.print_pdf(page, page.with_suffix(".pdf"), browser)
    words = Path(f"{browser}.words").read_text(encoding="utf-8").splitlines()
    assert ("--no-sandbox" not in words) == sandboxed
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in words
    assert words[-1] == page.as_uri()
    home = next(word.split("=")[1] for word in words if word.startswith("--user-data-dir="))
    assert not Path(home).exists()
    dates = b"%PDF-1.4 /CreationDate (D:20000101000000+00'00') /ModDate (D:2000)"
    nodes = b"(node00000001) (node00000000) (node00000001)"
    assert page.with_suffix(".pdf").read_bytes() == dates + nodes


def test_pages_of_a_finished_run(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATRASIG_BROWSER", str(_browser(tmp_path, WRITES)))
    done = CliRunner().invoke(main, ["pdf", str(results), "--sample", "B"])
    assert done.output.split() == [str(results / "samples" / "B.pdf")]
    done = CliRunner().invoke(main, ["pdf", str(results)])
    assert [Path(line).name for line in done.output.splitlines()] == ["A.pdf", "B.pdf"]
    absent = CliRunner().invoke(main, ["pdf", str(results), "--sample", "../A"])
    assert absent.exit_code == 2
    assert "1 of 1 samples have no page, the first is '../A'" in absent.output
    empty = CliRunner().invoke(main, ["pdf", str(tmp_path)])
    assert "There are no pages of samples" in empty.output


@pytest.mark.parametrize("command", ["run", "report"])
def test_without_a_browser_nothing_is_begun(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATRASIG_BROWSER", "none/such")
    words = [command, "--out", str(tmp_path / "out"), "--pdf"]
    if command == "run":
        words.append("absent.tsv")
    else:
        tables = ("expr", "scores", "calls", "drivers", "enrichment", "contrasts", "pairs")
        for name in (*tables, "hypotheses", "hypothesis-summaries", "manifest"):
            words += [f"--{name}", "absent"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "A PDF is made by Chromium or Chrome" in done.output
    assert list(tmp_path.iterdir()) == []
