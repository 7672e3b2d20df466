"""Nested cross-validation, and the same procedure on permuted responses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from atrasig.errors import UsageError
from atrasig.prediction.fitting.data import TrainingData
from atrasig.prediction.fitting.folds import Folds, make_folds
from atrasig.prediction.fitting.recipes import Coefficients, Recipe
from atrasig.prediction.fitting.threads import one_thread
from atrasig.scoring.arrays import Array

N_FOLDS = 10

Progress = Callable[[int, int], None]
"""Told after each fit how many are done, of how many."""


@dataclass(frozen=True)
class OutOfFold:
    """What models predict for samples that they did not see.

    Parameters
    ----------
    data
        The samples, their responses and lineages.
    predictions
        Shape (samples,): in units of the response, or log odds of a label. Use them for errors
        and intervals.
    scores
        Shape (samples,): predictions without their fold's intercept. Use them for whatever
        depends on order (AUROC, rank correlation) or is calibrated later: the intercept of a
        fold moves against the responses held out, which drags pooled ranks below chance. Fold
        models of unlike spread leave some of that, with few lineages most; `mean_over_folds`
        is free of it.
    folds
        Fold of each sample.
    fits
        Coefficients and details of each fold.
    """

    data: TrainingData
    predictions: Array
    scores: Array
    folds: Folds
    fits: tuple[Coefficients, ...]

    @property
    def response(self) -> Array:
        """Shape (samples,): what was measured."""
        return self.data.response

    @property
    def residuals(self) -> Array:
        """Shape (samples,): measured less predicted."""
        return self.data.response - self.predictions


def mean_over_folds(out: OutOfFold, metric: Callable[[Array, Array], float]) -> float:
    """Average a metric computed within each fold, where one model scored all samples.

    Without a signal its expectation is that of a coin, whatever the folds; a metric over pooled
    folds falls below that, the more so the fewer lineages there are. Folds count by their
    samples; for a label by their pairs of a positive and a negative sample, so that the mean
    AUROC is the share of pairs within folds that are in order.

    Parameters
    ----------
    out
        Out-of-fold scores.
    metric
        Of responses and scores.

    Returns
    -------
    float
        NaN where no fold of a label holds both classes.
    """
    total, weights = 0.0, 0.0
    for fold in range(out.folds.n_folds):
        held_out = out.folds.ids == fold
        response = out.response[held_out]
        weight = float(response.size)
        if out.data.kind == "label":
            weight = float(response.sum() * (1 - response).sum())
        if weight:
            total += weight * metric(response, out.scores[held_out])
            weights += weight
    return total / weights if weights else float("nan")


Statistic = Callable[[OutOfFold], float]


def nested(
    data: TrainingData,
    recipe: Recipe,
    *,
    n_folds: int = N_FOLDS,
    seed: int = 0,
    folds: Folds | None = None,
    progress: Progress | None = None,
) -> OutOfFold:
    """Fit a recipe once per fold, on the other folds, and predict the fold.

    Selection, standardisation, penalty and calibration are the recipe's, and a recipe is handed
    the training rows alone.

    Parameters
    ----------
    data, recipe, seed
        What to fit, and how.
    n_folds
        See `make_folds`.
    folds
        Folds to use instead.
    progress
        Told after each fold.
    """
    folds = folds or make_folds(data, n_folds, seed)
    predictions, scores = np.empty((2, len(data.samples)))
    fits = []
    with one_thread():
        for fold in range(folds.n_folds):
            training = folds.training(fold)
            fit = recipe.fit(data.take(training), seed)
            scores[~training] = fit.score(data.features[~training], data.genes)
            predictions[~training] = fit.intercept + scores[~training]
            fits.append(fit)
            if progress:
                progress(fold + 1, folds.n_folds)
    return OutOfFold(data, predictions, scores, folds, tuple(fits))


def permuted_null(
    data: TrainingData,
    recipe: Recipe,
    statistic: Statistic,
    *,
    n_permutations: int,
    within_lineage: bool = False,
    n_folds: int = N_FOLDS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Array:
    """Repeat the whole nested procedure, folds included, on permuted responses.

    Parameters
    ----------
    data, recipe, n_folds, seed
        As for `nested`.
    statistic
        What is computed from each run; what is not finite stays so.
    n_permutations
        Runs.
    within_lineage
        Permute within lineages alone: what lineage means predict stays in the null.
    progress
        Told after each run.

    Returns
    -------
    numpy.ndarray
        Shape (permutations,).

    Raises
    ------
    UsageError
        If permutation within lineages is asked for and there are none.
    """
    if within_lineage and not data.lineages:
        raise UsageError("Permutation within lineages needs lineages")
    values = np.empty(n_permutations)
    for run in range(n_permutations):
        random = np.random.default_rng([seed, run])
        permuted = data.with_response(_permute(data, random, within_lineage=within_lineage))
        values[run] = statistic(nested(permuted, recipe, n_folds=n_folds, seed=seed))
        if progress:
            progress(run + 1, n_permutations)
    return values


def permutation_p(observed: float, null: Array) -> float:
    """Share of a null, the observed value counted in, that is at least the observed value.

    Never zero (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585). Values of the null that are
    not a number count against the observed one.
    """
    return float((1 + (~(null < observed)).sum()) / (1 + null.size))


def _permute(data: TrainingData, random: np.random.Generator, *, within_lineage: bool) -> Array:
    if not within_lineage:
        return random.permutation(data.response)
    permuted = data.response.copy()
    codes = data.group_codes
    for lineage in range(len(data.lineages)):
        rows = np.flatnonzero(codes == lineage)
        permuted[rows] = data.response[random.permutation(rows)]
    return permuted
