"""Genes that signatures share: a measure of how far two lists say the same."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

from atrasig.signatures.collection import SignatureSet
from atrasig.signatures.model import Signature


class Overlap(NamedTuple):
    """Genes that two signatures share.

    Parameters
    ----------
    first, second
        Their ids.
    n_first, n_second
        Their numbers of genes.
    same, opposite
        Shared genes that have the same direction in both, and the opposite one.
    """

    first: str
    second: str
    n_first: int
    n_second: int
    same: int
    opposite: int

    @property
    def shared(self) -> int:
        """Genes that stand in both, whatever their direction."""
        return self.same + self.opposite

    @property
    def jaccard(self) -> float:
        """Shared genes over those of either."""
        return self.shared / (self.n_first + self.n_second - self.shared)

    @property
    def coefficient(self) -> float:
        """Shared genes over those of the smaller list."""
        return self.shared / min(self.n_first, self.n_second)


MEASURES = ("shared", "jaccard", "coefficient")


def overlaps(signatures: SignatureSet) -> list[Overlap]:
    """Compare every pair of signatures.

    Parameters
    ----------
    signatures
        What to compare.

    Returns
    -------
    list of Overlap
        One a pair, in the order of the ids, those that share nothing included.
    """
    return [_compare(one, other) for one, other in combinations(signatures, 2)]


def matrix_text(signatures: SignatureSet, measure: str) -> str:
    """Lay out one of `MEASURES` as a square table, ids as header and first column.

    On the diagonal stand the number of genes, or 1.
    """
    value: dict[tuple[str, str], float] = {}
    for pair in overlaps(signatures):
        value[pair.first, pair.second] = value[pair.second, pair.first] = getattr(pair, measure)
    for signature in signatures:
        value[signature.id, signature.id] = signature.n_genes if measure == "shared" else 1
    ids = signatures.ids
    lines = ["\t".join([one, *(f"{value[one, other]:.6g}" for other in ids)]) + "\n" for one in ids]
    return "\t".join(["signature", *ids]) + "\n" + "".join(lines)


def _compare(one: Signature, other: Signature) -> Overlap:
    mine = {gene.gene: gene.direction for gene in one.genes}
    both = [mine[gene.gene] == gene.direction for gene in other.genes if gene.gene in mine]
    return Overlap(one.id, other.id, one.n_genes, other.n_genes, sum(both), len(both) - sum(both))
