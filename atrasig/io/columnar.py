"""Parquet matrices."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.format import Format, Head
from atrasig.io.frame import matrix_from_frame
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read a parquet table with gene identifiers in its index or first column.

    Parameters
    ----------
    path
        Parquet file; orientation is decided as for text tables.
    options
        ``samples``: columns to read as samples; others become annotation or are counted.

    Raises
    ------
    FormatError
        If the file is not parquet or a sample's column holds text.
    """
    from pyarrow import ArrowInvalid

    try:
        frame = pd.read_parquet(path)
    except (ArrowInvalid, OSError) as error:
        raise FormatError(
            f"Cannot read as parquet: {error}", where=str(path), fix="Write the file again."
        ) from error
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    frame.columns = pd.Index([str(name).strip() for name in frame.columns], dtype=object)
    return matrix_from_frame(frame, options.samples, {}, path)


def _recognises(head: Head) -> bool:
    return head.content.startswith(b"PAR1")


FORMAT = Format("parquet", "Parquet", _recognises, read)
