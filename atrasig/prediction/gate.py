"""Which models may speak about a sample, and when none may."""

from __future__ import annotations

from typing import Any

from atrasig.prediction.artefact import BaseModelArtefact, FusionModel
from atrasig.prediction.fusion import overrides_expression, rara_fusions
from atrasig.prediction.sample import SampleView
from atrasig.vocabulary import Vocabulary

RESISTANT_APL = "apl_resistant"
HOW_TO_ADD = (
    "add one by writing its genes as a signature and its thresholds as a rank_signature model, "
    "then --signatures GENES.yaml --models MODEL.yaml"
)


def candidates(
    view: SampleView, models: tuple[Any, ...], question: str, vocabulary: Vocabulary
) -> list[Any]:
    """Models of a question whose diseases cover the sample, by priority."""
    return [
        model
        for model in models
        if model.question == question
        and _covers(model, view, vocabulary)
        and (not isinstance(model, FusionModel) or rara_fusions(view.fusions))
    ]


def _covers(model: BaseModelArtefact, view: SampleView, vocabulary: Vocabulary) -> bool:
    diseases = model.context.diseases
    if not diseases:
        return True
    return bool(view.disease) and any(vocabulary.is_a(view.disease, d) for d in diseases)


def sample_gate(view: SampleView, vocabulary: Vocabulary) -> str:
    """Why a sample gets no sensitivity call whatever the model, empty where it may get one."""
    if not view.disease:
        return (
            "the disease is not stated, and a sensitivity model holds for its disease alone: "
            "fill the column `disease` of the sheet (or --disease)"
        )
    term = vocabulary[view.disease]
    if not term.malignant:
        return f"{term.name} is not a malignant disease: scores and evidence, never a sensitivity call"
    if view.timepoint == "exposed":
        return (
            "the sample was taken after exposure: sensitivity is read from a baseline transcriptome"
        )
    return ""


def model_gate(view: SampleView, model: BaseModelArtefact, vocabulary: Vocabulary) -> str:
    """Why one model may not call a sample that its diseases cover, empty where it may."""
    if isinstance(model, FusionModel):
        return ""
    materials = model.context.materials
    if materials and (view.material or "patient") not in materials:
        return f"the model holds for {' or '.join(materials)} samples, this one is {view.material}"
    if model.question == "sensitivity" and vocabulary.is_a(view.disease, RESISTANT_APL):
        return (
            "the disease is stated to be resistant to ATRA, and the programme says nothing about "
            "acquired resistance"
        )
    if model.question == "sensitivity" and overrides_expression(view.fusions):
        named = ", ".join(rara_fusions(view.fusions))
        return f"{named} is recorded and overrides the expression programme"
    return ""


def no_model_reason(view: SampleView, vocabulary: Vocabulary) -> str:
    """What to tell a user where no model covers the disease."""
    return f"no sensitivity model is shipped for {vocabulary[view.disease].name}; {HOW_TO_ADD}"
