"""Order of the genes within a sample: a radix sort of packed keys, and ranks from sorted keys.

A gene's key holds its value in the high bits, in an order that unsigned integers keep, and its
place in the low bits. The radix sort orders the 33 highest bits that differ within the sample;
genes that agree in these are compared in full afterwards, so the order is exact for float64.

Ranks are kept as whole numbers, twice the average rank: 2 for the lowest gene, 0 for a gene that
was not measured.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.kernels.compile import compiled

Keys = NDArray[np.uint64]
Codes = NDArray[np.int32]
Bits = NDArray[Any]
"""Float32 or float64 values seen as unsigned integers of the same size."""

DIGIT = 11
PASSES = 3

BUCKETS = 1 << DIGIT
_DIGIT_MASK = np.uint64(BUCKETS - 1)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_SIGN = np.uint64(1 << 63)
_ONE = np.uint64(1)
_TOP = np.uint64(63)
_HALF = np.uint64(32)
_INFINITY = np.uint64(0xFFF0000000000000)
_INFINITY_32 = np.uint64(0xFF80000000000000)
NOT_MEASURED = _ALL
ZERO = _SIGN
"""What :func:`ordered` makes of NaN, and of 0 and -0."""


@compiled
def ordered(bits: Any, is_single: bool) -> Any:
    """Unsigned integer that orders as the float does: all ones for NaN, one value for 0 and -0.

    Parameters
    ----------
    bits
        The float seen as an unsigned integer.
    is_single
        Whether it is a float32, of which the result holds the bits in its upper half.
    """
    key = np.uint64(bits) << _HALF if is_single else np.uint64(bits)
    if key == _SIGN:
        return _SIGN
    key ^= (np.uint64(0) - (key >> _TOP)) | _SIGN
    infinity = _INFINITY_32 if is_single else _INFINITY
    return NOT_MEASURED if key > infinity or key < _ALL ^ infinity else key


@compiled
def pack_rows(
    bits: Bits, is_single: bool, columns: NDArray[np.intp], mask: Any, keys: Keys, codes: Codes
) -> tuple[NDArray[np.int64], Keys]:
    """Write the keys of the measured genes of some samples.

    Parameters
    ----------
    bits
        Shape (samples, columns of the matrix), any strides.
    is_single
        Whether the values are float32.
    columns
        Shape (genes,): column of each gene.
    mask
        Low bits of a key, which hold the place of the gene.
    keys
        Shape (samples, genes): receives the keys of the measured genes, first in each row.
    codes
        Shape (samples, genes): receives 0 for a gene not measured.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (samples,) each: measured genes, and the bits of their values that the keys lack (0
        where no value has any of them).
    """
    n_samples, n_genes = keys.shape
    high = _ALL ^ mask
    lost = np.zeros(n_samples, dtype=np.uint64)
    n_present = np.zeros(n_samples, dtype=np.int64)
    by_rows = bits.strides[1] <= bits.strides[0]
    for sample in range(n_samples if by_rows else 0):
        place = 0
        for gene in range(n_genes):
            key = ordered(bits[sample, columns[gene]], is_single)
            keys[sample, place] = (key & high) | np.uint64(gene)
            codes[sample, gene] = 0
            if key != NOT_MEASURED:
                lost[sample] |= key & mask
                place += 1
        n_present[sample] = place
    for gene in range(0 if by_rows else n_genes):
        column = columns[gene]
        for sample in range(n_samples):
            key = ordered(bits[sample, column], is_single)
            keys[sample, n_present[sample]] = (key & high) | np.uint64(gene)
            codes[sample, gene] = 0
            if key != NOT_MEASURED:
                lost[sample] |= key & mask
                n_present[sample] += 1
    return n_present, lost


@compiled
def radix_sort(keys: Keys, spare: Keys, counts: NDArray[np.int64], mask: Any) -> Any:
    """Sort keys by the highest bits in which they differ, in place.

    Parameters
    ----------
    keys
        Keys of one sample.
    spare
        Scratch of the same shape.
    counts
        Scratch, shape (3, 2048).
    mask
        Low bits, which the order ignores.

    Returns
    -------
    tuple of numpy.uint64 and bool
        The low bits that the order ignored (keys that agree above them are next to each other),
        and whether these, but for the gene's place, are the same in all keys.
    """
    varying = np.uint64(0)
    for key in keys:
        varying |= key ^ keys[0]
    varying &= _ALL ^ mask
    if varying == 0:
        return mask, True
    top = 0
    while varying >> np.uint64(top):
        top += 1
    floor = 0
    while mask >> np.uint64(floor):
        floor += 1
    while not (varying >> np.uint64(floor)) & _ONE:
        floor += 1
    low = max(floor, top - DIGIT * PASSES)
    passes = (top - low + DIGIT - 1) // DIGIT
    counts[:] = 0
    for key in keys:
        rest = key >> np.uint64(low)
        counts[0, rest & _DIGIT_MASK] += 1
        counts[1, (rest >> np.uint64(DIGIT)) & _DIGIT_MASK] += 1
        counts[2, (rest >> np.uint64(2 * DIGIT)) & _DIGIT_MASK] += 1
    source, target = keys, spare
    for digit in range(passes):
        shift = np.uint64(low + DIGIT * digit)
        row = counts[digit]
        place = 0
        for bucket in range(BUCKETS):
            size = row[bucket]
            row[bucket] = place
            place += size
        for key in source:
            bucket = (key >> shift) & _DIGIT_MASK
            target[row[bucket]] = key
            row[bucket] += 1
        source, target = target, source
    if passes % 2:
        keys[:] = spare
    return (_ONE << np.uint64(low)) - _ONE, low == floor


@compiled
def settle(keys: Keys, bits: Bits, is_single: bool, columns: NDArray[np.intp], mask: Any) -> Any:
    """Sort keys by the full values of their genes, in place (Shell sort, for few or equal keys).

    Parameters
    ----------
    keys
        Keys of one sample that agree in their high bits.
    bits, is_single, columns, mask
        As in :func:`pack_rows`, for one sample.

    Returns
    -------
    bool
        Whether all the values are equal.
    """
    first = ordered(bits[columns[keys[0] & mask]], is_single)
    alike = True
    for key in keys:
        if ordered(bits[columns[key & mask]], is_single) != first:
            alike = False
            break
    if alike:
        return True
    gap = keys.size // 2
    while gap > 0:
        for place in range(gap, keys.size):
            moving = keys[place]
            value = ordered(bits[columns[moving & mask]], is_single)
            hole = place
            while hole >= gap:
                other = keys[hole - gap]
                if ordered(bits[columns[other & mask]], is_single) <= value:
                    break
                keys[hole] = other
                hole -= gap
            keys[hole] = moving
        gap //= 2
    return False


@compiled
def rank_row(
    keys: Keys,
    ignored: Any,
    is_settled: bool,
    bits: Bits,
    is_single: bool,
    columns: NDArray[np.intp],
    mask: Any,
    codes: Codes,
    starts: Codes,
    lengths: Codes,
) -> Any:
    """Turn the sorted keys of one sample into ranks, tied genes sharing their mean place.

    Parameters
    ----------
    keys
        Keys of the measured genes, sorted above the ignored bits.
    ignored
        Low bits in which the keys are not sorted.
    is_settled
        Whether genes of which the keys agree above these have equal values for certain.
    bits, is_single, columns, mask
        As in :func:`settle`.
    codes
        Shape (genes,): receives twice the average rank of each measured gene.
    starts, lengths
        Receive first place (1 is the lowest) and length of each run of tied genes, ascending.

    Returns
    -------
    int
        Number of such runs.
    """
    high = _ALL ^ ignored
    runs, start, settled = 0, 0, 0
    while start < keys.size:
        stop = start + 1
        if start < settled:
            value = ordered(bits[columns[keys[start] & mask]], is_single)
            while stop < settled and ordered(bits[columns[keys[stop] & mask]], is_single) == value:
                stop += 1
        else:
            group = keys[start] & high
            while stop < keys.size and keys[stop] & high == group:
                stop += 1
            is_open = stop - start > 1 and not is_settled
            if is_open and not settle(keys[start:stop], bits, is_single, columns, mask):
                settled = stop
                continue
        code = np.int32(start + 1 + stop)
        for place in range(start, stop):
            codes[keys[place] & mask] = code
        if stop - start > 1:
            starts[runs] = start + 1
            lengths[runs] = stop - start
            runs += 1
        start = stop
    return runs


@compiled
def rank_rows(
    bits: Bits,
    is_single: bool,
    columns: NDArray[np.intp],
    mask: Any,
    codes: Codes,
    starts: Codes,
    lengths: Codes,
    n_runs: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Rank the genes of some samples.

    Parameters
    ----------
    bits, is_single, columns, mask
        As in :func:`pack_rows`.
    codes
        Shape (samples, genes): receives twice the average rank, 0 where not measured.
    starts, lengths
        Shape (samples, genes // 2): receive the runs of tied genes (see :func:`rank_row`).
    n_runs
        Shape (samples,): receives the number of runs.

    Returns
    -------
    numpy.ndarray
        Shape (samples,): measured genes.
    """
    keys = np.empty(codes.shape, dtype=np.uint64)
    spare = np.empty(codes.shape[1], dtype=np.uint64)
    counts = np.empty((PASSES, BUCKETS), dtype=np.int64)
    n_present, lost = pack_rows(bits, is_single, columns, mask, keys, codes)
    for sample in range(codes.shape[0]):
        own = keys[sample, : n_present[sample]]
        ignored, is_complete = radix_sort(own, spare[: own.size], counts, mask)
        is_settled = is_complete and lost[sample] == 0
        n_runs[sample] = rank_row(
            own, ignored, is_settled, bits[sample], is_single, columns, mask,
            codes[sample], starts[sample], lengths[sample],
        )  # fmt: skip
    return n_present
