"""Downloads inside a page: the record's numbers, in files that no spreadsheet program runs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from atrasig.report import render_sample
from atrasig.report.downloads import data_link, downloads
from atrasig.report.room import ROOMS
from tests.report.test_report_pages import Page

if TYPE_CHECKING:
    from atrasig.report import SampleRecord
    from tests.report.conftest import Cohort

    Records = dict[str, SampleRecord]

HEAD = "data:text/csv;charset=utf-8,"


def _rows(link: str) -> list[dict[str, str]]:
    assert link.startswith(HEAD)
    return list(csv.DictReader(io.StringIO(unquote(link.removeprefix(HEAD)))))


def test_the_links_of_a_page_hold_the_numbers_of_the_record(records: Records) -> None:
    record = records["APL-01"]
    links = {
        attrs["download"]: attrs["href"] or ""
        for tag, attrs in Page(render_sample(record)).tags
        if tag == "a" and attrs.get("download")
    }
    assert list(links) == [f"APL-01.{name}.csv" for name in (
        "calls", "checks", "scores", "markers", "genes", "enrichment", "hypotheses",
    )]  # fmt: skip
    scores = _rows(links["APL-01.scores.csv"])
    assert len(scores) == len(record.scores)
    for row, score in zip(scores, record.scores, strict=True):
        assert (row["signature"], row["method"]) == (score.signature, score.method)
        for name in ("score", "z", "p", "q"):
            value = getattr(score, name)
            assert (float(row[name]) if row[name] else None) == pytest.approx(value, rel=1e-6)
    calls = _rows(links["APL-01.calls.csv"])
    assert [row["call"] for row in calls] == [call.call for call in record.models]
    assert [row["reason"] for row in calls] == [call.reason for call in record.models]
    genes = _rows(links["APL-01.genes.csv"])
    assert [float(row["contribution"]) for row in genes] == pytest.approx(
        [g.contribution for part in record.drivers for g in part.genes[:20]], rel=1e-6
    )


def test_links_need_no_escape_in_html() -> None:
    link = data_link([["a", "b"], ["x & \"y\" <z> 'w' #", "100 %\nline"]])
    assert not set("<>\"'& #\n") & set(link)
    assert _rows(link) == [{"a": "x & \"y\" <z> 'w' #", "b": "100 %\nline"}]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1"])
def test_formulas_are_quoted(text: str) -> None:
    assert _rows(data_link([["a"], [text]])) == [{"a": f"'{text}"}]


def test_numbers_below_zero_stay_numbers() -> None:
    assert _rows(data_link([["a", "b"], [-0.25, None]])) == [{"a": "-0.25", "b": ""}]


def test_a_table_too_long_for_a_page_is_named_instead(cohort: Cohort) -> None:
    record = cohort.records(["APL-01"])[0]
    most = ROOMS[0].rows
    many = record.model_copy(update={"scores": record.scores * (most // 10)})
    found = {one.title: one for one in downloads(many, most)}["Scores of all signatures"]
    assert (found.link, found.n_rows) == ("", len(many.scores))
    assert f"{found.n_rows} rows, too many for a page" in render_sample(many)
