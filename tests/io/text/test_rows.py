"""Rows of text: numbers to the last digit, and nothing taken for a number that is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrasig.errors import FormatError
from atrasig.io.text.rows import SampleValues, check_width, padded, read_numbers, tab_rows


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False))))
def test_numbers_are_exact_and_gaps_are_missing(values: list[float | None]) -> None:
    texts = ["NA" if value is None else repr(value) for value in values]
    expected = [np.nan if value is None else value for value in values]
    np.testing.assert_array_equal(read_numbers(texts, str), np.array(expected, dtype=float))


@pytest.mark.parametrize("wrong", ["1_000", "1,5", "0x1F", "low", "1 2", "--"])
def test_the_first_fault_is_located(wrong: str) -> None:
    with pytest.raises(FormatError, match=r"is not a number \(field 2\)"):
        read_numbers(["1", "", wrong, "x"], lambda place: f"field {place}")


def test_lines_keep_their_numbers() -> None:
    assert list(tab_rows(["a\tb\r\n", "\n", "\t\n", "c\t\n"], first=3)) == [
        (3, ["a", "b"]),
        (6, ["c", ""]),
    ]


def test_width() -> None:
    check_width(["a", "b", " "], 2, 1, Path("m"))
    assert padded(["a"], 3) == ["a", "", ""]
    for fields in (["a"], ["a", "b", "c"]):
        with pytest.raises(FormatError, match=r"has . fields, 2 are needed \(m, line 7\)"):
            check_width(fields, 2, 7, Path("m"))


def _values(*rows: str) -> SampleValues:
    values = SampleValues(["a", "b ", "c"])
    for row in rows:
        values.add(row.split(), lambda place: f"field {place}")
    return values


def test_genes_become_columns() -> None:
    np.testing.assert_array_equal(_values("1 2 3", "4 5 6").matrix(), [[1, 4], [2, 5], [3, 6]])
    assert _values().matrix().shape == (3, 0)
    assert _values("1 2 3").faults == {}


def test_a_sample_with_a_word_is_noted_once_and_has_no_values() -> None:
    values = _values("1 2 3", "4 low 6", "7 high 9")
    np.testing.assert_array_equal(values.matrix(), [[1, 4, 7], [np.nan] * 3, [3, 6, 9]])
    (fault,) = values.faults.items()
    assert fault[0] == "b"
    assert "'low' is not a number (field 1)" in str(fault[1])


def test_words_in_most_samples_are_refused_at_once() -> None:
    with pytest.raises(FormatError, match=r"'x' is not a number \(field 0\)"):
        _values("1 2 3", "x 2 3", "4 5 y", "1 2 3 4")
