"""Reads drawn again, and the ranks of some genes among them.

Counts are drawn as :meth:`numpy.random.Generator.poisson` draws them, from the same uniform
numbers in the same order, so that the draws are the same; but what depends on a gene's rate alone
is worked out once for all draws. Rates from 10 up: transformed rejection (Hörmann 1993,
doi:10.1016/0167-6687(93)90997-4); below: uniform numbers are multiplied until they fall short.

Counts are kept as floats with :data:`OFFSET` added: then their leading bits are the buckets into
which genes are put, one a count up to 1,023 and 1,024 an octave above.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array, Codes, Places
from atrasig.scoring.kernels.compile import compiled

OFFSET = 1024.0
BUCKETS = 55 * 1024
"""Buckets for counts of up to 63 bits."""
FIGURES = 6
"""Figures of a gene: see :func:`prepare`."""
_SHIFT = 42
_FIRST = 1033 << 10
_EXACT = 1024
_LARGE_RATE = 10.0
_STIRLING = (
    8.333333333333333e-02, -2.777777777777778e-03, 7.936507936507937e-04, -5.952380952380952e-04,
    8.417508417508418e-04, -1.917526917526918e-03, 6.410256410256410e-03, -2.955065359477124e-02,
    1.796443723688307e-01, -1.39243221690590e00,
)  # fmt: skip
_LOG_TWO_PI = 1.8378770664093453e00


@compiled
def log_factorial(count: int) -> Any:
    """Logarithm of ``count!``, to the last digit as numpy's own."""
    if count < 2:
        return 0.0
    x = count + 1.0
    steps = int(7 - x) if x < 7.0 else 0
    above = x + steps
    squared = (1.0 / above) * (1.0 / above)
    series = _STIRLING[9]
    for term in range(8, -1, -1):
        series = series * squared + _STIRLING[term]
    found = series / above + 0.5 * _LOG_TWO_PI + (above - 0.5) * math.log(above) - above
    for _ in range(steps):
        found -= math.log(above - 1.0)
        above -= 1.0
    return found


@compiled
def prepare(rates: Array, figures: Array) -> None:
    """Work out what the draws of each gene share.

    Parameters
    ----------
    rates
        Shape (genes,), above 0.
    figures
        Shape (genes, 6): receives the rate; below 10 then exp(-rate), else the numbers ``2 a``,
        ``b``, ``v_r``, ``log(1 / alpha)`` of the rejection and the logarithm of the rate.
    """
    for gene in range(rates.size):
        rate = rates[gene]
        own = figures[gene]
        own[0] = rate
        if rate < _LARGE_RATE:
            own[1] = math.exp(-rate)
            continue
        b = 0.931 + 2.53 * math.sqrt(rate)
        own[1] = 2.0 * (-0.059 + 0.02483 * b)
        own[2] = b
        own[3] = 0.9277 - 3.6224 / (b - 2.0)
        own[4] = math.log(1.1239 + 1.1328 / (b - 3.4))
        own[5] = math.log(rate)


@compiled
def tabulate(factorials: Array) -> None:
    """Write the logarithms of the factorials from ``0!`` on."""
    for count in range(factorials.size):
        factorials[count] = log_factorial(count)


@compiled
def draw_reads(
    figures: Array, factorials: Array, first: int, uniforms: Array, reads: Array
) -> tuple[Any, Any]:
    """Draw the counts of the genes from the gene `first` on, as far as the uniform numbers go.

    Parameters
    ----------
    figures, factorials
        As of :func:`prepare` and :func:`tabulate`.
    first
        Gene to begin with.
    uniforms
        Uniform numbers between 0 and 1, taken from the first on.
    reads
        Shape (genes,): receives the counts, :data:`OFFSET` added.

    Returns
    -------
    tuple of int
        Gene to go on with, the number of genes where all are drawn, and uniform numbers taken.
    """
    taken, n_uniforms = 0, uniforms.size
    for gene in range(first, reads.size):
        own = figures[gene]
        rate, at, count = own[0], taken, -1
        if rate < _LARGE_RATE:
            product = 1.0
            while at < n_uniforms:
                product *= uniforms[at]
                at += 1
                count += 1
                if product <= own[1]:
                    break
            else:
                return gene, taken
            reads[gene] = count + OFFSET
            taken = at
            continue
        while True:
            if at + 2 > n_uniforms:
                return gene, taken
            u, v = uniforms[at] - 0.5, uniforms[at + 1]
            at += 2
            side = 0.5 - abs(u)
            drawn = math.floor((own[1] / side + own[2]) * u + rate + 0.43)
            if side >= 0.07 and v <= own[3]:
                break
            if drawn < 0 or (side < 0.013 and v > side):
                continue
            known = drawn < factorials.size
            factorial = factorials[drawn] if known else log_factorial(drawn)
            log_ratio = math.log(v) + own[4] - math.log(0.5 * own[1] / (side * side) + own[2])
            if log_ratio <= -rate + drawn * own[5] - factorial:
                break
        reads[gene] = drawn + OFFSET
        taken = at
    return reads.size, taken


@compiled
def rank_some(
    reads: Array, bits: NDArray[np.int64], n_zero: int, asked: Places, sizes: Codes,
    last: Codes, following: Codes, codes: Codes,
) -> None:  # fmt: skip
    """Rank some genes among all of a sample, tied genes sharing their mean rank.

    Parameters
    ----------
    reads, bits
        Shape (genes,): counts as of :func:`draw_reads`, as floats and seen as integers.
    n_zero
        Further genes, whose count is 0 for certain.
    asked
        Genes to rank; -1 is one of the further ones.
    sizes, last, following
        Scratch: two of the shape (:data:`BUCKETS`,), and one (genes,).
    codes
        Shape (genes asked,): receives twice the average rank.
    """
    used = 1
    for gene in range(reads.size):
        used = max(used, (bits[gene] >> _SHIFT) - _FIRST + 1)
    sizes[:used], last[:used] = 0, -1
    sizes[0] = n_zero
    for gene in range(reads.size):
        bucket = (bits[gene] >> _SHIFT) - _FIRST
        sizes[bucket] += 1
        if bucket >= _EXACT:
            following[gene] = last[bucket]
            last[bucket] = gene
    below = 0
    for bucket in range(used):  # from here on: genes in this bucket and in those below it
        below += sizes[bucket]
        sizes[bucket] = below
    for place in range(asked.size):
        gene = asked[place]
        bucket = (bits[gene] >> _SHIFT) - _FIRST if gene >= 0 else 0
        lower = sizes[bucket - 1] if bucket else 0
        equal = sizes[bucket] - lower
        if bucket >= _EXACT:
            equal, other = 0, last[bucket]
            while other >= 0:
                lower += reads[other] < reads[gene]
                equal += reads[other] == reads[gene]
                other = following[other]
        codes[place] = 2 * lower + equal + 1
