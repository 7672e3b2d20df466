"""Rows of text: numbers to the last digit, and nothing taken for a number that is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrasig.errors import FormatError
from atrasig.io.text.rows import as_samples, check_width, padded, read_numbers, tab_rows


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


def test_genes_become_columns() -> None:
    rows = [np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([5.0, 6.0])]
    np.testing.assert_array_equal(as_samples(rows, 2), [[1, 3, 5], [2, 4, 6]])
    assert as_samples([], 2).shape == (2, 0)
