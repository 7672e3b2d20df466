"""Workbooks: what a spreadsheet program does to a matrix, and what a crafted file may not do."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from atrasig.errors import FormatError, InputError
from atrasig.io import ReadOptions, read_expression, sniff
from tests.io.workbooks.making_workbooks import Cell, ods, xlsb, xlsx

Writer = Callable[[str, "str | bytes"], Path]
MATRIX: list[list[Cell]] = [["gene", "s1", "s2"], ["RARA", 0.1, 2], ["PML", None, 4]]
README: list[list[Cell]] = [["What this is"], ["Expression of two samples"]]


def facts(path: Path) -> dict[str, object]:
    found: dict[str, object] = read_expression(path).uns["atrasig"]["input"]
    return found


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xlsb"])
def test_every_kind_of_workbook(write: Writer, kind: str) -> None:
    full: list[list[str | float]] = [["gene", "s1", "s2"], ["RARA", 0.1, 2.0], ["PML", 3.5, 4.0]]
    made = {"xlsx": xlsx({"S": full}), "ods": ods({"S": full}), "xlsb": xlsb("S", full)}[kind]
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m.bin", made)
    for path in (write("m.csv", made), write("m.gz", made), write("m.zip", zipped.getvalue())):
        assert sniff(path) == "excel"
        adata = read_expression(path)
        np.testing.assert_array_equal(adata.X, [[0.1, 3.5], [2, 4]])
        assert list(adata.obs_names) == ["s1", "s2"]
        assert list(adata.var["gene_id"]) == ["RARA", "PML"]


def test_the_worksheet_with_genes_is_found(write: Writer) -> None:
    samples: list[list[Cell]] = [["sample", "age"], ["s1", 50], ["s2", 60]]
    path = write("m.xlsx", xlsx({"About": README, "Samples": samples, "Values": MATRIX}))
    found = facts(path)
    assert (found["worksheet"], found["other_worksheets"]) == ("Values", 2)
    assert found["other_worksheet_names"] == "About, Samples"
    with pytest.raises(FormatError, match=r"no worksheet 'values'.*'About', 'Samples', 'Values'"):
        read_expression(path, options=ReadOptions(worksheet="values"))
    with pytest.raises(FormatError, match=r"No worksheet holds.*'About'"):
        read_expression(path, options=ReadOptions(worksheet="About"))


def test_lines_above_and_between(write: Writer) -> None:
    rows: list[list[Cell]] = [
        ["Table S1. Expression", None, None],
        [None, None, None],
        [" gene ", "s1 ", 1001],
        ["RARA", 1, 2],
        [],
        ["PML", 3, ("error", "#N/A")],
    ]
    path = write("m.xlsx", xlsx({"S": rows}))
    adata = read_expression(path)
    assert list(adata.obs_names) == ["s1", "1001"]
    np.testing.assert_array_equal(adata.X, [[1, 3], [2, np.nan]])
    found = facts(path)
    counted = ("title_lines", "empty_lines", "cells_not_available", "dates_in_names")
    assert [found[name] for name in counted] == [1, 2, 1, 0]


def test_table_that_begins_elsewhere(write: Writer) -> None:
    rows: list[list[Cell]] = [[], [None, *MATRIX[0]], [None, *MATRIX[1]], [None, *MATRIX[2]]]
    rows[2][3] = ("error", "#N/A")
    adata = read_expression(write("m.xlsx", xlsx({"S": rows})))
    np.testing.assert_array_equal(adata.X, [[0.1, np.nan], [np.nan, 4]])


def test_names_that_became_dates(write: Writer) -> None:
    rows: list[list[Cell]] = [
        ["gene", "s1"],
        ["RARA", 1],
        [("date", "2020-03-01"), 2],
        [("date", "2019-09-02"), 3],
        [7105, 4],
    ]
    path = write("m.xlsx", xlsx({"S": rows}))
    assert list(read_expression(path).var["gene_id"]) == ["RARA", "1-Mar", "2-Sep", "7105"]
    assert facts(path)["dates_in_names"] == 2
    turned = [[row[place] for row in rows] for place in range(2)]
    adata = read_expression(write("t.xlsx", xlsx({"S": turned})))
    assert list(adata.var["gene_id"]) == ["RARA", "1-Mar", "2-Sep", "7105"]


def test_dates_of_samples_are_dates(write: Writer) -> None:
    rows: list[list[Cell]] = [["gene", "seen", "s1"], ["RARA", ("date", "2020-03-01"), 1]]
    assert list(read_expression(write("m.xlsx", xlsx({"S": rows}))).var["seen"]) == ["2020-03-01"]


def test_entrez_ids_are_no_fractions(write: Writer) -> None:
    rows: list[list[Cell]] = [["entrez", "s1"], [5914, 1.5], [5371, 2.5]]
    adata = read_expression(write("m.xlsx", xlsx({"S": rows})))
    assert list(adata.var["gene_id"]) == ["5914", "5371"]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (("error", "#DIV/0!"), "#DIV/0!"),
        (("error", "#REF!"), "#REF!"),
        (("formula", "B2*2"), "formula without a value"),
        (("date", "2020-03-01"), "2020-03-01"),
        ("low", "low"),
    ],
)
def test_what_is_no_number_is_located(write: Writer, cell: Cell, shown: str) -> None:
    rows: list[list[Cell]] = [*MATRIX, ["CD38", cell, 5], ["TP53", 1.5, 7], ["CEBPE", 2.5, 8]]
    expected = f"{shown!r} is not a number.*row 'CD38', column 's1'"
    with pytest.raises(FormatError, match=expected):
        read_expression(write("m.xlsx", xlsx({"S": rows})))


def test_missing_header(write: Writer) -> None:
    with pytest.raises(FormatError, match=r"no header line.*'RARA'.*worksheet 'S'"):
        read_expression(write("m.xlsx", xlsx({"S": MATRIX[1:2] + MATRIX[1:2]})))


def test_empty_and_wordy_workbooks(write: Writer) -> None:
    for rows in ([], [["gene", "s1"]], README, [["gene", "s1"], ["RARA", "high"]]):
        with pytest.raises(FormatError, match="No worksheet holds a header, names and numbers"):
            read_expression(write("m.xlsx", xlsx({"S": rows})))


_CORNER = (
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
)


def test_a_cell_far_away_does_not_end_the_process(write: Writer) -> None:
    with pytest.raises(FormatError, match="more memory or time than a table of its size"):
        read_expression(write("m.xlsx", xlsx({"S": _CORNER})))


def test_a_workbook_that_unpacks_to_too_much(
    write: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atrasig.io.workbooks.workbook.SAFE_BYTES", 2**20)
    bomb = xlsx({"S": "<row>" + " " * (4 * 2**20) + "</row>"})
    assert len(bomb) < 2**13
    with pytest.raises(FormatError, match="unpacks to more than 300 times its size"):
        read_expression(write("m.xlsx", bomb))


def test_damage(write: Writer) -> None:
    whole = xlsx({"S": MATRIX})
    without = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(without, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text[: len(text) // 2] if "worksheets" in name else text)
    for broken in (without.getvalue(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)):
        with pytest.raises(FormatError, match="The workbook cannot be read: it is damaged"):
            read_expression(write("m.xlsx", broken))
    with pytest.raises(InputError, match=r"damaged|binary and of no known format"):
        read_expression(write("m.xlsx", whole[:-40]))


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(1, 4)),
        elements=st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_written_and_read_again(write: Writer, values: np.ndarray) -> None:
    genes = ["RARA", "PML", "CEBPE", "CD38"]
    rows: list[list[Cell]] = [["gene", *(f"s{n}" for n in range(values.shape[1]))]]
    rows += [[gene, *row] for gene, row in zip(genes, values.tolist(), strict=False)]
    adata = read_expression(write("m.xlsx", xlsx({"S": rows})))
    np.testing.assert_array_equal(adata.X, values.T)


def test_old_excel() -> None:
    """The only xls at hand is of the economy; statsmodels has the same figures as a table."""
    from statsmodels.datasets import macrodata

    from atrasig.io.workbooks.workbook import open_workbook

    found = Path(macrodata.__file__).parent.rglob("macrodata.xls")
    path = next((path for path in found if path.is_file()), None)
    if path is None:
        pytest.skip("this statsmodels brings no macrodata.xls")
    assert sniff(path) == "excel"
    with open_workbook(path) as book:
        assert book.names == ["README", "Monthly", "Quarterly"]
        header, *rows = book.rows("Quarterly")
    place = header.index("GDPC96")
    values = [row[place] for row in rows if row[0]["date"] >= "1959"]
    expected = macrodata.load_pandas().data["realgdp"].to_numpy()
    np.testing.assert_allclose(values[: len(expected)], expected, atol=0.001)


def test_real_workbook_reads_as_its_text(shared: Path) -> None:
    stem = shared / "data/response_shsy5y/Pezzini2016_SHSY5Ycelldiff_DE_table"
    text = read_expression(Path(f"{stem}.tsv.gz"))
    book = read_expression(Path(f"{stem}.xlsx"))
    assert list(book.obs_names) == list(text.obs_names)
    assert list(book.var["gene_id"]) == list(text.var["gene_id"])
    np.testing.assert_array_equal(book.X, text.X)
    found = book.uns["atrasig"]["input"]
    assert (found["worksheet"], found["other_worksheets"]) == ("Full", 3)
    assert re.fullmatch("P<.*", found["other_worksheet_names"])
