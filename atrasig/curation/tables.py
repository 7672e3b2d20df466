"""Importers of tables: text with any usual delimiter, and workbooks."""

from __future__ import annotations

import csv
import datetime
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from atrasig.curation.columns import HEADER_ROWS, has_genes_and_more, is_header, read_rows
from atrasig.curation.draft import Draft, Row, unreadable
from atrasig.curation.symbols import MONTHS
from atrasig.io.compression import MAX_RATIO, SAFE_BYTES, open_text
from atrasig.io.format import Head

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_DELIMITERS = "\t;,"


def recognises_text(head: Head) -> bool:
    """Tell a table, or a list of one gene a line, from the lines of a GMT file."""
    lines = [line for line in head.lines[:HEADER_ROWS] if line.strip() and line[0] != "#"]
    if not lines:
        return False
    if any(is_header(_split(line, mark)) for line in lines for mark in _DELIMITERS):
        return True
    if all(len(line.split()) == 1 and "," not in line for line in lines):
        return True
    return "\t" not in lines[0] and any(mark in lines[0] for mark in ";,")


def read_delimited(path: Path, worksheet: str = "") -> list[Draft]:
    """Read a table of genes from text, packed or not.

    Parameters
    ----------
    path
        Columns separated by TAB, semicolon or comma; lines that begin with ``#`` are remarks.
    worksheet
        Not used.
    """
    with open_text(path) as handle:
        delimiter = _delimiter(handle.readline() for _ in range(HEADER_ROWS))
    with open_text(path) as handle:
        return read_rows(_numbered(handle, delimiter), path)


def _numbered(handle: IO[str], delimiter: str) -> Iterator[Row]:
    reader = csv.reader(handle, delimiter=delimiter)
    for cells in reader:
        if not cells or not cells[0].startswith("#"):
            yield reader.line_num, [cell.strip() for cell in cells]


def _delimiter(lines: Iterator[str]) -> str:
    listed = [line for line in lines if line.strip() and line[0] != "#"]
    for line in listed:
        for mark in _DELIMITERS:
            if mark in line and is_header(_split(line, mark)):
                return mark
    first = listed[0] if listed else ""
    return next((mark for mark in _DELIMITERS if mark in first), "\t")


def _split(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(delimiter)]


def recognises_workbook(head: Head) -> bool:
    """Tell a workbook (xlsx, xlsb, ods, xls) by its container."""
    packed = head.stored.startswith(b"PK\x03\x04") and head.content == head.stored
    return packed or head.stored.startswith(_OLD_WORKBOOK)


def read_workbook(path: Path, worksheet: str = "") -> list[Draft]:
    """Read a table of genes from a worksheet.

    Parameters
    ----------
    path
        Workbook; what stands above the header of the table is left aside.
    worksheet
        Its name; by default the only one with a column of genes.

    Raises
    ------
    FormatError
        If the workbook cannot be read, or it is not clear which worksheet is meant.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    _refuse_bomb(path)
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            name = worksheet or _worksheet(book, path)
            if name not in book.sheet_names:
                raise unreadable(
                    path,
                    f"There is no worksheet {name!r}",
                    f"It has: {', '.join(book.sheet_names)}.",
                )
            rows = _rows(book, name)
    except CalamineError as error:
        raise unreadable(
            path, f"Cannot read the workbook: {error}", "Save it again, without a password."
        ) from error
    return read_rows(rows, path, f" in worksheet {name!r}")


def _worksheet(book: CalamineWorkbook, path: Path) -> str:
    tops = {
        name: [cells for _, cells in _rows(book, name)[:HEADER_ROWS]] for name in book.sheet_names
    }
    clear = [name for name, top in tops.items() if any(map(has_genes_and_more, top))]
    possible = clear or [name for name, top in tops.items() if any(map(is_header, top))]
    if len(possible) == 1:
        return possible[0]
    if len(book.sheet_names) == 1:
        return str(book.sheet_names[0])
    found = f"{len(possible)} of the {len(tops)} worksheets have a column of genes"
    raise unreadable(
        path, found, f"Name one: --worksheet ({', '.join(possible or book.sheet_names)})."
    )


def _rows(book: CalamineWorkbook, name: str) -> list[Row]:
    table = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [(number, [_text(cell) for cell in cells]) for number, cells in enumerate(table, 1)]


def _text(cell: object) -> str:
    if isinstance(cell, datetime.date):
        return f"{cell.day}-{MONTHS[cell.month - 1]}" if _has_no_time(cell) else cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell).strip()


def _has_no_time(cell: datetime.date) -> bool:
    return not isinstance(cell, datetime.datetime) or cell.time() == datetime.time()


def _refuse_bomb(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise unreadable(path, "The workbook is damaged", "Download it again.") from error
    if unpacked > max(SAFE_BYTES, MAX_RATIO * path.stat().st_size):
        raise unreadable(
            path,
            f"The workbook unpacks to more than {MAX_RATIO} times its size",
            "Save the table of genes as text.",
        )
