"""From a table to a matrix: sides, identifiers, numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import FormatError
from atrasig.io import ReadOptions, read_expression
from atrasig.io.frame import choose_identifiers, matrix_from_frame, to_numbers

Writer = Callable[[str, "str | bytes"], Path]
GENES = ["RARA", "PML", "TP53", "KIT", "FLT3"]


def chosen(**columns: list[str]) -> str:
    facts: dict[str, str | int] = {}
    choose_identifiers({name: pd.Series(cells) for name, cells in columns.items()}, facts)
    return str(facts["identifier_column"])


def test_genes_are_preferred_to_bare_numbers_and_to_transcripts() -> None:
    numbers, transcripts = ["1", "2", "9", "10", "12"], [f"ENST{i:011d}" for i in range(5)]
    assert chosen(chromosome=numbers, symbol=[*GENES[:3], "x", "y"]) == "symbol"
    assert chosen(tx=transcripts, gene=[*GENES[:3], "x", "y"]) == "gene"
    assert chosen(entrez=["5914", "5371", "7157", "3815", "2322"], note=list("vwxyz")) == "entrez"


def test_a_category_is_no_identifier() -> None:
    assert chosen(probe=["p1", "p2", "p3", "p4", "KIT"], marker=["KIT"] * 5) == "probe"


def test_genes_are_found_when_only_later_names_are_known() -> None:
    names = [f"LOC_{i}" for i in range(900)] + [f"ENSG{i:011d}" for i in range(900)]
    assert chosen(first=[f"p{i}" for i in range(1800)], id=names) == "id"


@pytest.mark.parametrize("names", [["1", "2", "9", "10"], ["5914", "5371", "7157", "3815"]])
def test_samples_that_are_numbers_do_not_pass_for_genes(names: list[str]) -> None:
    values = np.arange(20.0).reshape(5, 4)
    frame = pd.DataFrame(values, columns=names)
    frame.insert(0, "gene", ["RARA", "PML", "TP53", "x", "y"])
    made = matrix_from_frame(frame, None, {}, Path("m"))
    assert made.samples == names
    np.testing.assert_array_equal(made.values, values.T)


def test_numbers_of_a_spreadsheet_as_names() -> None:
    frame = pd.DataFrame([["RARA", 1.5, 2.5]], columns=["gene", 7.0, 12.0])
    assert matrix_from_frame(frame, ["7"], {}, Path("m")).samples == ["7"]


def test_blanks_around_the_names_that_are_asked_for() -> None:
    frame = pd.DataFrame([["RARA", 1.5, 2.5]], columns=["gene", " a", "b c "])
    made = matrix_from_frame(frame, ["a ", "b c"], {}, Path("m"))
    assert made.samples == ["a", "b c"]


def test_unknown_names_are_refused_unless_samples_or_a_platform_speak_for_them(
    write: Writer,
) -> None:
    path = write("m.tsv", "id\ts1\ts2\nfoo_1\t1\t2\nfoo_2\t3\t4\n")
    with pytest.raises(FormatError, match=r"looks like gene identifiers.*'foo_1', 'foo_2'"):
        read_expression(path)
    assert read_expression(path, samples=["s1"]).shape == (1, 2)
    platform = write("p.tsv", "foo_1\tRARA\nfoo_2\tPML\n")
    adata = read_expression(path, options=ReadOptions(platform=platform))
    assert list(adata.var["gene_id"]) == ["RARA", "PML"]


def test_the_matrix_of_an_even_table_is_not_copied() -> None:
    from atrasig.io.cells import Cells

    numbers = np.arange(6.0).reshape(2, 3)
    cells = Cells(["g", "a", "b"], numbers, [1, 2], {0: pd.Series(GENES[:3])})
    assert cells.stack([1, 2]) is numbers
    np.testing.assert_array_equal(cells.stack([2]), numbers[1:])


def test_to_numbers() -> None:
    cells = pd.Series([" 1.5 ", "NA", "x", "+2", "", "1e3"], dtype=object)
    numbers, wrong = to_numbers(cells)
    np.testing.assert_array_equal(numbers, [1.5, np.nan, np.nan, 2, np.nan, 1000])
    assert wrong.tolist() == [False, False, True, False, False, False]
