"""Bootstrap and permutation as rows of places; seeded, a block of draws at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from atrasig.files import sha256_text
from atrasig.scoring.arrays import Array, Places

_BLOCK = 500_000
"""Values of one block of draws."""


def generator(seed: int, *names: str) -> np.random.Generator:
    """Random numbers of one figure: they depend on no other figure that is computed beside it."""
    return np.random.default_rng([seed, int(sha256_text("\n".join(names))[:12], 16)])


def bootstrap(
    statistic: Callable[[Places], Array], strata: Places, n_draws: int, rng: np.random.Generator
) -> Array:
    """Evaluate a statistic on resamples drawn with replacement within strata.

    Parameters
    ----------
    statistic
        Takes places of samples, shape (draws, n), and returns shape (draws,).
    strata
        Shape (n,): a place is filled by a sample of its own stratum, so each keeps its size.
    n_draws
        Number of resamples.
    rng
        Generator.

    Returns
    -------
    numpy.ndarray
        Shape (n_draws,).
    """
    return _evaluate(statistic, strata, n_draws, lambda own, size: rng.choice(own, size=size))


def permutation(
    statistic: Callable[[Places], Array], strata: Places, n_draws: int, rng: np.random.Generator
) -> Array:
    """Evaluate a statistic on permutations within strata; as :func:`bootstrap`."""

    def shuffle(own: Places, size: tuple[int, int]) -> Places:
        return rng.permuted(np.broadcast_to(own, size), axis=1)

    return _evaluate(statistic, strata, n_draws, shuffle)


def _evaluate(
    statistic: Callable[[Places], Array],
    strata: Places,
    n_draws: int,
    fill: Callable[[Places, tuple[int, int]], Places],
) -> Array:
    members = [np.flatnonzero(strata == code) for code in np.unique(strata)]
    found = []
    for size in _sizes(n_draws, strata.size):
        places = np.empty((size, strata.size), dtype=np.intp)
        for own in members:
            places[:, own] = fill(own, (size, own.size))
        found.append(statistic(places))
    return np.concatenate(found) if found else np.empty(0)


def _sizes(n_draws: int, n_samples: int) -> Iterator[int]:
    block = max(1, _BLOCK // max(1, n_samples))
    for start in range(0, n_draws, block):
        yield min(block, n_draws - start)
