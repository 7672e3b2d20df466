"""TSV, CSV and other separated text.

A text whose rows all look like its first ones is split block by block on several threads. Any
other is read again line by line, which finds what may be left out and where a fault lies. Cells
are read by one function, so both ways give the same matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.cells import Array, Cells
from atrasig.io.compression import open_bytes, open_text, text_encoding
from atrasig.io.format import Format, Head
from atrasig.io.frame import matrix_from_cells
from atrasig.io.options import Decimal, ReadOptions
from atrasig.io.table import RawMatrix
from atrasig.io.text.blocks import (
    Block,
    Shape,
    UncleanText,
    clean_blocks,
    count_lines,
    numbers_of,
    packed_records,
    parse_all,
    series_of,
)
from atrasig.io.text.decimals import Settled, refuse_grouping_points, settle_decimals
from atrasig.io.text.layout import (
    BLANKS,
    SEPARATORS,
    Layout,
    Records,
    find_layout,
    read_records,
    take_head,
)

Facts = dict[str, str | int]


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read a delimited matrix.

    Parameters
    ----------
    path
        Text separated by tabs, commas, semicolons, pipes or blanks, packed or not. Lines above the
        header that start with ``#`` or ``!``, lines below it that do and are no row of the table,
        and empty lines are skipped and counted. Genes may stand in rows or columns: the side on
        which more names look like gene identifiers.
    options
        ``samples``: columns to read as samples, others become annotation or are counted;
        ``decimal``: the decimal mark, where the numbers leave it open.

    Raises
    ------
    FormatError
        If a line has too many or too few fields, a header is missing or repeats, a value is not a
        number, or the table is none of expression.
    """
    cells, facts = read_cells(path, options.decimal)
    named = options.platform is not None or options.tx2gene is not None
    return matrix_from_cells(cells, options.samples, facts, path, names_follow=named)


def read_cells(
    path: Path, decimal: Decimal, find: Callable[[Sequence[str], Path], Layout] = find_layout
) -> tuple[Cells, Facts]:
    """Read a delimited text as a table.

    Parameters
    ----------
    path
        As for :func:`read`.
    decimal
        Decimal mark, where it is known.
    find
        Finds what stands above the rows, from the first lines.

    Raises
    ------
    FormatError
        If a line has too many or too few fields, or the decimal mark cannot be told.
    """
    with open_text(path) as handle:
        head = take_head(handle)
    layout = find(head, path)
    try:
        cells, facts = read_evenly(path, layout, head, decimal)
    except UncleanText:
        cells, facts = read_closely(path, layout, decimal)
    if decimal == "auto" and facts["decimal"] == "point" and "grouped_cells" not in facts:
        refuse_grouping_points(cells.numbers, str(path))
    return cells, facts


def read_evenly(
    path: Path, layout: Layout, head: Sequence[str], decimal: Decimal
) -> tuple[Cells, Facts]:
    """Read a text whose rows all look like its first ones, in blocks.

    Raises
    ------
    UncleanText
        If they do not: the text has to be read closely.
    """
    if (
        layout.separator == BLANKS
        or text_encoding(path) != "utf-8-sig"
        or not _ends_are_plain(head)
    ):
        raise UncleanText("the lines need to be split one by one")
    try:
        first = read_records(iter(head[layout.lines :]), layout, path)
        seen, settled = _columns(_parse_records(first), first, decimal, path)
    except FormatError as error:
        raise UncleanText("the first rows have faults") from error
    if (first.comments, first.empty) != (layout.comments, layout.empty) or settled.grouped:
        raise UncleanText("not every line is a row of plain numbers")
    mark = "," if settled.mark == "comma" else "."
    shape = Shape(len(first.header), first.separator, mark, tuple(seen.number_places))
    with open_bytes(path) as stream:
        blocks = ((block, count_lines(block)) for block in clean_blocks(stream, layout.lines))
        block = parse_all(blocks, shape)
    try:
        cells, settled_now = _columns(
            block, first, "comma" if mark == "," else decimal, path, shape.number_places
        )
    except FormatError as error:
        raise UncleanText("later rows have faults") from error
    if settled_now.mark != settled.mark or settled_now.grouped or _has_empty_row(cells):
        raise UncleanText("later rows are written in another way")
    if first.header != layout.header and not first.header[-1] and not cells.is_empty(-1):
        raise UncleanText("not every row ends with a separator")
    return cells, _facts(first, settled_now, layout)


def read_closely(path: Path, layout: Layout, decimal: Decimal) -> tuple[Cells, Facts]:
    """Read a text line by line.

    Raises
    ------
    FormatError
        At the first fault, with its line.
    """
    with open_text(path) as handle:
        records = read_records(islice(handle, layout.lines, None), layout, path)
    try:
        block = _parse_records(records)
    except UncleanText as error:
        raise FormatError(
            f"Cannot split the lines into fields: {error}",
            where=str(path),
            fix="Check for a quotation mark that is not closed.",
        ) from error
    cells, settled = _columns(block, records, decimal, path)
    return cells, _facts(records, settled, layout)


def _parse_records(records: Records) -> Block:
    shape = Shape(len(records.header), records.separator, ".", ())
    return parse_all(packed_records(records.texts), shape)


def _columns(
    block: Block,
    records: Records,
    decimal: Decimal,
    path: Path,
    number_places: Sequence[int] = (),
) -> tuple[Cells, Settled]:
    """Read columns of text as numbers wherever all their cells are, once decimals are settled."""
    found: dict[int, Array] = {}
    texts: dict[int, pd.Series] = {}
    names = series_of(block.texts.pop(0), names=True)
    for place in sorted(block.texts):
        column = block.texts.pop(place)
        read = numbers_of(column) if decimal != "comma" else None
        if read is not None:
            found[place] = read
        else:
            texts[place] = series_of(column, names=False)
    settled = settle_decimals(
        texts,
        stated=decimal,
        separator=records.separator,
        points_seen=lambda: any(map(_has_fraction, chain(block.numbers.T, found.values()))),
        where=str(path),
    )
    texts = {0: names} | settled.texts
    cells = Cells.of_columns(records.header, block.numbers.T, number_places, found, texts)
    return cells, settled


def _has_fraction(column: Array) -> bool:
    given = column[np.isfinite(column)]
    return bool((given != np.floor(given)).any())


def _has_empty_row(cells: Cells) -> bool:
    unnamed = [row for row, name in enumerate(cells.row_names) if not name]
    return any(
        np.isnan(cells.numbers[:, row]).all()
        and not any(str(column.iloc[row]).strip() for column in cells.texts.values())
        for row in unnamed
    )


def _ends_are_plain(head: Sequence[str]) -> bool:
    return not any(line.endswith("\r") for line in head)


def _facts(records: Records, settled: Settled, layout: Layout) -> Facts:
    facts: Facts = {
        "comment_lines": records.comments,
        "empty_lines": records.empty,
        "separator": SEPARATORS[layout.separator],
        "decimal": settled.mark,
    }
    found = {
        "grouped_cells": settled.grouped,
        "title_lines": layout.titles,
        "trimmed_names": layout.trimmed,
    }
    return facts | {name: n for name, n in found.items() if n}


def _recognises(head: Head) -> bool:
    return head.is_text


FORMAT = Format("delimited", "TSV, CSV or other separated text", _recognises, read)
