"""Recorded facts as lines that a reader takes in."""

from __future__ import annotations

from typing import Any

import pytest

from atrasig.harmonisation.scale import SCALES
from atrasig.harmonisation.words import scale_in_words
from atrasig.report.facts import LONGEST, NONE_OF, fact_lines, written_fact


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("tab", "tab"),
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.28404929, "0.284"),
        (14676229.5, "14,676,230"),
        (-0.0, "0"),
        (["a", "", 3], "a, 3"),
        ({"alias": 0, "excel_date": 2, "symbol": 1500}, "excel date 2, symbol 1,500"),
    ],
)
def test_values(value: Any, text: str) -> None:
    assert written_fact(value) == text


def test_lines_name_what_was_done_first_and_what_was_not_in_one_line() -> None:
    facts = {
        "rows_read": 26212,
        "missing_values": 0,
        "summary_rows_dropped": 0,
        "array": "",
        "made_of": "log2(whole multiples + 1)",
        "header": False,
        "names": ["x" * 30] * 20,
    }
    lines = fact_lines(facts)
    assert [name for name, _ in lines] == ["Found to be", "Header", "Names", "Rows read", NONE_OF]
    assert dict(lines)[NONE_OF] == "missing values, summary rows dropped"
    assert dict(lines)["Header"] == "no"
    assert dict(lines)["Names"].endswith("… (all of it in the record)")
    assert len(dict(lines)["Names"]) < LONGEST + 40
    assert fact_lines({}) == []


def test_every_scale_has_words() -> None:
    decided = {*SCALES[1:], "log_cpm", "log_counts", "log_ratio"}
    words = {scale_in_words({"scale": scale}) for scale in decided}
    assert len(words) == len(decided)
    assert not words & decided
    for platform, said in (("microarray", "array"), ("rnaseq_normalised", "sequencing")):
        assert said in scale_in_words({"scale": "log2", "platform": platform})
    assert scale_in_words({}) == ""
