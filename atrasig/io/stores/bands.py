"""AnnData on disk read in bands of rows: memory is set by the band, not by the file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import FormatError
from atrasig.files import reading
from atrasig.io.plain import plain_file
from atrasig.io.stores.hdf5 import refuse_foreign_data
from atrasig.io.stores.sparse import as_matrix
from atrasig.io.stores.zarr import refuse_unsafe

BAND_VALUES = 2_000_000
"""Values of a band: 16 MB as float64, and half as much again for the places of sparse ones."""
_TALLEST = 16
_CACHE_BYTES = 64 * 2**20
_FIX = "The file is damaged or incomplete; write or download it again."


class Stored(Protocol):
    """Values on disk, samples x genes."""

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and genes."""

    def cuts(self) -> Iterator[slice]:
        """Rows of one band after the other."""

    def read(self, rows: slice) -> Any:
        """Values of consecutive rows, dense or csr."""


@contextmanager
def open_store(path: Path, format: str) -> Iterator[Any]:
    """Open an AnnData for reading in bands.

    Parameters
    ----------
    path
        h5ad file, packed or not, or folder of a zarr store.
    format
        ``h5ad`` or ``zarr``.

    Yields
    ------
    h5py.File or zarr.Group
        Open until the block ends.

    Raises
    ------
    FormatError
        If it is damaged, or refused as by :func:`atrasig.io.read_expression`.
    """
    with ExitStack() as opened:
        with reading(path, format, fix=_FIX), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            store = _zarr(path) if format == "zarr" else _h5ad(path, opened)
        yield store


def _zarr(path: Path) -> Any:
    import zarr

    refuse_unsafe(path)
    # Consolidated metadata repeat what was checked, and might differ from it.
    return zarr.open_group(str(path), mode="r", use_consolidated=False)


def _h5ad(path: Path, opened: ExitStack) -> Any:
    import h5py

    file = opened.enter_context(plain_file(path))
    # Chunks at the edge of a band stay unpacked for the next.
    store = opened.enter_context(h5py.File(file, "r", rdcc_nbytes=_CACHE_BYTES))
    refuse_foreign_data(store, file.stat().st_size, path)
    return store


def stored_values(store: Any, key: str) -> Stored | None:
    """Look at values of an AnnData that can be read in bands.

    Parameters
    ----------
    store
        Open group (h5py or zarr).
    key
        ``X``, ``layers/counts`` or ``raw/X``.

    Returns
    -------
    Stored or None
        None where they are stored by columns (csc) or in a form that only the reader of whole
        files knows.
    """
    item = store[key]
    if len(getattr(item, "shape", ())) == 2:
        return _Dense(item)
    parts = {"data", "indices", "indptr"}
    if item.attrs.get("encoding-type") == "csr_matrix" and parts <= set(item):
        return _Compressed(item)
    return None


def read_bands(
    stored: Stored, samples: Sequence[str], genes: Sequence[str], where: str
) -> Iterator[tuple[slice, Any]]:
    """Read and check values band by band.

    Parameters
    ----------
    stored
        The values.
    samples, genes
        Names of all rows and columns.
    where
        File and place in it, for messages.

    Yields
    ------
    tuple of slice and matrix
        Rows, and their values as of :func:`atrasig.io.stores.sparse.as_matrix`.

    Raises
    ------
    FormatError
        If they cannot be read, have another shape than the names, or contradict themselves.
    """
    with reading(where, "values", fix=_FIX):
        shape, cuts = stored.shape, stored.cuts()
    if shape != (len(samples), len(genes)):
        raise FormatError(
            f"The values have {' x '.join(map(str, shape))} cells for {len(samples)} samples and "
            f"{len(genes)} genes",
            where=where,
            fix="Write the file again: values and names must be of one length.",
        )
    while True:
        with reading(where, "values", fix=_FIX):
            rows = next(cuts, None)
            if rows is None:
                return
            values = stored.read(rows)
        yield rows, as_matrix(values, samples[rows], genes, where)


@dataclass(frozen=True)
class _Dense:
    """A two-dimensional ``h5py.Dataset`` or ``zarr.Array``."""

    item: Any

    @property
    def shape(self) -> tuple[int, int]:
        n_rows, n_columns = self.item.shape
        return int(n_rows), int(n_columns)

    def cuts(self) -> Iterator[slice]:
        n_rows, n_columns = self.shape
        step = max(1, BAND_VALUES // max(1, n_columns))
        tall = self.item.chunks[0] if self.item.chunks else 1
        if tall <= _TALLEST * step:  # no chunk is unpacked twice
            step = tall * max(1, step // tall)
        for start in range(0, n_rows, step):
            yield slice(start, min(start + step, n_rows))

    def read(self, rows: slice) -> Any:
        return self.item[rows.start : rows.stop]


@dataclass(frozen=True)
class _Compressed:
    """A group of csr values."""

    item: Any

    @property
    def shape(self) -> tuple[int, int]:
        n_rows, n_columns = self.item.attrs["shape"]
        return int(n_rows), int(n_columns)

    @cached_property
    def _bounds(self) -> NDArray[np.int64]:
        """First value of each row, and the number of values at the end."""
        bounds = np.asarray(self.item["indptr"][:], dtype=np.int64)
        n_values = {int(self.item[name].shape[0]) for name in ("data", "indices")}
        divide = bounds.shape == (self.shape[0] + 1,) and bounds[0] == 0
        if not divide or (np.diff(bounds) < 0).any() or n_values != {int(bounds[-1])}:
            raise ValueError("index pointers do not divide the values")
        return bounds

    def cuts(self) -> Iterator[slice]:
        bounds, n_rows, start = self._bounds, self.shape[0], 0
        while start < n_rows:
            fitting = np.searchsorted(bounds, bounds[start] + BAND_VALUES, side="right") - 1
            stop = min(max(int(fitting), start + 1), n_rows)
            yield slice(start, stop)
            start = stop

    def read(self, rows: slice) -> Any:
        from scipy.sparse import csr_array

        bounds = self._bounds[rows.start : rows.stop + 1]
        part = slice(int(bounds[0]), int(bounds[-1]))
        stored = (self.item["data"][part], self.item["indices"][part], bounds - bounds[0])
        return csr_array(stored, shape=(rows.stop - rows.start, self.shape[1]))
