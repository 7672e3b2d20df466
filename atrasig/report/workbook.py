"""Tables as a workbook for a spreadsheet program; every cell is a number or a text, no formula."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from atrasig.files import atomic_path

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MAX_ROWS = 50_000
"""Rows of a sheet. The format ends at 1,048,576; long before, a spreadsheet program is slow."""
MAX_TEXT = 32_767
"""UTF-16 units of the text of a cell, by the format."""

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_DATE = datetime(1980, 1, 1)
_WIDTHS = (8, 48)
_LOOKED_AT = 200
_SMALL = frozenset({"p", "q"})


@dataclass
class Table:
    """A sheet to be: a table that comes in parts, and what is kept of it for the sheet.

    Parameters
    ----------
    name
        Name of the sheet.
    about
        What a row is.
    file
        File of the run that holds all rows.
    core
        Makes a shorter table of a part; its rows are kept where all are too many.
    core_about
        What that table holds.
    limit
        Rows that fit.
    """

    name: str
    about: str
    file: str
    core: Callable[[pd.DataFrame], pd.DataFrame] = field(default=lambda frame: frame)
    core_about: str = ""
    limit: int = MAX_ROWS
    n_rows: int = field(default=0, init=False)
    _n_core: int = field(default=0, init=False)
    _whole: list[pd.DataFrame] = field(default_factory=list, init=False)
    _cores: list[pd.DataFrame] = field(default_factory=list, init=False)

    def add(self, part: pd.DataFrame) -> None:
        """Take the next rows of the table; no more are held than the sheet may need."""
        self.n_rows += len(part)
        if self.n_rows <= self.limit:
            self._whole.append(part)
        else:
            self._whole.clear()
        core = self.core(part)
        if self._n_core < self.limit or not self._cores:
            self._cores.append(core.iloc[: self.limit - self._n_core])
        self._n_core += len(core)

    def leave_out(self, n_rows: int) -> None:
        """Count further rows of the table that are not at hand."""
        self.n_rows += n_rows
        self._n_core += n_rows
        if n_rows:
            self._whole.clear()

    def fit(self) -> tuple[pd.DataFrame, str]:
        """Give the rows for the sheet, and in words which they are."""
        if self._whole or not self.n_rows:
            return _below(self._whole), "all rows"
        frame = _below(self._cores)
        said = [self.core_about] if self.core_about else []
        if self._n_core > len(frame):
            said.append(f"the first {len(frame):,} of {self._n_core:,}")
        return frame, ", ".join(said)


def _below(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


@dataclass
class _Texts:
    """Makes texts fit for a cell, and counts what had to change."""

    replaced: int = 0
    cut: int = 0

    def fit(self, text: str) -> str:
        clean, n_unfit = _UNFIT.subn("\ufffd", text)
        self.replaced += n_unfit
        if len(clean) <= MAX_TEXT // 2:
            return clean
        kept = clean.encode("utf-16-le")[: 2 * MAX_TEXT].decode("utf-16-le", "ignore")
        self.cut += len(kept) < len(clean)
        return kept


def write_workbook(
    path: str | Path,
    title: str,
    tables: Sequence[Table],
    facts: Iterable[tuple[str, Any]],
    notes: Sequence[str] = (),
    footer: str = "",
) -> None:
    """Write tables as a workbook, whole or not at all; equal input gives equal bytes.

    The first sheet, *About*, lists the others: how many rows each holds, of how many, and which
    file holds all; and how many characters no cell can hold were replaced. The last one,
    *Provenance*, lists `facts`. Missing values are empty cells. Memory does not grow with the rows.

    Parameters
    ----------
    path
        File ``*.xlsx``.
    title
        Title of the workbook.
    tables
        The sheets, in their order.
    facts
        Names and values.
    notes
        Lines under the title.
    footer
        Line at the foot of each printed page.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from xlsxwriter import Workbook

    with tempfile.TemporaryDirectory(prefix="atrasig-workbook-") as folder:
        options = {"constant_memory": True, "tmpdir": folder}
        with atomic_path(path) as temporary, Workbook(str(temporary), options) as book:
            book.set_properties({"title": title, "created": _NO_DATE})
            _write_sheets(book, [title, *notes], tables, facts)
            for sheet in book.worksheets():
                sheet.set_landscape()
                sheet.fit_to_pages(1, 0)
                sheet.set_footer("&L" + footer.replace("&", "&&") if footer else "")


