"""The lines of a delimited text: comments, header, separator, and records of equal width."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from atrasig.errors import FormatError
from atrasig.io.text.header import header_place, holds_values, refuse_unnamed

BLANKS = " "
"""Separator of columns that runs of blanks keep apart."""
SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "pipe", BLANKS: "blanks"}
"""Separators by their name in the facts."""

_COMMENTS = ("#", "!")
_HEAD_LINES, _HEAD_CHARACTERS = 50, 1 << 20
_PROBED_LINES = 20


@dataclass(frozen=True)
class Layout:
    """What stands above the rows of a table.

    Parameters
    ----------
    header
        Fields of the header line, without surrounding blanks.
    separator
        A key of :data:`SEPARATORS`.
    lines
        Number of physical lines up to the end of the header.
    comments, empty, titles
        How many of these are comments, empty, or titles and groups of samples above the header.
    trimmed
        Number of names in the header that had surrounding blanks.
    """

    header: list[str]
    separator: str
    lines: int
    comments: int
    empty: int
    titles: int = 0
    trimmed: int = 0


@dataclass(frozen=True)
class Records:
    """The rows of a table as text, every one with as many fields as the header.

    Parameters
    ----------
    header
        Names of the columns, ``""`` where one has none.
    separator
        Separator within the texts.
    texts
        One a row, without line end.
    comments, empty
        Number of lines in the whole file that are comments or empty.
    """

    header: list[str]
    separator: str
    texts: list[str]
    comments: int
    empty: int


def take_head(handle: Iterator[str]) -> list[str]:
    """Take lines from the beginning of a text until there are enough to see its layout."""
    head, size, rows = [], 0, 0
    for line in handle:
        head.append(line)
        size += len(line)
        rows += not _is_aside(line)
        if rows > _HEAD_LINES or (rows > 2 and size > _HEAD_CHARACTERS):
            break
    return head


def find_layout(head: Sequence[str], path: Path) -> Layout:
    """Find header and separator.

    Parameters
    ----------
    head
        First lines of the text, with their ends.
    path
        File, for messages.

    Raises
    ------
    FormatError
        If there is no header or only one column.
    """
    first = next((place for place, line in enumerate(head) if not _is_aside(line)), None)
    if first is None:
        raise FormatError(
            "There is no header line", where=str(path), fix="Give a header with names."
        )
    rows = [line for line in head[first:] if line.strip()]
    separator = _separator(rows[: _PROBED_LINES + 1])
    if separator is None:
        raise FormatError(
            "There is only one column",
            where=str(path),
            fix="Separate columns with tabs, commas or semicolons.",
        )
    place = header_place(fields for *_, fields in _head_records(head, first, separator))
    start, end, fields = next(islice(_head_records(head, first, separator), place, None))
    header = [field.strip() for field in fields]
    refuse_unnamed(header, f"{path}, line {start + 1}")
    comments = sum(line.startswith(_COMMENTS) for line in head[:start])
    empty = sum(not line.strip() for line in head[:start])
    titles = start - comments - empty
    if holds_values(header):
        named = _commented_header(head[:first], len(header), separator)
        if named is None:
            raise FormatError(
                f"There is no header line: the first line holds the values of {header[0]!r}",
                where=f"{path}, line {start + 1}",
                fix="Put a line with the names of the columns above it.",
            )
        return Layout(named, separator, start, comments - 1, empty)
    trimmed = sum(name != field for name, field in zip(header, fields, strict=True))
    return Layout(header, separator, end, comments, empty, titles, trimmed)


def full_header(header: list[str], width: int, *, open_ended: bool) -> list[str]:
    """Complete a header that is one name shorter than the rows.

    R leaves out the name of the row names; other tools end every line with a separator.
    """
    if width == len(header):
        return header
    return [*header, ""] if open_ended else ["", *header]


def read_records(lines: Iterator[str], layout: Layout, path: Path) -> Records:
    """Read the rows below the header, checking that all have the same number of fields.

    Parameters
    ----------
    lines
        Lines below the header.
    layout
        What stands above them.
    path
        File, for messages.

    Returns
    -------
    Records
        Lines that begin like a comment and are no row of the table, and lines without any value,
        are left out and counted.

    Raises
    ------
    FormatError
        If a line has too many or too few fields, or there is none.
    """
    separator, number = layout.separator, layout.lines
    allowed = {len(layout.header), len(layout.header) + 1}
    open_ended, texts, comments, empty = True, [], layout.comments, layout.empty
    for line in lines:
        number += 1
        text, fields = _record(line, lines, separator)
        bare = text.rstrip("\r\n")
        if not bare.strip(" " + separator):
            empty += 1
        elif len(fields) in allowed:
            allowed = {len(fields)}
            open_ended = open_ended and not fields[-1].strip()
            texts.append(_joined(fields) if separator == BLANKS else bare)
        elif line.startswith(_COMMENTS):
            comments += 1
        else:
            raise FormatError(
                f"The line has {len(fields)} fields, {' or '.join(map(str, sorted(allowed)))} "
                "are needed",
                where=f"{path}, line {number}",
                fix="Give every line one field a column (the name of the row names may be left "
                "out of the header).",
            )
        _refuse_nul(text, f"{path}, line {number}")
        number += _n_lines(text) - 1
    if not texts:
        raise FormatError("There is no line below the header", where=str(path), fix="Give values.")
    header = full_header(layout.header, allowed.pop(), open_ended=open_ended)
    return Records(header, "\t" if separator == BLANKS else separator, texts, comments, empty)


def _is_aside(line: str) -> bool:
    return not line.strip() or line.startswith(_COMMENTS)


def _head_records(
    head: Sequence[str], first: int, separator: str
) -> Iterator[tuple[int, int, list[str]]]:
    """First records, each with the numbers of lines above it and down to its end."""
    end, lines = first, iter(head[first:])
    for line in lines:
        text, fields = _record(line, lines, separator)
        start, end = end, end + _n_lines(text)
        if not _is_aside(line):
            yield start, end, fields


def _separator(lines: Sequence[str]) -> str | None:
    """Choose the separator that splits header and rows alike; in doubt the commonest one."""
    if any("\t" in line for line in lines[:2]) or all("\t" in line for line in lines[-2:]):
        return "\t"
    ranked = []
    for separator in SEPARATORS:
        widths = [len(_record(line, iter(()), separator)[1]) for line in lines]
        alike = len(set(widths[1:])) < 2 and max(widths) > 1
        if alike and widths[-1] == widths[0]:
            ranked.append((0, -widths[0], separator))
        elif alike and widths[-1] == widths[0] + 1:
            ranked.append((1, -widths[0], separator))
        elif separator != BLANKS and max(*widths[:2], widths[-1]) > 1:
            ranked.append((2, -widths[-1], separator))
    order = "".join(SEPARATORS)
    # Words within fields are kept apart by blanks too: they separate columns only as a last resort.
    return (
        min(ranked, key=lambda r: (r[2] == BLANKS, *r[:2], order.index(r[2])))[2]
        if ranked
        else None
    )


def _record(line: str, lines: Iterator[str], separator: str) -> tuple[str, list[str]]:
    """Text of one record and its fields; a quoted field may hold line ends."""
    if '"' not in line:
        bare = line.rstrip("\r\n")
        return line, bare.split() if separator == BLANKS else bare.split(separator)
    used = [line]

    def following() -> Iterator[str]:
        yield line
        for more in lines:
            used.append(more)
            yield more

    blanks = separator == BLANKS
    fields = next(csv.reader(following(), delimiter=separator, skipinitialspace=blanks))
    return "".join(used), [f for f in fields if f] if blanks else fields


def _joined(fields: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter="\t", lineterminator="").writerow(fields)
    return line.getvalue()


def _n_lines(text: str) -> int:
    return max(len(list(io.StringIO(text, newline=""))), 1)


def _commented_header(above: Sequence[str], width: int, separator: str) -> list[str] | None:
    """Names in the last comment line, where it has as many fields as the row below it."""
    for line in reversed(above):
        if line.startswith(_COMMENTS):
            _, fields = _record(line[1:], iter(()), separator)
            return [field.strip() for field in fields] if len(fields) == width else None
    return None


def _refuse_nul(text: str, where: str) -> None:
    if "\0" in text:
        raise FormatError(
            "The line holds NUL bytes", where=where, fix="Save the table as plain text again."
        )
