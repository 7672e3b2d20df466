"""Gene sets as one sparse index over the ranking universe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from atrasig.scoring.arrays import Array
from atrasig.signatures import Signature

_COLUMNS = (attrgetter("gene"), attrgetter("direction"), attrgetter("weight"))


class GeneSets(csr_array):  # type: ignore[misc]
    """Membership of genes in sets: shape (sets, genes), a number for each member, float64."""

    @cached_property
    def n_members(self) -> Array:
        """Members of each set, shape (sets,)."""
        return np.asarray(np.diff(self.indptr), dtype=np.float64)

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

    @cached_property
    def first_and_others(
        self,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """First set of each gene, the number of sets where it has none, and its others compressed.

        Most genes that belong to a set belong to one only.
        """
        indptr, sets = self.by_gene
        is_member = indptr[:-1] < indptr[1:]
        begins = indptr[:-1][is_member]
        first = np.full(self.shape[1], self.shape[0], dtype=np.int32)
        first[is_member] = sets[begins]
        before = np.concatenate([[0], np.cumsum(is_member)]).astype(np.int32)
        return first, indptr - before, np.delete(sets, begins)


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
    members = [gene for own in sets for gene in set(own)]
    owners = np.repeat(np.arange(len(sets)), [len(set(own)) for own in sets])
    shape = (len(sets), genes.size)
    return _gathered(owners, places_of(members, genes), np.ones(owners.size), shape)


def places_of(wanted: Sequence[str], genes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Place of each gene among those of the universe, -1 where it is not there."""
    position = dict(zip(genes.tolist(), range(genes.size), strict=True))
    return np.fromiter(map(position.get, wanted, repeat(-1)), np.int64, len(wanted))


def _gathered(
    owners: NDArray[np.intp], places: NDArray[np.int64], values: Array, shape: tuple[int, int]
) -> GeneSets:
    """Make rows of members that stand set by set; those outside the universe are left out."""
    inside = places >= 0
    owners, places, values = owners[inside], places[inside], values[inside]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=shape[0]))])
    rows = GeneSets((values, places, indptr), shape=shape)
    rows.sort_indices()
    return rows


@dataclass(frozen=True, eq=False)
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
    def build(
        cls,
        signatures: Iterable[Signature],
        genes: NDArray[np.object_],
        find: Callable[[Sequence[str]], NDArray[np.int64]] | None = None,
    ) -> SetIndex:
        """Index signatures over the symbols of a ranking universe.

        Parameters
        ----------
        signatures, genes
            The signatures, and the symbols in their order.
        find
            As :func:`places_of` for these genes, where they have been indexed already.
        """
        listed = list(signatures)
        rows = [gene for signature in listed for gene in signature.genes]
        symbols, directions, given = (list(map(column, rows)) for column in _COLUMNS)
        owners = np.repeat(np.arange(len(listed)), [len(s.genes) for s in listed])
        places = places_of(symbols, genes) if find is None else find(symbols)
        shape = (len(listed), genes.size)
        is_up = np.array(directions, dtype=object) == "up"
        weights = np.array(given, dtype=np.float64)  # None becomes NaN
        has_weight = ~np.isnan(weights)
        signed = np.where(has_weight, weights, np.where(is_up, 1.0, -1.0))
        alike = np.ones(owners.size)
        up, down = (
            _gathered(owners[own], places[own], alike[own], shape) for own in (is_up, ~is_up)
        )
        counts = [np.bincount(owners[own], minlength=len(listed)) for own in (is_up, ~is_up)]
        return cls(
            genes,
            tuple(s.id for s in listed),
            tuple(s.version for s in listed),
            up,
            down,
            _gathered(owners, places, signed, shape),
            np.bincount(owners[has_weight], minlength=len(listed)) > 0,
            tuple(s.scale for s in listed),
            counts[0].astype(np.float64),
            counts[1].astype(np.float64),
        )
