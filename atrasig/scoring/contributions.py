"""What genes contribute at each rank: tables that sums over sets look up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array, Codes, Places
from atrasig.scoring.features import Feature
from atrasig.scoring.kernels.sums import runs_across

EXACT_GENES = 512
_NONE = -1


@lru_cache(maxsize=32)
def _grid(feature: Feature, n: int) -> float:
    """Distance of which contributions are multiples, but for a small rest.

    Multiples of it add up without rounding, in any order, for up to 512 genes.
    """
    size = np.abs(feature.at(np.arange(1.0, n + 1), n))
    total = np.sort(size)[-EXACT_GENES:].sum()
    return float(2.0 ** (np.ceil(np.log2(max(total, 1.0))) - 52))


def _on_grid(values: Array, grid: float) -> Array:
    multiples = values / grid
    np.round(multiples, out=multiples)
    multiples *= grid
    return multiples


@dataclass(frozen=True)
class Contributions:
    """What genes contribute, split so that sums do not depend on their order.

    Parameters
    ----------
    table
        Shape (2 n + 1, columns): contribution at each code, 0 for genes not measured. First a
        column a feature with multiples of its grid, then the rests of those that have any.
    rest_of
        Feature of each column of rests. The sums of rests are so small beside the others that
        their rounding, which depends on the order, is lost when the two are added.
    """

    table: Array
    rest_of: tuple[int, ...]

    def spread(self, by_feature: NDArray[Any], fill: float) -> NDArray[Any]:
        """Give columns of features to the columns of the table; `fill` for those of rests."""
        rests = np.full((by_feature.shape[0], len(self.rest_of)), fill, by_feature.dtype)
        return np.hstack([by_feature, rests])

    def gather(self, sums: Array, n_features: int) -> Array:
        """Add the sums of rests to those of their features, shape (features, samples, sets)."""
        for place, feature in enumerate(self.rest_of):
            sums[feature] += sums[n_features + place]
        return sums[:n_features]


@lru_cache(maxsize=8)
def contributions(features: tuple[Feature, ...], n: int) -> Contributions:
    """Tabulate contributions among n measured genes."""
    ranks = np.arange(2, 2 * n + 1) / 2
    wholes: list[Array] = []
    rests: dict[int, Array] = {}
    for place, feature in enumerate(features):
        rest = feature.at(ranks, n)
        wholes.append(_on_grid(rest, _grid(feature, n)))
        rest = rest - wholes[-1]
        if rest.any():
            rests[place] = rest
    # Column by column: matrices of them all at once would be the peak of memory of small blocks.
    table = np.zeros((2 * n + 1, len(wholes) + len(rests)))
    for column, own in enumerate((*wholes, *rests.values())):
        table[2:, column] = own
    table.setflags(write=False)
    return Contributions(table, tuple(rests))


@dataclass(frozen=True)
class TieRuns:
    """Runs of two or more tied genes in each of some samples.

    Parameters
    ----------
    offsets
        Shape (samples,): where the runs of a sample begin.
    counts
        Shape (samples,): number of its runs.
    starts, lengths
        First place (1 is the lowest) and number of genes of each run, ascending in a sample.
    """

    offsets: Places
    counts: NDArray[np.int64]
    starts: Codes
    lengths: Codes

    def of(self, sample: int) -> tuple[Codes, Codes]:
        """First places and lengths of the runs of one sample."""
        own = slice(self.offsets[sample], self.offsets[sample] + self.counts[sample])
        return self.starts[own], self.lengths[own]


@lru_cache(maxsize=8)
def _running_sum(feature: Feature, n: int) -> Array:
    """Sum of a contribution over the lowest places, shape (n + 1,)."""
    return np.concatenate([[0.0], np.cumsum(feature.at(np.arange(1.0, n + 1), n))])


def means_at_knees(
    features: Sequence[Feature], runs: TieRuns, n_present: Array
) -> tuple[Codes, Array]:
    """Codes of tied genes on both sides of a knee, and what they contribute instead."""
    codes = np.full((n_present.size, len(features)), _NONE, dtype=np.int32)
    means = np.zeros(codes.shape)
    for column, feature in enumerate(features):
        if not feature.over_places:
            continue
        knee_of = {n: float(feature.knees(int(n))[0]) for n in np.unique(n_present)}
        knees = np.array([knee_of[n] for n in n_present])
        first, size = runs_across(runs.starts, runs.lengths, runs.offsets, runs.counts, knees)
        for n in knee_of:
            tied = np.flatnonzero((size > 0) & (n_present == n))
            below, length = first[tied] - 1, size[tied]
            sums = _running_sum(feature, int(n))
            codes[tied, column] = 2 * below + 1 + length
            own = (sums[below + length] - sums[below]) / length
            means[tied, column] = _on_grid(own, _grid(feature, int(n)))
    return codes, means
