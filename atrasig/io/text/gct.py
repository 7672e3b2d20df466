"""GCT 1.2 and 1.3, the matrix format of GSEA and GenePattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.compression import open_text
from atrasig.io.format import Format, Head
from atrasig.io.frame import choose_identifiers
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix, unique_names
from atrasig.io.text.rows import SampleValues, check_width, tab_rows

_VERSION = re.compile(rb"\s*(?:\xef\xbb\xbf)?#1\.\d\s*[\r\n]")
# GTEx puts a running number before the two columns of GCT 1.2.
_NUMBERED = ["Name", "Description"]
_COUNT = re.compile(r"[0-9]{1,9}")
_Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True)
class _Layout:
    """What the second line states."""

    n_genes: int
    n_samples: int
    n_row_meta: int
    n_column_meta: int

    @property
    def first(self) -> int:
        """Place of the first sample in a row."""
        return 1 + self.n_row_meta

    @property
    def width(self) -> int:
        return self.first + self.n_samples


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read a GCT file, checking its stated dimensions.

    Parameters
    ----------
    path
        GCT 1.2 (name, description, values) or 1.3 (with row and column metadata, which become
        gene annotation and ``obs``); may be packed.
    options
        Not used here: the choice of samples is made once for every format.

    Raises
    ------
    FormatError
        If the version is unknown, the lines contradict the stated dimensions, or a value is not
        a number.
    """
    with open_text(path) as handle:
        version = handle.readline().strip()
        layout = _layout(version, handle.readline().split("\t"), path)
        rows = tab_rows(handle, first=3)
        header = _without_empty_end(next(rows, (0, [""]))[1])
        if len(header) == layout.width + 1 and header[1:3] == _NUMBERED:
            layout = replace(layout, n_row_meta=2)
        names = [name.strip() for name in header[layout.first :]]
        metadata = list(islice(rows, layout.n_column_meta))
        values = SampleValues(names)
        text = _body(rows, layout, header, values, path)
    annotation = {
        header[place].strip() or f"column {place + 1}": pd.Series(column, dtype=object)
        for place, column in enumerate(text)
    }
    facts: dict[str, str | int] = {
        "orientation": "genes in rows",
        "column_metadata_rows": layout.n_column_meta,
    }
    identifiers, others = choose_identifiers(annotation, facts)
    return RawMatrix(
        values.matrix(),
        names,
        identifiers,
        others,
        facts,
        obs=_column_metadata(metadata, layout, path),
        faults=values.faults,
    )


def _body(
    rows: _Rows, layout: _Layout, header: list[str], values: SampleValues, path: Path
) -> list[list[str]]:
    """Read the rows: their texts by column; their values are added to those of the samples."""
    text: list[list[str]] = [[] for _ in range(layout.first)]
    fits, n_rows = len(header) == layout.width, 0
    for number, row in rows:
        n_rows += 1
        if fits and n_rows <= layout.n_genes:
            check_width(row, layout.width, number, path)
            for column, field in zip(text, row, strict=False):
                column.append(field)
            _add_gene(values, row, number, layout, path)
    if not fits or n_rows != layout.n_genes:
        raise FormatError(
            f"The second line states {layout.n_genes} genes x {layout.n_samples} samples, the "
            f"file has {n_rows} x {max(len(header) - layout.first, 0)}",
            where=str(path),
            fix="Correct the second line, or export the file again.",
        )
    return text


def _add_gene(
    values: SampleValues, row: list[str], number: int, layout: _Layout, path: Path
) -> None:
    def where(place: int) -> str:
        return f"{path}, line {number}, gene {row[0]!r}, column {values.names[place]!r}"

    values.add(row[layout.first : layout.width], where)


def _column_metadata(
    rows: list[tuple[int, list[str]]], layout: _Layout, path: Path
) -> pd.DataFrame | None:
    if not rows:
        return None
    for number, row in rows:
        check_width(row, layout.width, number, path)
    names = unique_names([row[0].strip() for _, row in rows])
    cells = (row[layout.first : layout.width] for _, row in rows)
    table = {name: [cell.strip() for cell in line] for name, line in zip(names, cells, strict=True)}
    return pd.DataFrame(table, dtype=object)


def _without_empty_end(fields: list[str]) -> list[str]:
    """Drop the empty fields that a spreadsheet appends to short lines."""
    while fields and not fields[-1].strip():
        fields = fields[:-1]
    return fields


def _layout(version: str, stated: list[str], path: Path) -> _Layout:
    fields = [field.strip() for field in stated if field.strip()]
    expected = {"#1.2": 2, "#1.3": 4}.get(version)
    if expected is None:
        raise FormatError(
            f"GCT version {version!r} is not known", where=str(path), fix="Save as GCT 1.2 or 1.3."
        )
    if len(fields) < expected or not all(map(_COUNT.fullmatch, fields[:expected])):
        raise FormatError(
            f"The second line of a GCT {version[1:]} file holds {expected} whole numbers",
            where=f"{path}, line 2",
            fix="Export the file again.",
        )
    numbers = [int(field) for field in fields[:expected]]
    return _Layout(*numbers[:2], *(numbers[2:] or (1, 0)))


def _recognises(head: Head) -> bool:
    return _VERSION.match(head.content) is not None


FORMAT = Format("gct", "GCT 1.2 or 1.3", _recognises, read)
