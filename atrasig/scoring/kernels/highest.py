"""The highest genes of a sample, found without sorting all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from atrasig.scoring.kernels.compile import compiled
from atrasig.scoring.kernels.order import BUCKETS, DIGIT, NOT_MEASURED, Codes, Counts, Keys

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_NONE = np.uint64(0)
_ONE = np.uint64(1)
_DIGIT_MASK = np.uint64(BUCKETS - 1)


@compiled
def find_threshold(values: Keys, depth: int, counts: Counts) -> Any:
    """Find a value that at least `depth` genes reach, and few more, without sorting.

    Parameters
    ----------
    values
        Shape (genes,): values as of :func:`ordered`.
    depth
        Genes that are asked for.
    counts
        Scratch, shape (3, 2048).

    Returns
    -------
    numpy.uint64
        The threshold: exact in the 22 highest bits that differ, 0 in the lower ones.
    """
    some, every, n_present = _NONE, _ALL, 0
    for value in values:
        is_missing = value == NOT_MEASURED
        some |= _NONE if is_missing else value
        every &= value
        n_present += not is_missing
    if depth >= n_present:
        return _NONE
    varying, top = some ^ every, 64
    while top > 2 * DIGIT and not varying >> np.uint64(top - 1):
        top -= 1
    prefix = _NONE if top == 64 else (every >> np.uint64(top)) << np.uint64(top)
    found = 0
    for level in range(2):
        low = np.uint64(top - DIGIT * (level + 1))
        row = counts[level]
        row[:] = 0
        for value in values:
            # Of the second digit only where the first is that of the threshold.
            if level == 0 or (value ^ prefix) >> (low + np.uint64(DIGIT)) == 0:
                row[(value >> low) & _DIGIT_MASK] += np.uint32(value != NOT_MEASURED)
        digit = BUCKETS
        while found < depth:
            digit -= 1
            found += row[digit]
        prefix |= np.uint64(digit) << low
        if level == 0:
            found -= row[digit]
    return prefix


@compiled
def count_from(values: Keys, threshold: Any) -> tuple[int, int]:
    """Count the measured genes of a sample that reach a threshold, and those not measured."""
    n_high, n_missing = 0, 0
    for value in values:
        n_high += value >= threshold
        n_missing += value == NOT_MEASURED
    return n_high - n_missing, n_missing


@compiled
def pack_from(
    values: Keys, threshold: Any, below: int, mask: Any, keys: Keys, codes: Codes
) -> tuple[int, Any, Any]:
    """Write the keys of the genes that reach a threshold; all others share their mean rank.

    Parameters
    ----------
    values, mask, keys
        As in :func:`pack`.
    threshold
        Lowest value that gets a key.
    below
        Measured genes with a lower value.
    codes
        Receives twice the mean rank of these, and 0 for a gene not measured.

    Returns
    -------
    tuple of int and two numpy.uint64
        As of :func:`pack`, for the genes that got a key.
    """
    high = _ALL ^ mask
    codes[:] = 1 + below
    n_high = 0
    for gene in range(values.size):
        value = values[gene]
        keys[n_high] = np.uint64(gene)
        n_high += value >= threshold
    some, every, n_kept = _NONE, _ALL, 0
    for place in range(n_high):
        gene = keys[place]
        value = values[gene]
        if value == NOT_MEASURED:
            codes[gene] = 0
            continue
        some |= value
        every &= value
        keys[n_kept] = (value & high) | gene
        n_kept += 1
    return n_kept, (some ^ every) & high, some & mask
