"""Ranks of dense samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.kernels.compile import compiled
from atrasig.scoring.kernels.highest import count_from, find_threshold, pack_from
from atrasig.scoring.kernels.order import (
    BUCKETS,
    PASSES,
    Bits,
    Codes,
    Keys,
    ordered,
    pack,
    radix_sort,
    rank_sorted,
)

TILE = 8
"""Samples looked at together: eight float64 are one cache line of a matrix stored by genes."""
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONE = np.uint64(1)


@compiled
def order_rows(
    bits: Bits, is_single: bool, columns: NDArray[np.intp], is_whole: bool, values: Keys
) -> None:
    """Turn the values of some samples into unsigned integers of the same order.

    Parameters
    ----------
    bits
        Shape (samples, columns of the matrix), any strides.
    is_single
        Whether the values are float32.
    columns
        Shape (genes,): column of each gene.
    is_whole
        Whether these are all columns in their order.
    values
        Shape (samples, genes): receives them (see :func:`ordered`).
    """
    n_samples, n_genes = values.shape
    if bits.strides[1] > bits.strides[0]:
        for gene in range(n_genes):
            column = columns[gene]
            for sample in range(n_samples):
                values[sample, gene] = ordered(bits[sample, column], is_single)
        return
    for sample in range(n_samples):
        own, row = bits[sample], values[sample]
        if is_whole:
            for gene in range(n_genes):
                row[gene] = ordered(own[gene], is_single)
        else:
            for gene in range(n_genes):
                row[gene] = ordered(own[columns[gene]], is_single)


@compiled
def rank_rows(
    bits: Bits, is_single: bool, columns: NDArray[np.intp], is_whole: bool, depth: int,
    codes: Codes, starts: Codes, lengths: Codes, n_runs: NDArray[np.int64],
) -> NDArray[np.int64]:  # fmt: skip
    """Rank the genes of some samples.

    Parameters
    ----------
    bits, is_single, columns, is_whole
        As in :func:`order_rows`.
    depth
        Highest genes of a sample that are told apart, 0 for all; the others share their mean rank.
    codes
        Shape (samples, genes): receives twice the average rank, 0 where not measured.
    starts, lengths
        Shape (samples, genes // 2): receive the runs of tied genes (see :func:`rank_sorted`).
    n_runs
        Shape (samples,): receives the number of runs.

    Returns
    -------
    numpy.ndarray
        Shape (samples,): measured genes.
    """
    n_samples, n_genes = codes.shape
    tile_size = TILE if bits.strides[1] > bits.strides[0] else 1  # few, to stay in the cache
    values = np.empty((tile_size, n_genes), dtype=np.uint64)
    keys, spare = np.empty(n_genes, dtype=np.uint64), np.empty(n_genes, dtype=np.uint64)
    counts = np.empty((PASSES, BUCKETS), dtype=np.uint32)
    n_present = np.empty(n_samples, dtype=np.int64)
    mask, threshold = _ONE, _ALL
    while mask < np.uint64(n_genes):
        mask = mask << _ONE | _ONE
    for sample in range(n_samples):
        own = values[sample % tile_size]
        if sample % tile_size == 0:
            tile = bits[sample : sample + tile_size]
            order_rows(tile, is_single, columns, is_whole, values[: tile.shape[0]])
        below = 0
        if 0 < depth < n_genes:
            n, n_missing = count_from(own, threshold)  # the sample before is often much the same
            if n < depth or n > 2 * depth:
                threshold = find_threshold(own, depth, counts)
                n, n_missing = count_from(own, threshold)
            below = n_genes - n_missing - n
            n, varying, lost = pack_from(own, threshold, below, mask, keys, codes[sample])
        else:
            n, varying, lost = pack(own, mask, keys, codes[sample])
        shared = 1 if below > 1 else 0
        if shared:
            starts[sample, 0], lengths[sample, 0] = 1, below
        ignored, is_complete = radix_sort(keys[:n], spare[:n], counts, varying)
        n_present[sample] = below + n
        n_runs[sample] = shared + rank_sorted(
            keys[:n], below, ignored, is_complete and lost == 0, own, mask,
            codes[sample], starts[sample][shared:], lengths[sample][shared:],
        )  # fmt: skip
    return n_present
