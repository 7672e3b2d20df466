"""Where a sample stands beside those a model was made from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from atrasig.prediction.artefact import BaseModelArtefact
from atrasig.prediction.declared import Reference
from atrasig.prediction.inputs import ModelInputs
from atrasig.prediction.sample import SampleView
from atrasig.scoring.arrays import Array

_FEWEST = 20


def percentile(model: BaseModelArtefact, platform: str, score: float) -> float:
    """Percentile of a score among the frozen reference samples of its platform class.

    Returns
    -------
    float
        0 to 100, by linear interpolation between the frozen quantiles; NaN where the class has
        none or there is no score.
    """
    scores = model.quantiles.get(platform)
    if scores is None or np.isnan(score):
        return np.nan
    return float(np.interp(score, scores, np.linspace(0.0, 100.0, len(scores))))


def likeness(model: BaseModelArtefact, view: SampleView, position: Mapping[str, int]) -> float:
    """Spearman correlation of a sample's genes with their typical ranks on its platform class.

    Returns
    -------
    float
        Over the genes of the model's table that the sample measures; NaN where these are fewer
        than 20 or do not vary.
    """
    typical = {
        gene.gene: gene.typical[view.platform]
        for gene in model.genes
        if view.platform in gene.typical and gene.gene in position
    }
    own = np.array([view.ranks[position[gene]] for gene in typical])
    known = ~np.isnan(own)
    if known.sum() < _FEWEST:
        return np.nan
    return _spearman(own[known], np.array(list(typical.values()))[known])


def domain_fault(view: SampleView, model: BaseModelArtefact, position: Mapping[str, int]) -> str:
    """Why a sample is unlike those a model was made from, empty where it is like them."""
    needed = model.min_correlation.get(view.platform)
    if needed is None:
        return ""
    typical = [gene.gene for gene in model.genes if view.platform in gene.typical]
    measured = sum(g in position and not np.isnan(view.ranks[position[g]]) for g in typical)
    return _few_in_common(measured, len(typical), model) or _unlike(
        likeness(model, view, position), needed, "those the model was made from"
    )


def reference_fault(
    view: SampleView,
    reference: Reference,
    model: BaseModelArtefact,
    inputs: ModelInputs,
    needed: float,
) -> str:
    """Why a sample is unlike its declared baselines, empty where it is like them or has none.

    Parameters
    ----------
    view, reference
        The sample and its baselines, the sample not among them.
    model
        Its floor of coverage counts for the genes that sample and baselines share.
    inputs
        Places of the genes, of which those of ``compared`` count.
    needed
        Least Spearman correlation of the sample with the median of its baselines; 0: not checked.
    """
    if not reference.views or not needed:
        return ""
    theirs = reference.median(view, inputs.compared)
    own = view.ranks[inputs.compared]
    known = ~np.isnan(theirs)
    both = known & ~np.isnan(own)
    if both.sum() < _FEWEST:
        return _unlike(np.nan, needed, "its declared baselines")
    return _few_in_common(int(both.sum()), int(known.sum()), model) or _unlike(
        _spearman(own[both], theirs[both]), needed, "its declared baselines"
    )


def _few_in_common(measured: int, known: int, model: BaseModelArtefact) -> str:
    if measured >= model.floors.coverage * known:
        return ""
    return (
        f"too few genes in common with the reference: {measured:,} of the {known:,} genes that "
        f"tell how alike they are were measured, {model.floors.coverage:.0%} needed"
    )


def _unlike(found: float, needed: float, whom: str) -> str:
    if found >= needed:
        return ""
    measured = "cannot be told" if np.isnan(found) else f"is {found:.2f}"
    return (
        f"the sample is unlike {whom}: the rank correlation of its genes "
        f"with theirs {measured}, {needed:.2f} at least is needed"
    )


def _spearman(one: Array, other: Array) -> float:
    from scipy.stats import rankdata

    return _correlation(rankdata(one), rankdata(other))


def _correlation(one: Array, other: Array) -> float:
    first, second = one - one.mean(), other - other.mean()
    scale = float(np.sqrt(np.sum(first**2) * np.sum(second**2)))
    return float(np.sum(first * second)) / scale if scale else np.nan
