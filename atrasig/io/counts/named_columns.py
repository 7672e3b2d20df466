"""Tables with named columns of which every row has all its fields, as quantifiers write them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import FormatError
from atrasig.io.compression import open_text
from atrasig.io.format import Head
from atrasig.io.text.rows import check_width, read_numbers, tab_rows

Numbers = NDArray[np.float64]

_AGAIN = "The file is damaged or was changed by hand; write it again."


@dataclass(frozen=True)
class Columns:
    """The columns of a table, as text.

    Parameters
    ----------
    path
        The file, for messages.
    texts
        Fields by name of the column, in the order of the file.
    lines
        Line number of every row.
    comments
        Lines above the header that begin with ``#``.
    """

    path: Path
    texts: Mapping[str, Sequence[str]]
    lines: Sequence[int]
    comments: Sequence[str] = ()

    def names(self, column: str) -> list[str]:
        """Give a column of identifiers.

        Raises
        ------
        FormatError
            If one is empty.
        """
        names = [text.strip() for text in self.texts[column]]
        if "" in names:
            raise FormatError(
                "The identifier is empty", where=self._at(names.index("")), fix=_AGAIN
            )
        return names

    def numbers(self, column: str) -> Numbers:
        """Give a column of numbers, NaN where missing.

        Raises
        ------
        FormatError
            If a field is neither a number nor missing.
        """
        numbers: Numbers = read_numbers(
            self.texts[column], lambda row: f"{self._at(row)}, column {column!r}"
        )
        return numbers

    def counts(self, column: str) -> Numbers:
        """Give a column of counts, whole or expected.

        Raises
        ------
        FormatError
            If a field is no number, missing or negative.
        """
        counts = self.numbers(column)
        wrong = np.flatnonzero(~(counts >= 0))
        if wrong.size:
            row = int(wrong[0])
            text = self.texts[column][row]
            raise FormatError(
                f"{text!r} is no count; {wrong.size} such fields in the column",
                where=f"{self._at(row)}, column {column!r}",
                fix=_AGAIN,
            )
        return counts

    def annotation(self, *columns: str) -> dict[str, Sequence[str]]:
        """Give those of some columns that the file has."""
        return {column: self.texts[column] for column in columns if column in self.texts}

    def _at(self, row: int) -> str:
        return f"{self.path}, line {self.lines[row]}"


def header_of(head: Head) -> list[str]:
    """Split the first line that is no comment at tabs, or where there are none at commas."""
    line = next((line for line in head.lines if line.strip() and not line.startswith("#")), "")
    fields = next(csv.reader([line], delimiter=_separator(line)), []) if '"' in line else None
    return [f.strip() for f in (line.split(_separator(line)) if fields is None else fields)]


def has_header(*required: str) -> Callable[[Head], bool]:
    """Make a test for text whose header begins with one name and holds others."""
    first, others = required[0], set(required[1:])

    def recognises(head: Head) -> bool:
        header = header_of(head)
        return header[0] == first and others <= set(header)

    return recognises


def read_columns(path: Path, *headers: Sequence[str]) -> Columns:
    """Read a table of which every row has all its fields.

    Parameters
    ----------
    path
        Text separated by tabs or commas, packed or not; comments may stand above it.
    *headers
        Names of the columns of a file without a header, for each width that it may have.

    Raises
    ------
    FormatError
        If a row is cut short or too long, a name repeats, or there is no row.
    """
    with open_text(path) as handle:
        lines = [line.rstrip("\r\n") for line in handle]
        start = next((i for i, t in enumerate(lines) if t.strip() and not t.startswith("#")), None)
        if start is None:
            raise FormatError(
                "There is no table in the file", where=str(path), fix="Give a table with values."
            )
        comments, body = [text.strip() for text in lines[:start]], lines[start:]
        separator = _separator(body[0])
        first = next(csv.reader(body[:1], delimiter=separator))
        header = next(
            (names for names in headers if len(names) == len(first)), (*headers, first)[0]
        )
        skipped = 0 if headers else 1
        fields, numbers = _split(body[skipped:], len(header), start + skipped + 1, separator, path)
    names = [name.strip() for name in header]
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise FormatError(
            f"Column name {repeated[0]!r} stands {names.count(repeated[0])} times in the header",
            where=str(path),
            fix="Give each column a name of its own.",
        )
    if not numbers:
        raise FormatError("There is no line below the header", where=str(path), fix="Give values.")
    texts = {name: fields[place :: len(names)] for place, name in enumerate(names)}
    return Columns(path, texts, numbers, comments)


def _separator(line: str) -> str:
    return "\t" if "\t" in line else ","


def _split(
    lines: list[str], width: int, first: int, separator: str, path: Path
) -> tuple[list[str], Sequence[int]]:
    """Split into the fields of all rows, one row after the other, and the rows' line numbers."""
    text = separator.join(lines)
    if '"' not in text and all(line.count(separator) + 1 == width for line in lines):
        return text.split(separator), range(first, first + len(lines))
    fields, numbers = [], []
    for number, row in _rows(lines, first, separator):
        check_width(row, width, number, path)
        fields += row[:width]
        numbers.append(number)
    return fields, numbers


def _rows(lines: list[str], first: int, separator: str) -> Iterator[tuple[int, list[str]]]:
    if separator == "\t" and not any(line.startswith('"') for line in lines):
        yield from tab_rows(lines, first)
        return
    reader = csv.reader(lines, delimiter=separator)
    yield from ((first + reader.line_num - 1, row) for row in reader if any(row))
