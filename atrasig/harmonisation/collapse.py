"""Collapse rows that name the same gene, one sample at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GeneGroups:
    """Which input columns belong to which gene.

    Parameters
    ----------
    symbols
        Gene symbols, sorted, each once.
    owner
        Shape (input genes,): place of each column's gene in `symbols`.
    """

    symbols: NDArray[np.object_]
    owner: NDArray[np.intp]

    @classmethod
    def of(cls, symbols: NDArray[np.object_]) -> GeneGroups:
        """Group columns by gene symbol."""
        # np.unique would give every symbol the room of the longest one.
        owner, unique = pd.factorize(np.asarray(symbols, dtype=object), sort=True)
        return cls(np.asarray(unique, dtype=object), owner)

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Number of input columns of each gene."""
        return np.bincount(self.owner, minlength=self.symbols.size)

    def join(self, texts: NDArray[np.object_]) -> list[str]:
        """Sort the texts of each gene's columns and join them by ``|``."""
        joined: list[list[str]] = [[] for _ in self.symbols]
        for place, text in zip(self.owner, texts, strict=True):
            joined[place].append(str(text))
        return ["|".join(sorted(parts)) for parts in joined]


def collapse(values: Any, groups: GeneGroups, how: str) -> Any:
    """Collapse the columns of each gene.

    The columns of a gene are added in the order of their values in the sample, so that the result
    depends neither on the order of the columns in the file nor on other samples.

    Parameters
    ----------
    values
        Shape (samples, input genes), dense (NaN where missing) or sparse.
    groups
        Genes of the columns.
    how
        ``sum`` (counts and other linear values) or ``median`` (log2 values); over the measured
        columns of that sample alone, NaN where none is measured.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array
        Shape (samples, genes), float64, genes in the order of ``groups.symbols``.
    """
    from scipy.sparse import csr_array, issparse

    if issparse(values):
        return _collapse_sparse(csr_array(values, dtype=np.float64), groups, how)
    return _collapse_dense(np.asarray(values, dtype=np.float64), groups, how)


def _collapse_dense(values: Array, groups: GeneGroups, how: str) -> Array:
    sizes = groups.sizes
    columns = np.argsort(groups.owner, kind="stable")
    first = np.cumsum(sizes) - sizes
    result = np.empty((values.shape[0], sizes.size))
    for size in np.unique(sizes):
        genes = np.flatnonzero(sizes == size)
        block = values[:, columns[first[genes, None] + np.arange(size)]]
        result[:, genes] = block[..., 0] if size == 1 else _reduce(block, how)
    return result


def _reduce(block: Array, how: str) -> Array:
    """Sum or median over the last axis, NaN left out."""
    block = np.sort(block, axis=-1)
    missing = np.isnan(block)
    present = (~missing).sum(axis=-1)
    if how == "sum":
        # A running sum adds one by one; np.sum pairs terms in a way that depends on the shape.
        collapsed = np.cumsum(np.where(missing, 0.0, block), axis=-1)[..., -1]
    else:
        middle = np.stack([np.maximum(present - 1, 0) // 2, present // 2], axis=-1)
        middle = np.minimum(middle, block.shape[-1] - 1)
        collapsed = np.take_along_axis(block, middle, axis=-1).mean(axis=-1)
    return np.where(present > 0, collapsed, np.nan)


def _collapse_sparse(values: Any, groups: GeneGroups, how: str) -> Any:
    from scipy.sparse import csr_array

    shape = (values.shape[0], groups.symbols.size)
    owner = groups.owner[values.indices]
    repeated = groups.sizes[owner] > 1
    if not repeated.any():
        renamed = csr_array((values.data.copy(), owner, values.indptr), shape=shape)
        renamed.sort_indices()
        return renamed
    rows = np.repeat(np.arange(shape[0]), np.diff(values.indptr))
    single = csr_array((values.data[~repeated], (rows[~repeated], owner[~repeated])), shape=shape)
    if how == "median":
        several = _medians_of_repeated(values, groups)
    else:
        data, rows, owner = values.data[repeated], rows[repeated], owner[repeated]
        order = np.lexsort((data, owner, rows))
        # Entries of one cell are added as they come, smallest first as in the dense case.
        several = csr_array((data[order], (rows[order], owner[order])), shape=shape)
    collapsed = single + several
    collapsed.eliminate_zeros()
    return collapsed


def _medians_of_repeated(values: Any, groups: GeneGroups) -> Any:
    """Medians of the genes with several columns, of which only these are made dense."""
    from scipy.sparse import csr_array

    columns = np.flatnonzero(groups.sizes[groups.owner] > 1)
    genes, owner = np.unique(groups.owner[columns], return_inverse=True)
    part = GeneGroups(groups.symbols[genes], owner)
    found = csr_array(_collapse_dense(values[:, columns].toarray(), part, "median"))
    return csr_array(
        (found.data, genes[found.indices], found.indptr), shape=(values.shape[0], groups.sizes.size)
    )
