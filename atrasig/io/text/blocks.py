"""From rows as text to columns of numbers and text, block by block and exact to the last bit."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import pandas as pd

from atrasig.io.cells import MISSING, Array

BLOCK_BYTES = 4 << 20
_MOST_THREADS = 4
_SPARE = 8


class UncleanText(Exception):
    """The text needs a closer look: a row, a cell or a quotation is not as it was at the head."""


@dataclass(frozen=True)
class Shape:
    """How the rows of a table are written.

    Parameters
    ----------
    width
        Number of columns.
    separator
        One character.
    decimal
        Decimal mark of the columns of numbers.
    number_places
        Columns of numbers, ascending; the others are read as text.
    """

    width: int
    separator: str
    decimal: str
    number_places: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Block:
    """Rows: numbers of shape (rows, columns), NaN where missing, and Arrow texts by place."""

    numbers: Array
    texts: dict[int, Any]


def parse_block(text: bytes, n_rows: int, shape: Shape) -> Block:
    """Split rows into cells.

    Parameters
    ----------
    text
        Rows, each on a line.
    n_rows
        How many there are.
    shape
        How they are written.

    Raises
    ------
    UncleanText
        If the text does not hold that many rows of that width, or a number is none.
    """
    import pyarrow as pa
    from pyarrow import csv

    numeric = set(shape.number_places)
    names = [str(place) for place in range(shape.width)]
    types = {n: pa.float64() if p in numeric else pa.string() for p, n in enumerate(names)}
    try:
        table = csv.read_csv(
            pa.BufferReader(text),
            csv.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
            csv.ParseOptions(delimiter=shape.separator, newlines_in_values=True),
            csv.ConvertOptions(
                column_types=types,
                null_values=list(MISSING),
                strings_can_be_null=False,
                decimal_point=shape.decimal,
            ),
        )
    except pa.ArrowInvalid as error:
        raise UncleanText(str(error)) from error
    if table.num_rows != n_rows:
        raise UncleanText(f"{table.num_rows} rows on {n_rows} lines")
    numbers = np.empty((n_rows, len(numeric)))
    missing = 0
    for number, place in enumerate(shape.number_places):
        column = table.column(place)
        missing += column.null_count
        numbers[:, number] = column.to_numpy()
    _refuse_words(numbers, missing)
    texts = {place: table.column(place) for place in range(shape.width) if place not in numeric}
    return Block(numbers, texts)


def _refuse_words(numbers: Array, missing: int) -> None:
    """Refuse spellings of NaN that are not among the words for a missing value."""
    if (missing or not np.isfinite(numbers).all()) and int(np.isnan(numbers).sum()) != missing:
        raise UncleanText("a cell is not a number")


def clean_blocks(stream: IO[bytes], skipped: int) -> Iterator[bytes]:
    """Cut a text into whole lines.

    Parameters
    ----------
    stream
        The text from its beginning.
    skipped
        Number of lines at the beginning to leave out.

    Raises
    ------
    UncleanText
        If there is a NUL byte, or a quotation that may hold a line end.
    """
    for _ in range(skipped):
        stream.readline()
    rest = b""
    while data := stream.read(BLOCK_BYTES):
        cut = data.rfind(b"\n") + 1
        block, rest = (rest + data[:cut], data[cut:]) if cut else (b"", rest + data)
        if block:
            yield _checked(block)
    if rest:
        yield _checked(rest)


def _checked(block: bytes) -> bytes:
    if b"\0" in block or block.count(b'"') % 2:
        raise UncleanText("a NUL byte or an open quotation")
    return block


def count_lines(block: bytes) -> int:
    """Count the lines of a text whose last line may lack its end."""
    return block.count(b"\n") + (not block.endswith(b"\n"))


def packed_records(texts: Sequence[str]) -> Iterator[tuple[bytes, int]]:
    """Join rows to blocks, with the number of rows of each."""
    start, size = 0, 0
    for end, text in enumerate(texts, start=1):
        size += len(text)
        if size > BLOCK_BYTES or end == len(texts):
            yield ("\n".join(texts[start:end]) + "\n").encode("utf-8", "surrogatepass"), end - start
            start, size = end, 0


def parse_all(blocks: Iterable[tuple[bytes, int]], shape: Shape) -> Block:
    """Parse blocks of rows on several threads and join them in their order.

    Raises
    ------
    UncleanText
        As :func:`parse_block`.
    """
    import pyarrow as pa

    rows = _Rows(len(shape.number_places))
    texts: dict[int, list[Any]] = {}
    for block in _in_order(lambda block: parse_block(*block, shape), blocks):
        rows.append(block.numbers)
        for place, column in block.texts.items():
            texts.setdefault(place, []).extend(column.chunks)
    return Block(rows.whole(), {p: pa.chunked_array(c, pa.string()) for p, c in texts.items()})


class _Rows:
    """A table of numbers that grows at its end; a large one grows without being copied."""

    def __init__(self, width: int) -> None:
        self._table = np.empty((0, width))
        self._n_rows = 0

    def append(self, rows: Array) -> None:
        end = self._n_rows + len(rows)
        if end > len(self._table):
            self._resize(end + end // _SPARE)
        self._table[self._n_rows : end] = rows
        self._n_rows = end

    def whole(self) -> Array:
        self._resize(self._n_rows)
        return self._table

    def _resize(self, n_rows: int) -> None:
        self._table.resize((n_rows, self._table.shape[1]), refcheck=False)


def _in_order(
    call: Callable[[tuple[bytes, int]], Block], items: Iterable[tuple[bytes, int]]
) -> Iterator[Block]:
    n_threads = min(len(os.sched_getaffinity(0)), _MOST_THREADS)
    waiting: deque[Future[Block]] = deque()
    with ThreadPoolExecutor(n_threads) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(call, item))
                if len(waiting) > n_threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def numbers_of(texts: Any) -> Array | None:
    """Read a column of Arrow texts as numbers, NaN where missing; None if one is no number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(texts)
    missing = pc.is_in(trimmed, value_set=pa.array(MISSING))
    try:
        column = pc.cast(pc.if_else(missing, pa.scalar(None, pa.string()), trimmed), pa.float64())
    except pa.ArrowInvalid:
        return None
    numbers: Array = column.to_numpy()
    return numbers if int(np.isnan(numbers).sum()) == column.null_count else None


def series_of(texts: Any, *, names: bool) -> pd.Series:
    """Give a column of Arrow texts as pandas texts, ``""`` for a missing cell that is no name."""
    column = pd.Series(texts.to_pylist(), dtype=object)
    return column if names else column.mask(column.isin(MISSING), "")
