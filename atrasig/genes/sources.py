"""Read the tables that a gene table is made from."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from atrasig.errors import GeneIdError

MAX_BYTES = 2**30
"""Bytes that a source may hold unpacked; HGNC's complete set has about 16 million."""


class Column(NamedTuple):
    """A column of a source.

    Parameters
    ----------
    meaning
        What it holds, for messages.
    names
        How sources call it.
    needed
        Whether the source cannot be used without it; else its cells are empty.
    """

    meaning: str
    names: tuple[str, ...]
    needed: bool = True


def read_columns(path: str | Path, columns: Sequence[Column], fix: str) -> Iterator[list[str]]:
    """Read some columns of a TSV or CSV table.

    Parameters
    ----------
    path
        The table, gzipped or plain, with a header line. Tabs separate where the header has any.
    columns
        The columns wanted.
    fix
        Where a good table is to be had, for messages.

    Yields
    ------
    list of str
        The cells of one line, stripped, in the order of `columns`.

    Raises
    ------
    GeneIdError
        If the file cannot be read, a column is missing, or a line has other cells than the header.
    """
    place = Path(path)
    text = _read(place, fix)
    delimiter = "\t" if "\t" in text.split("\n", 1)[0] else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip() for name in next(rows, [])]
        places = [_place(header, column, place, fix) for column in columns]
        for row in rows:
            if row and len(row) != len(header):
                raise GeneIdError(
                    f"The line has {len(row)} cells, the header {len(header)}",
                    where=f"{place.name}, line {rows.line_num}",
                    fix=f"The file may be cut short. {fix}",
                )
            if row:
                yield ["" if at is None else row[at].strip() for at in places]
    except csv.Error as error:
        raise GeneIdError(
            f"Not a table: {error}", where=f"{place.name}, line {rows.line_num}", fix=fix
        ) from error


def _place(header: list[str], column: Column, path: Path, fix: str) -> int | None:
    for name in column.names:
        if name in header:
            return header.index(name)
    if not column.needed:
        return None
    raise GeneIdError(
        f"There is no column for the {column.meaning} ({' or '.join(column.names)}); "
        f"the columns are {', '.join(header[:12]) or 'none'}",
        where=path.name,
        fix=fix,
    )


def _read(path: Path, fix: str) -> str:
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise GeneIdError("The file is larger than any list of genes", where=path.name, fix=fix)
        return content.decode("utf-8-sig")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise GeneIdError(f"Cannot read: {error}", where=path.name, fix=fix) from error
