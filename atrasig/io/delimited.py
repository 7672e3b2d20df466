"""TSV and CSV matrices, plain or gzip-compressed."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

import pandas as pd

from atrasig.errors import FormatError
from atrasig.genes import load_gene_table
from atrasig.io.compression import open_text
from atrasig.io.format import Format, Head
from atrasig.io.frame import MISSING, matrix_from_frame
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

_COMMENTS = ("#", "!")
# Before 3.1, pandas may be off by one in the last bit of a number unless told; since, it warns.
_EXACT: dict[str, Any] = (
    {"float_precision": "round_trip"}
    if tuple(map(int, pd.__version__.split(".")[:2])) < (3, 1)
    else {}
)


@dataclass(frozen=True)
class _Table:
    """The lines of a table, every one with the same number of fields."""

    header: list[str]
    separator: str
    width: int
    lines: list[str]
    facts: dict[str, str | int]


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read a delimited matrix.

    Parameters
    ----------
    path
        TSV or CSV; lines above the header that start with ``#`` or ``!``, lines below it that do
        and are no row of the table, and empty lines are skipped and counted. Genes may stand in
        rows or columns: the side on which more names are known gene identifiers.
    options
        ``samples``: columns to read as samples; others become annotation or are counted.

    Raises
    ------
    FormatError
        If a line has too many or too few fields, a header is missing or repeats, or a value is
        not a number.
    """
    with open_text(path) as handle:
        table = _split(handle, path)
    return matrix_from_frame(_parse(table, path), options.samples, table.facts, path)


def _split(handle: IO[str], path: Path) -> _Table:
    """Find header, separator and width, and check that all lines agree."""
    lines = iter(handle)
    facts: dict[str, str | int] = {"comment_lines": 0, "empty_lines": 0}
    number, line = _header_line(lines, facts, path)
    following = next(lines, "")
    separator = next((s for line_ in (line, following) for s in "\t," if s in line_), None)
    if separator is None:
        raise FormatError(
            "There is only one column",
            where=str(path),
            fix="Separate columns with tabs or commas.",
        )
    lines = chain([following] if following else [], lines)
    text, _ = _record(line, lines, separator)
    fields = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    header = [field.strip() for field in fields]
    _refuse_values_as_header(header, f"{path}, line {number}")
    number += text.rstrip("\r\n").count("\n")
    body, width, open_ended = _body(lines, number, separator, len(header), facts, path)
    if width == len(header) + 1:
        # R leaves out the name of the row names; other tools end every line with a separator.
        header = [*header, ""] if open_ended else ["", *header]
    _refuse_repeated(header, f"{path}, line {number}")
    return _Table(header, separator, width, body, facts)


def _header_line(lines: Iterator[str], facts: dict[str, str | int], path: Path) -> tuple[int, str]:
    found: Counter[str] = Counter()
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith(_COMMENTS):
            facts.update(comment_lines=found["comment"], empty_lines=found["empty"])
            return number, line
        found["comment" if line.strip() else "empty"] += 1
    raise FormatError("There is no header line", where=str(path), fix="Give a header with names.")


def _body(
    lines: Iterator[str],
    number: int,
    separator: str,
    n_header: int,
    facts: dict[str, str | int],
    path: Path,
) -> tuple[list[str], int, bool]:
    body: list[str] = []
    found: Counter[str] = Counter()
    allowed, open_ended = {n_header, n_header + 1}, True
    for line in lines:
        number += 1
        text, n_fields = _record(line, lines, separator)
        if not text.strip(" \r\n" + separator):
            found["empty"] += 1
        elif n_fields in allowed:
            allowed = {n_fields}
            open_ended = open_ended and text.rstrip("\r\n").endswith(separator)
            body.append(text)
        elif line.startswith(_COMMENTS):
            found["comment"] += 1
        else:
            raise FormatError(
                f"The line has {n_fields} fields, {' or '.join(map(str, sorted(allowed)))} "
                "are needed",
                where=f"{path}, line {number}",
                fix="Give every line one field a column (the name of the row names may be left "
                "out of the header).",
            )
        number += text.rstrip("\r\n").count("\n")
    if not body:
        raise FormatError("There is no line below the header", where=str(path), fix="Give values.")
    facts["comment_lines"] = int(facts["comment_lines"]) + found["comment"]
    facts["empty_lines"] = int(facts["empty_lines"]) + found["empty"]
    return body, allowed.pop(), open_ended


def _record(line: str, lines: Iterator[str], separator: str) -> tuple[str, int]:
    """Text of one record and its number of fields; a quoted field may hold line ends."""
    if '"' not in line:
        return line, line.count(separator) + 1
    used = [line]

    def following() -> Iterator[str]:
        yield line
        for more in lines:
            used.append(more)
            yield more

    fields = next(csv.reader(following(), delimiter=separator))
    return "".join(used), len(fields)


def _refuse_values_as_header(header: list[str], where: str) -> None:
    def is_number(text: str) -> bool:
        try:
            float(text)
        except ValueError:
            return False
        return True

    first = header[0]
    named = first.startswith(("__", "N_")) or load_gene_table().resolve([first]).kind != "unmapped"
    if named and len(header) > 1 and all(map(is_number, header[1:])):
        raise FormatError(
            f"There is no header line: the first line holds the values of {first!r}",
            where=where,
            fix="Put a line with the names of the columns above it.",
        )


def _refuse_repeated(header: list[str], where: str) -> None:
    repeated = [name for name, times in Counter(header).items() if times > 1 and name]
    if repeated:
        raise FormatError(
            f"Column name {repeated[0]!r} stands {header.count(repeated[0])} times in the header",
            where=where,
            fix="Give each column a name of its own.",
        )


def _parse(table: _Table, path: Path) -> pd.DataFrame:
    places = [str(place) for place in range(table.width)]
    try:
        frame: pd.DataFrame = pd.read_csv(
            io.StringIO("".join(table.lines)),
            sep=table.separator,
            header=None,
            names=places,
            index_col=False,
            # Names are kept as written: 001 is no number and NA may be a sample.
            dtype={"0": str},
            na_values={place: list(MISSING) for place in places[1:]},
            keep_default_na=False,
            low_memory=False,
            **_EXACT,
        )
    except pd.errors.ParserError as error:
        raise FormatError(
            f"Cannot split the lines into fields: {error}",
            where=str(path),
            fix="Check for a quotation mark that is not closed.",
        ) from error
    frame.columns = pd.Index(table.header, dtype=object)
    return frame


def _recognises(head: Head) -> bool:
    return head.is_text


FORMAT = Format("delimited", "TSV, CSV or other separated text", _recognises, read)
