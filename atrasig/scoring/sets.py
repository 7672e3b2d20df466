"""Gene sets as one sparse index over the ranking universe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from atrasig.scoring.ranks import Array
from atrasig.signatures import Signature


class GeneSets(csr_array):  # type: ignore[misc]
    """Membership of genes in sets: shape (sets, genes), a number for each member, float64."""

    @cached_property
    def union(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Genes of any set, and for each member its place among them."""
        genes, members = np.unique(self.indices, return_inverse=True)
        return genes.astype(np.intp), members.astype(np.intp)

    @cached_property
    def by_gene(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Sets of each gene, compressed: where those of a gene begin, and the sets."""
        turned = self.tocsc()
        return turned.indptr.astype(np.int32), turned.indices.astype(np.int32)


def membership(sets: Sequence[Iterable[str]], genes: NDArray[np.object_]) -> GeneSets:
    """Sparse 0/1 matrix of which gene belongs to which set.

    Parameters
    ----------
    sets
        Gene symbols of each set.
    genes
        Symbols of the ranking universe, in its order.

    Returns
    -------
    GeneSets
        Shape (sets, genes), float64.
    """
    return weights_of([dict.fromkeys(members, 1.0) for members in sets], places_of(genes))


def places_of(genes: NDArray[np.object_]) -> dict[str, int]:
    """Place of each gene in the universe."""
    return dict(zip(genes.tolist(), range(genes.size), strict=True))


def weights_of(sets: Sequence[dict[str, float]], position: dict[str, int]) -> GeneSets:
    """Sparse matrix of the weight of each gene in each set.

    Parameters
    ----------
    sets
        Weights by gene symbol.
    position
        Place of each gene in the ranking universe.

    Returns
    -------
    GeneSets
        Shape (sets, genes), float64; genes outside the universe are left out.
    """
    found = [
        sorted((position[gene], weight) for gene, weight in weights.items() if gene in position)
        for weights in sets
    ]
    indptr = np.cumsum([0, *map(len, found)])
    entries = [entry for own in found for entry in own]
    indices = np.array([place for place, _ in entries], dtype=np.int64)
    values = np.array([weight for _, weight in entries], dtype=np.float64)
    return GeneSets((values, indices, indptr), shape=(len(found), len(position)))


@dataclass(frozen=True)
class SetIndex:
    """Signatures split into up and down parts over one universe.

    Parameters
    ----------
    genes
        Symbols of the universe, in its order.
    ids, versions
        Identifier and version of each signature, in the order of the results.
    up, down
        Shape (signatures, genes): membership of the two direction parts.
    weights
        Shape (signatures, genes): signed weight of each gene; 1 and -1 by direction where the list
        has none.
    weighted
        Shape (signatures,): whether the list publishes weights.
    scales
        Scale that the weights of each signature expect: ``rank`` (none needed) or ``log2``.
    size_up, size_down
        Shape (signatures,): genes of each part in the published list, matched or not.
    """

    genes: NDArray[np.object_]
    ids: tuple[str, ...]
    versions: tuple[str, ...]
    up: GeneSets
    down: GeneSets
    weights: GeneSets
    weighted: NDArray[np.bool_]
    scales: tuple[str, ...]
    size_up: Array
    size_down: Array

    @cached_property
    def members(self) -> NDArray[np.bool_]:
        """Whether each gene of the universe belongs to any signature, shape (genes,)."""
        found = np.zeros(self.genes.size, dtype=bool)
        found[self.weights.indices] = True
        return found

    @classmethod
    def build(cls, signatures: Iterable[Signature], genes: NDArray[np.object_]) -> SetIndex:
        """Index signatures over the symbols of a ranking universe."""
        listed, position = list(signatures), places_of(genes)
        ups = [dict.fromkeys(s.up, 1.0) for s in listed]
        downs = [dict.fromkeys(s.down, 1.0) for s in listed]
        return cls(
            genes,
            tuple(s.id for s in listed),
            tuple(s.version for s in listed),
            weights_of(ups, position),
            weights_of(downs, position),
            weights_of([_signed(s) for s in listed], position),
            np.array([any(g.weight is not None for g in s.genes) for s in listed], dtype=bool),
            tuple(s.scale for s in listed),
            np.array([float(len(up)) for up in ups]),
            np.array([float(len(down)) for down in downs]),
        )


def _signed(signature: Signature) -> dict[str, float]:
    sign = {"up": 1.0, "down": -1.0}
    return {g.gene: sign[g.direction] if g.weight is None else g.weight for g in signature.genes}


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
