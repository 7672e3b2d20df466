"""Sibling contrast: a programme's list minus the lists of its sibling programmes."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from atrasig.errors import ModelError
from atrasig.prediction.artefact import BaseModelArtefact, Frozen
from atrasig.prediction.bootstrap import ResampledRanks, interval, resampled_ranks
from atrasig.prediction.contrast import Contrast, ContrastValue, contrast_lists, contrast_value
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.outcome import NO_CALL, Driver, Outcome
from atrasig.prediction.sample import SPARSE, SampleView, floor_fault
from atrasig.scoring.arrays import Places
from atrasig.signatures import SignatureSet

INTERVAL_KIND = "95 % gene bootstrap of the score; not a probability"
WITH_READS = "95 % gene bootstrap and Poisson resampling of the counts; not a probability"
NO_REFERENCE = "the model has no frozen reference for"


class PlatformReference(Frozen):
    """Frozen figures of one platform class, one entry a contrast.

    Parameters
    ----------
    thresholds
        A contrast at or above it speaks for the programme.
    non_target_q99
        99th percentile of samples without the programme; the interval must lie above it.
    non_target_maximum
        Largest value of those samples; a sample above it in every contrast is no longer one of
        them, even below the thresholds.
    target
        Values of samples with the programme, one list a contrast; may be empty.
    n_non_target, n_target
        Numbers of samples behind the figures.
    source
        What was measured.
    coverage
        Smallest measured share of a list in the samples behind the figures: enough for a sample
        even where the model's floor asks for more, as the figures were got at that share.
    """

    thresholds: tuple[float, ...]
    non_target_q99: tuple[float, ...]
    non_target_maximum: tuple[float, ...]
    target: tuple[tuple[float, ...], ...]
    n_non_target: int = Field(ge=1)
    n_target: int = Field(ge=0)
    source: str
    coverage: float = Field(default=1.0, gt=0, le=1)

    def faults(self, n_contrasts: int) -> list[str]:
        """List what does not fit a model of so many contrasts."""
        rows = {
            "thresholds": self.thresholds,
            "non_target_q99": self.non_target_q99,
            "non_target_maximum": self.non_target_maximum,
        }
        found = [
            f"{name} has {len(values)} figures for {n_contrasts} contrasts"
            for name, values in rows.items()
            if len(values) != n_contrasts
        ]
        shapes = [len(values) for values in self.target]
        absent = not shapes and not self.n_target
        if shapes != [self.n_target] * n_contrasts and not absent:
            found.append(
                f"target needs {n_contrasts} lists of n_target={self.n_target} values, one a "
                f"contrast, and has lists of {shapes}"
            )
        return found


class SiblingContrastModel(BaseModelArtefact):
    """Mean normalised rank of lists minus the mean over their siblings.

    Parameters
    ----------
    universe
        Genes ranked against each other.
    contrasts
        Lists and siblings; the score is the mean over contrasts.
    platforms
        Frozen figures a platform class; other classes abstain.
    programme, absent
        Its name, and the reason given when it is absent.
    """

    kind: Literal["sibling_contrast"]
    question: Literal["sensitivity"]
    universe: Literal["coding"]
    contrasts: tuple[Contrast, ...] = Field(min_length=1)
    platforms: dict[str, PlatformReference]
    programme: str = "programme"
    absent: str

    @model_validator(mode="after")
    def _check_figures(self) -> SiblingContrastModel:
        found = [
            f"platforms.{name}: {fault}"
            for name, figures in self.platforms.items()
            for fault in figures.faults(len(self.contrasts))
        ]
        if found:
            raise ValueError("; ".join(found))
        return self

    def rests_on(self, known: Container[str]) -> tuple[str, ...]:
        """Every list and its siblings."""
        del known
        return tuple(name for c in self.contrasts for name in (c.list, *c.siblings))

    def refuse_unusable(self, signatures: SignatureSet) -> None:
        """Refuse lists with down genes: lists without direction are contrasted."""
        signed = {name for name in self.rests_on(()) if signatures[name].down}
        if signed:
            raise ModelError(
                f"Model {self.id} contrasts lists without direction, but these have down genes: "
                f"{', '.join(sorted(signed))}",
                fix="Split their up and down genes into two signatures.",
            )


def contrast_values(
    model: SiblingContrastModel,
    view: SampleView,
    inputs: ModelInputs,
    resampled: ResampledRanks | None,
) -> list[ContrastValue]:
    """Evaluate the contrasts of one sample; fewer than the model has where a list has no gene.

    `resampled` are ranks as of :func:`ranks_of_reads`.
    """
    found = [
        contrast_value(
            view.ranks,
            inputs.position,
            contrast,
            inputs.signatures,
            (inputs.model_hash, place),
            resampled,
        )
        for place, contrast in enumerate(model.contrasts)
    ]
    return [value for value in found if value is not None]


def ranks_of_reads(view: SampleView, places: Places | None = None) -> ResampledRanks | None:
    """Ranks of resampled counts; None without counts of every ranked gene.

    Parameters
    ----------
    view
        The sample.
    places
        Places of the genes whose ranks are asked for, ascending; all by default.
    """
    counts = view.counts
    if counts is None or not np.array_equal(np.isnan(counts), np.isnan(view.ranks)):
        return None
    return resampled_ranks(counts, places)


def apply(model: SiblingContrastModel, view: SampleView, inputs: ModelInputs) -> Outcome:
    """Apply the model to one sample.

    Returns
    -------
    Outcome
        ``sensitive`` where every contrast reaches its threshold and its interval lies above the
        non-target samples; ``intermediate`` where one contrast does reach its threshold, or all
        exceed every non-target sample; otherwise ``no call``: the absence of a programme is no
        evidence of resistance.
    """
    position, signatures = inputs.position, inputs.signatures
    genes = [
        gene
        for contrast in model.contrasts
        for _, listed in contrast_lists(contrast, signatures)
        for gene in listed
    ]
    places = np.unique([position[gene] for gene in genes if gene in position]).astype(np.intp)
    resampled = ranks_of_reads(view, places)
    values = contrast_values(model, view, inputs, resampled)
    n_matched = sum(g in position and not np.isnan(view.ranks[position[g]]) for g in genes)
    if len(values) < len(model.contrasts):
        fault = floor_fault(view, model) or f"{SPARSE}: a list has no measured gene"
        return Outcome(NO_CALL, fault, n_genes=len(genes), n_matched=n_matched)
    low, high = interval(np.mean([value.draws for value in values], axis=0))
    call, reason = _decide(model, view, values)
    platform = model.platforms.get(view.platform)
    return Outcome(
        call=call,
        reason=reason,
        score=float(np.mean([value.value for value in values])),
        low=low,
        high=high,
        interval_kind=INTERVAL_KIND if resampled is None else WITH_READS,
        reference=f"frozen in the model: {platform.source}" if platform else "",
        n_genes=len(genes),
        n_matched=n_matched,
        drivers=tuple(
            Driver(d.gene, d.set, d.rank, d.contribution / len(values))
            for value in values
            for d in value.drivers
        ),
    )


def _decide(
    model: SiblingContrastModel, view: SampleView, values: Sequence[ContrastValue]
) -> tuple[str, str]:
    fault = floor_fault(view, model)
    if fault:
        return NO_CALL, fault
    figures = model.platforms.get(view.platform)
    coverage = min(value.coverage for value in values)
    needed = min(model.floors.coverage, figures.coverage if figures else 1.0)
    if coverage < needed:
        return NO_CALL, f"{SPARSE}: {coverage:.0%} of a list measured, {needed:.0%} needed"
    if figures is None:
        platform = view.platform.replace("_", " ") or "unnamed"
        return NO_CALL, (
            f"{NO_REFERENCE} {platform} data "
            f"(it has: {', '.join(sorted(model.platforms)).replace('_', ' ')})"
        )
    return compare(model, figures, values)


def compare(
    model: SiblingContrastModel, figures: PlatformReference, values: Sequence[ContrastValue]
) -> tuple[str, str]:
    """Hold the contrasts of a sample against the figures of its platform class.

    Returns
    -------
    tuple
        The call and its reason.
    """
    rows = list(
        zip(values, figures.thresholds, figures.non_target_q99, model.contrasts, strict=True)
    )
    reached = [value.value >= threshold for value, threshold, _, _ in rows]
    clear = [value.low > bar for value, _, bar, _ in rows]
    exceeds = [
        value.value > highest
        for value, highest in zip(values, figures.non_target_maximum, strict=True)
    ]
    shown = "; ".join(
        f"{contrast.list} {value.value:.3f} (threshold {threshold:.3f}"
        + ("" if value.low > bar else f", lower bound {value.low:.3f} not above {bar:.3f}")
        + ")"
        for value, threshold, bar, contrast in rows
    )
    if not figures.n_target:
        shown += "; no sample with the programme was at hand on this platform"
    if all(reached) and all(clear):
        return "sensitive", f"{model.programme} present in every contrast: {shown}"
    if any(r and c for r, c in zip(reached, clear, strict=True)) or all(exceeds):
        return "intermediate", f"{model.programme} in part: {shown}"
    return NO_CALL, f"{model.absent}: {shown}"


def programme_level(model: SiblingContrastModel, platform: str, score: float) -> str:
    """Where a score stands among the frozen figures of a platform.

    Returns
    -------
    str
        ``present``, ``absent`` (no higher than samples without the programme), ``between``, or
        empty where the platform has no figures or the score is missing.
    """
    figures = model.platforms.get(platform)
    if figures is None or np.isnan(score):
        return ""
    if score >= np.mean(figures.thresholds):
        return "present"
    return "absent" if score <= np.mean(figures.non_target_maximum) else "between"
