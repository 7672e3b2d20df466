"""Unchanged genes whose promoters are like those of changed genes in length and GC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import UsageError

GC_WITHIN = 0.02
"""Largest difference of GC shares between a promoter and one matched to it."""
LENGTH_WITHIN = 0.05
"""Largest relative difference of lengths."""


@dataclass(frozen=True, eq=False)
class Matched:
    """Promoters of a group and those matched to them.

    Parameters
    ----------
    group
        Places of the genes of the group that got all their matches, ascending.
    background
        Places of the genes matched to them, each once, ascending.
    available
        For every gene of the group, how many were there to choose from when it was its turn, at
        most the number asked for: a gene with fewer is left out.
    """

    group: NDArray[np.int64]
    background: NDArray[np.int64]
    available: NDArray[np.int64]


def match_promoters(
    lengths: NDArray[np.float64],
    gc: NDArray[np.float64],
    group: Sequence[int],
    pool: Sequence[int],
    *,
    matches: int = 3,
    seed: int = 1,
) -> Matched:
    """Draw for every promoter of a group as many others of like length and GC.

    Genes of the group take their turns at random, and draw at random, without replacement, among
    all promoters of the pool within :data:`GC_WITHIN` and :data:`LENGTH_WITHIN`. One that finds
    too few takes none, so that the background is in length and GC what the group is.

    Parameters
    ----------
    lengths, gc
        Known bases and GC share of every promoter.
    group, pool
        Places of the promoters to match, and of those to draw from.
    matches
        Promoters matched to each.
    seed
        Seed of the draws.

    Raises
    ------
    UsageError
        If no match is asked for, or the pool and the group overlap.
    """
    if matches < 1:
        raise UsageError("No matched promoter is asked for", fix="Ask for 1 or more a gene.")
    members, others = np.asarray(sorted(group), int), np.asarray(sorted(pool), int)
    if np.intersect1d(members, others).size:
        raise UsageError("A gene cannot be matched to itself", fix="Give a pool of other genes.")
    rng = np.random.default_rng(seed)
    free = np.ones(len(others), dtype=bool)
    available = np.zeros(len(members), dtype=np.int64)
    for turn in rng.permutation(len(members)):
        one = members[turn]
        like = np.abs(gc[others] - gc[one]) <= GC_WITHIN
        like &= np.abs(lengths[others] - lengths[one]) <= LENGTH_WITHIN * lengths[one]
        choice = np.flatnonzero(like & free)
        available[turn] = min(len(choice), matches)
        if len(choice) >= matches:
            free[rng.choice(choice, matches, replace=False)] = False
    return Matched(members[available == matches], others[~free], available)
