"""Ranks of sparse rows: only stored values are ordered, all zeros are one run of tied genes.

The values of a cell are few distinct ones, as they come from counts. Each distinct value gets a
slot of a small hash table that counts it; once the distinct values are in order, every gene's rank
follows from its slot. Rows of many distinct values are sorted as dense ones are.
"""

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
    pack,
    radix_sort,
    rank_sorted,
)

FEW = 256
_SLOTS = 1024
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(54)
_SLOT_MASK = np.uint64(_SLOTS - 1)
_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONE = np.uint64(1)


@compiled
def count_values(
    indices: Any, bits: Bits, gene_of: Codes, wanted: NDArray[np.bool_],
    slots: Keys, counts: Codes, used: Codes, genes: Codes, codes: Codes,
) -> tuple[int, int, bool]:  # fmt: skip
    """Count how often each distinct value of a row is stored.

    Parameters
    ----------
    indices, bits
        Columns of the row, and its values seen as unsigned integers.
    gene_of
        Place of each column in the universe, and the number of genes for a column outside.
    wanted
        Shape (genes + 1,): genes of which the rank is asked for.
    slots
        Shape (1024,): empty; receives the distinct values.
    counts
        Shape (4, 1024): zeros; receives how often each is stored in the universe, in four parts,
        for a place of memory that was just written cannot be written again at once.
    used
        Receives the slots in use.
    genes, codes
        Receive each wanted gene that is stored, and the slot of its value.

    Returns
    -------
    tuple of int, int and bool
        Distinct values, or -1 where the row is to be sorted: there are too many of them, or one
        looks like an empty slot; wanted genes that are stored; whether the columns that were looked
        at ascend, which is all of them but for a row to be sorted.
    """
    n_used, n_wanted, previous, ascends = 0, 0, -1, True
    outside = wanted.size - 1
    for place in range(indices.size):
        column = indices[place]
        ascends &= column > previous
        previous = column
        gene = gene_of[column]
        if gene == outside:
            continue
        value = np.uint64(bits[place])
        if value == _EMPTY:  # a NaN that looks like an empty slot
            return -1, 0, ascends
        slot = (value * _SPREAD) >> _SHIFT
        while slots[slot] != value:
            if slots[slot] == _EMPTY:
                if n_used == FEW:
                    return -1, 0, ascends
                slots[slot] = value
                used[n_used] = slot
                n_used += 1
                break
            slot = (slot + _ONE) & _SLOT_MASK
        counts[place & 3, slot] += 1
        # Always written, so that nothing has to be guessed where few genes are wanted.
        genes[n_wanted] = gene
        codes[n_wanted] = slot
        n_wanted += wanted[gene]
    return n_used, n_wanted, ascends


@compiled
def clear(slots: Keys, counts: Codes) -> None:
    """Empty the hash table."""
    slots[:] = _EMPTY
    counts[:] = 0


@compiled
def rank_counted(
    slots: Keys, counts: Codes, used: Codes, is_single: bool, n_genes: int,
    code_of: Codes, starts: Codes, lengths: Codes,
) -> tuple[int, int, int]:  # fmt: skip
    """Rank the distinct values of a row.

    Parameters
    ----------
    slots, counts, used
        As :func:`count_values` leaves them; `used` is put into the order of the values, and the
        hash table is emptied.
    is_single
        Whether the values are float32.
    n_genes
        Genes of the universe.
    code_of
        Shape (1024,): receives twice the average rank of the genes in each slot, 0 for NaN.
    starts, lengths
        Receive the runs of tied genes, that of the zeros among them, ascending.

    Returns
    -------
    tuple of int
        Measured genes, twice the average rank of the zeros (0 where there is none), and the number
        of runs.
    """
    keys = np.empty(used.size, dtype=np.uint64)
    n_stored, n_missing = 0, 0
    for index in range(used.size):
        slot = used[index]
        key = ordered(slots[slot], is_single)
        size = counts[0, slot] + counts[1, slot] + counts[2, slot] + counts[3, slot]
        counts[:, slot] = 0
        counts[0, slot] = size
        slots[slot] = _EMPTY
        if key == NOT_MEASURED:
            n_missing += size
        elif key != ZERO:
            n_stored += size
        hole = index
        while hole and keys[hole - 1] > key:
            keys[hole] = keys[hole - 1]
            used[hole] = used[hole - 1]
            hole -= 1
        keys[hole] = key
        used[hole] = slot
    n_present = n_genes - n_missing
    n_zero = n_present - n_stored
    zero_code, n_runs, below, passed_zero = 0, 0, 0, False
    for index in range(used.size + 1):
        key = keys[index] if index < used.size else NOT_MEASURED
        if key >= ZERO and not passed_zero:
            passed_zero = True
            if n_zero:
                zero_code = 2 * below + 1 + n_zero
            if n_zero > 1:
                starts[n_runs] = below + 1
                lengths[n_runs] = n_zero
                n_runs += 1
            below += n_zero
        if index == used.size:
            break
        slot = used[index]
        size = counts[0, slot]
        counts[0, slot] = 0
        if key in (ZERO, NOT_MEASURED):
            code_of[slot] = zero_code if key == ZERO else 0
        else:
            code_of[slot] = 2 * below + 1 + size
            if size > 1:
                starts[n_runs] = below + 1
                lengths[n_runs] = size
                n_runs += 1
            below += size
    return n_present, zero_code, n_runs


