"""Matrix Market files of counts, read without trust in what their header announces."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.compression import open_bytes

BANNER = "%%MatrixMarket"
_LONGEST_LINE = 1 << 16
_COLUMNS = ("row", "column", "value")
# Before 3.1, pandas may be off by one in the last bit of a number unless told; since, it warns.
_EXACT: dict[str, Any] = (
    {"float_precision": "round_trip"}
    if tuple(map(int, pd.__version__.split(".")[:2])) < (3, 1)
    else {}
)


def read_matrix_market(path: Path, n_rows: int, n_columns: int) -> Any:
    """Read a sparse matrix of counts.

    SciPy's reader crashes on a last line that is cut short, so the lines are read as a table.

    Parameters
    ----------
    path
        Text, packed or not, of the kind ``coordinate integer general`` or ``... real general``.
    n_rows, n_columns
        Shape that the matrix must have.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (columns, rows), float64: transposed, as cells are stored in columns. Entries of
        one cell that stand several times are summed.

    Raises
    ------
    FormatError
        If the file is of another kind or shape, or an entry is no number or lies outside.
    """
    from scipy.sparse import coo_array

    with open_bytes(path) as handle:
        announced, skipped, is_whole = _header(handle, path, n_rows, n_columns)
        entries = _entries(handle, is_whole=is_whole, path=path)
    if len(entries) != announced:
        raise _fault(
            f"There are {len(entries)} entries, and the header announces {announced}", path
        )
    rows, columns = (entries[name].to_numpy() - 1 for name in _COLUMNS[:2])
    outside = (rows < 0) | (rows >= n_rows) | (columns < 0) | (columns >= n_columns)
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        raise _fault(
            f"The entry in row {rows[first] + 1}, column {columns[first] + 1} lies outside "
            f"{n_rows} rows and {n_columns} columns",
            path,
            line=skipped + first + 1,
        )
    values = entries["value"].to_numpy(dtype=np.float64)
    return coo_array((values, (columns, rows)), shape=(n_columns, n_rows)).tocsr()


def _header(handle: IO[bytes], path: Path, n_rows: int, n_columns: int) -> tuple[int, int, bool]:
    """Read to the line of sizes; give the number of entries, of lines read, and the kind."""
    banner = _line(handle).split()
    kind = [word.lower() for word in banner[2:]]
    if banner[:2] != [BANNER, "matrix"] or kind[:1] != ["coordinate"] or kind[2:] != ["general"]:
        raise _fault(f"The matrix is of the kind {' '.join(banner[1:])!r}", path)
    if kind[1] not in ("integer", "real"):
        raise _fault(f"The values are {kind[1]}, not counts", path)
    sizes, skipped = _line(handle), 2
    while sizes.startswith("%") or (sizes and not sizes.strip()):
        sizes, skipped = _line(handle), skipped + 1
    numbers = sizes.split()
    if len(numbers) != 3 or not all(number.isdecimal() for number in numbers):
        raise _fault("The line of sizes does not hold three numbers", path, line=skipped)
    stated_rows, stated_columns, announced = (int(number) for number in numbers)
    if (stated_rows, stated_columns) != (n_rows, n_columns):
        raise FormatError(
            f"The matrix has {stated_rows} rows and {stated_columns} columns for {n_rows} features "
            f"and {n_columns} barcodes",
            where=str(path),
            fix="Keep the three files of one sample together; rows are features.",
        )
    return announced, skipped, kind[1] == "integer"


def _line(handle: IO[bytes]) -> str:
    return handle.readline(_LONGEST_LINE).decode("utf-8", "replace")


def _entries(handle: IO[bytes], *, is_whole: bool, path: Path) -> pd.DataFrame:
    types = {"row": np.int64, "column": np.int64, "value": np.int64 if is_whole else np.float64}
    try:
        with warnings.catch_warnings():
            # A line of more than three numbers is only warned of.
            warnings.simplefilter("error")
            entries: pd.DataFrame = pd.read_csv(
                handle,
                sep=r"\s+",
                header=None,
                names=list(_COLUMNS),
                index_col=False,
                dtype=types,
                na_filter=False,
                quoting=csv.QUOTE_NONE,
                **_EXACT,
            )
            return entries
    except (ValueError, OverflowError, pd.errors.ParserWarning) as error:
        raise _fault(f"An entry is not three numbers: {error}", path) from error


def _fault(what: str, path: Path, *, line: int = 0) -> FormatError:
    return FormatError(
        f"Cannot read as a Matrix Market file of counts: {what}",
        where=f"{path}, line {line}" if line else str(path),
        fix="It is damaged or cut short, or no sparse matrix of numbers; download it again.",
    )
