"""The stated direction of a recorded RARA fusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.fusion import rara_fusions
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.outcome import NO_CALL, Outcome
from atrasig.prediction.sample import SampleView
from atrasig.signatures import FusionStatement, load_fusions


class FusionModel(BaseModelArtefact):
    """The stated direction of a recorded RARA fusion."""

    kind: Literal["fusion"]
    question: Literal["sensitivity"]

    def further_facts(self) -> dict[str, Any]:
        """List the published statements, whose directions decide the calls."""
        stated = ([s.fusion, s.direction, *sorted(s.synonyms)] for s in load_fusions())
        return {"fusions": sorted(stated)}


def apply(model: FusionModel, view: SampleView, inputs: ModelInputs) -> Outcome:
    """State the direction of the recorded RARA fusions of one sample, of which there is one.

    Returns
    -------
    Outcome
        The stated direction, or ``no call`` where a fusion has none or directions conflict.
    """
    del model
    stated = {name: _find(name, inputs.statements) for name in rara_fusions(view.fusions)}
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
