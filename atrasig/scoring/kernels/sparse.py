"""Ranks of sparse rows: only stored values are ordered, all zeros are one run of tied genes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.kernels.compile import compiled
from atrasig.scoring.kernels.order import (
    BUCKETS,
    NOT_MEASURED,
    PASSES,
    ZERO,
    Bits,
    Codes,
    Keys,
    ordered,
    radix_sort,
    rank_row,
)

SLOT_BITS = 10
FEW = 256
_SLOTS = 1 << SLOT_BITS
_SLOT_MASK = np.uint64(_SLOTS - 1)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - SLOT_BITS)
_ONE = np.uint64(1)


@compiled
def rank_few(
    keys: Keys, slots: Keys, slot_of: Codes, found: Codes, codes: Codes, starts: Codes,
    lengths: Codes,
) -> Any:  # fmt: skip
    """Rank values of which few are distinct, as counts are, by counting each distinct one.

    Parameters
    ----------
    keys
        Ordered values of one row, as of :func:`~atrasig.scoring.kernels.order.ordered`.
    slots
        Scratch, shape (1024,): all ones, and left so.
    slot_of
        Scratch, as long as `keys`.
    found
        Scratch, shape (2, 1024): zeros, and left so.
    codes
        Receives twice the average rank among `keys`.
    starts, lengths
        Receive the runs of tied values (see :func:`~atrasig.scoring.kernels.order.rank_row`).

    Returns
    -------
    int
        Number of runs, or -1 where too many values are distinct and nothing was ranked.
    """
    used = np.empty(FEW, dtype=np.int32)
    n_used = 0
    for place in range(keys.size):
        key = keys[place]
        slot = (key * _SPREAD) >> _SHIFT
        while slots[slot] != key and slots[slot] != NOT_MEASURED:
            slot = (slot + _ONE) & _SLOT_MASK
        if slots[slot] == NOT_MEASURED:
            if n_used == FEW:
                break
            slots[slot] = key
            used[n_used] = slot
            n_used += 1
        found[0, slot] += 1
        slot_of[place] = slot
    else:
        place = keys.size
    for index in range(1, n_used):
        moving = used[index]
        hole = index
        while hole and slots[used[hole - 1]] > slots[moving]:
            used[hole] = used[hole - 1]
            hole -= 1
        used[hole] = moving
    runs, below = 0, 0
    for index in range(n_used):
        slot_used = used[index]
        size = found[0, slot_used]
        found[1, slot_used] = 2 * below + 1 + size
        if size > 1:
            starts[runs] = below + 1
            lengths[runs] = size
            runs += 1
        below += size
    if below == keys.size:
        for place in range(keys.size):
            codes[place] = found[1, slot_of[place]]
    for index in range(n_used):
        slots[used[index]] = NOT_MEASURED
        found[0, used[index]] = 0
    return runs if below == keys.size else -1


@compiled
def read_row(
    indices: Any, bits: Bits, is_single: bool, gene_of: NDArray[np.int32], genes: Codes,
    keys: Keys, raw: Keys,
) -> tuple[int, int, int]:  # fmt: skip
    """Collect the stored values of one row that differ from zero.

    Parameters
    ----------
    indices, bits
        Columns and values of the row.
    is_single
        Whether the values are float32.
    gene_of
        Place of each column in the universe, -1 where it has none.
    genes
        Receives the genes: first those measured, then those of NaN.
    keys, raw
        Receive the values of the measured genes, ordered and as they are stored.

    Returns
    -------
    tuple of int
        Number of values measured, number below zero, number not measured.
    """
    n_stored, n_below, n_missing = 0, 0, 0
    for place in range(indices.size):
        gene = gene_of[indices[place]]
        key = ordered(bits[place], is_single)
        if gene < 0 or key == ZERO:
            continue
        if key == NOT_MEASURED:
            n_missing += 1
            genes[genes.size - n_missing] = gene
        else:
            genes[n_stored] = gene
            keys[n_stored] = key
            raw[n_stored] = bits[place]
            n_stored += 1
            n_below += key < ZERO
    for place in range(n_missing):
        genes[n_stored + place] = genes[genes.size - n_missing + place]
    return n_stored, n_below, n_missing


@compiled
def rank_sparse_rows(
    indptr: Any,
    indices: Any,
    bits: Bits,
    is_single: bool,
    gene_of: NDArray[np.int32],
    n_genes: int,
    genes: Codes,
    codes: Codes,
    ends: NDArray[np.int64],
    zero_codes: Codes,
    starts: Codes,
    lengths: Codes,
    n_runs: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Rank the genes of sparse rows.

    Parameters
    ----------
    indptr, indices, bits, is_single
        Rows in compressed form, values seen as unsigned integers.
    gene_of
        Place of each column in the universe, -1 where it has none.
    n_genes
        Genes of the universe.
    genes, codes
        As long as `bits`: receive, from the place where the row begins in `bits`, the genes with
        a value other than zero and twice their average rank, 0 where not measured.
    ends
        Shape (samples,): receives where they end.
    zero_codes
        Shape (samples,): receives twice the average rank of the genes that are zero, 0 for none.
    starts, lengths
        As long as `bits` and one more for each row: receive the runs of tied genes, ascending.
    n_runs
        Shape (samples,): receives the number of runs.

    Returns
    -------
    numpy.ndarray
        Shape (samples,): measured genes.
    """
    n_samples = zero_codes.size
    longest = 0
    for sample in range(n_samples):
        longest = max(longest, indptr[sample + 1] - indptr[sample])
    keys = np.empty(longest, dtype=np.uint64)
    raw, packed, spare = np.empty_like(keys), np.empty_like(keys), np.empty_like(keys)
    places = np.arange(longest)
    counts = np.empty((PASSES, BUCKETS), dtype=np.int64)
    slots = np.full(_SLOTS, NOT_MEASURED, dtype=np.uint64)
    found = np.zeros((2, _SLOTS), dtype=np.int32)
    slot_of = np.empty(longest, dtype=np.int32)
    n_present = np.empty(n_samples, dtype=np.int64)
    mask = np.uint64(0)
    while mask < np.uint64(longest):
        mask = mask << _ONE | _ONE
    for sample in range(n_samples):
        first, last = indptr[sample] - indptr[0], indptr[sample + 1] - indptr[0]
        own_genes, own_codes = genes[first:last], codes[first:last]
        own_starts, own_lengths = starts[first + sample :], lengths[first + sample :]
        n_stored, n_below, n_missing = read_row(
            indices[first:last], bits[first:last], is_single, gene_of, own_genes, keys, raw
        )
        own = keys[:n_stored]
        runs = rank_few(own, slots, slot_of, found, own_codes, own_starts, own_lengths)
        if runs < 0:
            lost = np.uint64(0)
            for place in range(n_stored):
                lost |= own[place] & mask
                packed[place] = (own[place] & ~mask) | np.uint64(place)
            ignored, is_complete = radix_sort(packed[:n_stored], spare[:n_stored], counts, mask)
            runs = rank_row(
                packed[:n_stored], ignored, is_complete and lost == 0, raw[:n_stored], is_single,
                places, mask, own_codes, own_starts, own_lengths,
            )  # fmt: skip
        n_present[sample] = n_genes - n_missing
        n_zero = n_present[sample] - n_stored
        zero_codes[sample] = 2 * n_below + 1 + n_zero if n_zero else 0
        for place in range(n_stored):
            if own_codes[place] > 2 * n_below:
                own_codes[place] += 2 * n_zero
        own_codes[n_stored : n_stored + n_missing] = 0
        ends[sample] = first + n_stored + n_missing
        n_runs[sample] = insert_zeros(own_starts, own_lengths, runs, n_below, n_zero)
    return n_present


@compiled
def insert_zeros(starts: Codes, lengths: Codes, n_runs: int, n_below: int, n_zero: int) -> int:
    """Put the run of zeros among the runs of one row, in place.

    Parameters
    ----------
    starts, lengths
        The `n_runs` runs among the stored values, with room for one more.
    n_below, n_zero
        Values below zero, and zeros.

    Returns
    -------
    int
        Number of runs.
    """
    place = 0
    while place < n_runs and starts[place] <= n_below:
        place += 1
    room = 1 if n_zero > 1 else 0
    for index in range(n_runs - 1, place - 1, -1):
        starts[index + room] = starts[index] + n_zero
        lengths[index + room] = lengths[index]
    if room:
        starts[place] = n_below + 1
        lengths[place] = n_zero
    return n_runs + room
