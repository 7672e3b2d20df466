"""Ranks of sparse rows: only stored values are ordered, all zeros are one run of tied genes.

The values of most rows are few distinct ones, which are counted. Rows of many distinct values are
sorted as dense ones are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.kernels.compile import compiled
from atrasig.scoring.kernels.counted import FEW, SLOTS, clear, count_values, rank_counted
from atrasig.scoring.kernels.order import (
    BUCKETS,
    NOT_MEASURED,
    PASSES,
    ZERO,
    Bits,
    Codes,
    ordered,
    pack,
    radix_sort,
    rank_sorted,
)

_ONE = np.uint64(1)


@compiled
def rank_stored(
    indices: Any, bits: Bits, is_single: bool, gene_of: Codes, n_genes: int,
    genes: Codes, codes: Codes, starts: Codes, lengths: Codes,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Rank the stored values of a row by sorting them.

    Parameters
    ----------
    indices, bits, is_single, gene_of, n_genes
        As in :func:`rank_sparse_rows`, for one row.
    genes, codes
        Receive the wanted genes that are stored and twice their average rank, 0 for NaN.
    starts, lengths
        Receive the runs of tied genes, that of the zeros among them, ascending.

    Returns
    -------
    tuple of int
        Measured genes, twice the average rank of the zeros (0 where there is none), the number of
        runs, and the number of wanted genes.
    """
    stored, values = np.empty_like(genes), np.empty(genes.size, dtype=np.uint64)
    n_stored, n_below, n_missing = 0, 0, 0
    for place in range(indices.size):
        gene, value = gene_of[indices[place]], ordered(bits[place], is_single)
        if gene <= n_genes and value != ZERO:
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
        n_wanted += stored[place] < n_genes
    n_runs = insert_zeros(starts, lengths, n_runs, n_below, n_zero)
    zero_code = 2 * n_below + 1 + n_zero if n_zero else 0
    return n_genes - n_missing, zero_code, n_runs, n_wanted


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
def ascend(indices: Any) -> bool:
    """Say whether the columns of a row ascend, none of them twice."""
    found = True
    for place in range(1, indices.size):
        found &= indices[place] > indices[place - 1]
    return found


@compiled
def rank_sparse_rows(
    indptr: Any, indices: Any, bits: Bits, is_single: bool, gene_of: Codes, n_genes: int,
    genes: Codes, codes: Codes, offsets: NDArray[np.int64], zero_codes: Codes,
    starts: Codes, lengths: Codes, run_offsets: NDArray[np.int64], n_present: NDArray[np.int64],
) -> bool:  # fmt: skip
    """Rank the genes of sparse rows.

    Parameters
    ----------
    indptr, indices, bits, is_single
        Rows in compressed form, values seen as unsigned integers.
    gene_of
        Place of each column in the universe where the rank of the gene is asked for; the number of
        genes for another column of the universe, and one more for a column outside.
    n_genes
        Genes of the universe.
    genes, codes
        As long as `bits`: receive, row after row, the wanted genes that are stored and twice their
        average rank, 0 where not measured.
    offsets
        Shape (samples + 1,): receives where they begin, and where the last ones end.
    zero_codes
        Shape (samples,): receives twice the average rank of the genes that are zero, 0 for none.
    starts, lengths
        Half as long as `bits` and one more for each row: receive the runs of tied genes, row after
        row, ascending.
    run_offsets
        Shape (samples + 1,): receives where they begin, and where the last ones end.
    n_present
        Shape (samples,): receives the number of measured genes.

    Returns
    -------
    bool
        Whether the columns of every row ascend; if not, entries may be stored twice.
    """
    slots, counts = np.empty(SLOTS, dtype=np.uint64), np.empty(SLOTS, dtype=np.int32)
    code_of, used = np.empty(SLOTS, dtype=np.int32), np.empty(FEW, dtype=np.int32)
    clear(slots, counts)
    offsets[0], run_offsets[0] = 0, 0
    for sample in range(zero_codes.size):
        first, last = indptr[sample] - indptr[0], indptr[sample + 1] - indptr[0]
        row, values = indices[first:last], bits[first:last]
        if not ascend(row):
            return False
        # Packed, as each page of memory that is written for the first time takes as long as
        # hundreds of values.
        begin, end = offsets[sample], offsets[sample] + row.size
        own_genes, own_codes = genes[begin:end], codes[begin:end]
        own_starts, own_lengths = starts[run_offsets[sample] :], lengths[run_offsets[sample] :]
        n_used, n_wanted = count_values(
            row, values, gene_of, n_genes, slots, counts, used, own_genes, own_codes
        )
        if n_used >= 0:
            n, zero_code, runs = rank_counted(
                slots, counts, used[:n_used], is_single, n_genes, code_of, own_starts, own_lengths
            )
            for place in range(n_wanted):
                own_codes[place] = code_of[np.uint64(own_codes[place])]
        else:
            clear(slots, counts)
            n, zero_code, runs, n_wanted = rank_stored(
                row, values, is_single, gene_of, n_genes,
                own_genes, own_codes, own_starts, own_lengths,
            )  # fmt: skip
        n_present[sample], zero_codes[sample] = n, zero_code
        offsets[sample + 1] = offsets[sample] + n_wanted
        run_offsets[sample + 1] = run_offsets[sample] + runs
    return True
