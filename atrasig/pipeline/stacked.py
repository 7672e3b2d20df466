"""Tables of many blocks below each other, one block at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from atrasig.errors import FormatError
from atrasig.files import atomic_path, reading

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_ROWS = 2**17
"""Rows that a parquet file holds together, so that its bytes tell nothing of the blocks."""


def stacked(paths: Sequence[Path], columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
    """Read tables of blocks one after the other.

    Parameters
    ----------
    paths
        Parquet tables of the same stage, in the order of the blocks.
    columns
        Columns to read, all by default.

    Yields
    ------
    pandas.DataFrame
        Those with rows; where none has any, the first; where there is none, an empty table. So
        there is always one that knows the columns.

    Raises
    ------
    FormatError
        If a table cannot be read, or has other columns than the first.
    """
    if not paths:
        yield pd.DataFrame()
        return
    first: list[str] | None = None
    for path in filled(paths):
        with reading(path, "parquet"):
            frame = pd.read_parquet(path, columns=None if columns is None else list(columns))
        first = first or list(frame.columns)
        if list(frame.columns) != first:
            raise FormatError(
                "The columns are not those of the tables before it",
                where=str(path),
                fix="Run the stage that writes it again, for all blocks.",
            )
        yield frame


def stacked_as_one(paths: Sequence[Path]) -> pd.DataFrame:
    """Read tables of blocks into one, where all rows are needed at once."""
    return pd.concat(list(stacked(paths)), ignore_index=True)


def filled(paths: Sequence[Path]) -> list[Path]:
    """List the tables that have rows; the first where none has any."""
    import pyarrow.parquet as pq

    found = []
    for path in paths:
        with reading(path, "parquet"):
            if pq.read_metadata(path).num_rows:
                found.append(path)
    return found or list(paths[:1])


def write_stacked(paths: Sequence[Path], out: Path) -> None:
    """Put parquet tables below each other into one, whole or not at all.

    Its bytes depend on the rows alone, however they are divided between the tables.

    Parameters
    ----------
    paths
        Tables of the same columns, in the order of the blocks. A column without values in one of
        them takes the type it has in the others.
    out
        Table to write.

    Raises
    ------
    FormatError
        If a table cannot be read, or does not go with those before it.
    """
    import pyarrow.parquet as pq

    chosen = filled(paths)
    schema = _common_schema(chosen)
    with (
        atomic_path(out) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        for group in _regrouped(_tables(chosen, schema), schema):
            writer.write_table(group, row_group_size=GROUP_ROWS)


def _tables(paths: Iterable[Path], schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in paths:
        with reading(path, "parquet"):
            table = pq.read_table(path)
        yield pa.table(table.columns, names=table.column_names).cast(schema)


def _regrouped(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """Divide tables anew into groups of :data:`GROUP_ROWS`, the last of less, each in one piece."""
    import pyarrow as pa

    waiting = schema.empty_table()
    for table in tables:
        waiting = pa.concat_tables([waiting, table])
        while waiting.num_rows >= GROUP_ROWS:
            yield waiting.slice(0, GROUP_ROWS).combine_chunks()
            waiting = waiting.slice(GROUP_ROWS)
    if waiting.num_rows:
        yield waiting.combine_chunks()


def _common_schema(paths: Iterable[Path]) -> pa.Schema:
    """Columns and types that all tables fit, without what only holds for one of them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([])
    for place, path in enumerate(paths):
        with reading(path, "parquet"):
            own = pq.read_schema(path).remove_metadata()
            if place and own.names != schema.names:
                raise ValueError("its columns are not those of the tables before it")
            schema = pa.unify_schemas([schema, own], promote_options="permissive")
    return schema


def with_rows(frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Leave out tables without rows; where none has any, keep the first for its columns."""
    first: pd.DataFrame | None = None
    for frame in frames:
        if len(frame):
            yield frame
            first = frame
        elif first is None:
            first = frame
    if first is None:
        yield pd.DataFrame()
    elif not len(first):
        yield first
