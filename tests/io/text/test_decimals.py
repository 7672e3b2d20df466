"""Decimal points, decimal commas, and commas that group digits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from atrasig.errors import FormatError
from atrasig.io import ReadOptions, read_expression
from atrasig.io.options import Decimal

Writer = Callable[[str, "str | bytes"], Path]


def values(path: Path, decimal: Decimal = "auto") -> tuple[list[float], dict[str, object]]:
    adata = read_expression(path, options=ReadOptions(decimal=decimal))
    return adata.X[0].tolist(), dict(adata.uns["atrasig"]["input"])


@pytest.mark.parametrize(
    ("cells", "expected", "mark"),
    [
        (["1,5", "2"], [1.5, 2], "comma"),
        (["1,234", "0,5"], [1.234, 0.5], "comma"),
        (["1,234", "0,123"], [1.234, 0.123], "comma"),
        (["-1,5e3", "1234,567"], [-1500, 1234.567], "comma"),
        ([",5", "NA"], [0.5, np.nan], "comma"),
        (["1.5", "2"], [1.5, 2], "point"),
        (["1,234.5", "7"], [1234.5, 7], "point"),
        (["1,234,567", "1,234"], [1234567, 1234], "point"),
        (["1,234", "2.5"], [1234, 2.5], "point"),
        (["3", "4"], [3, 4], "point"),
    ],
)
def test_the_mark_is_told_from_the_numbers(
    write: Writer, cells: list[str], expected: list[float], mark: str
) -> None:
    body = f"RARA\t{cells[0]}\nPML\t{cells[1]}\n"
    found, facts = values(write("m.tsv", f"gene\ts1\n{body}"))
    np.testing.assert_array_equal(found, expected)
    assert facts["decimal"] == mark


def test_commas_before_three_digits_are_asked_about(write: Writer) -> None:
    path = write("m.tsv", "gene\ts1\nRARA\t1,234\nPML\t12,345\nTP53\t3\n")
    with pytest.raises(FormatError, match=r"'1,234' may be a thousand .*--decimal comma, or"):
        values(path)
    assert values(path, "comma")[0] == [1.234, 12.345, 3]
    found, facts = values(path, "point")
    assert (found, facts["grouped_cells"]) == ([1234, 12345, 3], 2)


def test_a_comma_that_separates_columns_is_a_decimal_comma_only_when_stated(write: Writer) -> None:
    path = write("m.csv", 'gene,s1\nRARA,"1,5"\nPML,"2,25"\n')
    with pytest.raises(FormatError, match="'1,5' is not a number"):
        values(path)
    assert values(path, "comma")[0] == [1.5, 2.25]


def test_points_that_group_digits_under_a_stated_comma(write: Writer) -> None:
    path = write("m.tsv", "gene\ts1\nRARA\t1.234\nPML\t1.234,5\nTP53\t7\n")
    found, facts = values(path, "comma")
    assert (found, facts["grouped_cells"]) == ([1234, 1234.5, 7], 2)


def test_a_point_under_a_stated_comma_is_refused(write: Writer) -> None:
    path = write("m.tsv", "gene\ts1\nRARA\t1.5\nPML\t2\n")
    with pytest.raises(FormatError, match=r"'1\.5' has a decimal point"):
        values(path, "comma")


@pytest.mark.parametrize("cells", [["1,5", "2.5"], ["2.5", "1,5"]])
def test_both_marks_in_one_table_are_a_fault(write: Writer, cells: list[str]) -> None:
    path = write("m.tsv", f"gene\ts1\nRARA\t{cells[0]}\nPML\t{cells[1]}\n")
    with pytest.raises(FormatError, match=r"'1,5' is not a number.*same decimal mark"):
        values(path)


def test_commas_in_words_say_nothing(write: Writer) -> None:
    text = "gene\twhat\ts1\nRARA\t1,5-dioxane\t2.5\nPML\t1,5\t3.5\nTP53\ta\t4.5\n"
    adata = read_expression(write("m.tsv", text))
    assert list(adata.var["what"]) == ["1,5-dioxane", "1,5", "a"]
    assert adata.uns["atrasig"]["input"]["decimal"] == "point"
