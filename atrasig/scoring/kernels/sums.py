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
        n_lanes = min(LANES, rows.size - first)
        for lane in range(n_lanes):
            row = rows[first + lane]
            for place in range(union.size):
                code = codes[row, union[place]]
                for feature in range(n_features):
                    values[place, feature * LANES + lane] = table[code, feature]
            for feature in range(n_features):
                if straddling[row, feature] >= 0:
                    for place in range(union.size):
                        if codes[row, union[place]] == straddling[row, feature]:
                            values[place, feature * LANES + lane] = means[row, feature]
        for own in range(indptr.size - 1):
            total[:] = 0.0
            for place in range(indptr[own], indptr[own + 1]):
                member = members[place]
                for column in range(width):
                    total[column] += values[member, column]
            for feature in range(n_features):
                for lane in range(n_lanes):
                    sums[feature, rows[first + lane], own] = total[feature * LANES + lane]


@compiled
def sparse_sums(
    genes: Codes,
    codes: Codes,
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    zero_codes: Codes,
    rows: NDArray[np.intp],
    table: Reals,
    straddling: Codes,
    means: Reals,
    indptr: Any,
    sets_of: Any,
    matched: Reals,
    sums: Reals,
) -> None:
    """Add up contributions over sets in sparse rows with the same number of measured genes.

    Parameters
    ----------
    genes, codes, begins, ends, zero_codes
        Ranks of the rows, as of :func:`~atrasig.scoring.kernels.sparse.rank_sparse_rows`.
    rows, table, straddling, means
        As in :func:`dense_sums`.
    indptr, sets_of
        Sets of each gene in compressed form.
    matched
        Shape (samples, sets): measured members.
    sums
        Shape (features, samples, sets): receives the sums.
    """
    n_features, n_sets = table.shape[1], matched.shape[1]
    value = np.empty(n_features)
    total = np.empty((n_sets, n_features))
    seen = np.empty(n_sets, dtype=np.int64)
    is_member = indptr[1:] > indptr[:-1]
    hit_genes = np.empty(is_member.size + 1, dtype=np.int32)
    hit_codes = np.empty(is_member.size + 1, dtype=np.int32)
    for row in rows:
        total[:] = 0.0
        seen[:] = 0
        n_hits = 0
        for place in range(begins[row], ends[row]):
            gene, code = genes[place], codes[place]
            # Always written, so that nothing has to be guessed where few genes are members.
            hit_genes[n_hits] = gene
            hit_codes[n_hits] = code
            n_hits += is_member[gene] & (code > 0)
        for hit in range(n_hits):
            gene, code = hit_genes[hit], hit_codes[hit]
            for feature in range(n_features):
                value[feature] = table[code, feature]
                if code == straddling[row, feature]:
                    value[feature] = means[row, feature]
            for own in range(indptr[gene], indptr[gene + 1]):
                seen[sets_of[own]] += 1
                for feature in range(n_features):
                    total[sets_of[own], feature] += value[feature]
        zero = zero_codes[row]
        for feature in range(n_features):
            at_zero = table[zero, feature]
            if zero == straddling[row, feature]:
                at_zero = means[row, feature]
            for own in range(n_sets):
                unseen = matched[row, own] - seen[own]
                sums[feature, row, own] = total[own, feature] + unseen * at_zero


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
