"""Folds of a cross-validation: whole lineages, or strata of the response where there are none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import UsageError
from atrasig.prediction.fitting.data import TrainingData
from atrasig.scoring.arrays import Array, Places


@dataclass(frozen=True)
class Folds:
    """Fold of each sample.

    Parameters
    ----------
    ids
        Shape (samples,): 0 to `n_folds` - 1.
    scheme
        How they were made, in words.
    """

    ids: Places
    scheme: str

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return int(self.ids.max()) + 1

    def training(self, fold: int) -> NDArray[np.bool_]:
        """Shape (samples,): whether a sample is trained on while a fold is held out."""
        return np.asarray(self.ids != fold)


def make_folds(data: TrainingData, n_folds: int, seed: int) -> Folds:
    """Divide samples into folds.

    With two or more lineages a whole lineage lies in one fold. Otherwise folds are random within
    strata of the response. With fewer lineages than `n_folds` there is a fold for each.

    Parameters
    ----------
    data
        Samples; their names decide nothing but their order.
    n_folds
        Folds wanted, at least 2.
    seed
        Of the random folds; folds of lineages do not depend on it.

    Raises
    ------
    UsageError
        If fewer than 2 folds, or more than samples, are asked for.
    """
    n_samples = len(data.samples)
    if not 2 <= n_folds <= n_samples:
        raise UsageError(f"{n_folds} folds cannot be made of {n_samples} samples")
    n_lineages = len(data.lineages)
    if n_lineages >= 2:
        n_folds = min(n_folds, n_lineages)
        return Folds(_by_lineage(data, n_folds), f"{n_folds} folds of {n_lineages} whole lineages")
    strata = "label" if data.kind == "label" else "response"
    return Folds(
        _stratified(data.response, n_folds, seed), f"{n_folds} folds stratified by {strata}"
    )


def leave_one_out(data: TrainingData) -> Folds:
    """Hold out one sample at a time, as jackknife+ does."""
    return Folds(np.arange(len(data.samples)), f"{len(data.samples)} folds of one sample")


def _by_lineage(data: TrainingData, n_folds: int) -> Places:
    """Largest lineage first, each into the fold that has the least of what it brings.

    Shares of each class are balanced, so that no fold of a label holds all the positives if
    lineages allow.
    """
    codes = data.group_codes
    of_class = (
        np.stack([data.response == 0, data.response == 1])
        if data.kind == "label"
        else np.ones((1, codes.size), dtype=bool)
    )
    brought = np.stack([np.bincount(codes, weights=members) for members in of_class], axis=1)
    shares = brought / brought.sum(axis=0)
    held = np.zeros((n_folds, shares.shape[1]))
    fold_of = np.empty(shares.shape[0], np.intp)
    for lineage in np.lexsort((np.arange(shares.shape[0]), -brought.sum(axis=1))):
        overlap = np.einsum("fc,c->f", held, shares[lineage])
        fold = np.lexsort((np.arange(n_folds), held.sum(axis=1), overlap))[0]
        fold_of[lineage] = fold
        held[fold] += shares[lineage]
    return np.asarray(fold_of[codes])


def _stratified(response: Array, n_folds: int, seed: int) -> Places:
    """Deal each run of `n_folds` samples with similar response out to all folds."""
    random = np.random.default_rng([seed, response.size])
    order = np.lexsort((random.permutation(response.size), response))
    n_runs = -(-response.size // n_folds)
    dealt = random.permuted(np.tile(np.arange(n_folds), (n_runs, 1)), axis=1).ravel()
    ids: Places = np.empty(response.size, np.intp)
    ids[order] = dealt[: response.size]
    return ids
