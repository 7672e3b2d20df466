"""Find response elements in a sequence, on both strands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atrasig.targets.motif import UNKNOWN, Codes, Motif, window_mismatches

_PIECE = 1 << 18
"""Bases scanned at a time, so that what is computed stays in the processor's cache."""
_NONE = 1000

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Elements:
    """Elements of one sequence, ordered by start, then arrangement.

    Parameters
    ----------
    start, end
        0-based, half-open, int64.
    arrangement
        Place of each element's arrangement in the motif's.
    strand
        1 for the strand scanned, -1 for the other one; 0 where both fit equally well, which is so
        for every inverted and everted repeat.
    mismatches
        Mismatches of both half-sites together.
    """

    start: Ints
    end: Ints
    arrangement: Ints
    strand: Ints
    mismatches: Ints

    def __len__(self) -> int:
        """Count the elements."""
        return len(self.start)


def scan(codes: Codes, motif: Motif) -> Elements:
    """Find the elements of a sequence on both strands.

    Parameters
    ----------
    codes
        Sequence as :func:`atrasig.targets.motif.encode` gives it. An unknown base fits no
        half-site, whatever the mismatches allowed; in a spacer any base may stand.
    motif
        What counts as an element.

    Returns
    -------
    Elements
        Every place once an arrangement: where an element can be read on both strands, the strand
        with fewer mismatches counts.
    """
    overlap = max(motif.length(one) for one in motif.arrangements) - 1
    found = [
        _scan_piece(codes[first : first + _PIECE + overlap], first, motif)
        for first in range(0, len(codes), _PIECE)
    ]
    table = np.concatenate(found) if found else np.empty((0, 5), dtype=np.int64)
    table = table[np.lexsort((table[:, 2], table[:, 0]))]
    return Elements(*(np.ascontiguousarray(column) for column in table.T))


def _scan_piece(codes: Codes, first: int, motif: Motif) -> Ints:
    """Elements that start in one piece, as rows of the fields of :class:`Elements`."""
    n = len(motif.half_site)
    if len(codes) < 2 * n:
        return np.empty((0, 5), dtype=np.int64)
    window = _windows(codes, n)
    tables = window_mismatches(motif.half_site)
    costs = [table[window] for table in tables]
    places = [np.flatnonzero(cost <= motif.mismatches) for cost in costs]
    rows = []
    for number, one in enumerate(motif.arrangements):
        step = n + one.spacer
        # 0 is the half-site as read, 1 its reverse complement.
        sides = {"DR": ((0, 0), (1, 1)), "IR": ((0, 1),), "ER": ((1, 0),)}[one.kind]
        read = [_pairs(places[a], costs[a], costs[b], step, motif) for a, b in sides]
        start, strand, cost = _merge_strands(read)
        inside = start < _PIECE
        block = np.empty((int(inside.sum()), 5), dtype=np.int64)
        block[:, 0] = start[inside] + first
        block[:, 1] = block[:, 0] + motif.length(one)
        block[:, 2] = number
        block[:, 3] = strand[inside]
        block[:, 4] = cost[inside]
        rows.append(block)
    return np.concatenate(rows)


def _windows(codes: Codes, n: int) -> NDArray[np.unsignedinteger]:
    """Every window of n bases as a number in base 5, the first base leading."""
    kind = np.min_scalar_type((UNKNOWN + 1) ** n - 1)
    size = len(codes) - n + 1
    number = codes[:size].astype(kind)
    for place in range(1, n):
        number *= kind.type(UNKNOWN + 1)
        number += codes[place : place + size]
    return number


def _pairs(
    places: Ints, left: Codes, right: Codes, step: int, motif: Motif
) -> tuple[Ints, NDArray[np.int64]]:
    """Places whose half-site has the other one a step further, and their mismatches."""
    start = places[places + step < len(right)]
    second = right[start + step]
    cost = left[start].astype(np.int64) + second
    fits = (second <= motif.mismatches) & (cost <= motif.allowed)
    return start[fits], cost[fits]


def _merge_strands(read: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints, Ints]:
    """Start, strand and mismatches of places that may have been read on both strands."""
    if len(read) == 1:
        start, cost = read[0]
        return start, np.zeros_like(start), cost
    (plus, plus_cost), (minus, minus_cost) = read
    start = np.union1d(plus, minus)
    costs = np.full((2, len(start)), _NONE)
    costs[0, np.searchsorted(start, plus)] = plus_cost
    costs[1, np.searchsorted(start, minus)] = minus_cost
    return start, np.sign(costs[1] - costs[0]), costs.min(axis=0)
