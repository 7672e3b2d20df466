"""Fusions that a sheet records."""

from __future__ import annotations

from collections.abc import Sequence

from atrasig.genes import load_gene_table
from atrasig.sheet import parse_fusions

RETINOID_GENE = "RARA"


def recorded_fusions(text: str) -> tuple[str, ...]:
    """Fusions of a cell of the sheet, as ``A::B`` with approved symbols.

    Raises
    ------
    InputError
        If a part of the text is no pair of genes.
    """
    approve = load_gene_table().approve
    return tuple(
        "::".join(approve(gene) for gene in name.split("::")) for name in parse_fusions(text)
    )


def rara_fusions(fusions: Sequence[str]) -> tuple[str, ...]:
    """Those of the recorded fusions (``A::B``) that involve RARA."""
    return tuple(name for name in fusions if RETINOID_GENE in name.split("::"))


def overrides_expression(fusions: Sequence[str]) -> bool:
    """Whether a RARA fusion other than PML::RARA is recorded, which overrides an APL programme."""
    return any("PML" not in name.split("::") for name in rara_fusions(fusions))
