"""Cells of a workbook, printed as JSON by a process of its own.

A crafted workbook of a few hundred bytes makes the parser ask for more memory than there is, which
ends the whole process. So this file is run by itself, under limits, and imports nothing of the
package: ``python cells.py FILE MEGABYTES SECONDS``.

The first line printed is the list of worksheets. Each line read then names one worksheet, whose
rows are printed as one line: numbers and texts as they are, a date as ``{"date": ISO}``, an error
cell as ``{"error": TEXT}``, an empty cell as null.
"""

from __future__ import annotations

import datetime
import json
import re
import sys
import zipfile
from typing import Any
from xml.etree import ElementTree

_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_TEXT = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def limit(megabytes: int, seconds: int) -> None:
    """Limit the memory and the time of this process."""
    import resource

    for kind, amount in (
        (resource.RLIMIT_AS, megabytes * 2**20),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (amount if hard < 0 else min(amount, hard), hard))


def serve(path: str) -> None:
    """Print the worksheets' names, then each worksheet that is asked for."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    book = CalamineWorkbook.from_path(path)
    names = [s.name for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    _print(names)
    for line in sys.stdin:
        name = json.loads(line)
        sheet = book.get_sheet_by_name(name)
        rows = [list(map(_plain, row)) for row in sheet.to_python()]
        if sheet.start is not None:
            _put_errors(rows, _errors(path, name), sheet.start)
        _print(rows)


def _print(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _plain(cell: Any) -> Any:
    if cell == "" or cell is None:
        return None
    if isinstance(cell, datetime.date):
        return {"date": cell.isoformat()[:10]}
    return str(cell) if isinstance(cell, bool | datetime.time | datetime.timedelta) else cell


def _put_errors(
    rows: list[list[Any]], errors: dict[tuple[int, int], str], start: tuple[int, int]
) -> None:
    for (line, letter), text in errors.items():
        row, column = line - start[0], letter - start[1]
        if 0 <= row < len(rows) and 0 <= column < len(rows[row]):
            rows[row][column] = {"error": text}


def _errors(path: str, name: str) -> dict[tuple[int, int], str]:
    """Cells of xlsx that the parser gives as empty ones: errors, formulas without a value."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, name)
        content = archive.read(part) if part in archive.namelist() else b""
    if not _ERROR.search(content) and not _FORMULA.search(content):
        return {}
    found = {}
    for cell in _CELL.finditer(content):
        place, text = _PLACE.search(cell[1]), _TEXT.search(cell[2])
        if place and text and _ERROR.search(cell[1]):
            found[int(place[2]) - 1, _number(place[1])] = text[1].decode()
        elif place and not text and _FORMULA.search(cell[2]):
            found[int(place[2]) - 1, _number(place[1])] = "formula without a value"
    return found


def _part(archive: zipfile.ZipFile, name: str) -> str:
    """Part of an xlsx that holds a worksheet; ``""`` in the other formats."""
    names = archive.namelist()
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return ""
    sheets = ElementTree.fromstring(archive.read("xl/workbook.xml")).iter()
    relation = next((s.get(_RELATION) for s in sheets if s.get("name") == name), None)
    targets = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels")).iter()
    target = next((t.get("Target", "") for t in targets if t.get("Id") == relation), "")
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


if __name__ == "__main__":
    limit(int(sys.argv[2]), int(sys.argv[3]))
    serve(sys.argv[1])
