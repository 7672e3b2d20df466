"""Recipe *regularised regression*: ridge or elastic net, linear or logistic.

Features are standardised on the training rows; the penalty is chosen by an inner
cross-validation on folds made like the outer ones.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from atrasig.errors import InputError, UsageError
from atrasig.prediction.fitting.data import Kind, TrainingData
from atrasig.prediction.fitting.folds import make_folds
from atrasig.prediction.fitting.recipes import Coefficients, is_constant, refuse_constant, standards
from atrasig.prediction.fitting.threads import one_thread
from atrasig.scoring.arrays import Array

_MAX_STEPS = 2000


@dataclass(frozen=True)
class RegularisedRegression:
    """Linear or logistic regression with a penalty on its weights.

    The loss is the mean over samples (half the squared error, or the log loss) plus
    ``penalty * (l1_ratio * sum(|w|) + (1 - l1_ratio) / 2 * sum(w ** 2))``.

    Parameters
    ----------
    l1_ratio
        0 for ridge, which keeps all genes; above 0 for elastic net, which selects.
    n_penalties
        Penalties tried, evenly spaced on a log scale; 1 tries the largest alone.
    reach
        Smallest penalty of elastic net, as a share of the largest; `details` tell whether it was
        chosen, and so whether a smaller one should be tried.
    inner_folds
        Folds of the inner cross-validation.
    """

    l1_ratio: float = 0.0
    n_penalties: int = 16
    reach: float = 0.05
    inner_folds: int = 5

    def __post_init__(self) -> None:
        if not 0 <= self.l1_ratio <= 1:
            raise UsageError(f"l1_ratio lies between 0 and 1, not at {self.l1_ratio}")
        if self.n_penalties < 1:
            raise UsageError("One penalty or more must be tried")
        if not 0 < self.reach < 1:
            raise UsageError(f"reach lies between 0 and 1, not at {self.reach}")

    @property
    def name(self) -> str:
        """Name of the recipe."""
        return "elastic_net" if self.l1_ratio else "ridge"

    def fit(self, data: TrainingData, seed: int) -> Coefficients:
        """Choose the penalty and fit, on all rows of `data`.

        Raises
        ------
        InputError
            If the response has one value in all rows.
        """
        refuse_constant(data)
        with one_thread():
            centre, spread = standards(data.features)
            features = (data.features - centre) / spread
            penalties = self._penalties(features, data.response)
            losses, left_out = self._losses(data, penalties, seed)
            best = int(np.argmin(losses))
            fitted = self._path(features, data.response, data.kind, penalties[: best + 1])
        weights = fitted.weights[-1]
        kept = np.flatnonzero(weights) if self.l1_ratio else np.arange(weights.size)
        details: dict[str, Any] = {
            "penalty": float(penalties[best]),
            "penalty_place": f"{best + 1} of {penalties.size} tried, the largest first",
            "inner_loss": float(losses[best]),
            "inner_folds_left_out": left_out,
            "unconverged": fitted.unconverged,
            "n_selected": int(kept.size),
        }
        return Coefficients(
            genes=tuple(data.genes[gene] for gene in kept),
            weights=weights[kept],
            intercept=float(fitted.intercepts[-1]),
            centre=centre[kept],
            spread=spread[kept],
            details=details,
        )

    def _penalties(self, features: Array, response: Array) -> Array:
        """Penalties to try, descending; from the smallest that leaves no gene, for elastic net."""
        n_samples, n_genes = features.shape
        if not self.l1_ratio:
            return np.asarray(n_genes * np.geomspace(10, 1e-4, self.n_penalties))
        pull = np.abs(np.einsum("ij,i->j", features, response - response.mean())).max() / n_samples
        return np.asarray(pull / self.l1_ratio * np.geomspace(1, self.reach, self.n_penalties))

    def _losses(self, data: TrainingData, penalties: Array, seed: int) -> tuple[Array, int]:
        """Mean loss of each penalty over inner folds, and folds whose training had one class."""
        if penalties.size == 1:
            return np.array([np.nan]), 0
        folds = make_folds(data, min(self.inner_folds, len(data.samples)), seed)
        total, counted, left_out = np.zeros(penalties.size), 0, 0
        for fold in range(folds.n_folds):
            training = folds.training(fold)
            inner = data.take(training)
            if is_constant(inner.response):
                left_out += 1
                continue
            centre, spread = standards(inner.features)
            path = self._path(
                (inner.features - centre) / spread, inner.response, data.kind, penalties
            )
            held_out = (data.features[~training] - centre) / spread
            fitted = path.intercepts[:, None] + path.weights @ held_out.T
            response = data.response[~training]
            if data.kind == "label":
                total += (np.logaddexp(0, fitted) - response * fitted).sum(axis=1)
            else:
                total += ((response - fitted) ** 2).sum(axis=1)
            counted += response.size
        if not counted:
            raise InputError(
                "Every inner fold leaves one class of the label alone to train on",
                fix="Leave out the lineages, or fit within one.",
            )
        return total / counted, left_out

    def _path(self, features: Array, response: Array, kind: Kind, penalties: Array) -> _Path:
        if not self.l1_ratio:
            return _ridge_path(features, response, kind, penalties)
        if kind == "label":
            return _logistic_path(features, response, penalties, self.l1_ratio)
        return _elastic_net_path(features, response, penalties, self.l1_ratio)


@dataclass(frozen=True)
class _Path:
    """Fits at some penalties: weights (penalties, genes), intercepts (penalties,)."""

    weights: Array
    intercepts: Array
    unconverged: int = 0


def _ridge_path(features: Array, response: Array, kind: Kind, penalties: Array) -> _Path:
    """Fit in the space of principal components, where all penalties share one decomposition.

    The ridge penalty is the same there, and weights outside the span of the rows are zero.
    """
    n_samples, n_genes = features.shape
    wide = n_genes > n_samples
    gram = features @ features.T if wide else features.T @ features
    values, vectors = np.linalg.eigh(gram)
    kept = values > values[-1] * 1e-10
    size, vectors = np.sqrt(values[kept]), vectors[:, kept]
    back = features.T @ (vectors / size) if wide else vectors
    components = vectors * size if wide else features @ vectors
    if kind == "label":
        path = _logistic_path(components, response, penalties, 0.0)
        return _Path(path.weights @ back.T, path.intercepts, path.unconverged)
    mean = response.mean()
    pulls = components.T @ (response - mean)
    weights = pulls / (size**2 + n_samples * penalties[:, None])
    return _Path(weights @ back.T, np.full(penalties.size, mean))


def _elastic_net_path(features: Array, response: Array, penalties: Array, l1_ratio: float) -> _Path:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import enet_path

    mean = response.mean()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # counted below
        _, weights, _, steps = enet_path(
            np.asfortranarray(features), response - mean, l1_ratio=l1_ratio, alphas=penalties,
            max_iter=_MAX_STEPS, return_n_iter=True,
        )  # fmt: skip
    return _Path(
        np.ascontiguousarray(weights.T),
        np.full(penalties.size, mean),
        int((np.array(steps) >= _MAX_STEPS).sum()),
    )


def _logistic_path(features: Array, response: Array, penalties: Array, l1_ratio: float) -> _Path:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        l1_ratio=l1_ratio, solver="saga" if l1_ratio else "lbfgs", max_iter=_MAX_STEPS,
        warm_start=True, random_state=0, tol=1e-4 if l1_ratio else 1e-6,
    )  # fmt: skip
    weights = np.empty((penalties.size, features.shape[1]))
    intercepts, unconverged = np.empty(penalties.size), 0
    for place, penalty in enumerate(penalties):
        model.set_params(C=1 / (penalty * response.size))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # counted below
            model.fit(features, response)
        weights[place], intercepts[place] = model.coef_[0], model.intercept_[0]
        unconverged += int(model.n_iter_[0] >= _MAX_STEPS)
    return _Path(weights, intercepts, unconverged)
