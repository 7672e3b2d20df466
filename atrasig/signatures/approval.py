"""A user's symbols as approved ones: nothing is changed without a note."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atrasig.errors import SignatureError
from atrasig.signatures.model import Signature, SignatureGene

if TYPE_CHECKING:
    from atrasig.genes import GeneTable

NOT_IN_TABLE = "not in the gene table; matched only by this exact text"


def approve_symbols(signature: Signature, table: GeneTable) -> Signature:
    """Map a user's signature to approved symbols, keeping what was printed.

    Symbols that become one approved gene are merged when they agree in direction and weight, and
    the merge is noted in `limits`.

    Parameters
    ----------
    signature
        Signature as written by the user.
    table
        Gene table.

    Returns
    -------
    Signature
        The same signature on approved symbols, with its hash computed anew.

    Raises
    ------
    SignatureError
        If the genes are those of a mouse, or two symbols of one gene disagree in direction or
        weight.
    """
    _refuse_mouse(signature, table)
    groups: dict[str, list[SignatureGene]] = {}
    for gene in signature.genes:
        groups.setdefault(table.approve(gene.gene), []).append(gene)
    clashes = [
        f"{' and '.join(gene.gene for gene in group)} are both {approved}"
        for approved, group in groups.items()
        if len({(gene.direction, gene.weight) for gene in group}) > 1
    ]
    if clashes:
        raise SignatureError(
            f"Signature {signature.id} gives one gene two directions or weights",
            fix="Keep one line a gene.\n" + "\n".join(f"  - {clash}" for clash in clashes),
        )
    genes = tuple(_approved(name, group[0], table) for name, group in groups.items())
    return Signature.model_validate(
        {
            **dict(signature),
            "genes": genes,
            "limits": (*signature.limits, *_merge_notes(groups)),
            "sha256": "",
        }
    )


def _refuse_mouse(signature: Signature, table: GeneTable) -> None:
    if table.resolve(signature.symbols).species == "mouse":
        shown = ", ".join(signature.symbols[:3])
        raise SignatureError(
            f"Signature {signature.id} lists genes of a mouse ({shown}, ...)",
            fix="Give the human genes; matrices of mice are mapped to them by one-to-one "
            "orthologs.",
        )


def _approved(name: str, gene: SignatureGene, table: GeneTable) -> SignatureGene:
    changes: dict[str, Any] = {}
    if name != gene.gene:
        changes.update(gene=name, printed=gene.printed or gene.gene)
    if name not in table:
        changes["note"] = f"{gene.note}; {NOT_IN_TABLE}" if gene.note else NOT_IN_TABLE
    return replace(gene, **changes) if changes else gene


def _merge_notes(groups: dict[str, list[SignatureGene]]) -> list[str]:
    return [
        f"{len(group)} listed symbols are one gene, counted once: "
        f"{', '.join(gene.gene for gene in group)} -> {approved}"
        for approved, group in groups.items()
        if len(group) > 1
    ]
