"""The stated direction of a recorded RARA fusion."""

from __future__ import annotations

from collections.abc import Sequence

from atrasig.prediction.outcome import NO_CALL, Outcome
from atrasig.signatures import FusionStatement

RETINOID_GENE = "RARA"


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
    found: dict[str, FusionStatement] = {}
    for name in fusions:
        statement = _find(name, statements)
        if statement is None:
            return Outcome(
                NO_CALL,
                f"{name} is recorded and no statement on its ATRA response was read; "
                "an APL programme does not answer for it",
            )
        found[statement.fusion] = statement
    directions = {statement.direction for statement in found.values()}
    if len(directions) > 1:
        return Outcome(NO_CALL, f"recorded fusions point opposite ways: {', '.join(sorted(found))}")
    reasons, sources = [], []
    for statement in found.values():
        against = "; against it: " + "; ".join(statement.contradicting) if statement.contradicting else ""
        reasons.append(f"{statement.fusion} is recorded: {statement.evidence}{against}")
        sources.append(statement.source)
    return Outcome(directions.pop(), ". ".join(reasons), reference="; ".join(sources))


def _find(name: str, statements: Sequence[FusionStatement]) -> FusionStatement | None:
    reciprocal = "::".join(reversed(name.split("::")))
    for statement in statements:
        if statement.matches(name) or statement.matches(reciprocal):
            return statement
    return None
