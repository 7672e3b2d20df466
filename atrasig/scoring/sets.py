"""Gene sets as one sparse index over the ranking universe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.ranks import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from atrasig.signatures import Signature


def membership(sets: Sequence[Iterable[str]], genes: NDArray[np.object_]) -> csr_array:
    """Sparse 0/1 matrix of which gene belongs to which set.

    Parameters
    ----------
    sets
        Gene symbols of each set.
    genes
        Symbols of the ranking universe, in its order.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (sets, genes), float64.
    """
    from scipy.sparse import csr_array

    position = {gene: place for place, gene in enumerate(genes)}
    columns = [sorted(position[g] for g in set(members) if g in position) for members in sets]
    indptr = np.cumsum([0, *map(len, columns)])
    indices = np.array([place for places in columns for place in places], dtype=np.int64)
    return csr_array(
        (np.ones(indices.size), indices, indptr),
        shape=(len(columns), genes.size),
    )


@dataclass(frozen=True)
class SetIndex:
    """Signatures split into up and down parts over one universe.

    Parameters
    ----------
    ids, versions
        Identifier and version of each signature, in the order of the results.
    up, down
        Shape (signatures, genes): membership of the two direction parts.
    size_up, size_down
        Shape (signatures,): genes of each part in the published list, matched or not.
    """

    ids: tuple[str, ...]
    versions: tuple[str, ...]
    up: csr_array
    down: csr_array
    size_up: Array
    size_down: Array

    @classmethod
    def build(cls, signatures: Iterable[Signature], genes: NDArray[np.object_]) -> SetIndex:
        """Index signatures over the symbols of a ranking universe."""
        listed = list(signatures)
        return cls(
            tuple(s.id for s in listed),
            tuple(s.version for s in listed),
            membership([s.up for s in listed], genes),
            membership([s.down for s in listed], genes),
            np.array([float(len(s.up)) for s in listed]),
            np.array([float(len(s.down)) for s in listed]),
        )


def set_sums(values: Array, sets: csr_array) -> Array:
    """Sum a quantity over the members of each set.

    Parameters
    ----------
    values
        Shape (samples, genes); 0 where a gene was not measured.
    sets
        Shape (sets, genes).

    Returns
    -------
    numpy.ndarray
        Shape (samples, sets).
    """
    return np.asarray((sets @ values.T).T, dtype=np.float64)
