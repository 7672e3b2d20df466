"""Workbooks: what was put in is read back, nothing is a formula, nothing is lost in silence."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from atrasig.report import Overview, index_row
from atrasig.report.index import ordered
from atrasig.report.record import SampleRecord
from atrasig.report.run_tables import flat, run_tables
from atrasig.report.workbook import MAX_TEXT, Table, write_workbook

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl (extra `dev`) is not installed")

HOSTILE = (
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "{=1}", "http://example.org", "1e5",
    "007", "<script>alert(1)</script>", "a & b \"c\" 'd'", "_x003D_1+1", "\u05d0\u202eabc",
    "\U0001f9ec", "TRUE", "#N/A", "  blanks  ", "two\nlines", "x" * 300, "../../x",
)  # fmt: skip


def _write(path: Path, *tables: Table) -> Path:
    facts = [("a.b", 1), ("c", "=2")]
    write_workbook(path, "Title", tables, facts, ["A note."], "Only for tests")
    return path


def _table(name: str, about: str, file: str, *parts: pd.DataFrame, **given: Any) -> Table:
    table = Table(name, about, file, **given)
    for part in parts:
        table.add(part)
    return table


def _rows(path: Path, sheet: str) -> list[list[object]]:
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def _lines(path: Path) -> list[object]:
    return [row[0] for row in _rows(path, "About") if row[0]]


def _named(names: tuple[str, ...]) -> Table:
    own = pd.Series(names, dtype=object)  # as text of pandas, a lone surrogate cannot be held
    frame = pd.DataFrame({"sample": own, "score": np.arange(len(names)) / 7})
    return _table("Calls", "one sample", "calls.tsv", frame)


def _literal(text: str) -> str:
    """Text of a cell as a spreadsheet program shows it, where openpyxl leaves it escaped."""
    return re.sub(r"_x005[fF](_x[0-9a-fA-F]{4}_)", r"\1", text)


def test_a_name_is_text_whatever_it_looks_like(tmp_path: Path) -> None:
    path = _write(tmp_path / "w.xlsx", _named(HOSTILE))
    cells = [row[0] for row in openpyxl.load_workbook(path)["Calls"].iter_rows(min_row=2)]
    assert [_literal(cell.value) for cell in cells] == list(HOSTILE)
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.hyperlink for cell in cells} == {None}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name), name
            assert "externalLink" not in name


def test_a_second_reader_sees_the_same(tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    path = _write(tmp_path / "w.xlsx", _named(HOSTILE))
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("Calls").to_python()
    assert [_literal(str(row[0])) for row in rows[1:]] == list(HOSTILE)


def test_the_same_tables_give_the_same_bytes_without_a_date(tmp_path: Path) -> None:
    first, second = (_write(tmp_path / name, _named(HOSTILE)) for name in ("a.xlsx", "b.xlsx"))
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT", core)) == {"1980-01-01T"}


def test_numbers_missing_values_and_words_keep_their_kind(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "score": [1 / 3, np.nan, -np.inf],
            "n_genes": pd.array([3, None, 5], dtype="Int64"),
            "primary": [True, False, True],
            "reason": ["why", None, ""],
            "p": [1e-300, 0.5, 1.0],
        }
    )
    path = _write(tmp_path / "w.xlsx", _table("T", "a row", "t.tsv", frame))
    head, *rows = _rows(path, "T")
    assert head == list(frame.columns)
    assert rows[0] == [pytest.approx(1 / 3, rel=1e-15), 3, True, "why", 1e-300]
    assert rows[1] == [None, None, False, None, 0.5]
    assert rows[2] == ["-inf", 5, True, None, 1]
    sheet = openpyxl.load_workbook(path)["T"]
    assert sheet.oddFooter.left.text == "Only for tests"
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:E4")
    formats = [sheet.cell(2, column).number_format for column in (1, 2, 5)]
    assert formats == ["0.000", "0", "0.0E+00"]


def test_what_no_cell_can_hold_is_replaced_or_cut_and_told(tmp_path: Path) -> None:
    bad = ("a\x00b\x1bc", "d\ud800e", "f\uffffg", "h\ri", "\U0001f9ec" * MAX_TEXT, "k" * MAX_TEXT)
    path = _write(tmp_path / "w.xlsx", _named(bad))
    values = [str(row[0]) for row in _rows(path, "Calls")[1:]]
    assert values[:4] == ["a\ufffdb\ufffdc", "d\ufffde", "f\ufffdg", "h\ufffdi"]
    assert values[4] == "\U0001f9ec" * (MAX_TEXT // 2)
    assert values[5] == bad[5]
    said = "\n".join(map(str, _lines(path)))
    assert "shown as \ufffd: 5." in said
    assert f"cut at {MAX_TEXT:,} characters: 1;" in said
    clean = _write(tmp_path / "clean.xlsx", _named(("a",)))
    assert not any("cut" in str(line) or "\ufffd" in str(line) for line in _lines(clean))


@pytest.mark.parametrize("ends", [(30,), (7, 8, 30), (1, 2, 30)])
def test_a_long_table_is_shortened_as_the_first_sheet_says(
    tmp_path: Path, ends: tuple[int, ...]
) -> None:
    """However it comes in parts, the sheet holds the same."""
    frame = pd.DataFrame({"sample": [f"S{n}" for n in range(30)], "primary": [True, False] * 15})
    parts = [frame[start:end] for start, end in zip((0, *ends), ends, strict=False)]

    def written(limit: int) -> Path:
        given = {"core": lambda t: t[t["primary"]], "core_about": "answers only", "limit": limit}
        table = _table("Calls", "one row", "calls.tsv", *parts, **given)
        return _write(tmp_path / f"{limit}.xlsx", table)

    assert len(_rows(written(30), "Calls")) == 31
    assert ["Calls", "one row", 30, 30, "all rows", "calls.tsv"] in _rows(written(30), "About")
    path = written(20)
    assert [row[0] for row in _rows(path, "Calls")[1:]] == [f"S{n}" for n in range(0, 30, 2)]
    assert ["Calls", "one row", 15, 30, "answers only", "calls.tsv"] in _rows(path, "About")
    path = written(4)
    assert len(_rows(path, "Calls")) == 5
    which = "answers only, the first 4 of 15"
    assert ["Calls", "one row", 4, 30, which, "calls.tsv"] in _rows(path, "About")


def test_rows_that_are_not_at_hand_are_counted() -> None:
    table = _table("T", "a row", "t.tsv", pd.DataFrame({"sample": ["a", "b"]}))
    assert table.fit()[1] == "all rows"
    table.leave_out(5)
    frame, which = table.fit()
    assert (list(frame["sample"]), which, table.n_rows) == (["a", "b"], "the first 2 of 7", 7)


def test_nothing_is_left_behind_where_it_cannot_be_written(tmp_path: Path) -> None:
    frame = pd.DataFrame({"sample": ["a", object()]})
    with pytest.raises(TypeError):
        _write(tmp_path / "w.xlsx", _table("T", "a row", "t.tsv", frame))
    assert list(tmp_path.iterdir()) == []


def test_nested_facts_become_lines() -> None:
    facts = {"b": {"y": 2, "x": None}, "a": ["=1", 2], "c": [{"d": True}, {"d": False}], "e": []}
    assert list(flat(facts)) == [
        ("a", "=1; 2"), ("b.x", None), ("b.y", 2), ("c.0.d", True), ("c.1.d", False), ("e", ""),
    ]  # fmt: skip


def _scores(n_samples: int) -> pd.DataFrame:
    samples, signatures, methods = [f"S{n}" for n in range(n_samples)], ["b", "a"], ["m2", "m1"]
    rows = [(s, g, m) for s in samples for g in signatures for m in methods]
    table = pd.DataFrame(rows, columns=["sample", "signature", "method"])
    return table.assign(score=np.arange(len(table)) / 8)


def test_long_scores_become_a_row_a_sample_by_the_first_method() -> None:
    scores = _scores(5)
    sheet = run_tables(Overview.of([]), "m2")["scores"]
    sheet.limit = 19
    for start in range(0, len(scores), 8):
        sheet.add(scores[start : start + 8])
    wide, which = sheet.fit()
    assert "by m2 only" in which
    assert list(wide.columns) == ["sample", "a", "b"]
    long = scores.query("method == 'm2'")
    for row in wide.to_dict("records"):
        own = long[long["sample"] == row["sample"]].set_index("signature")["score"]
        assert {name: row[name] for name in ("a", "b")} == own.to_dict()
    assert list(wide["sample"]) == [f"S{n}" for n in range(5)]


def test_the_first_table_holds_the_rows_of_the_index(records: dict[str, SampleRecord]) -> None:
    rows = [index_row(record) for record in records.values()]
    table = run_tables(Overview.of(rows), "")["samples"]
    frame = table.fit()[0].set_index("sample")
    assert (table.n_rows, table.file) == (len(rows), "index.html")
    assert list(frame.index) == [row.sample for row in ordered(rows)]
    for row in rows:
        shown = frame.loc[row.sample]
        assert shown["sensitivity"] == row.sensitivity
        assert shown["page"] == row.page
        assert shown["failed"] == "; ".join(row.failed)
    some = run_tables(Overview.of(rows, at_most=2), "")["samples"]
    assert list(some.fit()[0]["sample"]) == list(frame.index[:2])
    assert some.fit()[1].endswith(f"the first 2 of {len(rows)}")
    assert (some.n_rows, some.file) == (len(rows), "calls.tsv")
