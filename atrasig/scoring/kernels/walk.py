"""Rankings of genes by a share from 0 to 1, and walks down them for all gene sets in one sweep.

A key holds the share of a gene in its high 44 bits and the gene in its low 20 bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.kernels.compile import compiled

Array = NDArray[np.float64]
Keys = NDArray[np.uint64]
Places = NDArray[np.int32]

MAX_GENES = (1 << 20) - 1
"""Most genes that a ranking holds."""
TIED = 2.0**-40
"""Shares that differ by no more than this from the next one are ties."""

_GENE_BITS = np.uint64(20)
_GENE_MASK = np.uint64((1 << 20) - 1)
_UNITS = 2.0**44 - 2  # one less than the largest share that a key can hold
_TIED_UNITS = np.uint64(1 << 4)
_LEFT_OUT = np.uint64(0xFFFFFFFFFFFFFFFF)  # sorts last
_DIGIT_BITS = np.uint64(11)
_DIGIT_MASK = np.uint64((1 << 11) - 1)
_PASSES = 4


@compiled
def pack_keys(shares: Array, first: int, keys: Keys) -> None:
    """Write the keys of some genes of all samples.

    Parameters
    ----------
    shares
        Shape (genes, samples); NaN leaves the gene out of the sample's ranking.
    first
        Which gene the first row is.
    keys
        Shape (samples, all genes): receives the keys.
    """
    for sample in range(shares.shape[1]):
        for row in range(shares.shape[0]):
            share = shares[row, sample]
            key = _LEFT_OUT
            if not np.isnan(share):
                key = (np.uint64(share * _UNITS) << _GENE_BITS) | np.uint64(first + row)
            keys[sample, first + row] = key


@compiled
def sort_by_share(keys: Keys, spare: Keys, counts: Places) -> None:
    """Sort keys by their shares in place (radix sort).

    Parameters
    ----------
    keys
        Keys of one sample.
    spare
        Scratch of the same shape.
    counts
        Scratch, shape (4, 2048).
    """
    counts[:] = 0
    for key in keys:
        rest = key >> _GENE_BITS
        for digit in range(_PASSES):
            counts[digit, rest & _DIGIT_MASK] += 1
            rest >>= _DIGIT_BITS
    source, target = keys, spare
    for digit in range(_PASSES):
        shift = _GENE_BITS + np.uint64(digit) * _DIGIT_BITS
        place = 0
        for bucket in range(counts.shape[1]):
            size = counts[digit, bucket]
            counts[digit, bucket] = place
            place += size
        for key in source:
            bucket = (key >> shift) & _DIGIT_MASK
            target[counts[digit, bucket]] = key
            counts[digit, bucket] += 1
        source, target = target, source


@compiled
def run_starts(keys: Keys, starts: Places) -> int:
    """Cut a sorted ranking into runs of tied genes.

    Parameters
    ----------
    keys
        Sorted keys of the genes that are ranked.
    starts
        Longer than `keys`: receives where each run starts, and the end of the last one.

    Returns
    -------
    int
        Number of runs.
    """
    n_runs = 0
    for place in range(keys.size):
        if (
            place == 0
            or (keys[place] >> _GENE_BITS) - (keys[place - 1] >> _GENE_BITS) > _TIED_UNITS
        ):
            starts[n_runs] = place
            n_runs += 1
    starts[n_runs] = keys.size
    return n_runs


@compiled
def weigh_sets(
    keys: Keys, starts: Places, gene_starts: Places, gene_sets: Places, out: Array
) -> None:
    """Count the ranked genes of each set, and add up their weights.

    Parameters
    ----------
    keys, starts
        Sorted keys of the genes that are ranked, and where the runs of tied ones start and end.
    gene_starts, gene_sets
        As in :func:`walk_extremes`.
    out
        Shape (2, sets): receives both.
    """
    for run in range(starts.size - 1):
        weight = abs(keys.size / 2 - (starts[run] + starts[run + 1] + 1) / 2)
        for place in range(starts[run], starts[run + 1]):
            gene = np.int64(keys[place] & _GENE_MASK)
            for at in range(gene_starts[gene], gene_starts[gene + 1]):
                out[0, gene_sets[at]] += 1.0
                out[1, gene_sets[at]] += weight


@compiled
def walk_down(
    keys: Keys, starts: Places, gene_starts: Places, gene_sets: Places, state: Array, out: Array
) -> None:
    """Walk down one ranking for all sets.

    A walk turns downwards only after a run that holds genes of the set, and upwards only before
    one, so it is looked at there.

    Parameters
    ----------
    keys, starts, gene_starts, gene_sets
        As in :func:`weigh_sets`.
    state
        Scratch, shape (3, sets).
    out
        Shape (4, sets): what :func:`weigh_sets` found; receives the largest and smallest deviation.
    """
    n = float(keys.size)
    size, total, high, low = out
    seen, risen, until = state
    state[:] = 0.0
    for run in range(starts.size - 2, -1, -1):
        above = n - starts[run + 1]
        weight = abs(n / 2 - (starts[run] + starts[run + 1] + 1) / 2)
        for place in range(starts[run], starts[run + 1]):
            gene = np.int64(keys[place] & _GENE_MASK)
            for at in range(gene_starts[gene], gene_starts[gene + 1]):
                s = gene_sets[at]
                if until[s] <= above:  # the first gene of the set in this run
                    others, height = n - size[s], risen[s] / total[s]
                    high[s] = max(high[s], height - (until[s] - seen[s]) / others)
                    low[s] = min(low[s], height - (above - seen[s]) / others)
                    until[s] = n - starts[run]
                seen[s] += 1.0
                risen[s] += weight
    for s in range(size.size):
        if size[s] > 0.0:
            high[s] = max(high[s], 1.0 - (until[s] - size[s]) / (n - size[s]))


@compiled
def walk_extremes(keys: Keys, gene_starts: Places, gene_sets: Places, out: Array) -> Array:
    """Walk down each ranking, up at the genes of a set and down at all others.

    A gene of rank ``r`` (1 the lowest, ties averaged) of ``N`` weighs ``|N / 2 - r|``. At the genes
    of a set the walk rises by their weight over that of the whole set, at each other gene it falls
    by one over their number. Within a run of tied genes it is the straight line from the start of
    the run to its end.

    Parameters
    ----------
    keys
        Shape (samples, genes), from :func:`pack_keys`; sorted here.
    gene_starts, gene_sets
        The sets of gene ``g`` are ``gene_sets[gene_starts[g]:gene_starts[g + 1]]``.
    out
        Shape (samples, 4, sets), 0: receives the genes of each set that are ranked, their summed
        weight, and the largest (0 or more) and smallest (0 or less) deviation of the walk. Where
        the weight is 0 or no other gene is ranked, the deviations mean nothing.

    Returns
    -------
    numpy.ndarray
        Shape (samples,): genes ranked.
    """
    n_samples, n_genes = keys.shape
    n_ranked = np.zeros(n_samples)
    starts = np.empty(n_genes + 1, dtype=np.int32)
    spare = np.empty(n_genes, dtype=np.uint64)
    counts = np.empty((_PASSES, 1 << 11), dtype=np.int32)
    state = np.empty((3, out.shape[2]))
    for sample in range(n_samples):
        ranked = keys[sample]
        sort_by_share(ranked, spare, counts)
        n = n_genes
        while n > 0 and ranked[n - 1] == _LEFT_OUT:
            n -= 1
        n_ranked[sample] = n
        runs = starts[: run_starts(ranked[:n], starts) + 1]
        weigh_sets(ranked[:n], runs, gene_starts, gene_sets, out[sample])
        walk_down(ranked[:n], runs, gene_starts, gene_sets, state, out[sample])
    return n_ranked
