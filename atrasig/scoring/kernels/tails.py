"""Saddlepoint tails of sums over random gene sets.

Barndorff-Nielsen's form of the Lugannani-Rice approximation, doi:10.2307/1426607: the tail is that
of a standard normal at ``r + log(u / r) / r``, where ``r**2 / 2`` is the large-deviation exponent
and ``u`` the scaled tilt. Sums are taken as independent draws from a compressed population.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np

from atrasig.scoring.arrays import Array
from atrasig.scoring.kernels.compile import compiled

_STEPS = 80
_NEAR = 2e-3
_TOLERANCE = 1e-5


@compiled
def cumulants(values: Array, mass: Array, tilt: float) -> tuple[float, float, float, float]:
    """Cumulant generating function of one draw at a tilt, and its first three derivatives."""
    top = tilt * values[0]
    for j in range(values.size):
        top = max(top, tilt * values[j])
    total, first = 0.0, 0.0
    second, third = 0.0, 0.0
    for j in range(values.size):
        weight = mass[j] * np.exp(tilt * values[j] - top)
        product = weight * values[j]
        total += weight
        first += product
        product *= values[j]
        second += product
        third += product * values[j]
    mean = first / total
    second /= total
    return (
        top + log(total),
        mean,
        max(second - mean * mean, 0.0),
        third / total - 3 * mean * second + 2 * mean**3,
    )


@compiled
def _both(
    up: Array, k_up: float, down: Array, k_down: float, mass: Array, tilt: float
) -> tuple[float, float, float, float]:
    level, mean, variance, third = 0.0, 0.0, 0.0, 0.0
    if k_up > 0:
        c0, c1, c2, c3 = cumulants(up, mass, tilt)
        level, mean, variance, third = k_up * c0, k_up * c1, k_up * c2, k_up * c3
    if k_down > 0:
        c0, c1, c2, c3 = cumulants(down, mass, tilt)
        level += k_down * c0
        mean += k_down * c1
        variance += k_down * c2
        third += k_down * c3
    return level, mean, variance, third


@compiled
def normal_score(exponent: float, scaled: float, skewness: float) -> float:
    """Turn exponent and scaled tilt into the normal deviate of the tail.

    Parameters
    ----------
    exponent
        Large-deviation exponent, at least 0.
    scaled
        Tilt times standard deviation at the tilt; its sign is that of the deviation.
    skewness
        Third standardised cumulant, the limit at the mean.
    """
    root = sqrt(2 * max(exponent, 0.0))
    if root < _NEAR or scaled == 0.0:
        return (root if scaled > 0 else -root) + skewness / 6
    if scaled < 0:
        root = -root
    return root + log(scaled / root) / root


@compiled
def _newton(tilt: float, gap: float, variance: float, low: float, high: float) -> float:
    """Take one safeguarded step towards the tilt whose mean is the target."""
    # Far from the mean the slope flattens: a step is kept within what the last one taught.
    limit = 2 * abs(tilt) + 3 / sqrt(variance)
    following = tilt + max(-limit, min(limit, gap / variance))
    if following <= low or following >= high:
        return (low + high) / 2
    return following


@compiled
def _polish(
    tilt: float, level: float, mean: float, variance: float, target: float
) -> tuple[float, float]:
    """Move tilt and cumulant generating function over the gap that is left, to second order."""
    gap = target - mean
    if variance <= 0 or abs(gap) > _TOLERANCE * sqrt(variance):
        return tilt, level
    return tilt + gap / variance, level + mean * gap / variance + gap * gap / variance / 2


@compiled
def solve_sum(
    up: Array, k_up: float, down: Array, k_down: float, mass: Array, target: float, start: float
) -> tuple[float, float, float, float, float]:
    """Find the tilt at which the mean of a sum over two parts equals a target.

    Parameters
    ----------
    up, down
        Contributions of the nodes in each part.
    k_up, k_down
        Genes of each part.
    mass
        Share of the genes in each node.
    target, start
        Value of the sum, and the tilt to start from.

    Returns
    -------
    tuple of float
        Tilt, exponent, mean, variance and third cumulant at the tilt. A target outside the range
        of the sum gives the tilt at which the search ended.
    """
    low, high = -np.inf, np.inf
    tilt = start
    level, mean, variance, third = _both(up, k_up, down, k_down, mass, tilt)
    for _ in range(_STEPS):
        gap = target - mean
        if abs(gap) <= _TOLERANCE * sqrt(variance) or variance <= 0:
            break
        low, high = max(low, tilt) if gap > 0 else low, high if gap > 0 else min(high, tilt)
        following = _newton(tilt, gap, variance, low, high)
        if following == tilt:
            break
        tilt = following
        level, mean, variance, third = _both(up, k_up, down, k_down, mass, tilt)
    tilt, level = _polish(tilt, level, mean, variance, target)
    return tilt, tilt * target - level, mean, variance, third


@compiled
def sum_deviates(
    values: Array,
    mass: Array,
    a_up: Array,
    a_down: Array,
    k_up: Array,
    k_down: Array,
    deviation: Array,
) -> tuple[Array, Array]:
    """Saddlepoint deviates of weighted sums of random contributions, one a set.

    Parameters
    ----------
    values, mass
        Shape (nodes,): centred contributions and shares.
    a_up, a_down, k_up, k_down
        Shape (sets,): coefficient and genes of each part.
    deviation
        Shape (sets,): score less its mean.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (sets,): normal deviate of the tail, and large-deviation exponent with its sign.
    """
    out, exponents = np.empty(deviation.size), np.empty(deviation.size)
    for i in range(deviation.size):
        up, down = a_up[i] * values, a_down[i] * values
        sd = sqrt(_both(up, k_up[i], down, k_down[i], mass, 0.0)[2])
        start = deviation[i] / sd / sd
        tilt, exponent, _, variance, third = solve_sum(
            up, k_up[i], down, k_down[i], mass, deviation[i], start
        )
        skewness = third / max(variance, 1e-300) ** 1.5
        out[i] = normal_score(exponent, tilt * sqrt(variance), skewness)
        exponents[i] = max(exponent, 0.0) * (1.0 if deviation[i] > 0 else -1.0)
    return out, exponents


@compiled
def sum_deviates_by_stratum(
    values: Array, bounds: Array, sizes: Array, a_up: float, a_down: float, target: float
) -> float:
    """Saddlepoint deviate of a weighted sum of draws from several pools.

    Parameters
    ----------
    values
        Centred contributions of all pools, one after the other.
    bounds
        Shape (pools + 1,): where each pool begins and ends.
    sizes
        Shape (pools, 2): up and down draws from each pool.
    a_up, a_down
        Coefficient of each part.
    target
        Value of the sum.
    """
    tilt, low, high = 0.0, -np.inf, np.inf
    level, mean, variance, third = 0.0, 0.0, 0.0, 0.0
    for _ in range(_STEPS):
        level, mean, variance, third = 0.0, 0.0, 0.0, 0.0
        for pool in range(sizes.shape[0]):
            inside = values[bounds[pool] : bounds[pool + 1]]
            mass = np.full(inside.size, 1 / inside.size)
            found = _both(
                a_up * inside, sizes[pool, 0], a_down * inside, sizes[pool, 1], mass, tilt
            )
            level, mean = level + found[0], mean + found[1]
            variance, third = variance + found[2], third + found[3]
        gap = target - mean
        if abs(gap) <= _TOLERANCE * sqrt(variance) or variance <= 0:
            break
        low, high = max(low, tilt) if gap > 0 else low, high if gap > 0 else min(high, tilt)
        following = _newton(tilt, gap, variance, low, high)
        if following == tilt:
            break
        tilt = following
    tilt, level = _polish(tilt, level, mean, variance, target)
    skewness = third / max(variance, 1e-300) ** 1.5
    return normal_score(tilt * target - level, tilt * sqrt(variance), skewness)
