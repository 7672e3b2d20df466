"""Which models may speak about a sample, and when none may."""

from __future__ import annotations

from collections.abc import Sequence

from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.fusion import overrides_expression, rara_fusions
from atrasig.prediction.kinds import FusionModel, Model, SlotModel
from atrasig.prediction.outcome import NO_CALL
from atrasig.prediction.sample import SampleView
from atrasig.scoring.method import RELATIVE
from atrasig.vocabulary import Vocabulary

STATED_RESISTANT = ("apl_resistant", "aml_atra_resistant")
VARIANT_APL = "apl_variant"
NO_DISEASE = "the disease is not stated"
CONTRADICTS = "contradicts the declared disease"
UNREADABLE = RELATIVE | {
    "single_cell": "sum the counts of the cells of each sample first (pseudobulk)",
}
"""Why a model of bulk samples cannot read values of a platform class."""
HOW_TO_ADD = (
    "add it by writing its genes as a signature and its thresholds as a rank_signature model, and "
    "name both files (--signatures, --models, or these keys of the configuration)"
)


def candidates(
    view: SampleView, models: Sequence[Model], question: str, vocabulary: Vocabulary
) -> list[Model]:
    """Models of a question whose diseases cover the sample, the one that answers first.

    By priority, but a model for other materials stands after those for the sample's own, and a
    slot, which makes no call, after every model that makes some.
    """
    fitting = [
        model
        for model in models
        if model.question == question
        and _covers(model, view, vocabulary)
        and (not isinstance(model, FusionModel) or rara_fusions(view.fusions))
    ]
    return sorted(fitting, key=lambda m: (isinstance(m, SlotModel), not _holds_for(m, view)))


def _covers(model: BaseModelArtefact, view: SampleView, vocabulary: Vocabulary) -> bool:
    context = model.context
    meant = not context.diseases or _is_any(view, context.diseases, vocabulary)
    return meant and not _is_any(view, context.excluding, vocabulary)


def _is_any(view: SampleView, diseases: Sequence[str], vocabulary: Vocabulary) -> bool:
    return bool(view.disease) and any(vocabulary.is_a(view.disease, d) for d in diseases)


def _holds_for(model: BaseModelArtefact, view: SampleView) -> bool:
    materials = model.context.materials
    return not materials or (view.material or "patient") in materials


def sample_gate(view: SampleView, vocabulary: Vocabulary) -> str:
    """Why a sample gets no sensitivity call whatever the model, empty where it may get one."""
    if not view.disease:
        return (
            f"{NO_DISEASE}, and a sensitivity model holds for its disease alone: "
            "fill the column `disease` of the sheet (or give it for the run: --disease)"
        )
    term = vocabulary[view.disease]
    if not term.malignant:
        return (
            f"{term.name} is not a malignant disease: scores and evidence, never a sensitivity call"
        )
    if view.timepoint == "exposed":
        return (
            "the sample was taken after exposure: sensitivity is read from a baseline transcriptome"
        )
    return ""


def model_gate(
    view: SampleView, model: BaseModelArtefact, call: str, vocabulary: Vocabulary
) -> str:
    """Why one model may not make this call, empty where it may.

    Parameters
    ----------
    view, model
        A sample and a model whose diseases cover it.
    call
        What the model says of the sample.
    vocabulary
        The diseases.
    """
    fault = _context_fault(view, model)
    if fault:
        return fault
    if model.question != "sensitivity":
        return ""
    if _is_any(view, STATED_RESISTANT, vocabulary) and call != "resistant":
        return (
            "the disease is stated to be resistant to ATRA, and neither the programme nor a "
            "fusion says anything about acquired resistance"
        )
    if isinstance(model, FusionModel):
        return ""
    if overrides_expression(view.fusions):
        named = ", ".join(rara_fusions(view.fusions))
        return f"{named} is recorded and overrides the expression programme"
    if _is_any(view, (VARIANT_APL,), vocabulary):
        return (
            "APL with a variant RARA fusion is stated, whose partner decides and not the "
            "expression programme: record it in the column `fusion`"
        )
    return ""


def _context_fault(view: SampleView, model: BaseModelArtefact) -> str:
    """Why a sample is none that a model was made for, empty where it is one."""
    context = model.context
    own = {view.material or "patient": context.materials, view.species: context.species}
    for kind, allowed in own.items():
        if kind and allowed and kind not in allowed:
            return f"the model holds for {' or '.join(allowed)} samples, this one is {kind}"
    return ""


def unreadable(view: SampleView, model: BaseModelArtefact) -> str:
    """Why a model cannot read the values of a sample, so that not even a score is given."""
    readable = model.context.platforms
    if not readable or not view.platform or view.platform in readable:
        return ""
    name = view.platform.replace("_", " ")
    why = UNREADABLE.get(view.platform, "it was not made for them")
    return f"the model does not read {name} values: {why}"


def contradiction(
    view: SampleView, model: BaseModelArtefact, call: str, vocabulary: Vocabulary
) -> str:
    """Say what to add to the reason of a call that the declared disease does not expect."""
    unexpected = _is_any(view, model.context.unexpected, vocabulary)
    if call == NO_CALL or not unexpected:
        return ""
    return f"; this {CONTRADICTS} ({vocabulary[view.disease].name})"


def no_model_reason(view: SampleView, question: str, vocabulary: Vocabulary) -> str:
    """Say that no model of a question covers the disease, and how to add one."""
    disease = vocabulary[view.disease].name if view.disease else "an unstated disease"
    added = f"; if you have one, {HOW_TO_ADD}" if question == "sensitivity" else ""
    return f"no {question} model is loaded for {disease}{added}"
