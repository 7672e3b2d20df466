"""What a gene adds to a score, as a function of its rank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def _no_knees(n_genes: int) -> tuple[int, ...]:
    return ()


@dataclass(frozen=True)
class Feature:
    """A contribution to a sum over a set.

    Parameters
    ----------
    name
        Identifies the function: two features of one name are the same function.
    at
        ``at(rank, n)``: contribution at ascending ranks (1 is the lowest; half ranks occur where
        genes tie) among n measured genes, an array of the shape of `rank`.
    knees
        ``knees(n)``: places after which the function changes its form, such as the end of a flat
        part.
    over_places
        Whether tied genes on both sides of the knee, of which there is one, contribute the mean of
        `at` over the places they share; otherwise `at` of their mean rank.
    truncated
        Whether the function is flat over most places, so that scores have atoms without ties.
    unit
        Distance that divides all contributions where nothing ties; 0 where there is none.
    """

    name: str
    at: Callable[[NDArray[np.float64], int], NDArray[np.float64]]
    knees: Callable[[int], tuple[int, ...]] = _no_knees
    over_places: bool = False
    truncated: bool = False
    unit: float = 0.0


RANK = Feature("rank", lambda rank, n_genes: rank, unit=1.0)
"""The rank itself, from the lowest value up."""
