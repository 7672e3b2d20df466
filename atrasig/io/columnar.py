"""Parquet, and feather, which is Arrow's file format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.compression import MAX_RATIO, SAFE_BYTES, open_bytes
from atrasig.io.format import Format, Head
from atrasig.io.frame import matrix_from_frame
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

_PARQUET, _FEATHER, _STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read a parquet or feather table with gene identifiers in its index or first column.

    Parameters
    ----------
    path
        Parquet, feather (Arrow file) or Arrow stream; may be packed. Orientation is decided as
        for text tables.
    options
        ``samples``: columns to read as samples; other columns of numbers are not loaded, and
        counted.

    Raises
    ------
    FormatError
        If the file is damaged, holds far more than a table of its size could, or a sample's column
        holds text.
    """
    import pyarrow

    try:
        table, n_passed = _table(path, options.samples)
        frame: pd.DataFrame = table.to_pandas()
    except (pyarrow.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise FormatError(
            f"Cannot read as parquet or feather: {error}",
            where=str(path),
            fix="Write the file again.",
        ) from error
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    frame.columns = pd.Index([str(name).strip() for name in frame.columns], dtype=object)
    names_follow = options.platform is not None or options.tx2gene is not None
    matrix = matrix_from_frame(frame, options.samples, {}, path, names_follow=names_follow)
    ignored = int(matrix.facts.get("ignored_columns", 0)) + n_passed
    matrix.facts["ignored_columns"] = ignored
    return matrix


def _table(path: Path, samples: Sequence[str] | None) -> tuple[Any, int]:
    """Table with the columns that are needed, and the number of the others."""
    import pyarrow as pa
    from pyarrow import ipc, parquet

    head = Head.of(path)
    size = path.stat().st_size
    if head.content == head.stored:
        source: Any = pa.memory_map(str(path))
    else:
        with open_bytes(path) as packed:
            source = pa.BufferReader(packed.read())
        size = source.size()
    limit = max(SAFE_BYTES, MAX_RATIO * size)
    if head.content.startswith(_PARQUET):
        file = parquet.ParquetFile(source)
        columns = _needed(file.schema_arrow, samples)
        n_columns = len(columns or file.schema_arrow.names)
        _check_size(file.metadata.num_rows * n_columns * 8, limit, path)
        table = file.read(columns=columns)
        return table, len(file.schema_arrow.names) - len(table.schema.names)
    opener: Callable[..., Any] = ipc.open_stream
    if head.content.startswith(_FEATHER):
        opener = ipc.open_file
    schema = opener(source).schema
    columns = _needed(schema, samples)
    source.seek(0)
    chosen = None if columns is None else [schema.get_field_index(name) for name in columns]
    reader = opener(source, options=ipc.IpcReadOptions(included_fields=chosen))
    batches = []
    for batch in _batches(reader):
        batches.append(batch)
        _check_size(sum(b.nbytes for b in batches), limit, path)
    table = pa.Table.from_batches(batches, reader.schema)
    return table, len(schema.names) - len(table.schema.names)


def _batches(reader: Any) -> Any:
    if hasattr(reader, "num_record_batches"):
        return map(reader.get_batch, range(reader.num_record_batches))
    return iter(reader)


def _needed(schema: Any, samples: Sequence[str] | None) -> list[str] | None:
    """Columns to load: the named samples, and all that may name genes. None for all of them."""
    import pyarrow as pa

    names = list(schema.names)
    wanted = set(samples or ())
    if not wanted or not wanted <= {name.strip() for name in names} or len(set(names)) < len(names):
        return None
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    kept = {name for name in index if isinstance(name, str)} | {names[0]}
    for column in schema:
        number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        if not number or column.name.strip() in wanted:
            kept.add(column.name)
    return [name for name in names if name in kept]


def _check_size(size: int, limit: int, path: Path) -> None:
    if size > limit:
        raise FormatError(
            f"The table unpacks to more than {MAX_RATIO} times its size",
            where=str(path),
            fix="If it is genuine, write it again without compression.",
        )


def _is_parquet(head: Head) -> bool:
    return head.content.startswith(_PARQUET)


def _is_arrow(head: Head) -> bool:
    return head.content.startswith((_FEATHER, _STREAM))


FORMAT = Format("parquet", "Parquet", _is_parquet, read)
FEATHER = Format("feather", "Feather (Arrow file or stream)", _is_arrow, read)
