"""Two tails of a null distribution, and the p-values made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atrasig.scoring.arrays import Array


@dataclass(frozen=True)
class Tails:
    """Chances of a random gene set, each with the atom at the observed score.

    Parameters
    ----------
    mean, sd
        Moments of the score of a random gene set.
    lower, upper
        P(score <= observed) and P(score >= observed).
    """

    mean: Array
    sd: Array
    lower: Array
    upper: Array

    @classmethod
    def unknown(cls, shape: tuple[int, ...]) -> Tails:
        """Return tails of which nothing is known."""
        nothing = np.full(shape, np.nan)
        return cls(nothing, nothing, nothing, nothing)

    @property
    def p(self) -> Array:
        """Two-sided p: twice the smaller tail, at most 1. Never too small at an atom."""
        return np.asarray(np.minimum(1.0, 2 * np.minimum(self.lower, self.upper)))

    def randomised(self, uniform: Array) -> Array:
        """Two-sided p with the atom at the observed score split at random.

        Uniform on (0, 1) under the null whether or not scores have atoms: a check of the tails,
        not a p-value to report.

        Parameters
        ----------
        uniform
            Uniform random numbers, broadcastable to the shape of the tails.
        """
        atom = np.maximum(self.lower + self.upper - 1, 0.0)
        upper = self.upper - uniform * atom
        return np.asarray(2 * np.minimum(upper, 1 - upper))


def normal_tails(deviate: Array) -> tuple[Array, Array]:
    """Lower and upper tail of standard normal deviates."""
    from scipy.special import ndtr

    return np.asarray(ndtr(deviate)), np.asarray(ndtr(-deviate))
