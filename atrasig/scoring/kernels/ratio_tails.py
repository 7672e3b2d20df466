"""Saddlepoint tails and moments of ratios of sums over random gene sets.

A ratio exceeds a value where a sum that is linear in numerator and denominator exceeds 0 (Daniels
1954, doi:10.1214/aoms/1177728652): its tail is that of a sum.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from atrasig.scoring.arrays import Array
from atrasig.scoring.kernels.compile import compiled
from atrasig.scoring.kernels.tails import normal_score, solve_sum

_SPLITS = 25
_SPLIT_TOLERANCE = 1e-11


@compiled
def _ratio_terms(
    top: Array, bottom: Array, mass: Array, size: float, ratio: float, start: float
) -> tuple[float, float, float, float, float, float, float]:
    """Exponent, its first and second derivative by the ratio, tilt, bottom, variance, third."""
    event = top - ratio * bottom
    tilt, exponent, _, variance, third = solve_sum(event, size, event, 0.0, mass, 0.0, start)
    peak = (tilt * event).max()
    weight = mass * np.exp(tilt * event - peak)
    weight /= weight.sum()
    mean_event, mean_bottom = (weight * event).sum(), (weight * bottom).sum()
    cross = size * (weight * (event - mean_event) * bottom).sum()
    spread = size * (weight * (bottom - mean_bottom) ** 2).sum()
    sum_bottom = size * mean_bottom
    curvature = (sum_bottom + tilt * cross) ** 2 / variance - tilt**2 * spread
    return exponent, tilt * sum_bottom, curvature, tilt, sum_bottom, variance, third


@compiled
def ratio_deviate(
    top: Array, bottom: Array, mass: Array, size: float, ratio: float
) -> tuple[float, float]:
    """Saddlepoint deviate and signed exponent of a ratio of sums of ``size`` draws.

    The event ``sum(top) >= ratio * sum(bottom)`` is linear in the sums, so that the saddlepoint of
    one sum with contributions ``top - ratio * bottom`` is that of the ratio.
    """
    event = top - ratio * bottom
    tilt, exponent, _, variance, third = solve_sum(event, size, event, 0.0, mass, 0.0, 0.0)
    skewness = third / max(variance, 1e-300) ** 1.5
    deviate = normal_score(exponent, tilt * sqrt(variance), skewness)
    return deviate, max(exponent, 0.0) * (1.0 if tilt > 0 else -1.0)


@compiled
def _inside(ratio: float, shift: float, low: float, high: float) -> float:
    """Shorten a shift of a ratio to most of the way to the end of its range."""
    room = high - ratio if shift > 0 else ratio - low
    return max(-0.7 * room, min(0.7 * room, shift))


@compiled
def difference_deviate(
    tops: tuple[Array, Array],
    bottom: Array,
    mass: Array,
    sizes: tuple[float, float],
    ratios: tuple[float, float],
) -> tuple[float, float]:
    """Saddlepoint deviate and signed exponent of a difference of two ratios of sums.

    The density of the difference is the integral over its splits into two ratios, taken by
    Laplace's method at the likeliest split.

    Parameters
    ----------
    tops
        Numerators' contributions of the first and of the second ratio, shape (nodes,).
    bottom, mass
        Denominator's contributions, and shares of the genes, shape (nodes,).
    sizes
        Draws of each ratio.
    ratios
        A first split of the observed difference, inside the range of both ratios.

    Returns
    -------
    tuple of float
        Normal deviate of the tail, and large-deviation exponent with its sign.
    """
    first, second = ratios
    range_1, range_2 = tops[0] / bottom, tops[1] / bottom
    low_1, high_1, low_2, high_2 = range_1.min(), range_1.max(), range_2.min(), range_2.max()
    tilt_1, tilt_2 = 0.0, 0.0
    exponent, slope, scaled, skewness = 0.0, 0.0, 0.0, 0.0
    for _ in range(_SPLITS):
        i1, s1, c1, tilt_1, b1, v1, h1 = _ratio_terms(
            tops[0], bottom, mass, sizes[0], first, tilt_1
        )
        i2, s2, c2, tilt_2, b2, v2, h2 = _ratio_terms(
            tops[1], bottom, mass, sizes[1], second, tilt_2
        )
        bend = max(c1, 1e-12 * (b1 * b1 / v1)) + max(c2, 1e-12 * (b2 * b2 / v2))
        shift = -(s1 + s2) / bend
        exponent, slope = i1 + i2, (s1 * c2 - s2 * c1) / bend
        scaled = slope * sqrt(v1 * v2 * bend) / (b1 * b2)
        sd = sqrt(v1 / b1**2 + v2 / b2**2)
        skewness = (h1 / b1**3 - h2 / b2**3) / sd**3
        if shift * shift * bend < _SPLIT_TOLERANCE:
            break
        shift = _inside(second, _inside(first, shift, low_1, high_1), low_2, high_2)
        first, second = first + shift, second + shift
    deviate = normal_score(exponent, scaled, skewness)
    return deviate, max(exponent, 0.0) * (1.0 if slope > 0 else -1.0)


@compiled
def ratio_deviates(
    weighted: Array,
    rank: Array,
    weight: Array,
    mass: Array,
    beside: Array,
    k_up: Array,
    k_down: Array,
    target: Array,
    split: Array,
) -> tuple[Array, Array]:
    """Saddlepoint deviates and signed exponents of ssGSEA scores, one a set.

    Parameters
    ----------
    weighted, rank, weight, mass
        Shape (nodes,): ``r^1.25``, centred ``r`` and ``r^0.25`` of the nodes, and their shares.
    beside
        Shape (2, sets): what a rank adds to the numerator of the up and of the down part.
    k_up, k_down
        Shape (sets,): genes of each part.
    target, split
        Shape (sets,): value of the ratio, or difference of ratios; and, for sets of two parts, the
        first ratio to start from.
    """
    deviates, exponents = np.empty(target.size), np.empty(target.size)
    for i in range(target.size):
        up, down = weighted + beside[0, i] * rank, weighted + beside[1, i] * rank
        if k_down[i] == 0:
            found = ratio_deviate(up, weight, mass, k_up[i], target[i])
        elif k_up[i] == 0:
            found = ratio_deviate(down, weight, mass, k_down[i], -target[i])
            found = (-found[0], -found[1])
        else:
            sizes, ratios = (k_up[i], k_down[i]), (split[i], split[i] - target[i])
            found = difference_deviate((up, down), weight, mass, sizes, ratios)
        deviates[i], exponents[i] = found
    return deviates, exponents


@compiled
def ratio_moments(
    top: Array, bottom: Array, mass: Array, sizes: Array, points: Array, weights: Array
) -> tuple[Array, Array]:
    """Mean and variance of ``sum(top) / sum(bottom)`` over independent draws.

    ``1 / W = integral of exp(-s W) ds``, so that both moments are integrals of moments of one draw
    over ``s``; the integrand is close to an exponential and Gauss-Laguerre exact to many digits.

    Parameters
    ----------
    top, bottom, mass
        Shape (nodes,); ``bottom`` positive.
    sizes
        Shape (sizes,): numbers of draws; 0 gives 0.
    points, weights
        Gauss-Laguerre rule.
    """
    mean_bottom = (mass * bottom).sum()
    ratio = (mass * top).sum() / mean_bottom
    event, apart = top - ratio * bottom, bottom / mean_bottom - 1
    means, variances = np.zeros(sizes.size), np.zeros(sizes.size)
    for i in range(sizes.size):
        size = sizes[i]
        mean, square = 0.0, 0.0
        for point, weight in zip(points, weights):
            tilted = mass * np.exp(-point / max(size, 1.0) * apart)
            level = tilted.sum()
            once, twice = (tilted * event).sum(), (tilted * event * event).sum()
            mean += weight * once * level ** (size - 1)
            both = twice * level ** (size - 1)
            if size > 1:
                both += (size - 1) * once * once * level ** (size - 2)
            square += weight * point * both / size
        if size > 0:
            means[i] = ratio + mean / mean_bottom
            variances[i] = (square - mean * mean) / mean_bottom**2
    return means, variances
