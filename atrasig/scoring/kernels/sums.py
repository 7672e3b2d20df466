"""Sums over the members of gene sets of what each gene contributes at its rank."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.kernels.compile import compiled
from atrasig.scoring.kernels.order import Codes

Reals = NDArray[np.float64]

LANES = 4
"""Samples summed side by side, so that one look at a member serves all of them."""
_ONE = np.uint64(1)


@compiled
def look_up(codes: Codes, lanes: Any, table: Reals, union: Any, values: Reals) -> None:
    """Look up what the genes of any set contribute in some samples.

    Four lookups at a time, none of which waits for another: much of the time is that of the memory.

    Parameters
    ----------
    codes, table, union
        As in :func:`dense_sums`.
    lanes
        The samples, four.
    values
        Shape (genes of any set, features x samples): receives the contributions.
    """
    n_features = table.shape[1]
    first, second, third, fourth = lanes
    for place in range(union.size):
        # Unsigned: for a signed place numba looks whether it counts from the end.
        gene, own = np.uint64(union[place]), values[place]
        a, b = np.uint64(codes[first, gene]), np.uint64(codes[second, gene])
        c, d = np.uint64(codes[third, gene]), np.uint64(codes[fourth, gene])
        for feature in range(n_features):
            start = feature * LANES
            own[start], own[start + 1] = table[a, feature], table[b, feature]
            own[start + 2], own[start + 3] = table[c, feature], table[d, feature]


@compiled
def dense_sums(
    codes: Codes,
    rows: NDArray[np.intp],
    table: Reals,
    straddling: Codes,
    means: Reals,
    union: Any,
    indptr: Any,
    members: Any,
    sums: Reals,
) -> None:
    """Add up contributions over sets, for samples with the same number of measured genes.

    Parameters
    ----------
    codes
        Shape (samples, genes): twice the average rank, 0 where not measured.
    rows
        The samples to look at.
    table
        Shape (2 N + 1, features): contribution at each code.
    straddling, means
        Shape (samples, features): a code that contributes this mean instead; code -1 for none.
    union
        Genes of any set.
    indptr, members
        Sets in compressed form; members are places in `union`.
    sums
        Shape (features, samples, sets): receives the sums.
    """
    n_features = table.shape[1]
    width = n_features * LANES
    values = np.zeros((union.size, width))
    total = np.empty(width)
    for first in range(0, rows.size, LANES):
        last = min(first + LANES, rows.size) - 1
        lanes = (rows[first], rows[min(first + 1, last)], rows[min(first + 2, last)], rows[last])
        look_up(codes, lanes, table, union, values)
        for lane in range(last + 1 - first):
            row = rows[first + lane]
            for feature in range(n_features):
                if straddling[row, feature] >= 0:
                    for place in range(union.size):
                        if codes[row, union[place]] == straddling[row, feature]:
                            values[place, feature * LANES + lane] = means[row, feature]
        for own in range(indptr.size - 1):
            total[:] = 0.0
            for place in range(indptr[own], indptr[own + 1]):
                own_values = values[np.uint64(members[place])]
                for column in range(width):
                    total[column] += own_values[column]
            for feature in range(n_features):
                for lane in range(last + 1 - first):
                    sums[feature, rows[first + lane], own] = total[feature * LANES + lane]


@compiled
def sparse_sums(
    genes: Codes,
    codes: Codes,
    offsets: NDArray[np.int64],
    zero_codes: Codes,
    rows: NDArray[np.intp],
    table: Reals,
    straddling: Codes,
    means: Reals,
    first_of: Codes,
    indptr: Any,
    others_of: Any,
    matched: Reals,
    sums: Reals,
) -> None:
    """Add up contributions over sets in sparse rows with the same number of measured genes.

    Every set has the sum that it would have if all its measured members were zero; each stored one
    adds what it contributes beyond a zero.

    Parameters
    ----------
    genes, codes, offsets, zero_codes
        Ranks of the rows, as of :func:`~atrasig.scoring.kernels.sparse.rank_sparse_rows`.
    rows, table, straddling, means
        As in :func:`dense_sums`.
    first_of, indptr, others_of
        Sets of each gene, as of :attr:`~atrasig.scoring.sets.GeneSets.first_and_others`.
    matched
        Shape (samples, sets): measured members.
    sums
        Shape (features, samples, sets): receives the sums.
    """
    n_sets, has_others = matched.shape[1], indptr[1:] > indptr[:-1]
    total = np.empty(n_sets + 1)  # the last is that of genes of no set
    beyond, shared = np.empty(indptr.size), np.empty(indptr.size, dtype=np.int32)
    for row in rows:
        begin, end = offsets[row], offsets[row + 1]
        own_genes, own_codes = genes[begin:end], codes[begin:end]
        zero = zero_codes[row]
        for feature in range(table.shape[1]):
            tied, mean = straddling[row, feature], means[row, feature]
            at_zero = mean if zero == tied else table[zero, feature]
            for own in range(n_sets):
                total[own] = matched[row, own] * at_zero
            n_shared = 0
            for place in range(own_genes.size):
                # Unsigned: for a signed place numba looks whether it counts from the end.
                gene, code = np.uint64(own_genes[place]), np.uint64(own_codes[place])
                value = mean if code == tied else table[code, feature]
                beyond[place] = value - at_zero if code else 0.0
                total[np.uint64(first_of[gene])] += beyond[place]
                # Always written, so that nothing has to be guessed where few genes are shared.
                shared[np.uint64(n_shared)] = place
                n_shared += has_others[gene]
            for hit in range(n_shared):
                value = beyond[shared[hit]]
                gene = np.uint64(own_genes[shared[hit]])
                for own in range(indptr[gene], indptr[gene + _ONE]):
                    total[np.uint64(others_of[own])] += value
            for own in range(n_sets):
                sums[feature, row, own] = total[own]


@compiled
def runs_across(
    starts: Codes, lengths: Codes, offsets: NDArray[np.intp], counts: Any, knees: Reals
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find in each sample the run of tied genes that has places on both sides of a rank.

    Parameters
    ----------
    starts, lengths, offsets, counts
        Runs of the samples, as of :class:`~atrasig.scoring.ranks.TieRuns`.
    knees
        Shape (samples,): the rank.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (samples,) each: first place and length of the run, 0 where there is none.
    """
    first = np.zeros(knees.size, dtype=np.int64)
    size = np.zeros(knees.size, dtype=np.int64)
    for sample in range(knees.size):
        low, high = offsets[sample], offsets[sample] + counts[sample]
        while low < high:
            middle = (low + high) // 2
            if starts[middle] < knees[sample]:
                low = middle + 1
            else:
                high = middle
        if low > offsets[sample]:
            start, length = starts[low - 1], lengths[low - 1]
            if start + length - 1 > knees[sample]:
                first[sample] = start
                size[sample] = length
    return first, size
