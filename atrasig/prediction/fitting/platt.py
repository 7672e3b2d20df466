"""Platt scaling: probabilities from out-of-fold scores, or the reason why there are none.

Two figures are fitted, so few labels suffice; below about 1,000 labels it calibrates better than
isotonic regression (Niculescu-Mizil and Caruana 2005, doi:10.1145/1102351.1102430).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atrasig.scoring.arrays import Array

MIN_EACH = 10
_STEPS = 100
_CONVERGED = 1e-12


@dataclass(frozen=True)
class Platt:
    """A frozen calibration of scores.

    Parameters
    ----------
    slope, intercept
        Of the log odds on the score; the slope is positive.
    n_positive, n_negative
        Labels behind it.
    """

    slope: float
    intercept: float
    n_positive: int
    n_negative: int

    def probability(self, scores: Array) -> Array:
        """Probability of the label at each score, shape (samples,)."""
        from scipy.special import expit

        return np.asarray(expit(self.intercept + self.slope * scores))


def platt(scores: Array, labels: Array) -> tuple[Platt | None, str]:
    """Calibrate scores that were made without the labels they are calibrated on.

    Parameters
    ----------
    scores
        Shape (samples,): out-of-fold scores; in-sample ones give probabilities too near 0 and 1.
    labels
        Shape (samples,): 0 or 1.

    Returns
    -------
    tuple
        The calibration and an empty text, or None and the reason: fewer than 10 of a class,
        scores that do not differ, or scores that run against the label.
    """
    n_positive = int(labels.sum())
    n_negative = labels.size - n_positive
    if min(n_positive, n_negative) < MIN_EACH:
        return None, (
            f"no probability: {n_positive} positive and {n_negative} negative samples, "
            f"{MIN_EACH} of each are needed"
        )
    if np.ptp(scores) == 0:
        return None, "no probability: all samples have the same score"
    slope, intercept = fit_sigmoid(scores, labels)
    if slope <= 0:
        return None, "no probability: out of fold, higher scores do not go with the label"
    return Platt(slope, intercept, n_positive, n_negative), ""


def fit_sigmoid(scores: Array, labels: Array) -> tuple[float, float]:
    """Slope and intercept of the log odds on scores that differ, by Newton steps.

    Labels are replaced by Platt's targets ``(n1 + 1) / (n1 + 2)`` and ``1 / (n0 + 2)``, so that
    the fit is finite where scores separate the classes (Lin, Lin and Weng 2007,
    doi:10.1007/s10994-007-5018-6).
    """
    from scipy.special import expit

    n_positive = labels.sum()
    targets = np.where(
        labels == 1, (n_positive + 1) / (n_positive + 2), 1 / (labels.size - n_positive + 2)
    )
    centre, spread = scores.mean(), scores.std()
    design = np.stack([(scores - centre) / spread, np.ones(scores.size)])
    found = np.array([0.0, np.log(targets.mean() / (1 - targets.mean()))])
    loss = _loss(found, design, targets)
    for _ in range(_STEPS):
        fitted = expit(np.einsum("k,ki->i", found, design))
        gradient = np.einsum("ki,i->k", design, fitted - targets)
        hessian = np.einsum("ki,i,li->kl", design, fitted * (1 - fitted), design)
        step = np.linalg.solve(hessian, gradient)
        # Far from the optimum a full step may overshoot; the loss is convex, so halves help.
        while _loss(found - step, design, targets) > loss and np.abs(step).max() > _CONVERGED:
            step = step / 2
        found = found - step
        loss = _loss(found, design, targets)
        if np.abs(step).max() <= _CONVERGED:
            break
    return float(found[0] / spread), float(found[1] - found[0] * centre / spread)


def _loss(found: Array, design: Array, targets: Array) -> float:
    log_odds = np.einsum("k,ki->i", found, design)
    return float((np.logaddexp(0, log_odds) - targets * log_odds).sum())
