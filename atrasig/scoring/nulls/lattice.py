"""Distributions of sums over random gene sets on a lattice, where tied genes make them lumpy.

The characteristic function of a sum of draws is a power of that of one draw, and the fast Fourier
transform of it is the distribution. Draws are made without replacement: pairs of draws are exact,
which leaves an error of the order of ``k**3 / N**2``; small populations are exact altogether.
Contributions between two points of the lattice are split between them; where many sums are atoms,
tails are read a little before the observed sum, so that an atom there is always counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array

FLOOR = 1e-7
_FINE = 100.0
_SMALLEST, _LARGEST = 256, 4096
_ROUNDING = 1e-6
_DUST = 1e-10
_ATOMIC = 0.05
_ENUMERABLE = 1000


@dataclass(frozen=True)
class Draws:
    """Weighted draws that make up a score.

    Parameters
    ----------
    up, down
        Shape (nodes,): contribution to the score of a gene of each part.
    mass
        Shape (nodes,): share of the genes.
    k_up, k_down, n_genes
        Genes of each part and of the population.
    atomic
        Share of the genes that sit on heavy atoms.
    """

    up: Array
    down: Array
    mass: Array
    k_up: int
    k_down: int
    n_genes: int
    atomic: float

    @property
    def mean(self) -> float:
        """Mean of the sum."""
        return float(self.mass @ (self.k_up * self.up + self.k_down * self.down))

    @property
    def sd(self) -> float:
        """Standard deviation of the sum were the draws independent."""
        total = 0.0
        for values, size in ((self.up, self.k_up), (self.down, self.k_down)):
            centred = values - self.mass @ values
            total += size * float(self.mass @ centred**2)
        return float(np.sqrt(total))


@dataclass(frozen=True)
class Lattice:
    """Distribution of a sum on a lattice.

    Parameters
    ----------
    origin, step
        Sum at the first point, and distance of the points.
    below
        Shape (points + 1,): probability of the points before each.
    slack
        How far before the observed sum a tail begins, in steps.
    """

    origin: float
    step: float
    below: Array
    slack: float

    def tails(self, total: Array) -> tuple[Array, Array]:
        """Return P(sum <= total) and P(sum >= total), with the atom at the total in both."""
        place = (np.asarray(total, dtype=np.float64) - self.origin) / self.step
        points = self.below.size - 1
        first = np.clip(np.ceil(place - self.slack), 0, points).astype(np.int64)
        after = np.clip(np.floor(place + self.slack) + 1, 0, points).astype(np.int64)
        return self.below[after], 1.0 - self.below[first]


def build_lattice(
    draws: Draws, unit: float = 0.0, largest: int = _LARGEST, *, careful: bool = False
) -> Lattice:
    """Compute the distribution of a sum.

    Parameters
    ----------
    draws
        What is added up.
    unit
        Distance that divides the contributions of genes that do not tie, 0 where there is none;
        half of it divides those of tied genes. A lattice of such a step is exact.
    largest
        Most points of the lattice, a power of two.
    careful
        Whether no tail may be too small, be it by a fraction of a step.
    """
    heavy = int(np.argmax(draws.mass))
    base = draws.k_up * float(draws.up[heavy]) + draws.k_down * float(draws.down[heavy])
    up, down = (_snap(values - values[heavy]) for values in (draws.up, draws.down))
    centred = replace(draws, up=up, down=down)
    low, high = _window(centred)
    step, points, slack = _grid(centred, high - low, unit, largest)
    if careful and slack == _ROUNDING and _off_lattice(centred, step):
        slack = 1.0
    shift = int(np.floor(low / step))
    few = draws.n_genes * (draws.k_up + 1) * (draws.k_down + 1) <= _ENUMERABLE
    spectrum = (_exact_spectrum if few else _spectrum)(centred, step, points)
    share = np.maximum(np.roll(np.fft.irfft(spectrum, points), -(shift % points)), 0.0)
    below = np.concatenate([[0.0], np.cumsum(share)])
    return Lattice(base + shift * step, step, below / below[-1], slack)


def _snap(values: Array) -> Array:
    """Set to 0 what differs from it by rounding."""
    return np.where(np.abs(values) < _DUST * np.abs(values).max(), 0.0, values)


def _window(draws: Draws) -> tuple[float, float]:
    """Range of the sum, less what lies beyond a chance of the order of :data:`FLOOR`."""
    low = high = reach = 0.0
    for values, size in ((draws.up, draws.k_up), (draws.down, draws.k_down)):
        if size:
            low += size * min(float(values.min()), 0.0)
            high += size * max(float(values.max()), 0.0)
            reach = max(reach, float(np.abs(values).max()))
    width = 6 * draws.sd + 10 * reach
    return max(low, draws.mean - width), min(high, draws.mean + width)


def _grid(draws: Draws, width: float, unit: float, largest: int) -> tuple[float, int, float]:
    """Step, number of points, and slack in steps."""
    for step in (unit, unit / 2):
        if step > 0 and width / step + 2 <= largest and not _off_lattice(draws, step):
            return step, _power_of_two(width / step + 2), _ROUNDING
    wanted = max(min(draws.sd / _FINE, width / _SMALLEST), width / (largest - 4))
    values = draws.up if draws.k_up else draws.down
    second = abs(float(values[np.argmax(np.where(values != 0, draws.mass, 0.0))]))
    # The second heaviest value falls on a point of the lattice, too.
    step = second / np.floor(second / wanted) if second >= wanted else wanted
    points = _power_of_two(width / step + 3)
    if draws.atomic ** (draws.k_up + draws.k_down) < _ATOMIC:
        return step, points, _ROUNDING
    return step, points, 1.0 + float(np.sqrt(_off_lattice(draws, step)))


def _off_lattice(draws: Draws, step: float) -> float:
    """Mean number of draws between two points of the lattice."""
    between = 0.0
    for values, size in ((draws.up, draws.k_up), (draws.down, draws.k_down)):
        places = values / step
        split = np.abs(places - np.rint(places)) > _ROUNDING
        between += size * float(draws.mass[split].sum())
    return between


def _power_of_two(number: float) -> int:
    return int(2 ** np.ceil(np.log2(max(number, 2.0))))


def _transform(values: Array, mass: Array, step: float, points: int) -> NDArray[np.complex128]:
    place = values / step
    whole = np.rint(place)
    whole = np.where(np.abs(place - whole) <= _ROUNDING, whole, np.floor(place))
    rest = np.maximum(place - whole, 0.0)
    left = whole.astype(np.int64) % points
    share = np.bincount(left, mass * (1 - rest), points)
    share += np.bincount((left + 1) % points, mass * rest, points)
    return np.fft.rfft(share)


def _exact_spectrum(draws: Draws, step: float, points: int) -> NDArray[np.complex128]:
    """Characteristic function of the sum over all sets of a small population, gene by gene."""
    shape = (draws.k_up + 1, draws.k_down + 1, points // 2 + 1)
    sums = np.zeros(shape, dtype=np.complex128)
    sums[0, 0] = 1
    genes = np.rint(draws.mass * draws.n_genes).astype(np.int64)
    for up, down, count in zip(draws.up, draws.down, genes, strict=True):
        z_up, z_down = (_transform(np.array([v]), np.ones(1), step, points) for v in (up, down))
        for _ in range(count):
            before = sums.copy()
            sums[1:] += before[:-1] * z_up
            sums[:, 1:] += before[:, :-1] * z_down
    return np.asarray(sums[-1, -1] / sums[-1, -1, 0])


def _spectrum(draws: Draws, step: float, points: int) -> NDArray[np.complex128]:
    """Characteristic function of the sum of draws without replacement."""
    parts = [(draws.up, draws.k_up), (draws.down, draws.k_down)]
    parts = [(values, size) for values, size in parts if size]
    single = [_transform(values, draws.mass, step, points) for values, _ in parts]
    safe = [np.where(np.abs(phi) < 1e-60, 1e-60, phi) for phi in single]
    power = np.ones(points // 2 + 1, dtype=np.complex128)
    for (_, size), phi in zip(parts, single, strict=True):
        power *= _to_power(phi, size)
    excess = np.zeros(points // 2 + 1, dtype=np.complex128)
    for i, (left, size) in enumerate(parts):
        for j, (right, other) in enumerate(parts[: i + 1]):
            pairs = size * (size - 1) / 2 if i == j else size * other
            if pairs:
                same = _transform(left + right, draws.mass, step, points)
                excess += pairs * (same / (safe[i] * safe[j]) - 1)
    excess /= max(draws.n_genes - 1, 1)
    with np.errstate(over="ignore", invalid="ignore"):
        factor = np.where(np.abs(excess) < 1, np.exp(-excess), 1 - excess)
    return np.asarray(power * factor, dtype=np.complex128)


def _to_power(values: NDArray[np.complex128], exponent: int) -> NDArray[np.complex128]:
    """Raise to a whole power by squaring, which is many times faster than by logarithms."""
    result = np.ones_like(values)
    square = values.copy()
    while exponent:
        if exponent & 1:
            result *= square
        exponent >>= 1
        if exponent:
            square *= square
    return result
