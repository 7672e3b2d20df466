"""Baseline shift: how far a list's genes have moved since the declared baseline samples."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

import numpy as np
from pydantic import Field

from atrasig.prediction.artefact import BaseModelArtefact, Frozen
from atrasig.prediction.baselines import Baselines
from atrasig.prediction.declared import Reference, named_faults
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.likeness import reference_fault
from atrasig.prediction.outcome import NO_CALL, NO_CONTROL, ControlShift, Driver, Outcome
from atrasig.prediction.sample import SPARSE, SampleView, floor_fault
from atrasig.prediction.shift import ListShift, against_control, list_shift
from atrasig.scoring.arrays import Array

INTERVAL_KIND = "95 % gene bootstrap of the mean shift; not a probability"
_CONTEXT = ("disease", "tissue", "material")


class Control(Frozen):
    """A list that moves without the drug too, so that a response can be told from what moves it.

    Parameters
    ----------
    signature
        The list.
    title
        Its genes in words.
    """

    signature: str
    title: str = Field(min_length=1)


class BaselineShiftModel(BaseModelArtefact):
    """Shift of a list's normalised ranks from declared baseline samples.

    Parameters
    ----------
    universe
        Genes ranked against each other.
    signature
        The list that exposure moves; ``down`` genes count by their fall, weights do not count.
    min_baselines
        Baseline samples needed, the judged sample left out.
    min_shift
        Smallest mean shift of normalised rank that counts.
    min_likeness
        Least Spearman correlation with the median of the baselines; 0: not checked.
    control
        The specificity control, which is shown beside the call and does not change it.
    """

    kind: Literal["baseline_shift"]
    question: Literal["response"]
    universe: Literal["coding"]
    signature: str
    min_baselines: int = Field(ge=2)
    min_shift: float = Field(gt=0, lt=1)
    min_likeness: float = Field(default=0, ge=0, lt=1)
    control: Control | None = None

    def rests_on(self, known: Container[str]) -> tuple[str, ...]:
        """Name the list that exposure moves, and the control."""
        del known
        return (self.signature, *((self.control.signature,) if self.control else ()))


def choose_reference(
    view: SampleView, baselines: Baselines, model: BaselineShiftModel
) -> Reference:
    """Baselines a sample is compared with: its patient's own, else those of its context.

    Parameters
    ----------
    view
        The judged sample; never among its own baselines.
    baselines
        All samples declared ``baseline``.
    model
        Its floors decide which baselines can serve; those left out are named.
    """
    own = baselines.of_patient(view.patient) if view.timepoint == "exposed" else ()
    faults = {b.name: floor_fault(b, model) or other_context(b, view) for b in own}
    fit_own = tuple(b for b in own if not faults[b.name])
    unfit = {name: why for name, why in faults.items() if why}
    if fit_own:
        return Reference(fit_own, paired=True, left_out=named_faults(unfit.items(), view))
    group = baselines.alike(view.context, lambda b: floor_fault(b, model), model.floors)
    return Reference(
        group.without(view.name),
        paired=False,
        left_out=named_faults((unfit | dict(group.faults)).items(), view),
        group=group,
    )


def other_context(baseline: SampleView, view: SampleView) -> str:
    """Why a patient's own baseline is no pair: both contexts are stated and differ."""
    differing = [
        f"{name} {theirs}, not {ours}"
        for name, theirs, ours in zip(_CONTEXT, baseline.context, view.context, strict=True)
        if theirs and ours and theirs != ours
    ]
    return "; ".join(differing)


