"""Combination hypotheses on a page: all numbers, what speaks against them, and none where none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from atrasig.evidence import find_hypotheses, hypotheses_table
from atrasig.evidence.tables import COLUMNS
from atrasig.pipeline.hypotheses import summaries_table
from atrasig.report import render_sample
from atrasig.report.hypotheses import ROW_COLUMNS, SUMMARY_COLUMNS
from atrasig.report.numbers import written
from tests.report.test_report_pages import Page

if TYPE_CHECKING:
    from atrasig.report import SampleRecord
    from tests.report.conftest import Cohort

    Records = dict[str, SampleRecord]


def _section(record: SampleRecord) -> str:
    page = render_sample(record)
    return page.partition('<section id="hypotheses">')[2].partition("</section>")[0]


def test_a_hypothesis_stands_with_all_that_it_rests_on(records: Records) -> None:
    record = records["APL-01"]
    entry = record.hypotheses.entries[0]
    page = Page(_section(record))
    text = " ".join(" ".join(page.words).split())
    for part in ("Hypotheses for research, no advice on treatment.", entry.partner, entry.context,
                 entry.grade, entry.efficacy, "as cited by Noone 2021", *entry.against,
                 "could be tested", record.hypotheses.summary):  # fmt: skip
        assert part in text
    expected = [
        [m.gene, f"{m.side} {m.basis}", written(m.value, "score"),
         written(m.percentile, "percentile"), f"{m.n_beyond} of {m.n_reference}",
         written(m.p, "p"), m.reference]
        for m in entry.markers
    ]  # fmt: skip
    assert page.rows("standings") == expected
    assert "Expected by chance alone: 0.090 at most. Found: 1 ." in text


def test_what_is_no_hypothesis_is_collapsed_and_says_why(records: Records) -> None:
    section = _section(records["APL-01"])
    folded = re.findall(r"<details><summary>(.*?)</summary>", section)
    assert [title.rsplit(":", 1)[1].strip() for title in folded] == ["1", "1", "1"]
    assert "Context only: no marker gene is named" in section
    assert "not judged, ABSENT1 is not measured" in section
    assert section.index("compound X &amp; Y") < section.index("<details")


def test_nothing_that_fits_is_said_in_a_sentence(records: Records) -> None:
    section = _section(records["GC-06"])
    assert "No combination fits; there is no hypothesis." in section
    assert "<details" not in section
    assert "<article" not in section


def test_a_run_without_the_stage_says_so(cohort: Cohort) -> None:
    record = cohort.records(["APL-01"], hypotheses=None, hypothesis_summaries=None)[0]
    assert record.hypotheses.entries == ()
    assert "Combinations were not looked up in this run." in _section(record)


def test_missing_counts_are_null_and_texts_are_split(records: Records) -> None:
    entries = {entry.combination: entry for entry in records["APL-01"].hypotheses.entries}
    assert list(entries) == ["low_dose_x", "dimmer", "lost", "words"]
    assert entries["low_dose_x"].settings == ("clinical", "in vitro")
    assert entries["low_dose_x"].against == ("Nothing real. [Noone 2021]", "No control group.")
    assert entries["low_dose_x"].context == "acute myeloid leukemia"
    assert entries["dimmer"].n_patients is None
    assert entries["lost"].markers[0].n_reference is None
    assert entries["words"].markers == ()


def test_dois_become_links_and_nothing_else_does(cohort: Cohort) -> None:
    bad = 'Nobody <b> doi:10.1000/x"onclick=alert(1)<script>, https://example.org'
    table = cohort.tables["hypotheses"].assign(citation=bad, efficacy=bad, partner=bad)
    section = _section(cohort.records(["APL-01"], hypotheses=table)[0])
    page = Page(section)
    links = {attrs.get("href") for tag, attrs in page.tags if tag == "a"}
    assert all((link or "").startswith("https://doi.org/10.") for link in links)
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert not any(tag == "script" for tag, _ in page.tags)


def test_columns_are_those_of_the_stage(cohort: Cohort) -> None:
    assert set(ROW_COLUMNS) <= set(COLUMNS)
    found = find_hypotheses(cohort.expr)
    assert {"sample", *SUMMARY_COLUMNS} == set(summaries_table(found).columns)
    record = cohort.records(
        ["APL-01"],
        hypotheses=hypotheses_table(found),
        hypothesis_summaries=summaries_table(found),
    )[0]
    assert record.hypotheses.summary == found[0].summary
    assert record.hypotheses.expected_false == pytest.approx(found[0].expected_false)
    assert [e.combination for e in record.hypotheses.entries] == [
        e.combination.id for e in found[0].entries
    ]
