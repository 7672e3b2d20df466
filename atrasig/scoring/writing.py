"""Tables that grow block by block, written to parquet whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from atrasig.files import atomic_path

if TYPE_CHECKING:
    import pandas as pd

    from atrasig.scoring.tables import ScoredBlock

CELLS_A_GROUP = 4_000_000
"""Cells of the table that are gathered before they are written as one row group."""


def write_parquet(tables: Iterable[Any], out: Path) -> None:
    """Write arrow tables of one schema one after another.

    Parameters
    ----------
    tables
        ``pyarrow.Table``; small ones are joined, because a file of many row groups reads slowly.
    out
        Final path. It appears when everything is written; a failing run leaves none.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    with atomic_path(out) as temporary:
        writer: Any = None
        try:
            for table in _gathered(tables):
                writer = writer or _writer(temporary, table.schema)
                writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()


def _writer(path: Path, schema: Any) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # A dictionary of scores, nearly all of them different, costs time and saves nothing.
    texts = [column.name for column in schema if pa.types.is_string(column.type)]
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=texts)


def _gathered(tables: Iterable[Any]) -> Iterator[Any]:
    import pyarrow as pa

    waiting: list[Any] = []
    cells = 0
    for table in tables:
        waiting.append(table)
        cells += table.num_rows * table.num_columns
        if cells >= CELLS_A_GROUP:
            yield pa.concat_tables(waiting)
            waiting, cells = [], 0
    if waiting:
        yield pa.concat_tables(waiting)


def tidy_arrow(frame: pd.DataFrame) -> Any:
    """Arrow table of a tidy block."""
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


def wide_arrow(block: ScoredBlock) -> Any:
    """Arrow table of a block: ``sample``, then float32 columns ``<method>/<signature>``.

    Missing scores are NaN, as in the other layouts.
    """
    import pyarrow as pa

    columns = {"sample": pa.array(block.samples, type=pa.string())}
    for method, result in block.results.items():
        scores = np.ascontiguousarray(result.score.T, dtype=np.float32)
        columns |= {
            f"{method}/{name}": pa.array(row)
            for name, row in zip(block.index.ids, scores, strict=True)
        }
    return pa.table(columns)
