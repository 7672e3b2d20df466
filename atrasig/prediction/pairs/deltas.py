"""Pairs: what a patient's exposed samples have become since the same patient's baselines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from atrasig.files import sha256_text
from atrasig.prediction.engine import Engine
from atrasig.prediction.gate import candidates, model_gate, unreadable
from atrasig.prediction.kinds import BaselineShiftModel
from atrasig.prediction.kinds.baseline_shift import beside_control, control_list
from atrasig.prediction.outcome import NO_CALL, NO_CONTROL, ControlShift
from atrasig.prediction.pairs.cohort import PatientScores
from atrasig.prediction.sample import SPARSE, SampleView, cell_text, floor_fault
from atrasig.prediction.shift import ListShift, list_shift


@dataclass(frozen=True)
class PairDelta:
    """Shift of one patient by one model.

    Parameters
    ----------
    patient, model, model_hash
        Who, and by which model.
    baseline, exposed
        Names of the samples compared.
    content
        SHA-256 of the samples' contents, empty where none are compared.
    delta, low, high
        Mean shift of normalised rank with its 95 % gene bootstrap, NaN where there is none.
    n_genes, n_matched
        Genes of the list, and those measured in all samples of the pair.
    control
        The model's specificity control over the same samples.
    scores, control_scores
        Mean signed rank of each sample, for the tests of a cohort; None without a delta, or where
        the control was not measured.
    reason
        What was compared and left out, or why there is no delta.
    """

    patient: str
    model: BaselineShiftModel
    model_hash: str
    baseline: tuple[str, ...]
    exposed: tuple[str, ...]
    reason: str
    content: str = ""
    delta: float = np.nan
    low: float = np.nan
    high: float = np.nan
    n_genes: int = 0
    n_matched: int = 0
    control: ControlShift = NO_CONTROL
    scores: PatientScores | None = None
    control_scores: PatientScores | None = None


def pair_deltas(engine: Engine) -> Iterator[PairDelta]:
    """Compare the pairs of a matrix by every response model that covers the patient.

    Patients with an exposed sample are looked at; a patient with baselines alone is no pair.

    Parameters
    ----------
    engine
        Models, samples and what is known of them.

    Yields
    ------
    PairDelta
        By patient and in the order of the models; without a delta where there is no baseline,
        or the samples do not fit the model or each other.
    """
    for patient, names in sorted(_patients(engine).items()):
        views = sorted(engine.views(names), key=lambda view: view.name)
        exposed = [view for view in views if view.timepoint == "exposed"]
        if not exposed:
            continue
        known = next((view for view in exposed if view.disease), exposed[0])
        for model in candidates(known, engine.models, "response", engine.vocabulary):
            if isinstance(model, BaselineShiftModel):
                yield _compare(engine, model, patient, views)


def _patients(engine: Engine) -> dict[str, list[str]]:
    """Names of the samples of each patient that the sheet names."""
    found: dict[str, list[str]] = {}
    if "patient" in engine.obs:
        for name, patient in engine.obs["patient"].items():
            if cell_text(patient):
                found.setdefault(cell_text(patient), []).append(str(name))
    return found


def _compare(
    engine: Engine, model: BaselineShiftModel, patient: str, views: Sequence[SampleView]
) -> PairDelta:
    inputs = engine.inputs[model.id]
    faults = {view.name: _fault(engine, model, view) for view in views}
    fit = [view for view in views if not faults[view.name]]
    exposed = [view for view in fit if view.timepoint == "exposed"]
    baseline = [view for view in fit if view.timepoint == "baseline"]
    left_out = [f"{name} ({fault})" for name, fault in faults.items() if fault]
    unfit = f"; left out: {', '.join(left_out)}" if left_out else ""
    pair = PairDelta(
        patient,
        model,
        inputs.model_hash,
        baseline=tuple(view.name for view in baseline),
        exposed=tuple(view.name for view in exposed),
        reason=f"{_number(exposed, 'exposed')} against {_number(baseline, 'baseline')}{unfit}",
    )
    moved = list_shift(inputs.signatures[model.signature], exposed, baseline, inputs)
    pair = replace(pair, n_genes=len(moved.genes), n_matched=moved.n_compared)
    fault = _pair_fault(baseline, exposed) or _gene_fault(model, moved)
    if fault:
        return replace(pair, reason=fault + unfit)
    control = control_list(model, exposed, baseline, inputs)
    beside = beside_control(model, moved, control)
    return replace(
        pair,
        content=sha256_text("\n".join(view.content_hash for view in (*baseline, *exposed))),
        delta=moved.score,
        low=moved.low,
        high=moved.high,
        control=beside,
        scores=_sample_scores(moved),
        control_scores=_sample_scores(control) if control and beside.is_known else None,
    )


def _fault(engine: Engine, model: BaselineShiftModel, view: SampleView) -> str:
    """Why a sample cannot stand on either side of a pair, empty where it can."""
    if not view.timepoint:
        return "it states no timepoint"
    return (
        unreadable(view, model)
        or model_gate(view, model, NO_CALL, engine.vocabulary)
        or floor_fault(view, model)
    )


def _pair_fault(baseline: Sequence[SampleView], exposed: Sequence[SampleView]) -> str:
    """Why two sides are no pair, empty where they are one."""
    for views, side in ((baseline, "baseline"), (exposed, "exposed")):
        if not views:
            return f"no usable {side} sample of this patient"
    for name in ("disease", "tissue", "material", "platform"):
        stated = sorted({getattr(view, name) for view in (*baseline, *exposed)} - {""})
        if len(stated) > 1:
            return (
                f"the samples of this patient differ in {name} ({', '.join(stated)}): "
                "give each its own patient name to compare like with like"
            )
    return ""


def _gene_fault(model: BaselineShiftModel, moved: ListShift) -> str:
    n_genes = len(moved.genes)
    if moved.n_compared >= max(1.0, model.floors.coverage * n_genes):
        return ""
    return (
        f"{SPARSE}: {moved.n_compared} of {n_genes} measured in all samples of the pair, "
        f"{model.floors.coverage:.0%} needed"
    )


def _number(views: Sequence[SampleView], side: str) -> str:
    return f"{len(views)} {side} sample{'s' if len(views) != 1 else ''}"


def _sample_scores(moved: ListShift) -> PatientScores:
    return PatientScores(moved.sample_means(moved.baseline), moved.sample_means(moved.exposed))
