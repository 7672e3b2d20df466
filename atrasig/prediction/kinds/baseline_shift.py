"""Baseline shift: how far a list's genes have moved since the declared baseline samples."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import Field

from atrasig.files import sha256_text
from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.bootstrap import gene_weights, interval, seed_of, weighted_sums
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.outcome import NO_CALL, Driver, Outcome
from atrasig.prediction.sample import SPARSE, SampleView, floor_fault
from atrasig.scoring.arrays import Array
from atrasig.signatures import Signature

INTERVAL_KIND = "95 % gene bootstrap of the mean shift; not a probability"
LEFT_OUT = "; left out: "
_LISTED = 20
_CONTEXT = ("disease", "tissue", "material")


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
    """

    kind: Literal["baseline_shift"]
    question: Literal["response"]
    universe: Literal["coding"]
    signature: str
    min_baselines: int = Field(ge=2)
    min_shift: float = Field(gt=0, lt=1)

    def rests_on(self, known: Container[str]) -> tuple[str, ...]:
        """Name the list that exposure moves."""
        del known
        return (self.signature,)


@dataclass(frozen=True)
class Reference:
    """The declared baseline samples of one sample.

    Parameters
    ----------
    views
        Baseline samples, the judged one left out.
    paired
        Whether they are the patient's own.
    left_out
        Declared baselines that cannot serve, each with the reason.
    """

    views: tuple[SampleView, ...]
    paired: bool
    left_out: tuple[str, ...] = ()

    def describe(self) -> str:
        """Names, count and hash of the baselines, as written to the table of calls."""
        unfit = f"{LEFT_OUT}{_listing(self.left_out)}" if self.left_out else ""
        if not self.views:
            return f"no usable baseline{unfit}" if unfit else ""
        names = [view.name for view in self.views]
        content = sha256_text("\n".join(view.content_hash for view in self.views))[:12]
        number = f"{len(names)} baseline{'s' if len(names) > 1 else ''}"
        kind = "own baseline" if self.paired else f"{number} of the same context"
        return f"{kind}: {_listing(names)} (sha256 {content}){unfit}"


def _listing(names: Sequence[str]) -> str:
    more = f", and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def choose_reference(
    view: SampleView, baselines: Sequence[SampleView], model: BaselineShiftModel
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
    others = sorted((b for b in baselines if b.name != view.name), key=lambda b: b.name)
    own = [b for b in others if view.timepoint == "exposed" and _same_patient(b, view)]
    alike = [b for b in others if b.context == view.context]
    faults = {b.name: floor_fault(b, model) for b in (*own, *alike)}
    faults |= {b.name: faults[b.name] or _other_context(b, view) for b in own}
    fit_own = tuple(b for b in own if not faults[b.name])
    fit = fit_own or tuple(b for b in alike if not faults[b.name])
    considered = own if fit_own else {b.name: b for b in (*own, *alike)}.values()
    left_out = tuple(f"{b.name} ({faults[b.name]})" for b in considered if faults[b.name])
    return Reference(fit, paired=bool(fit_own), left_out=left_out)


def _same_patient(one: SampleView, other: SampleView) -> bool:
    return bool(one.patient) and one.patient == other.patient


def _other_context(baseline: SampleView, view: SampleView) -> str:
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
    genes, signs = _signed_genes(inputs.signatures[model.signature])
    own = inputs.ranks_of(view, genes)
    picked = [inputs.ranks_of(other, genes) for other in reference.views]
    baseline = np.array(picked).reshape(len(picked), len(genes))
    compared = ~np.isnan(own) & ~np.isnan(baseline).any(axis=0)
    n_compared = int(compared.sum())
    fault = _fault(model, view, reference, (n_compared, len(genes)))
    silent = Outcome(
        NO_CALL,
        fault,
        reference=reference.describe(),
        n_genes=len(genes),
        n_matched=n_compared,
    )
    if not reference.views or not n_compared:
        return silent
    shift = signs * (own - baseline.mean(axis=0))
    score = float(shift[compared].mean())
    weights = gene_weights(n_compared, seed_of(inputs.model_hash, 0))
    low, high = interval(weighted_sums(weights, shift[compared]))
    call, reason, threshold = NO_CALL, fault, np.nan
    if not fault:
        means = (signs * baseline)[:, compared].mean(axis=1)
        threshold = model.min_shift if reference.paired else _prediction_bound(model, means)
        call = _call(score, low, threshold)
        figures = f"mean shift {score:+.3f} of normalised rank (threshold {threshold:.3f}, "
        figures += f"lower bound {low:+.3f})"
        reason = f"{_movement(model, call, view, reference)}: {figures}"
    parts = np.where(compared, shift / n_compared, np.nan)
    return replace(
        silent,
        call=call,
        reason=reason,
        score=score,
        low=low,
        high=high,
        interval_kind=INTERVAL_KIND,
        threshold_low=threshold / 2,
        threshold_high=threshold,
        drivers=tuple(
            Driver(gene, model.signature, float(rank), float(part))
            for gene, rank, part in zip(genes, own, parts, strict=True)
        ),
    )


def _signed_genes(signature: Signature) -> tuple[list[str], Array]:
    directions = {gene.gene: gene.direction for gene in signature.genes}
    genes = sorted(directions)
    return genes, np.array([1.0 if directions[gene] == "up" else -1.0 for gene in genes])


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
        "patient); without them the retinoid tone of the tissue cannot be told from exposure"
    )


def _prediction_bound(model: BaselineShiftModel, baseline_means: Array) -> float:
    from scipy.stats import t

    n = baseline_means.size
    spread = float(np.std(baseline_means, ddof=1)) * float(np.sqrt(1 + 1 / n))
    return max(model.min_shift, float(t.ppf(0.975, n - 1)) * spread)


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
