"""Sibling contrast: a programme's list minus the lists of its sibling programmes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from atrasig.prediction.artefact import Contrast, PlatformReference, SiblingContrastModel
from atrasig.prediction.bootstrap import gene_weights, interval, seed_of, weighted_sums
from atrasig.prediction.outcome import NO_CALL, Driver, Outcome
from atrasig.prediction.sample import SPARSE, SampleView, floor_fault
from atrasig.scoring.arrays import Array
from atrasig.signatures import SignatureSet

INTERVAL_KIND = "95 % gene bootstrap of the score; not a probability"
NO_REFERENCE = "the model has no frozen reference for"


@dataclass(frozen=True)
class ContrastValue:
    """One contrast of one sample.

    Parameters
    ----------
    value
        Mean normalised rank of the list minus the mean over siblings.
    draws
        Shape (1000,): the value over bootstrap draws of the genes of every list.
    coverage
        Measured share of the list, and the smallest among the siblings.
    drivers
        Contributions that sum to the value, missing genes included.
    """

    value: float
    draws: Array
    coverage: float
    drivers: tuple[Driver, ...]

    @property
    def low(self) -> float:
        """Lower bound of the value's interval."""
        return interval(self.draws)[0]


def contrast_lists(
    contrast: Contrast, signatures: SignatureSet
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Names and genes of the list and of its siblings without the list's own genes."""
    programme = set(signatures[contrast.list].up)
    siblings = ((name, set(signatures[name].up) - programme) for name in contrast.siblings)
    return tuple((name, tuple(sorted(g))) for name, g in ((contrast.list, programme), *siblings))


def contrast_value(
    ranks: Array,
    position: Mapping[str, int],
    contrast: Contrast,
    signatures: SignatureSet,
    seeds: tuple[str, int],
) -> ContrastValue | None:
    """Evaluate one contrast in one sample.

    Parameters
    ----------
    ranks
        Shape (genes,): normalised ranks, NaN where not measured.
    position
        Place of each gene symbol in `ranks`.
    contrast, signatures
        The lists.
    seeds
        Hash of the artefact and the contrast's place in it.

    Returns
    -------
    ContrastValue or None
        None where a list has no measured gene.
    """
    value, draws, coverages, drivers = 0.0, np.zeros(1), [], []
    for place, (name, genes) in enumerate(contrast_lists(contrast, signatures)):
        weight = 1.0 if place == 0 else -1 / len(contrast.siblings)
        values = np.array([ranks[position[g]] if g in position else np.nan for g in genes])
        measured = values[~np.isnan(values)]
        if measured.size == 0:
            return None
        seed = seed_of(seeds[0], 1000 * seeds[1] + place)
        value += weight * float(measured.mean())
        draws = draws + weight * weighted_sums(gene_weights(measured.size, seed), measured)
        coverages.append(measured.size / len(genes))
        # Centring on 0.5 cancels between a list and its siblings: the sum stays the contrast.
        parts = weight * (values - 0.5) / measured.size
        drivers += [
            Driver(gene, name, float(rank), float(part))
            for gene, rank, part in zip(genes, values, parts, strict=True)
        ]
    return ContrastValue(value, draws, min(coverages), tuple(drivers))


def apply(
    model: SiblingContrastModel,
    view: SampleView,
    position: Mapping[str, int],
    signatures: SignatureSet,
    model_hash: str,
) -> Outcome:
    """Apply the model to one sample.

    Returns
    -------
    Outcome
        ``sensitive`` where every contrast reaches its threshold and its interval lies above the
        non-target samples; ``intermediate`` where one contrast does reach its threshold, or all
        exceed every non-target sample; otherwise ``no call``: the absence of a programme is no
        evidence of resistance.
    """
    found = [
        contrast_value(view.ranks, position, contrast, signatures, (model_hash, place))
        for place, contrast in enumerate(model.contrasts)
    ]
    values = [value for value in found if value is not None]
    genes = [
        gene
        for contrast in model.contrasts
        for _, listed in contrast_lists(contrast, signatures)
        for gene in listed
    ]
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
        interval_kind=INTERVAL_KIND,
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
    coverage = min(value.coverage for value in values)
    if coverage < model.floors.coverage:
        return NO_CALL, (
            f"{SPARSE}: {coverage:.0%} of a list measured, {model.floors.coverage:.0%} needed"
        )
    figures = model.platforms.get(view.platform)
    if figures is None:
        platform = view.platform.replace("_", " ") or "unnamed"
        return NO_CALL, (
            f"{NO_REFERENCE} {platform} data "
            f"(it has: {', '.join(sorted(model.platforms)).replace('_', ' ')})"
        )
    return _compare(model, figures, values)


def _compare(
    model: SiblingContrastModel, figures: PlatformReference, values: Sequence[ContrastValue]
) -> tuple[str, str]:
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