def apply(model: BaselineShiftModel, view: SampleView, inputs: ModelInputs) -> Outcome:
    """Apply the model to one sample.

    Returns
    -------
    Outcome
        ``responding`` where the mean shift reaches the threshold and its interval lies above 0;
        ``partial`` where it reaches the threshold and the interval does not, or half the
        threshold and the interval does; ``not responding`` otherwise. The threshold is the
        model's smallest shift, or for unpaired samples the 97.5 % prediction bound of a further
        baseline, whichever is larger. A ``no call`` keeps the shift where there is a baseline.
    """
    reference = choose_reference(view, inputs.baselines, model)
    moved = list_shift(inputs.signatures[model.signature], [view], reference.views, inputs)
    n_genes = len(moved.genes)
    fault = _fault(model, view, reference, (moved.n_compared, n_genes)) or reference_fault(
        view, reference, model, inputs, model.min_likeness
    )
    silent = Outcome(
        NO_CALL,
        fault,
        reference=reference.describe(),
        n_genes=n_genes,
        n_matched=moved.n_compared,
    )
    if not moved.n_compared:
        return silent
    control = control_list(model, [view], reference.views, inputs)
    call, reason, threshold = NO_CALL, fault, np.nan
    if not fault:
        means = moved.sample_means(moved.baseline)
        threshold = model.min_shift if reference.paired else _prediction_bound(model, means)
        call = _call(moved.score, moved.low, threshold)
        figures = f"mean shift {moved.score:+.3f} of normalised rank (threshold {threshold:.3f}, "
        figures += f"lower bound {moved.low:+.3f})"
        reason = f"{_movement(model, call, view, reference)}: {figures}"
    return replace(
        silent,
        call=call,
        reason=reason,
        score=moved.score,
        low=moved.low,
        high=moved.high,
        interval_kind=INTERVAL_KIND,
        threshold_low=threshold / 2,
        threshold_high=threshold,
        control=beside_control(model, moved, control),
        drivers=tuple(
            Driver(gene, model.signature, float(rank), float(part))
            for gene, rank, part in zip(
                moved.genes, moved.exposed[0], moved.parts / moved.n_compared, strict=True
            )
        ),
    )


def control_list(
    model: BaselineShiftModel,
    exposed: Sequence[SampleView],
    baseline: Sequence[SampleView],
    inputs: ModelInputs,
) -> ListShift | None:
    """Shift of the model's control over the same samples, None for a model without one."""
    if model.control is None:
        return None
    return list_shift(
        inputs.signatures[model.control.signature], exposed, baseline, inputs, place=1
    )


def beside_control(
    model: BaselineShiftModel, moved: ListShift, control: ListShift | None
) -> ControlShift:
    """Set the shift of the model's list beside that of its control, if it has one."""
    if model.control is None or control is None:
        return NO_CONTROL
    name, title = model.control.signature, model.control.title
    return against_control(moved, control, name, title, model.floors.coverage)


def _fault(
    model: BaselineShiftModel, view: SampleView, reference: Reference, measured: tuple[int, int]
) -> str:
    """Why there is no call, empty where there is one."""
    fault = floor_fault(view, model) or _baseline_fault(model, view, reference)
    n_compared, n_genes = measured
    if fault or n_compared >= model.floors.coverage * n_genes:
        return fault
    return (
        f"{SPARSE}: {n_compared} of {n_genes} measured in the sample and its baselines, "
        f"{model.floors.coverage:.0%} needed"
    )


def _baseline_fault(model: BaselineShiftModel, view: SampleView, reference: Reference) -> str:
    found = len(reference.views)
    if reference.paired or found >= model.min_baselines:
        return ""
    besides = "other " if view.timepoint == "baseline" else ""
    return (
        f"needs a baseline: {found} usable {besides}baseline samples of the same disease, tissue "
        f"and material are declared, {model.min_baselines} are needed (or one of the same "
        "patient); without them the level of the tissue itself cannot be told from exposure"
    )


def _prediction_bound(model: BaselineShiftModel, baseline_means: Array) -> float:
    n = baseline_means.size
    spread = float(np.std(baseline_means, ddof=1)) * float(np.sqrt(1 + 1 / n))
    return max(model.min_shift, _t_quantile(n - 1) * spread)


@lru_cache(maxsize=128)
def _t_quantile(df: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.975, df))


def _call(score: float, low: float, threshold: float) -> str:
    if score >= threshold and low > 0:
        return "responding"
    if score >= threshold or (score >= threshold / 2 and low > 0):
        return "partial"
    return "not responding"


def _movement(model: BaselineShiftModel, call: str, view: SampleView, reference: Reference) -> str:
    is_baseline = view.timepoint == "baseline"
    many = f"{len(reference.views)} {'other ' if is_baseline else ''}baselines"
    against = "the patient's own baseline" if reference.paired else many
    expected = "declared a baseline, so no response is expected; " if is_baseline else ""
    moved = {
        "responding": "have shifted the way exposure shifts them",
        "partial": "have shifted in part the way exposure shifts them",
        "not responding": "have not shifted the way exposure shifts them",
    }[call]
    return f"{expected}genes of {model.signature} {moved}, against {against}"