@compiled
def rank_stored(
    indices: Any, bits: Bits, is_single: bool, gene_of: Codes, wanted: NDArray[np.bool_],
    genes: Codes, codes: Codes, starts: Codes, lengths: Codes,
) -> tuple[int, int, int, int, bool]:  # fmt: skip
    """Rank the stored values of a row by sorting them.

    Parameters
    ----------
    indices, bits, is_single, gene_of, wanted
        As in :func:`rank_sparse_rows`, for one row.
    genes, codes
        Receive the wanted genes that are stored and twice their average rank, 0 for NaN.
    starts, lengths
        Receive the runs of tied genes, that of the zeros among them, ascending.

    Returns
    -------
    tuple of int and bool
        Measured genes, twice the average rank of the zeros (0 where there is none), the number of
        runs, the number of wanted genes, and whether the columns ascend.
    """
    n_genes = wanted.size - 1
    stored, values = np.empty_like(genes), np.empty(genes.size, dtype=np.uint64)
    n_stored, n_below, n_missing, ascends = 0, 0, 0, True
    for place in range(indices.size):
        ascends &= place == 0 or indices[place] > indices[place - 1]
        gene, value = gene_of[indices[place]], ordered(bits[place], is_single)
        if gene < n_genes and value != ZERO:
            stored[n_stored] = gene
            values[n_stored] = value
            n_stored += 1
            n_below += value < ZERO
            n_missing += value == NOT_MEASURED
    values = values[:n_stored]
    mask = _ONE
    while mask < np.uint64(n_stored):
        mask = mask << _ONE | _ONE
    keys, spare = np.empty_like(values), np.empty_like(values)
    ranks = np.empty(n_stored, dtype=np.int32)
    n, varying, lost = pack(values, mask, keys, ranks)
    scratch = np.empty((PASSES, BUCKETS), dtype=np.uint32)
    ignored, is_complete = radix_sort(keys[:n], spare[:n], scratch, varying)
    n_runs = rank_sorted(
        keys[:n], 0, ignored, is_complete and lost == 0, values, mask, ranks, starts, lengths
    )
    n_zero = n_genes - n_stored
    n_wanted = 0
    for place in range(n_stored):
        genes[n_wanted] = stored[place]
        codes[n_wanted] = ranks[place] + (2 * n_zero if ranks[place] > 2 * n_below else 0)
        n_wanted += wanted[stored[place]]
    n_runs = insert_zeros(starts, lengths, n_runs, n_below, n_zero)
    zero_code = 2 * n_below + 1 + n_zero if n_zero else 0
    return n_genes - n_missing, zero_code, n_runs, n_wanted, ascends


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


@compiled
def rank_sparse_rows(
    indptr: Any, indices: Any, bits: Bits, is_single: bool, gene_of: Codes,
    wanted: NDArray[np.bool_], genes: Codes, codes: Codes, ends: NDArray[np.int64],
    zero_codes: Codes, starts: Codes, lengths: Codes, n_runs: NDArray[np.int64],
    n_present: NDArray[np.int64],
) -> bool:  # fmt: skip
    """Rank the genes of sparse rows.

    Parameters
    ----------
    indptr, indices, bits, is_single
        Rows in compressed form, values seen as unsigned integers.
    gene_of
        Place of each column in the universe, and the number of genes for a column outside.
    wanted
        Shape (genes + 1,): genes of which the rank is asked for; never the last.
    genes, codes
        As long as `bits`: receive, from the place where the row begins in `bits`, the wanted genes
        that are stored and twice their average rank, 0 where not measured.
    ends
        Shape (samples,): receives where they end.
    zero_codes
        Shape (samples,): receives twice the average rank of the genes that are zero, 0 for none.
    starts, lengths
        As long as `bits` and one more for each row: receive the runs of tied genes, ascending.
    n_runs, n_present
        Shape (samples,): receive the number of runs and of measured genes.

    Returns
    -------
    bool
        Whether the columns of every row ascend; if not, entries may be stored twice.
    """
    slots, counts = np.empty(_SLOTS, dtype=np.uint64), np.empty((4, _SLOTS), dtype=np.int32)
    code_of, used = np.empty(_SLOTS, dtype=np.int32), np.empty(FEW, dtype=np.int32)
    clear(slots, counts)
    n_genes, ascends = wanted.size - 1, True
    for sample in range(zero_codes.size):
        first, last = indptr[sample] - indptr[0], indptr[sample + 1] - indptr[0]
        own_genes, own_codes = genes[first:last], codes[first:last]
        own_starts, own_lengths = starts[first + sample :], lengths[first + sample :]
        row, values = indices[first:last], bits[first:last]
        n_used, n_wanted, is_ascending = count_values(
            row, values, gene_of, wanted, slots, counts, used, own_genes, own_codes
        )
        if n_used >= 0:
            n, zero_code, runs = rank_counted(
                slots, counts, used[:n_used], is_single, n_genes, code_of, own_starts, own_lengths
            )
            for place in range(n_wanted):
                own_codes[place] = code_of[own_codes[place]]
        else:
            clear(slots, counts)
            n, zero_code, runs, n_wanted, is_ascending = rank_stored(
                row, values, is_single, gene_of, wanted,
                own_genes, own_codes, own_starts, own_lengths,
            )  # fmt: skip
        ascends &= is_ascending
        n_present[sample], zero_codes[sample], n_runs[sample] = n, zero_code, runs
        ends[sample] = first + n_wanted
    return ascends
