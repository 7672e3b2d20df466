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
Counts = NDArray[np.uint32]
Bits = NDArray[Any]
"""Float32 or float64 values seen as unsigned integers of the same size."""

DIGIT = 11
PASSES = 3
BUCKETS = 1 << DIGIT
_DIGIT_MASK = np.uint64(BUCKETS - 1)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_SIGN = np.uint64(1 << 63)
_NONE = np.uint64(0)
_ONE = np.uint64(1)
_TOP = np.uint64(63)
_INFINITY = np.uint64(0x7FF0000000000000)
_INFINITY_32 = np.uint64(0x7F80000000000000)
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
    raw = np.uint64(bits) << np.uint64(32 if is_single else 0)
    key = raw ^ ((_NONE - (raw >> _TOP)) | _SIGN)
    key = _SIGN if raw == _SIGN else key
    return _ALL if raw & ~_SIGN > (_INFINITY_32 if is_single else _INFINITY) else key


@compiled
def pack(values: Keys, mask: Any, keys: Keys, codes: Codes) -> tuple[Any, Any, Any]:
    """Write the keys of the measured genes of one sample.

    Parameters
    ----------
    values
        Shape (genes,): values as of :func:`ordered`.
    mask
        Low bits of a key, which hold the place of the gene.
    keys
        Receives the keys.
    codes
        Receives 0 for a gene not measured.

    Returns
    -------
    tuple of int and two numpy.uint64
        Measured genes; bits in which their keys differ, but for the place; bits of their values
        that the keys lack.
    """
    high = _ALL ^ mask
    some, every, n_missing = _NONE, _ALL, 0
    for gene in range(values.size):
        value = values[gene]
        n_missing += value == NOT_MEASURED
        some |= value
        every &= value
        keys[gene] = (value & high) | np.uint64(gene)
    if n_missing:
        some, every = _NONE, _ALL
        place = 0
        for gene in range(values.size):
            value = values[gene]
            if value == NOT_MEASURED:
                codes[gene] = 0
            else:
                some |= value
                every &= value
                keys[place] = (value & high) | np.uint64(gene)
                place += 1
    return values.size - n_missing, (some ^ every) & high, some & mask


@compiled
def count_digits(keys: Keys, low: Any, first: Counts, second: Counts, third: Counts) -> None:
    """Count how often each digit occurs, in the three digits above the bit `low`."""
    first[:], second[:], third[:] = 0, 0, 0
    for key in keys:
        rest = key >> low
        first[rest & _DIGIT_MASK] += np.uint32(1)
        second[(rest >> np.uint64(DIGIT)) & _DIGIT_MASK] += np.uint32(1)
        third[(rest >> np.uint64(2 * DIGIT)) & _DIGIT_MASK] += np.uint32(1)


@compiled
def move(source: Keys, target: Keys, counts: Counts, shift: Any) -> None:
    """Sort keys by the digit above the bit `shift`, which occurs `counts` times, into `target`."""
    place = np.uint32(0)
    for digit in range(BUCKETS):
        size = counts[digit]
        counts[digit] = place
        place += size
    for key in source:
        digit = (key >> shift) & _DIGIT_MASK
        target[counts[digit]] = key
        counts[digit] += np.uint32(1)


@compiled
def radix_sort(keys: Keys, spare: Keys, counts: Counts, varying: Any) -> Any:
    """Sort keys by the highest bits in which they differ, in place.

    Parameters
    ----------
    keys
        Keys of one sample.
    spare
        Scratch of the same shape.
    counts
        Scratch, shape (3, 2048).
    varying
        Bits in which the keys differ, without those of the place.

    Returns
    -------
    tuple of numpy.uint64 and bool
        The low bits that the order ignored (keys that agree above them are next to each other),
        and whether these, but for the place, are the same in all keys.
    """
    if varying == 0:
        return _ALL, True
    top = 64
    while not varying >> np.uint64(top - 1):
        top -= 1
    floor = 0
    while not (varying >> np.uint64(floor)) & _ONE:
        floor += 1
    low = max(floor, top - DIGIT * PASSES)
    passes = (top - low + DIGIT - 1) // DIGIT
    count_digits(keys, np.uint64(low), counts[0], counts[1], counts[2])
    source, target = keys, spare
    for digit in range(passes):
        move(source, target, counts[digit], np.uint64(low + DIGIT * digit))
        source, target = target, source
    if passes % 2:
        keys[:] = spare
    return (_ONE << np.uint64(low)) - _ONE, low == floor


@compiled
def settle(keys: Keys, values: Keys, mask: Any) -> bool:
    """Sort keys by the full values of their genes, in place (Shell sort, for few or equal keys).

    Parameters
    ----------
    keys
        Keys of one sample that agree in their high bits.
    values
        Shape (genes,): values as of :func:`ordered`.
    mask
        Low bits of a key, which hold the place of the gene.

    Returns
    -------
    bool
        Whether all the values are equal.
    """
    first = values[keys[0] & mask]
    alike = True
    for key in keys:
        if values[key & mask] != first:
            alike = False
            break
    if alike:
        return True
    gap = keys.size // 2
    while gap > 0:
        for place in range(gap, keys.size):
            moving = keys[place]
            value = values[moving & mask]
            hole = place
            while hole >= gap and values[keys[hole - gap] & mask] > value:
                keys[hole] = keys[hole - gap]
                hole -= gap
            keys[hole] = moving
        gap //= 2
    return False


@compiled
def rank_sorted(
    keys: Keys, below: int, ignored: Any, is_settled: bool, values: Keys, mask: Any,
    codes: Codes, starts: Codes, lengths: Codes,
) -> int:  # fmt: skip
    """Turn the sorted keys of one sample into ranks, tied genes sharing their mean place.

    Parameters
    ----------
    keys
        Keys of the measured genes, sorted above the ignored bits.
    below
        Measured genes that lie below all of these.
    ignored
        Low bits in which the keys are not sorted.
    is_settled
        Whether genes of which the keys agree above these have equal values for certain.
    values, mask
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
    for place in range(keys.size):
        codes[keys[place] & mask] = 2 * (below + place) + 2
    runs, place = 0, 1
    while place < keys.size:
        if (keys[place] ^ keys[place - 1]) & high:
            place += 1
            continue
        start, stop = place - 1, place + 1
        while stop < keys.size and not (keys[stop] ^ keys[start]) & high:
            stop += 1
        place = stop + 1
        is_tied = is_settled or settle(keys[start:stop], values, mask)
        while start < stop:
            end = start + 1
            while end < stop and (
                is_tied or values[keys[end] & mask] == values[keys[start] & mask]
            ):
                end += 1
            code = np.int32(2 * below + start + 1 + end)
            for own in range(start, end):
                codes[keys[own] & mask] = code
            if end - start > 1:
                starts[runs] = below + start + 1
                lengths[runs] = end - start
                runs += 1
            start = end
    return runs
