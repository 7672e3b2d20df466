"""Workbooks: Excel (xlsx, xls, xlsb) and OpenDocument (ods)."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_float_dtype

from atrasig.errors import FormatError
from atrasig.genes import looks_like_gene_ids
from atrasig.io.cells import is_mostly_numbers
from atrasig.io.format import Format, Head
from atrasig.io.frame import matrix_from_frame
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix, as_text
from atrasig.io.text.header import header_place, holds_values, refuse_unnamed
from atrasig.io.workbooks.workbook import Rows, Workbook, open_workbook

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROBED = 400
_HEAD_ROWS = 50
_SHARE_OF_GENES = 0.2


@dataclass
class _Sheet:
    """A worksheet as a table."""

    name: str
    frame: pd.DataFrame
    facts: dict[str, str | int] = field(default_factory=dict)

    @property
    def holds_numbers(self) -> bool:
        """Whether a column holds numbers, be they stored as text."""
        return any(self._is_numeric(place) for place in range(1, self.frame.shape[1]))

    @property
    def names_genes(self) -> bool:
        """Whether the header or a column of texts holds names of genes."""
        words = [p for p in range(self.frame.shape[1]) if p == 0 or not self._is_numeric(p)]
        texts = [list(as_text(self.frame.iloc[:, place])) for place in words]
        return any(
            looks_like_gene_ids(t[:_PROBED]) > _SHARE_OF_GENES
            for t in [*texts, list(self.frame.columns)]
        )

    def _is_numeric(self, place: int) -> bool:
        column = self.frame.iloc[:, place]
        return is_float_dtype(column.dtype) or is_mostly_numbers(as_text(column))


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read a worksheet of a workbook.

    Parameters
    ----------
    path
        xlsx, xls, xlsb or ods; may be packed. Titles and groups of samples above the header are
        skipped and counted. A date among names becomes what Excel showed of the name that it took
        for one (``1-Mar``). ``#N/A`` is a missing value; other errors of a formula are none, but
        only xlsx tells them from empty cells.
    options
        ``worksheet``: the one to read; by default the first that holds numbers and names of
        genes, or else numbers. ``samples``: as for text.

    Raises
    ------
    FormatError
        If the workbook cannot be read, no worksheet holds a matrix, or a value is not a number.
    """
    with open_workbook(path) as book:
        sheet = _chosen(book, options.worksheet, path)
        others = [name for name in book.names if name != sheet.name]
    facts = sheet.facts | {
        "worksheet": sheet.name,
        "other_worksheets": len(others),
        "other_worksheet_names": ", ".join(others),
    }
    names_follow = options.platform is not None or options.tx2gene is not None
    return matrix_from_frame(sheet.frame, options.samples, facts, path, names_follow=names_follow)


def _chosen(book: Workbook, wanted: str, path: Path) -> _Sheet:
    if wanted and wanted not in book.names:
        raise FormatError(
            f"There is no worksheet {wanted!r}",
            where=str(path),
            fix=f"The workbook has {', '.join(map(repr, book.names))}.",
        )
    candidates = []
    for name in [wanted] if wanted else book.names:
        sheet = _sheet(name, book.rows(name), path)
        if sheet is not None and sheet.holds_numbers:
            candidates.append(sheet)
            if sheet.names_genes:
                return sheet
    if not candidates:
        raise FormatError(
            "No worksheet holds a header, names and numbers",
            where=f"{path}, {', '.join(map(repr, [wanted] if wanted else book.names))}",
            fix="Give a worksheet with the matrix alone.",
        )
    return candidates[0]


def _sheet(name: str, rows: Rows, path: Path) -> _Sheet | None:
    filled = [row for row in rows if any(cell is not None for cell in row)]
    titles = header_place(map(_shown, filled[:_HEAD_ROWS]))
    if len(filled) < titles + 2:
        return None
    facts: dict[str, str | int] = {
        "title_lines": titles,
        "empty_lines": len(rows) - len(filled),
        "dates_in_names": 0,
        "cells_not_available": 0,
    }
    header, body = filled[titles], filled[titles + 1 :]
    where = f"{path}, worksheet {name!r}"
    refuse_unnamed(_shown(header), where)
    _refuse_values(_shown(header), where)
    columns = [_column([row[place] for row in body], facts) for place in range(len(header))]
    columns[0] = columns[0].map(_number_text) if is_float_dtype(columns[0].dtype) else columns[0]
    frame = pd.concat(columns, axis=1)
    frame.columns = pd.Index(_texts(header, facts), dtype=object)
    return _Sheet(name, frame, facts)


def _shown(row: list[Any]) -> list[str]:
    """Cells as text, ``""`` where empty."""
    return ["" if cell is None else str(cell).strip() for cell in row]


def _refuse_values(header: list[str], where: str) -> None:
    if holds_values(header):
        raise FormatError(
            f"There is no header line: the first line holds the values of {header[0]!r}",
            where=where,
            fix="Put a line with the names of the columns above it.",
        )


def _column(cells: list[Any], facts: dict[str, str | int]) -> pd.Series:
    """Numbers where every filled cell is one, texts otherwise."""
    available = [None if cell == {"error": "#N/A"} else cell for cell in cells]
    facts["cells_not_available"] = (
        int(facts["cells_not_available"])
        + sum(cell is not None for cell in cells)
        - sum(cell is not None for cell in available)
    )
    if all(cell is None or isinstance(cell, int | float) for cell in available):
        return pd.Series(available, dtype=float)
    return pd.Series([text or None for text in _texts(available, facts)], dtype=object)


def _texts(cells: list[Any], facts: dict[str, str | int]) -> list[str]:
    """Cells as texts, ``""`` where empty; dates among names as Excel shows them, others as ISO."""
    if not any(isinstance(cell, str) for cell in cells):
        return [_text(cell) for cell in cells]
    dates = [place for place, cell in enumerate(cells) if isinstance(cell, dict) and "date" in cell]
    facts["dates_in_names"] = int(facts["dates_in_names"]) + len(dates)
    named = list(cells)
    for place in dates:
        _, month, day = cells[place]["date"].split("-")
        named[place] = f"{int(day)}-{_MONTHS[int(month) - 1]}"
    return [_text(cell) for cell in named]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dict):
        return str(cell.get("date") or cell.get("error"))
    return _number_text(cell) if isinstance(cell, int | float) else str(cell).strip()


def _number_text(number: float) -> str:
    if number != number:
        return ""
    return str(int(number)) if abs(number) < 1e15 and number == int(number) else repr(number)


def _recognises(head: Head) -> bool:
    if head.content.startswith(_OLE):
        return True
    if not head.content.startswith(b"PK\x03\x04"):
        return False
    if head.content != head.stored:
        return any(
            name in head.content for name in (b"xl/", b"[Content_Types].xml", b"content.xml")
        )
    try:
        with zipfile.ZipFile(head.path) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return False
    return not names.isdisjoint({"xl/workbook.xml", "xl/workbook.bin", "content.xml"})


FORMAT = Format("excel", "Workbook: xlsx, xls, xlsb, ods", _recognises, read)
