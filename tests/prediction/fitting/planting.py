"""Simulated training data with a planted truth, and the check that nothing leaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from atrasig.prediction.fitting import Coefficients, Folds, TrainingData, training_data
from atrasig.prediction.fitting.data import Kind
from atrasig.scoring.arrays import Array

Procedure = Callable[[TrainingData, Folds], Array]


def plant(
    seed: int,
    *,
    n: int = 120,
    p: int = 100,
    n_true: int = 0,
    effect: float = 0.0,
    n_lineages: int = 0,
    lineage_spread: float = 0.0,
    kind: Kind = "quantitative",
    prevalence: float = 0.4,
) -> TrainingData:
    """Independent normal genes; the first `n_true`, signs alternating, act on the response.

    Lineages move genes and response by normal offsets of their own, so that neither causes the
    other. A label is the upper share of the response.
    """
    random = np.random.default_rng(seed)
    lineage = np.arange(n) % n_lineages if n_lineages else np.zeros(n, dtype=int)
    offsets = lineage_spread * random.normal(size=(max(n_lineages, 1), p + 1))
    features = random.normal(size=(n, p)) + offsets[lineage, :p]
    signs = np.where(np.arange(n_true) % 2, -1.0, 1.0)
    response = random.normal(size=n) + offsets[lineage, p] + effect * features[:, :n_true] @ signs
    if kind == "label":
        response = (response > np.quantile(response, 1 - prevalence)).astype(float)
    return training_data(
        [f"s{i:04d}" for i in range(n)],
        gene_names(p),
        features,
        response,
        kind,
        [f"lineage {i}" for i in lineage] if n_lineages else (),
    )


def gene_names(p: int) -> list[str]:
    """g0000, g0001, ..."""
    return [f"g{j:04d}" for j in range(p)]


def same(one: Coefficients, other: Coefficients) -> bool:
    """Whether two fits are equal to the last digit."""
    return (
        one.genes == other.genes
        and one.intercept == other.intercept
        and all(
            np.array_equal(getattr(one, part), getattr(other, part))
            for part in ("weights", "centre", "spread")
        )
        and one.details == other.details
    )


@dataclass(frozen=True)
class LeakyRecipe:
    """Chooses genes on all rows, those held out included: the classical mistake."""

    whole: TrainingData
    n_genes: int = 10

    @property
    def name(self) -> str:
        return "leaky"

    def fit(self, data: TrainingData, seed: int) -> Coefficients:
        shared = self.whole.features.T @ (self.whole.response - self.whole.response.mean())
        best = np.sort(np.argsort(-np.abs(shared))[: self.n_genes])
        own = data.features[:, best].T @ (data.response - data.response.mean())
        genes = tuple(data.genes[gene] for gene in best)
        return Coefficients(
            genes, own, float(data.response.mean()), np.zeros(best.size), np.ones(best.size)
        )


def leaking_folds(procedure: Procedure, data: TrainingData, folds: Folds) -> Sequence[int]:
    """Folds whose predictions depend on samples that were held out with them.

    For each fold the responses of all its samples and the features of every second one are
    replaced by others. What is predicted for those with their own features must not change.
    """
    before = procedure(data, folds)
    return [
        fold
        for fold in range(folds.n_folds)
        if not _agrees(before, procedure(_poison(data, folds, fold), folds), folds, fold)
    ]


def _poison(data: TrainingData, folds: Folds, fold: int) -> TrainingData:
    random = np.random.default_rng(fold)
    held_out = np.flatnonzero(folds.ids == fold)
    features, response = data.features.copy(), data.response.copy()
    features[held_out[::2]] = 3 * random.normal(size=features[held_out[::2]].shape) + 2
    response[held_out] = (
        1 - response[held_out] if data.kind == "label" else 5 * response[held_out][::-1] - 7
    )
    return replace(data, features=features, response=response)


def _agrees(before: Array, after: Array, folds: Folds, fold: int) -> bool:
    untouched = np.flatnonzero(folds.ids == fold)[1::2]
    return bool(np.allclose(before[untouched], after[untouched], rtol=1e-9, atol=0))
