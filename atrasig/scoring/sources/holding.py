"""Which reader fits the thing that holds the values of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from atrasig.errors import UsageError
from atrasig.scoring.sources.memory import check_fits
from atrasig.scoring.sources.rows import (
    DenseRows,
    RowReader,
    SparseRows,
    StoredRows,
    check_indices,
    contradicting,
)

_INDEX_BYTES = 4


def reader_of(values: Any, place: str) -> RowReader:
    """Choose how the rows of a matrix are read.

    Parameters
    ----------
    values
        numpy array; any sparse matrix of scipy; ``h5py.Dataset``, ``zarr.Array``, or the
        ``CSRDataset`` or ``CSCDataset`` of anndata. Columns of a csc matrix lie together, and
        reading rows of it would walk through all of it each time: it is turned into csr once, which
        takes as much memory again.
    place
        What the values are called in messages.

    Raises
    ------
    UsageError
        If there are no values, they are of another kind, or a csc matrix on disk does not fit.
    """
    from scipy.sparse import issparse

    if values is None:
        raise UsageError(
            f"{place} is empty: there are no values to score",
            fix="Put expression values into X, or name a layer.",
        )
    if issparse(values):
        return SparseRows(values.tocsr())
    if isinstance(values, np.ndarray):
        return DenseRows(np.asarray(values))
    layout = getattr(values, "format", None)
    if layout in {"csr", "csc"} and hasattr(values, "to_memory"):
        return _stored_sparse(values, place, layout)
    if len(getattr(values, "shape", ())) == 2 and hasattr(values, "chunks"):
        return StoredRows(
            values, sparse=False, row_bytes=float(values.shape[1] * values.dtype.itemsize)
        )
    raise UsageError(
        f"{place} is a {type(values).__name__}, which cannot be read by rows",
        fix="Give a numpy array or a sparse matrix of scipy.",
    )


def _stored_sparse(values: Any, place: str, layout: str) -> RowReader:
    n_stored = int(values.group["data"].shape[0])
    bounds = values.group["indptr"]
    if bounds.shape[0] == 0 or bounds[0] != 0 or bounds[-1] != n_stored:
        raise contradicting("its rows do not divide the values")
    stored_bytes = n_stored * (values.dtype.itemsize + _INDEX_BYTES)
    if layout == "csr":
        return StoredRows(
            values, sparse=True, row_bytes=stored_bytes / max(int(values.shape[0]), 1)
        )
    check_fits(
        2 * stored_bytes,
        f"{place} is stored by columns (csc), so it must be loaded whole to be read by samples",
        fix="Write it by rows once: adata.X = adata.X.tocsr(); adata.write_h5ad(...).",
    )
    by_columns = values.to_memory()
    check_indices(by_columns)
    return SparseRows(by_columns.tocsr())
