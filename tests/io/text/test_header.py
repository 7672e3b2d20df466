"""Titles and groups above a header."""

from __future__ import annotations

import pytest

from atrasig.errors import FormatError
from atrasig.io.text.header import MOST_UNNAMED, header_place, holds_values, refuse_unnamed


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["gene,s1,s2", "RARA,1,2"], 0),
        (["Table 1,,", "gene,s1,s2", "RARA,1,2"], 1),
        (["Table 1", "of 2020", "gene,s1,s2", "RARA,1,2"], 2),
        ([",a,a", "gene,s1,s2", "RARA,1,2"], 1),
        (["gene,s1,s2", "group,a,a", "RARA,1,2"], 0),
        (["gene,s1,s2", "RARA,NA,NA", "PML,1,2"], 0),
        (["gene,what,s1", "RARA,a receptor,NA", "PML,x,1"], 0),
        (["s1", "RARA,1", "PML,2"], 0),
        (["gene,1,2", "RARA,1,2"], 0),
        (["Table 1,,", "gene,1,2", "RARA,1,2"], 1),
        (["RARA,1,2", "PML,3,4"], 0),
        (["gene,s1", "RARA,x", "PML,y"], 0),
        (["gene;s1", "RARA;1,5"], 0),
    ],
)
def test_header_place(lines: list[str], place: int) -> None:
    rows = [line.split(";" if ";" in line else ",") for line in lines]
    assert header_place(rows) == place


def test_values_are_no_header() -> None:
    assert holds_values(["RARA", "1", "2.5"])
    assert holds_values(["__no_feature", "1"])
    assert not holds_values(["gene", "1", "2"])
    assert not holds_values(["RARA", "s1"])
    assert not holds_values(["RARA", ""])


def test_a_header_of_empty_fields_is_refused() -> None:
    refuse_unnamed(["gene", *[""] * MOST_UNNAMED], "m.tsv")
    with pytest.raises(FormatError, match=r"16,385 of 16,386 columns have no name"):
        refuse_unnamed(["gene", *[""] * (MOST_UNNAMED + 1)], "m.tsv")
