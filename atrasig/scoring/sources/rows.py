"""Rows of a matrix, whatever holds it: read some samples at a time, never more.

A reader gives the asked rows in the asked order, dense or csr, of float32 or float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import InputError, UsageError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Positions: TypeAlias = NDArray[np.intp]
Values: TypeAlias = "NDArray[Any] | csr_array"

_NUMBER_KINDS = "biuf"


class RowReader(Protocol):
    """What a source needs of the thing that holds its values."""

    @property
    def sparse(self) -> bool:
        """Whether blocks come as csr."""

    @property
    def in_memory(self) -> bool:
        """Whether all values are in memory already."""

    @property
    def row_bytes(self) -> float:
        """Mean bytes of a row as it is read, over all columns."""

    def take(self, rows: Positions, columns: Positions | None) -> Values:
        """Read rows in the order given; some columns in the order given, or all for None."""


@dataclass(frozen=True)
class DenseRows:
    """A numpy array in memory, in either memory order; whole consecutive rows are not copied.

    Parameters
    ----------
    values
        Shape (samples, genes).
    """

    values: NDArray[Any]
    sparse = False
    in_memory = True

    @property
    def row_bytes(self) -> float:
        """Bytes of a row."""
        return float(self.values.shape[1] * as_floating(self.values[:0]).itemsize)

    def take(self, rows: Positions, columns: Positions | None) -> Values:
        """Read rows."""
        return pick_columns(as_floating(self.values[_consecutive(rows)]), columns)


@dataclass(frozen=True)
class SparseRows:
    """A csr matrix in memory.

    Parameters
    ----------
    values
        Any csr matrix or array of scipy, samples x genes.
    """

    values: Any
    sparse = True
    in_memory = True

    @property
    def row_bytes(self) -> float:
        """Bytes of the stored values of a row, on average."""
        return _mean_sparse_row(self.values.nnz, self.values.shape[0], self.values.dtype)

    def take(self, rows: Positions, columns: Positions | None) -> Values:
        """Read rows."""
        chosen = _consecutive(rows)
        block = _csr_rows(self.values, chosen) if isinstance(chosen, slice) else self.values[chosen]
        return pick_columns(as_csr(block), columns)


@dataclass(frozen=True)
class StoredRows:
    """Values on disk that can be read by consecutive rows: HDF5 or zarr, dense or csr.

    Parameters
    ----------
    values
        A two-dimensional ``h5py.Dataset`` or ``zarr.Array``, or anndata's ``CSRDataset``.
    sparse
        Whether slices of it are sparse.
    row_bytes
        Mean bytes of a row as it is read.
    """

    values: Any
    sparse: bool
    row_bytes: float
    in_memory = False

    def take(self, rows: Positions, columns: Positions | None) -> Values:
        """Read rows: each run of consecutive rows by one access, none twice."""
        wanted, places = np.unique(rows, return_inverse=True)
        parts = [self.values[int(run[0]) : int(run[-1]) + 1] for run in _runs(wanted)]
        block = _stack(parts, sparse=self.sparse)
        in_order = rows.size == wanted.size and bool((places == np.arange(rows.size)).all())
        return pick_columns(block if in_order else block[places], columns)


@dataclass(frozen=True)
class ViewRows:
    """Some rows and columns of another matrix, neither copied nor read as a whole.

    Parameters
    ----------
    parent
        The matrix looked at.
    rows, columns
        Its rows and columns that are in view, None for all columns.
    """

    parent: RowReader
    rows: Positions
    columns: Positions | None

    @property
    def sparse(self) -> bool:
        """Whether blocks come as csr."""
        return self.parent.sparse

    @property
    def in_memory(self) -> bool:
        """Whether the other matrix is in memory."""
        return self.parent.in_memory

    @property
    def row_bytes(self) -> float:
        """Bytes of a row of the other matrix, all of which is read."""
        return self.parent.row_bytes

    def take(self, rows: Positions, columns: Positions | None) -> Values:
        """Read rows."""
        chosen = self.columns
        if chosen is not None and columns is not None:
            chosen = chosen[columns]
        return self.parent.take(self.rows[rows], columns if chosen is None else chosen)


def as_floating(values: NDArray[Any]) -> NDArray[Any]:
    """Give numbers as float32 or float64: unchanged where they are, otherwise without loss.

    Raises
    ------
    UsageError
        If they are no real numbers.
    """
    if values.dtype in (np.float32, np.float64):
        return values
    if values.dtype.kind not in _NUMBER_KINDS:
        raise UsageError(
            f"The matrix holds {values.dtype} values, which are no numbers",
            fix="Give a matrix of numbers.",
        )
    small = values.dtype.kind == "b" or values.dtype.itemsize <= 2
    return values.astype(np.float32 if small else np.float64)


def pick_columns(block: Values, columns: Positions | None) -> Values:
    """Columns of a block in the order given, all for None.

    The stored columns of a sparse row are not sorted again, which would cost more than ranking it.
    """
    if columns is None:
        return block
    return np.take(block, columns, axis=1) if isinstance(block, np.ndarray) else block[:, columns]


def as_csr(block: Any) -> csr_array:
    """Give a csr block of float32 or float64 as an array of scipy."""
    from scipy.sparse import csr_array

    values = as_floating(block.data)
    if isinstance(block, csr_array) and values is block.data:
        return block
    return csr_array((values, block.indices, block.indptr), shape=block.shape)


def check_indices(values: Any) -> None:
    """Refuse compressed values whose indices leave the matrix: compiled loops would follow them.

    Parameters
    ----------
    values
        csr or csc, as read from a file.

    Raises
    ------
    InputError
        If they do.
    """
    indices, bounds = values.indices, values.indptr
    width = values.shape[1 if values.format == "csr" else 0]
    outside = indices.size > 0 and (int(indices.min()) < 0 or int(indices.max()) >= width)
    overlapping = bounds[0] != 0 or bounds[-1] > indices.size or bool((np.diff(bounds) < 0).any())
    if outside or overlapping:
        raise contradicting("an index lies outside the matrix")


def contradicting(why: str) -> InputError:
    """Error for compressed values whose parts do not fit together."""
    return InputError(
        f"The sparse values contradict themselves: {why}",
        fix="The matrix is damaged; write it again.",
    )


def _mean_sparse_row(n_stored: int, n_rows: int, dtype: Any) -> float:
    return float(n_stored / max(n_rows, 1) * (max(np.dtype(dtype).itemsize, 4) + 4))


def _consecutive(rows: Positions) -> slice | Positions:
    """Rows as a slice, which needs no copy, where they follow each other."""
    if rows.size and bool((np.diff(rows) == 1).all()):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _runs(ordered: Positions) -> Iterator[Positions]:
    """Split increasing positions into runs without a gap."""
    yield from np.split(ordered, np.flatnonzero(np.diff(ordered) != 1) + 1)


def _csr_rows(values: Any, rows: slice) -> csr_array:
    from scipy.sparse import csr_array

    bounds = values.indptr[rows.start : rows.stop + 1]
    stored = slice(bounds[0], bounds[-1])
    block = csr_array((rows.stop - rows.start, values.shape[1]), dtype=values.dtype)
    # Given to the constructor, parts of large arrays would be copied.
    block.data, block.indices = values.data[stored], values.indices[stored]
    block.indptr = bounds - bounds[0]
    return block


def _stack(parts: list[Any], *, sparse: bool) -> Values:
    if not sparse:
        whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return as_floating(np.asarray(whole))
    from scipy.sparse import vstack

    for part in parts:
        check_indices(part)
    return as_csr(parts[0] if len(parts) == 1 else vstack(parts, format="csr"))
