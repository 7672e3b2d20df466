"""Kinds of models: one file a kind, holding what it freezes and how it judges a sample.

A kind is added by its file, its class in :data:`Model` and its line in :data:`_APPLY`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field

from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.kinds import (
    baseline_shift,
    fusion,
    linear,
    rank_signature,
    rule,
    sibling_contrast,
    slot,
)
from atrasig.prediction.kinds.baseline_shift import BaselineShiftModel
from atrasig.prediction.kinds.fusion import FusionModel
from atrasig.prediction.kinds.linear import LinearModel
from atrasig.prediction.kinds.rank_signature import RankSignatureModel
from atrasig.prediction.kinds.rule import RuleModel
from atrasig.prediction.kinds.sibling_contrast import SiblingContrastModel
from atrasig.prediction.kinds.slot import SlotModel
from atrasig.prediction.outcome import Outcome
from atrasig.prediction.sample import SampleView

Model = (
    SiblingContrastModel
    | BaselineShiftModel
    | RankSignatureModel
    | LinearModel
    | FusionModel
    | RuleModel
    | SlotModel
)
ModelArtefact = Annotated[Model, Field(discriminator="kind")]

_APPLY: Mapping[str, Callable[[Any, SampleView, ModelInputs], Outcome]] = {
    "baseline_shift": baseline_shift.apply,
    "fusion": fusion.apply,
    "linear": linear.apply,
    "rank_signature": rank_signature.apply,
    "rule": rule.apply,
    "sibling_contrast": sibling_contrast.apply,
    "slot": slot.apply,
}

__all__ = [
    "BaselineShiftModel",
    "FusionModel",
    "LinearModel",
    "Model",
    "ModelArtefact",
    "RankSignatureModel",
    "RuleModel",
    "SiblingContrastModel",
    "SlotModel",
    "apply",
]


def apply(model: Model, view: SampleView, inputs: ModelInputs) -> Outcome:
    """Apply a model of any kind to one sample."""
    return _APPLY[model.kind](model, view, inputs)