def _write_sheets(
    book: Workbook,
    lines: Sequence[str],
    tables: Sequence[Table],
    facts: Iterable[tuple[str, Any]],
) -> None:
    texts = _Texts()
    about = book.add_worksheet("About")
    contents = []
    for table in tables:
        frame, which = table.fit()
        _Sheet(book, table.name, texts).write(frame)
        row = (table.name, table.about, len(frame), table.n_rows, which, table.file)
        contents.append(row)
    known = pd.DataFrame(list(facts), columns=["fact", "value"], dtype=object)
    _Sheet(book, "Provenance", texts).write(known)
    _write_about(book, about, texts, lines, contents)


def _write_about(
    book: Workbook,
    sheet: Worksheet,
    texts: _Texts,
    lines: Sequence[str],
    contents: Sequence[tuple[Any, ...]],
) -> None:
    """Write the first sheet last, when all that had to change is counted."""
    bold = book.add_format({"bold": True})
    told = [*lines, "An empty cell is a missing value.", *_changes(texts)]
    for width, column in ((14, 0), (60, 1), (12, 2), (12, 3), (40, 4), (24, 5)):
        sheet.set_column(column, column, width)
    for row, line in enumerate(told):
        sheet.write_string(row, 0, texts.fit(line), bold if row == 0 else None)
    head = ("sheet", "a row is", "rows here", "rows in all", "which rows", "file with all rows")
    for column, name in enumerate(head):
        sheet.write_string(len(told) + 1, column, name, bold)
    for row, values in enumerate(contents, start=len(told) + 2):
        for column, value in enumerate(values):
            _put(sheet, row, column, value, None, texts)


def _changes(texts: _Texts) -> list[str]:
    said = []
    if texts.replaced:
        said.append(f"Characters that no cell can hold, shown as \ufffd: {texts.replaced:,}.")
    if texts.cut:
        said.append(f"Texts cut at {MAX_TEXT:,} characters: {texts.cut:,}; the files hold them.")
    return said


class _Sheet:
    """A sheet with a heading that stays in view, a filter and widths by content."""

    def __init__(self, book: Workbook, name: str, texts: _Texts) -> None:
        self._sheet = book.add_worksheet(name)
        self._texts = texts
        self._heading = book.add_format({"bold": True, "bottom": 1})
        self._formats = {
            code: book.add_format({"num_format": code}) for code in ("0", "0.000", "0.0E+00")
        }

    def write(self, frame: pd.DataFrame) -> None:
        names = [str(name) for name in frame.columns]
        self._sheet.freeze_panes(1, 1)
        self._sheet.repeat_rows(0)
        if names:
            self._sheet.autofilter(0, 0, len(frame), len(names) - 1)
        for column, (name, values) in enumerate(zip(names, _starts(frame), strict=True)):
            self._sheet.set_column(column, column, _width(name, values))
            self._sheet.write_string(0, column, self._texts.fit(name), self._heading)
        formats = [self._format(name, frame.iloc[:, n]) for n, name in enumerate(names)]
        for row, cells in enumerate(frame.itertuples(index=False, name=None), start=1):
            for column, value in enumerate(cells):
                _put(self._sheet, row, column, value, formats[column], self._texts)

    def _format(self, name: str, values: pd.Series[Any]) -> Format | None:
        if name in _SMALL or name.endswith("_p"):
            return self._formats["0.0E+00"]
        if name.startswith("n_") or pd.api.types.is_integer_dtype(values):
            return self._formats["0"]
        return self._formats["0.000"] if pd.api.types.is_float_dtype(values) else None


def _put(
    sheet: Worksheet, row: int, column: int, value: Any, shape: Format | None, texts: _Texts
) -> None:
    if isinstance(value, str):
        if value:
            sheet.write_string(row, column, texts.fit(value))
    elif value is None or pd.isna(value):
        return
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif math.isfinite(value):
        sheet.write_number(row, column, value, shape)
    else:
        sheet.write_string(row, column, str(value))


def _starts(frame: pd.DataFrame) -> list[list[Any]]:
    start = frame.iloc[:_LOOKED_AT]
    return [start.iloc[:, place].tolist() for place in range(start.shape[1])]


def _width(name: str, values: Sequence[Any]) -> int:
    """Width for a heading with its button and for the texts below it; numbers need ten."""
    longest = max((len(v) if isinstance(v, str) else 10 for v in values), default=0)
    low, high = _WIDTHS
    return min(max(len(name) + 3, longest + 1, low), high)
