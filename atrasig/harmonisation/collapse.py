"""Collapse rows that name the same gene, one sample at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
        unique, owner = np.unique(symbols.astype(str), return_inverse=True)
        return cls(unique.astype(object), owner)

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Number of input columns of each gene."""
        return np.bincount(self.owner, minlength=self.symbols.size)

    def join(self, texts: NDArray[np.object_]) -> list[str]:
        """The texts of each gene's columns, sorted and joined by ``|``."""
        joined: list[list[str]] = [[] for _ in self.symbols]
        for place, text in zip(self.owner, texts, strict=True):
            joined[place].append(str(text))
        return ["|".join(sorted(parts)) for parts in joined]


def collapse(values: Any, groups: GeneGroups, how: str) -> Any:
    """Collapse the columns of each gene.

    Parameters
    ----------
    values
        Shape (samples, input genes), dense (NaN where missing) or sparse.
    groups
        Genes of the columns.
    how
        ``sum`` (counts and other linear values) or ``mean`` (log2 values); over the measured
        columns of that sample alone, NaN where none is measured.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array
        Shape (samples, genes), genes in the order of ``groups.symbols``.
    """
    from scipy.sparse import csr_array, issparse

    n_input = groups.owner.size
    order = np.argsort(groups.owner, kind="stable")
    member = csr_array(
        (np.ones(n_input), (groups.owner[order], order)), shape=(groups.symbols.size, n_input)
    )
    if issparse(values):
        scale = 1 / groups.sizes if how == "mean" else np.ones(groups.symbols.size)
        return csr_array((csr_array(values) @ member.T).multiply(scale[None, :]))
    if groups.sizes.max(initial=1) == 1:
        return np.ascontiguousarray(values[:, order])
    missing = np.isnan(values)
    sums = (member @ np.where(missing, 0.0, values).T).T
    present = (member @ (~missing).astype(np.float64).T).T
    with np.errstate(invalid="ignore", divide="ignore"):
        collapsed = sums / present if how == "mean" else sums
    return np.where(present > 0, collapsed, np.nan)
