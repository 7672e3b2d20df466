"""Ranks of a sparse row of few distinct values, by counting how often each is stored.

The values of a cell are few distinct ones, as they come from counts. Each distinct value gets a
slot of a small hash table that counts it; once the distinct values are in order, every gene's rank
follows from its slot.

Places in arrays are made unsigned where each stored value needs one: for a signed one numba looks
whether it counts from the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from atrasig.scoring.kernels.compile import compiled
from atrasig.scoring.kernels.order import NOT_MEASURED, ZERO, Bits, Codes, Keys, ordered

FEW = 256
SLOTS = 1024
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(54)
_SLOT_MASK = np.uint64(SLOTS - 1)
_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONE = np.uint64(1)


@compiled
def count_values(
    indices: Any, bits: Bits, gene_of: Codes, n_genes: int,
    slots: Keys, counts: Codes, used: Codes, genes: Codes, codes: Codes,
) -> tuple[int, int]:  # fmt: skip
    """Count how often each distinct value of a row is stored.

    Parameters
    ----------
    indices, bits
        Columns of the row, and its values seen as unsigned integers.
    gene_of, n_genes
        As in :func:`~atrasig.scoring.kernels.sparse.rank_sparse_rows`.
    slots
        Shape (1024,): empty; receives the distinct values.
    counts
        Shape (1024,): zeros; receives how often each is stored in the universe.
    used
        Receives the slots in use.
    genes, codes
        Receive each wanted gene that is stored, and the slot of its value.

    Returns
    -------
    tuple of int and int
        Distinct values, or -1 where the row is to be sorted: there are too many of them, or one
        looks like an empty slot; wanted genes that are stored.
    """
    n_used, n_wanted = 0, 0
    for place in range(indices.size):
        gene = gene_of[np.uint64(indices[place])]
        if gene > n_genes:
            continue
        value = np.uint64(bits[place])
        if value == _EMPTY:  # a NaN that looks like an empty slot
            return -1, 0
        slot = (value * _SPREAD) >> _SHIFT
        while slots[slot] != value:
            if slots[slot] == _EMPTY:
                if n_used == FEW:
                    return -1, 0
                slots[slot] = value
                used[n_used] = slot
                n_used += 1
                break
            slot = (slot + _ONE) & _SLOT_MASK
        counts[slot] += 1
        # Always written, so that nothing has to be guessed where few genes are wanted.
        genes[np.uint64(n_wanted)] = gene
        codes[np.uint64(n_wanted)] = slot
        n_wanted += gene < n_genes
    return n_used, n_wanted


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
        size = counts[slot]
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
        size = counts[slot]
        counts[slot] = 0
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
