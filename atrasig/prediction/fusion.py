"""The stated direction of a recorded RARA fusion."""

from __future__ import annotations

from collections.abc import Sequence

from atrasig.genes import load_gene_table
from atrasig.prediction.outcome import NO_CALL, Outcome
from atrasig.sheet import parse_fusions
from atrasig.signatures import FusionStatement

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


def apply(fusions: Sequence[str], statements: Sequence[FusionStatement]) -> Outcome:
    """State the direction of the recorded RARA fusions of one sample.

    Parameters
    ----------
    fusions
        Recorded RARA fusions, at least one.
    statements
        Published statements, each with its own direction and evidence.

    Returns
    -------
    Outcome
        The stated direction, or ``no call`` where a fusion has none or directions conflict.
    """
    stated = {name: _find(name, statements) for name in fusions}
    unknown = sorted(name for name, statement in stated.items() if statement is None)
    if unknown:
        return Outcome(
            NO_CALL,
            f"{', '.join(unknown)} is recorded and no statement on its ATRA response was read; "
            "an APL programme does not answer for it",
        )
    found = {s.fusion: s for s in stated.values() if s is not None}
    directions = {statement.direction for statement in found.values()}
    if len(directions) > 1:
        return Outcome(NO_CALL, f"recorded fusions point opposite ways: {', '.join(sorted(found))}")
    ordered = [found[name] for name in sorted(found)]
    return Outcome(
        directions.pop(),
        " ".join(_sentence(statement) for statement in ordered),
        reference="; ".join(dict.fromkeys(statement.source for statement in ordered)),
    )


def _sentence(statement: FusionStatement) -> str:
    against = " ".join(statement.contradicting)
    return f"{statement.fusion} is recorded: {statement.evidence}" + (
        f" Against it: {against}" if against else ""
    )


def _find(name: str, statements: Sequence[FusionStatement]) -> FusionStatement | None:
    reciprocal = "::".join(reversed(name.split("::")))
    for statement in statements:
        if statement.matches(name) or statement.matches(reciprocal):
            return statement
    return None
