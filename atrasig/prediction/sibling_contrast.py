"""Sibling contrast: a programme's list minus the lists of its sibling programmes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from atrasig.prediction.artefact import Contrast, SiblingContrastModel
from atrasig.prediction.bootstrap import gene_weights, interval, seed_of
from atrasig.prediction.outcome import NO_CALL, Driver, Outcome
from atrasig.prediction.sample import SampleView, floor_fault
from atrasig.scoring.ranks import Array
from atrasig.signatures import SignatureSet

INTERVAL_KIND = "95 % gene bootstrap of the score; not a probability"


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
    programme = set(signatures[contrast.list].up)
    parts = [(contrast.list, sorted(programme), 1.0)]
    for name in contrast.siblings:
        genes = sorted(set(signatures[name].up) - programme)
        parts.append((name, genes, -1 / len(contrast.siblings)))
    value, draws, coverages, drivers = 0.0, np.zeros(1), [], []
    for place, (name, genes, weight) in enumerate(parts):
        values = np.array([ranks[position[g]] if g in position else np.nan for g in genes])
        measured = ~np.isnan(values)
        n_measured = int(measured.sum())
        if n_measured == 0:
            return None
        seed = seed_of(seeds[0], 1000 * seeds[1] + place)
        value += weight * float(values[measured].mean())
        draws = draws + weight * (gene_weights(n_measured, seed) @ values[measured])
        coverages.append(n_measured / len(genes))
        # Centring on 0.5 cancels between a list and its siblings: the sum stays the contrast.
        parts_of_sum = weight * (values - 0.5) / n_measured
        drivers += [
            Driver(gene, name, float(rank), float(part))
            for gene, rank, part in zip(genes, values, parts_of_sum, strict=True)
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
        non-target samples, ``intermediate`` where one does, otherwise ``no call``: the absence of
        a programme is no evidence of resistance.
    """
    found = [
        contrast_value(view.ranks, position, contrast, signatures, (model_hash, place))
        for place, contrast in enumerate(model.contrasts)
    ]
    values = [value for value in found if value is not None]
    genes = [d for value in values for d in value.drivers]
    n_genes = sum(
        len(set(signatures[name].up) - (set(signatures[c.list].up) if name != c.list else set()))
        for c in model.contrasts
        for name in (c.list, *c.siblings)
    )
    n_matched = sum(not np.isnan(d.rank) for d in genes)
    if len(values) < len(model.contrasts):
        return Outcome(NO_CALL, "a gene list has no measured gene", n_genes=n_genes, n_matched=n_matched)
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
        n_genes=n_genes,
        n_matched=n_matched,
        drivers=tuple(
            Driver(d.gene, d.set, d.rank, d.contribution / len(values)) for d in genes
        ),
    )


def _decide(
    model: SiblingContrastModel, view: SampleView, values: list[ContrastValue]
) -> tuple[str, str]:
    fault = floor_fault(view, model)
    if fault:
        return NO_CALL, fault
    coverage = min(value.coverage for value in values)
    if coverage < model.floors.coverage:
        return NO_CALL, (
            f"too few signature genes: {coverage:.0%} of a list measured, "
            f"{model.floors.coverage:.0%} needed"
        )
    platform = model.platforms.get(view.platform)
    if platform is None:
        return NO_CALL, (
            f"the model has no frozen reference for {view.platform.replace('_', ' ')} data "
            f"(it has: {', '.join(sorted(model.platforms)).replace('_', ' ')})"
        )
    reached = [
        value.value >= threshold and interval(value.draws)[0] > bar
        for value, threshold, bar in zip(
            values, platform.thresholds, platform.non_target_q99, strict=True
        )
    ]
    shown = "; ".join(
        f"{contrast.list} {value.value:.3f} (threshold {threshold:.3f})"
        for contrast, value, threshold in zip(
            model.contrasts, values, platform.thresholds, strict=True
        )
    )
    caution = "" if platform.n_target else "; no sample with the programme was at hand on this platform"
    if all(reached):
        return "sensitive", f"programme present in every contrast: {shown}{caution}"
    if any(reached):
        return "intermediate", f"programme in one contrast alone: {shown}{caution}"
    return NO_CALL, f"{model.absent}: {shown}"
