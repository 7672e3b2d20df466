"""The text of a sample sheet: records with their line numbers, and the faults of its form."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from atrasig.errors import Fault, SheetError

REQUIRED = ("sample", "matrix")
# The harmonised table adds its own columns beside the sheet's under these names.
RESERVED_PREFIX = "qc_"


@dataclass(frozen=True)
class Record:
    """One row of a sheet.

    Parameters
    ----------
    line
        Line of the file on which the row begins.
    cells
        Text by column.
    """

    line: int
    cells: dict[str, str]


def read_records(path: Path) -> tuple[tuple[str, ...], list[Record], list[Fault]]:
    """Read the rows of a sheet.

    Parameters
    ----------
    path
        TSV or CSV file.

    Returns
    -------
    columns : tuple of str
        Column names in the order of the file.
    records : list of Record
        Rows with as many cells as there are columns.
    faults : list of Fault
        Faults of form: columns, ragged rows, quotes.

    Raises
    ------
    SheetError
        If the file cannot be read as text or is empty.
    """
    text = _decode(path)
    rows, faults = _split(text)
    if not rows:
        fault = Fault(0, "(file)", "is empty; give a header line and one line a sample")
        raise SheetError("The sample sheet has faults", [fault, *faults], where=str(path))
    header_line, header = rows[0]
    columns = tuple(name.strip() for name in header)
    faults += _check_columns(columns, header_line)
    records = []
    for line, cells in rows[1:]:
        if len(cells) != len(columns):
            text = f"has {len(cells)} cells, the header has {len(columns)}; check its separators"
            faults.append(Fault(line, "(row)", text))
        else:
            records.append(Record(line, dict(zip(columns, cells, strict=True))))
    if len(rows) == 1:
        faults.append(Fault(0, "(file)", "names no sample; give one line a sample"))
    return columns, records, faults


def _decode(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        fault = Fault(0, "(file)", f"cannot be read: {error.strerror}; check the path")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        fault = Fault(line, "(file)", "is not UTF-8 text; save the table as UTF-8 TSV or CSV")
    raise SheetError("The sample sheet cannot be read", [fault], where=str(path))


def _split(text: str) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    """Rows with their first line, skipping comments and empty rows outside quoted cells."""
    lines = _Lines(text)
    rows: list[tuple[int, list[str]]] = []
    faults: list[Fault] = []
    reader = csv.reader(lines, delimiter=_separator(text), strict=True)
    while True:
        lines.at_row_start = True
        try:
            cells = next(reader)
        except StopIteration:
            return rows, faults
        except csv.Error as error:
            text = f"cannot be split into cells ({error}); double the quotes inside a quoted cell"
            faults.append(Fault(lines.row_line, "(row)", text))
            continue
        if any(cell.strip() for cell in cells):
            rows.append((lines.row_line, cells))


class _Lines(Iterator[str]):
    """Physical lines; between rows, comments are skipped and the line number is noted."""

    def __init__(self, text: str) -> None:
        self._lines = enumerate(io.StringIO(text, newline=""), start=1)
        self.at_row_start = True
        self.row_line = 0

    def __next__(self) -> str:
        number, line = next(self._lines)
        while self.at_row_start and (line.startswith("#") or not line.strip()):
            number, line = next(self._lines)
        if self.at_row_start:
            self.row_line, self.at_row_start = number, False
        return line


def _separator(text: str) -> str:
    header = next((line for line in _Lines(text)), "")
    return "\t" if "\t" in header else ","


def _check_columns(columns: Sequence[str], line: int) -> list[Fault]:
    faults = [
        Fault(line, name or "(header)", f"stands {count} times in the header; keep one column")
        for name, count in Counter(columns).items()
        if count > 1 and name
    ]
    for position, name in enumerate(columns, start=1):
        if not name:
            faults.append(Fault(line, "(header)", f"column {position} has no name; give it one"))
        elif not name.isprintable():
            faults.append(Fault(line, repr(name), "has a control character in its name; rename it"))
        elif name.startswith(RESERVED_PREFIX):
            text = f"begins with {RESERVED_PREFIX!r}, kept for atrasig's own columns; rename it"
            faults.append(Fault(line, name, text))
    return faults + [
        Fault(line, name, _missing(name, columns)) for name in REQUIRED if name not in columns
    ]


def _missing(name: str, columns: Sequence[str]) -> str:
    twin = next((other for other in columns if other.casefold() == name), None)
    near = f"; rename column {twin!r}" if twin else f"; found: {', '.join(map(repr, columns))}"
    return f"required column is missing{near}"
