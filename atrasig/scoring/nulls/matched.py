"""Random gene sets matched to a signature by the genes' level in a reference.

Genes of a signature are often highly expressed in every tissue, and rank high in any sample for
that reason alone. Here each gene of a set is replaced by a random gene of the same tenth of a
reference; the reference is the caller's (mean ranks of a cohort, say), never the sample itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import UsageError
from atrasig.scoring.arrays import Array
from atrasig.scoring.kernels.tails import sum_deviates_by_stratum
from atrasig.scoring.nulls.tails import Tails, normal_tails

STRATA = 10


def reference_strata(reference: Array, strata: int = STRATA) -> NDArray[np.int64]:
    """Cut genes into strata of equal size by their level in a reference.

    Parameters
    ----------
    reference
        Shape (genes,): level of each gene, such as its mean rank over a cohort; NaN where unknown.
    strata
        Number of strata.

    Returns
    -------
    numpy.ndarray
        Shape (genes,): stratum from 0, -1 where the level is not known. Equal levels share one.
    """
    known = ~np.isnan(reference)
    out = np.full(reference.shape, -1, dtype=np.int64)
    levels, counts = np.unique(reference[known], return_counts=True)
    middle = (np.cumsum(counts) - counts / 2) / max(int(known.sum()), 1)
    out[known] = np.floor(middle * strata).astype(np.int64)[
        np.searchsorted(levels, reference[known])
    ]
    return out


def expression_matched(
    contributions: Array,
    strata: NDArray[np.int64],
    up: NDArray[np.intp],
    down: NDArray[np.intp],
    *,
    const: float = 0.0,
    a_up: float = 1.0,
    a_down: float = 0.0,
) -> Tails:
    """Null of one set's linear score under random sets matched stratum by stratum.

    In each stratum as many up and down genes are drawn, without replacement and disjoint, as the
    set has there. Moments are exact; tails are a saddlepoint with the exact standard deviation.

    Parameters
    ----------
    contributions
        Shape (genes,): what each gene adds in this sample, such as its rank; NaN not measured.
    strata
        Shape (genes,): stratum of each gene, -1 for genes that are not drawn.
    up, down
        Positions of the set's measured genes.
    const, a_up, a_down
        The score is ``const + a_up * sum over up + a_down * sum over down``.

    Returns
    -------
    Tails
        Arrays of shape (1,).

    Raises
    ------
    UsageError
        If a gene of the set has no stratum or was not measured.
    """
    members = np.concatenate([up, down]).astype(np.intp)
    if (strata[members] < 0).any() or np.isnan(contributions[members]).any():
        raise UsageError(
            "A gene of the set was not measured, or has no level in the reference",
            fix="Leave such genes out of the set, or complete the reference.",
        )
    drawn = (strata >= 0) & ~np.isnan(contributions)
    observed = const + a_up * contributions[up].sum() + a_down * contributions[down].sum()
    mean, variance, free = const, 0.0, 0.0
    pools: list[Array] = []
    sizes: list[tuple[int, int]] = []
    for stratum in np.unique(strata[members]):
        pool = contributions[drawn & (strata == stratum)]
        k_up, k_down = int((strata[up] == stratum).sum()), int((strata[down] == stratum).sum())
        coefficient = a_up * k_up + a_down * k_down
        squares = a_up**2 * k_up + a_down**2 * k_down
        mean += coefficient * float(pool.mean())
        spread = float(pool.var())
        free += squares * spread
        variance += spread * (pool.size * squares - coefficient**2) / max(pool.size - 1, 1)
        pools.append(pool - pool.mean())
        sizes.append((k_up, k_down))
    sd = float(np.sqrt(max(variance, 0.0)))
    if sd <= 1e-12 * max(1.0, abs(mean)):
        lower = upper = np.ones(1)
    else:
        deviate = sum_deviates_by_stratum(
            np.concatenate(pools),
            np.cumsum([0, *map(len, pools)]),
            np.array(sizes, dtype=np.float64),
            a_up,
            a_down,
            (observed - mean) * float(np.sqrt(free)) / sd,
        )
        lower, upper = normal_tails(np.array([deviate]))
    return Tails(np.array([mean]), np.array([sd]), lower, upper)
