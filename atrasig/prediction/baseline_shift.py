"""Baseline shift: have a list's genes risen since the declared baseline samples?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from atrasig.files import sha256_text
from atrasig.prediction.artefact import BaselineShiftModel
from atrasig.prediction.bootstrap import gene_weights, interval, seed_of
from atrasig.prediction.outcome import NO_CALL, Driver, Outcome
from atrasig.prediction.sample import SampleView, floor_fault
from atrasig.scoring.ranks import Array
from atrasig.signatures import SignatureSet

INTERVAL_KIND = "95 % gene bootstrap of the mean shift; not a probability"
_LISTED = 20


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
        names = [view.name for view in self.views]
        content = sha256_text("\n".join(view.content_hash for view in self.views))[:12]
        kind = "own baseline" if self.paired else f"{len(names)} baselines of the same context"
        unfit = f"; left out: {_listing(self.left_out)}" if self.left_out else ""
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
    fit_own = tuple(b for b in own if not faults[b.name])
    fit = fit_own or tuple(b for b in alike if not faults[b.name])
    considered = own if fit_own else alike
    left_out = tuple(f"{b.name} ({faults[b.name]})" for b in considered if faults[b.name])
    return Reference(fit, paired=bool(fit_own), left_out=left_out)


def _same_patient(one: SampleView, other: SampleView) -> bool:
    return bool(one.patient) and one.patient == other.patient


def apply(
    model: BaselineShiftModel,
    view: SampleView,
    reference: Reference,
    position: Mapping[str, int],
    signatures: SignatureSet,
    model_hash: str,
) -> Outcome:
    """Apply the model to one sample.

    Returns
    -------
    Outcome
        ``responding`` where the mean shift reaches the threshold and its interval lies above 0;
        ``partial`` where one of the two holds, or both at half the threshold; ``not responding``
        otherwise. The threshold is the model's smallest shift, or for unpaired samples the 97.5 %
        prediction bound of a further baseline, whichever is larger.
    """
    genes = sorted(signatures[model.signature].up)
    places = [position.get(gene) for gene in genes]
    own = _pick(view.ranks, places)
    blank = Outcome(NO_CALL, "", n_genes=len(genes), n_matched=int(np.sum(~np.isnan(own))))
    fault = floor_fault(view, model) or _baseline_fault(model, view, reference)
    if fault:
        return _silent(blank, fault)
    baseline = np.vstack([_pick(b.ranks, places) for b in reference.views])
    compared = ~np.isnan(own) & ~np.isnan(baseline).any(axis=0)
    if compared.sum() < model.floors.coverage * len(genes):
        return _silent(
            blank,
            f"too few signature genes: {int(compared.sum())} of {len(genes)} measured in the sample "
            f"and its baselines, {model.floors.coverage:.0%} needed",
        )
    shift = own - baseline.mean(axis=0)
    score = float(shift[compared].mean())
    weights = gene_weights(int(compared.sum()), seed_of(model_hash, 0))
    low, high = interval(weights @ shift[compared])
    threshold = _threshold(model, baseline[:, compared].mean(axis=1), reference.paired)
    call = _call(score, low, threshold)
    return Outcome(
        call=call,
        reason=_reason(call, score, low, threshold, view, reference),
        score=score,
        low=low,
        high=high,
        interval_kind=INTERVAL_KIND,
        reference=reference.describe(),
        n_genes=len(genes),
        n_matched=int(compared.sum()),
        drivers=tuple(
            Driver(gene, model.signature, float(rank), float(part))
            for gene, rank, part in zip(
                genes, own, np.where(compared, shift / compared.sum(), np.nan), strict=True
            )
        ),
    )


def _pick(ranks: Array, places: Sequence[int | None]) -> Array:
    return np.array([np.nan if place is None else ranks[place] for place in places])


def _silent(blank: Outcome, reason: str) -> Outcome:
    return Outcome(NO_CALL, reason, n_genes=blank.n_genes, n_matched=blank.n_matched)


def _baseline_fault(model: BaselineShiftModel, view: SampleView, reference: Reference) -> str:
    found = len(reference.views)
    if reference.paired or found >= model.min_baselines:
        return ""
    besides = "other " if view.timepoint == "baseline" else ""
    return (
        f"needs a baseline: {found} usable {besides}baseline samples of the same disease, tissue "
        f"and material are declared, {model.min_baselines} are needed (or one of the same patient); "
        "without them the retinoid tone of the tissue cannot be told from exposure"
    )


def _threshold(model: BaselineShiftModel, baseline_means: Array, paired: bool) -> float:
    if paired:
        return model.min_shift
    from scipy.stats import t

    n = baseline_means.size
    spread = float(np.std(baseline_means, ddof=1)) * np.sqrt(1 + 1 / n)
    return max(model.min_shift, float(t.ppf(0.975, n - 1)) * spread)


def _call(score: float, low: float, threshold: float) -> str:
    if score >= threshold and low > 0:
        return "responding"
    if score >= threshold or (score >= threshold / 2 and low > 0):
        return "partial"
    return "not responding"


def _reason(
    call: str, score: float, low: float, threshold: float, view: SampleView, reference: Reference
) -> str:
    against = "the patient's own baseline" if reference.paired else f"{len(reference.views)} baselines"
    own = "; itself a baseline, judged against the others" if view.timepoint == "baseline" else ""
    movement = {
        "responding": "retinoid core genes have risen",
        "partial": "retinoid core genes have risen in part",
        "not responding": "retinoid core genes have not risen",
    }[call]
    return (
        f"{movement} against {against}: mean shift {score:+.3f} of normalised rank "
        f"(threshold {threshold:.3f}, lower bound {low:+.3f}){own}"
    )
