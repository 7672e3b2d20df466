"""Pages show the record's numbers, nothing else, and cannot be broken by what users type."""

from __future__ import annotations

import itertools
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from atrasig.report import (
    Overview,
    build_provenance,
    contrast_tables,
    index_row,
    render_index,
    render_sample,
    write_sample,
)
from atrasig.report.html import RESEARCH_USE
from atrasig.report.numbers import written
from atrasig.report.view import PAGE_CONTRAST_ROWS
from tests.report.conftest import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from atrasig.report import SampleRecord
    from tests.report.conftest import Cohort

    Records = dict[str, SampleRecord]

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "\u202eevil\u202c \u0627\u0644\u0639",
    "😀 {{ 7*7 }} {% raw %}",
    "x" * 300,
    "../../x",
    "=1+1",
    "a\tb\nc",
)
BACKGROUND = ("test_stem", "test_alpha", "test_gamma", "test_sibling")
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Page(HTMLParser):
    """A page as elements, tables and numbers; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[tuple[float, str]] = []
        self.tables: list[tuple[str, list[list[str]]]] = []
        self.words: list[str] = []
        self.titles: list[str] = []
        self._value: float | None = None
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "meta" or tag in VOID:
            return
        self.open.append(tag)
        if tag == "table":
            self.tables.append((dict(attrs).get("class") or "", []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][1][-1].append("")
        elif tag in ("small", "p") and "table" in self.open and self.tables[-1][1]:
            self.tables[-1][1][-1][-1:] = [cell + " " for cell in self.tables[-1][1][-1][-1:]]
        elif tag == "data":
            self._value = float(dict(attrs)["value"] or "nan")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script"):
            return
        if self.open and self.open[-1] == "title":
            self.titles.append(data)
            return
        self.words.append(data)
        if self.open and self.open[-1] == "data" and self._value is not None:
            self.data.append((self._value, data))
        if self.tables and "table" in self.open and self.tables[-1][1]:
            row = self.tables[-1][1][-1]
            if row:
                row[-1] += data

    def rows(self, kind: str) -> list[list[str]]:
        """Cells of all tables of some classes, headings left out, spaces squeezed."""
        return [
            [" ".join(cell.split()) for cell in row]
            for name, rows in self.tables
            if set(kind.split()) <= set(name.split())
            for row in rows[1:]
        ]


def numbers_of(value: Any) -> set[float]:
    """All numbers of a JSON value."""
    if isinstance(value, dict):
        return set().union(*(numbers_of(item) for item in value.values()), set())
    if isinstance(value, list):
        return set().union(*(numbers_of(item) for item in value), set())
    return {float(value)} if isinstance(value, (int, float)) and value is not True else set()


def test_every_number_of_a_page_is_one_of_the_record(records: Records) -> None:
    kinds = ("score", "part", "z", "p", "share", "percentile", "level", "count")
    for record in records.values():
        page = Page(render_sample(record))
        known = numbers_of(json.loads(record.model_dump_json()))
        assert len(page.data) > 100
        for value, text in page.data:
            assert value in known
            assert text in {written(value, kind) for kind in kinds}


def test_tables_of_a_page_equal_the_record_cell_by_cell(records: Records) -> None:
    record = records["APL-01"]
    page = Page(render_sample(record))
    expected = sorted(
        [s.method, written(s.score, "score"), written(s.z, "z"), written(s.p, "p"),
         written(s.q, "p"), f"{s.n_matched}/{s.n_genes}"]
        for s in record.scores
        if not s.signature.startswith(BACKGROUND)
    )  # fmt: skip
    assert sorted(row[-6:] for row in page.rows("scores")) == expected
    enrichment = sorted(
        [e.signature, e.direction, e.metric, written(e.es, "score"), written(e.z, "z"),
         written(e.p, "p"), written(e.q, "p"), f"{e.n_matched}/{e.n_genes}"]
        for e in record.enrichment.sample
        if not e.signature.startswith(BACKGROUND)
    )  # fmt: skip
    assert sorted(page.rows("enrichment sortable")) == enrichment
    edges = [
        [e.signature, e.direction, e.metric, written(e.nes, "z"), written(e.p, "p"),
         written(e.q, "p"), f"{e.n_matched}/{e.n_genes}"]
        for e in record.enrichment.contrasts[0].rows
    ]  # fmt: skip
    assert [row[:7] for row in page.rows("contrast")] == edges[:PAGE_CONTRAST_ROWS]
    standing = [
        [s.signature, *(written(t.z, "z") for t in record.scores if t.signature == s.signature)]
        for s in record.scores
        if s.method == "singscore" and s.signature.startswith(BACKGROUND)
    ]
    assert sorted(page.rows("zs sortable")) == sorted(standing)
    genes = [
        [g.gene, written(g.contribution, "part"), written(g.rank, "score"), g.set]
        for part in record.drivers
        for g in part.genes[:20]
    ]
    shown = [row for row in page.rows("drivers") if len(row) == 5]
    assert [[row[0], row[1], row[3], row[4]] for row in shown] == genes


def _with_methods(cohort: Cohort, methods: dict[str, bool]) -> SampleRecord:
    """Record of the first sample, its scores of ssgsea said to be by these, with a z or without."""
    scores = cohort.tables["scores"]
    rows = scores[(scores["method"] == "ssgsea") & (scores["sample"] == PLAIN[0])]
    parts = [scores[scores["method"] == "singscore"]] if "singscore" in methods else []
    for name, has_z in methods.items():
        own = rows.assign(method=name)
        if not has_z:
            own.loc[:, ["z", "p", "q"]] = float("nan")
        parts += [] if name == "singscore" else [own]
    return cohort.records(PLAIN[:1], scores=pd.concat(parts))[0]


def _scores_section(record: SampleRecord) -> str:
    return render_sample(record).partition('<section id="scores">')[2].partition("</section>")[0]


def test_scores_that_depend_on_the_cohort_say_on_which(cohort: Cohort) -> None:
    record = _with_methods(cohort, {"singscore": True, "zscore": True, "gsva": False})
    facts = {method.name: method.relative_to for method in record.methods}
    expected = f"the {cohort.expr.n_obs} samples of this matrix"
    assert facts == {"singscore": "", "zscore": expected, "gsva": expected}
    section = _scores_section(record)
    assert "<b>gsva, zscore depend on the cohort</b>" in section
    assert f"relative to {expected}" in section
    assert "zscore (relative to the cohort)</span>" in section
    assert "singscore</span>" in section
    page = Page(section)
    rows = [row for name, table in page.tables if name == "scores" for row in table[1:]]
    named = {cell for row in rows for cell in row if cell.startswith(("gsva", "zscore", "sing"))}
    assert {" ".join(cell.split()) for cell in named} == {
        "gsva relative to the cohort", "zscore relative to the cohort", "singscore"
    }  # fmt: skip


def test_scores_of_the_sample_alone_name_no_cohort(records: Records) -> None:
    for record in records.values():
        assert {method.relative_to for method in record.methods} == {""}
        assert "relative to" not in _scores_section(record)


@pytest.mark.parametrize("others", [{"singscore": True}, {}])
def test_scores_without_z_are_shown_as_they_are(cohort: Cohort, others: dict[str, bool]) -> None:
    record = _with_methods(cohort, {**others, "plage": False, "weighted": False})
    section = _scores_section(record)
    assert "not scored" not in section
    assert ("<figcaption>" in section) == bool(others)
    plain = [table for name, table in Page(section).tables if "plain" in name.split()]
    shown = {row[0]: [cell.strip() for cell in row[1:]] for table in plain for row in table[1:]}
    for score in record.scores:
        if score.method == "plage" and "sibling" not in score.signature:
            assert shown[score.signature] == [written(score.score, "score")] * 2


def test_a_method_of_ones_own_is_named(cohort: Cohort) -> None:
    record = _with_methods(cohort, {"my_own": True})
    assert [(m.name, m.reference) for m in record.methods] == [("my_own", "")]
    assert "my_own</span>" in _scores_section(record)


def test_driver_bars_carry_the_contribution_and_sum_row_the_score(records: Records) -> None:
    record = records["AML-03"]
    page = Page(render_sample(record))
    for part in record.drivers:
        largest = max(abs(gene.contribution) for gene in part.genes)
        widths = {f"{50 * abs(gene.contribution) / largest:.2f}%" for gene in part.genes[:20]}
        assert widths <= {a.get("width") for tag, a in page.tags if tag == "rect"}
    sums = [row[1] for row in page.rows("drivers") if row[0] == "Sum: the score"]
    assert sums == [written(part.total, "part") for part in record.drivers]


def test_both_calls_are_in_words_with_interval_reason_and_evidence(records: Records) -> None:
    for record in records.values():
        text = " ".join(" ".join(Page(render_sample(record)).words).split())
        for call in (record.calls.sensitivity, record.calls.response):
            assert call.call.capitalize() in text
            assert call.reason in text
            assert call.grade in text
            if call.score is not None:
                assert f"from {written(call.low, 'score')} to {written(call.high, 'score')}" in text
        assert text.count(RESEARCH_USE) == 2
        assert "The two point opposite ways." in text
        assert "ignores gene-gene correlation" in text
        assert "NES depends on the cohort" in text
        assert "mRNA is not surface protein" in text


def test_a_no_call_without_a_score_says_so(records: Records) -> None:
    text = " ".join(Page(render_sample(records["POOR-05"])).words)
    assert text.count("No score could be computed.") == 2
    assert "0 of 40 genes measured" in text
    for word in ("nan", "None", "undefined"):
        assert re.search(rf"\b{word}\b", text) is None


@pytest.fixture(scope="module")
def hostile(cohort_of: Callable[[Sequence[str]], Cohort]) -> Cohort:
    return cohort_of(HOSTILE)


def test_hostile_names_stay_text_and_stay_inside(hostile: Cohort, tmp_path: Path) -> None:
    harmless = Page(render_sample(hostile.records()[-2]))
    paths = [path for record in hostile.records() for path in write_sample(record, tmp_path)]
    assert len(set(paths)) == 2 * len(HOSTILE)
    assert {path.parent for path in paths} == {tmp_path / "samples"}
    assert sorted((tmp_path / "samples").iterdir()) == sorted(paths)
    for record in hostile.records():
        page = Page((tmp_path / "samples" / f"{record.file}.html").read_text("utf-8"))
        assert [tag for tag, _ in page.tags if tag in ("script", "img")] == ["script"] * 2
        assert [tag for tag, _ in page.tags if tag == "h1"] == ["h1"]
        assert (
            record.id.split()
            == next(word for word in page.words if word.split() == record.id.split()).split()
        )
        assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
        assert {tag for tag, _ in page.tags} == {tag for tag, _ in harmless.tags}


def test_hostile_words_everywhere_else_stay_text(cohort: Cohort) -> None:
    bad = "</style></script><script>alert(1)</script>\"'&"
    calls = cohort.tables["calls"].assign(reason=bad, reference=bad, interval_kind=bad)
    flags = cohort.tables["flags"].assign(message=bad, value=bad, consequence=bad)
    drivers = cohort.tables["drivers"].assign(gene=bad, set=bad)
    contrasts = cohort.tables["contrasts"].assign(contrast=bad, leading_edge=bad)
    record = cohort.records(
        ["APL-01"], calls=calls, flags=flags, drivers=drivers, contrasts=contrasts
    )[0]
    tags = [tag for tag, _ in Page(render_sample(record)).tags]
    assert tags.count("script") == 2


def test_pages_fetch_nothing(records: Records, cohort: Cohort) -> None:
    pages = [render_sample(record) for record in records.values()] + [_index(cohort, records)]
    for text in pages:
        page = Page(text)
        attrs = [(tag, name, value) for tag, found in page.tags for name, value in found.items()]
        assert not [entry for entry in attrs if entry[1] in ("src", "srcset", "data", "action")]
        links = [(tag, value) for tag, name, value in attrs if name == "href"]
        assert {tag for tag, _ in links} <= {"a", "use"}
        assert all((value or "").startswith("#") for tag, value in links if tag == "use")
        assert re.search(r"url\(|@import", text) is None
        assert 'content="default-src &#39;none&#39;' in text
        assert len(text.encode()) < 300_000


def test_structure_is_accessible(records: Records, cohort: Cohort) -> None:
    for text in (render_sample(records["APL-01"]), _index(cohort, records)):
        page = Page(text)
        assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        steps = itertools.pairwise(levels)
        assert all(after - before <= 1 for before, after in steps)
        assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")
        ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
        assert len(ids) == len(set(ids))
        anchors = [attrs.get("href") or "" for tag, attrs in page.tags if tag == "a"]
        assert {name[1:] for name in anchors if name.startswith("#")} <= set(ids)
        figures = [a for tag, a in page.tags if tag == "svg" and a.get("role") == "img"]
        assert re.search(r"&lt;(line|rect|circle|text|svg)", text) is None
        described = [tag for tag, _ in page.tags if tag == "desc"]
        assert len(described) == len(figures)


def test_equal_records_give_equal_bytes(cohort: Cohort, records: Records, tmp_path: Path) -> None:
    again = cohort.records(["APL-01"])[0]
    assert render_sample(again) == render_sample(records["APL-01"])
    first, second = (write_sample(again, tmp_path / name) for name in ("a", "b"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_the_json_beside_the_page_is_the_record(records: Records, tmp_path: Path) -> None:
    json_path, html_path = write_sample(records["APL-01"], tmp_path)
    assert json.loads(json_path.read_text("utf-8")) == records["APL-01"].model_dump(mode="json")
    assert f'href="{json_path.name}"' in html_path.read_text("utf-8")


def _index(cohort: Cohort, records: Records) -> str:
    rows = [index_row(record) for record in records.values()]
    provenance = build_provenance(cohort.provenance, [cohort.expr], cohort.tables["calls"])
    return render_index(Overview.of(rows), provenance, contrast_tables(cohort.tables["contrasts"]))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "score", "–"),
        (-0.1234, "score", "−0.123"),
        (0.1234, "part", "+0.1234"),
        (0.0, "p", "0.000"),
        (0.00012, "p", "1.2e−04"),
        (0.857, "share", "86%"),
        (12, "count", "12"),
    ],
)
def test_numbers_are_written(value: float | None, kind: str, text: str) -> None:
    assert written(value, kind) == text
