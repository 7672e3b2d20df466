"""Checks of sparse values, which libraries load without looking at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from atrasig.errors import FormatError


def as_matrix(values: Any, samples: Sequence[str], genes: Sequence[str], where: str) -> Any:
    """Bring values as loaded to float64, dense or csr, of the shape that the names demand.

    Parameters
    ----------
    values
        Array, or sparse matrix compressed by rows or columns, samples x genes.
    samples, genes
        Names of rows and columns.
    where
        File, for messages.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array
        The same numbers; entries of one sparse cell that stand several times are summed.

    Raises
    ------
    FormatError
        If the values are no numbers, have another shape, or are sparse and contradict
        themselves or hold a missing or infinite value.
    """
    from scipy.sparse import issparse

    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if kind not in tuple("biuf"):
        raise FormatError(
            "The values are texts or objects, not numbers",
            where=where,
            fix="Store expression values as numbers.",
        )
    if values.shape != (len(samples), len(genes)):
        raise FormatError(
            f"The values have {' x '.join(map(str, values.shape))} cells for {len(samples)} "
            f"samples and {len(genes)} genes",
            where=where,
            fix="Write the file again: values and names must be of one length.",
        )
    if not issparse(values):
        return np.asarray(values, dtype=np.float64)
    return _as_csr(values, samples, genes, where)


def _check_structure(values: Any) -> None:
    """Refuse what compiled code would follow outside the memory of the arrays."""
    pointers = values.indptr
    if pointers[0] != 0 or (np.diff(pointers) < 0).any() or pointers[-1] != len(values.data):
        raise ValueError("index pointers do not divide the values")
    values.check_format(full_check=True)


def _as_csr(values: Any, samples: Sequence[str], genes: Sequence[str], where: str) -> Any:
    from scipy.sparse import csr_array

    try:
        _check_structure(values)
        matrix = csr_array(values, dtype=np.float64)
    except (ValueError, OverflowError, IndexError) as error:
        raise FormatError(
            f"The sparse values contradict themselves: {error}",
            where=where,
            fix="The file is damaged; write or download it again.",
        ) from error
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    faulty = np.flatnonzero(~np.isfinite(matrix.data))
    if faulty.size:
        row = int(np.searchsorted(matrix.indptr, faulty[0], side="right")) - 1
        gene = genes[int(matrix.indices[faulty[0]])]
        what = "missing" if np.isnan(matrix.data[faulty[0]]) else "infinite"
        raise FormatError(
            f"The value of gene {gene!r} in sample {samples[row]!r} is {what} though the matrix "
            f"is sparse; {faulty.size} such cells",
            where=where,
            fix="A sparse matrix holds measured values and zeros; store missing values dense.",
        )
    return matrix
