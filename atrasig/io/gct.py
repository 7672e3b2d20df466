"""GCT 1.2 and 1.3, the matrix format of GSEA and GenePattern."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.compression import open_text
from atrasig.io.format import Format, Head
from atrasig.io.frame import choose_identifiers, to_numbers
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

_VERSION = re.compile(rb"\s*(?:\xef\xbb\xbf)?#1\.\d\s*[\r\n]")


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read a GCT file, checking its stated dimensions.

    Parameters
    ----------
    path
        GCT 1.2 (name, description, values) or 1.3 (with row and column metadata); may be gzip.
    options
        Not used here: the choice of samples is made once for every format.

    Raises
    ------
    FormatError
        If the version is unknown, or the lines contradict the stated dimensions.
    """
    with open_text(path) as handle:
        version = handle.readline().strip()
        stated = handle.readline().split("\t")
        rows = list(csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = [row for row in rows if any(field.strip() for field in row)]
    n_genes, n_samples, n_row_meta, n_column_meta = _dimensions(version, stated, path)
    header, body = _without_empty_end(rows[0]) if rows else [], rows[1 + n_column_meta :]
    first = 1 + n_row_meta
    width = first + n_samples
    if len(header) != width or len(body) != n_genes:
        raise FormatError(
            f"The second line states {n_genes} genes x {n_samples} samples, the file has "
            f"{len(body)} x {max(len(header) - first, 0)}",
            where=str(path),
            fix="Correct the second line, or export the file again.",
        )
    _check_widths(body, width, 4 + n_column_meta, path)
    names = [name.strip() for name in header[first:]]
    values = _values([row[first:width] for row in body], names, path)
    text = {
        header[place].strip() or f"column {place + 1}": pd.Series([row[place] for row in body])
        for place in range(first)
    }
    facts: dict[str, str | int] = {
        "orientation": "genes in rows",
        "column_metadata_rows": n_column_meta,
    }
    identifiers, annotation = choose_identifiers(text, facts)
    return RawMatrix(values, names, identifiers, annotation, facts)


def _without_empty_end(fields: list[str]) -> list[str]:
    """Drop the empty fields that a spreadsheet appends to short lines."""
    while fields and not fields[-1].strip():
        fields = fields[:-1]
    return fields


def _check_widths(body: list[list[str]], width: int, first_line: int, path: Path) -> None:
    for place, row in enumerate(body):
        if len(row) < width or any(field.strip() for field in row[width:]):
            raise FormatError(
                f"The line has {len(row)} fields, {width} are needed",
                where=f"{path}, line {place + first_line}",
                fix="Export the file again.",
            )


def _dimensions(version: str, stated: list[str], path: Path) -> tuple[int, int, int, int]:
    fields = [field.strip() for field in stated if field.strip()]
    expected = {"#1.2": 2, "#1.3": 4}.get(version)
    if expected is None:
        raise FormatError(
            f"GCT version {version!r} is not known", where=str(path), fix="Save as GCT 1.2 or 1.3."
        )
    if len(fields) < expected or not all(field.isdigit() for field in fields[:expected]):
        raise FormatError(
            f"The second line of a GCT {version[1:]} file holds {expected} whole numbers",
            where=f"{path}, line 2",
            fix="Export the file again.",
        )
    numbers = [int(field) for field in fields[:expected]]
    return (numbers[0], numbers[1], 1, 0) if expected == 2 else tuple(numbers)  # type: ignore[return-value]


def _values(cells: list[list[str]], names: list[str], path: Path) -> np.ndarray:
    flat = pd.Series([cell for row in cells for cell in row], dtype=object)
    numbers, wrong = to_numbers(flat)
    if wrong.any():
        row, column = divmod(int(np.flatnonzero(wrong)[0]), len(names))
        raise FormatError(
            f"{cells[row][column]!r} is not a number",
            where=f"{path}, data row {row + 1}, column {names[column]!r}",
            fix="Leave a missing value empty or NA.",
        )
    return np.ascontiguousarray(numbers.reshape(len(cells), len(names)).T)


def _recognises(head: Head) -> bool:
    return _VERSION.match(head.content) is not None


FORMAT = Format("gct", "GCT 1.2 or 1.3", _recognises, read)
