"""Where a sample stands beside those a model was made from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from atrasig.prediction.artefact import BaseModelArtefact
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
    from scipy.stats import rankdata

    typical = {
        gene.gene: gene.typical[view.platform]
        for gene in model.genes
        if view.platform in gene.typical and gene.gene in position
    }
    own = np.array([view.ranks[position[gene]] for gene in typical])
    known = ~np.isnan(own)
    if known.sum() < _FEWEST:
        return np.nan
    return _correlation(rankdata(own[known]), rankdata(np.array(list(typical.values()))[known]))


def domain_fault(view: SampleView, model: BaseModelArtefact, position: Mapping[str, int]) -> str:
    """Why a sample is unlike those a model was made from, empty where it is like them."""
    needed = model.min_correlation.get(view.platform)
    if needed is None:
        return ""
    found = likeness(model, view, position)
    if found >= needed:
        return ""
    measured = "cannot be told" if np.isnan(found) else f"is {found:.2f}"
    return (
        "the sample is unlike those the model was made from: the rank correlation of its genes "
        f"with theirs {measured}, {needed:.2f} at least is needed"
    )


def _correlation(one: Array, other: Array) -> float:
    first, second = one - one.mean(), other - other.mean()
    scale = float(np.sqrt(np.sum(first**2) * np.sum(second**2)))
    return float(np.sum(first * second)) / scale if scale else np.nan
