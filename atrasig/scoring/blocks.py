"""Samples of a matrix over the ranking universe, as scoring methods see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import UsageError
from atrasig.scoring.arrays import Array, Places
from atrasig.scoring.nulls.population import RankPopulation
from atrasig.scoring.ranks import DenseRanks, Ranked, SparseRanks
from atrasig.scoring.sets import GeneSets, SetIndex

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData
    from scipy.sparse import csr_array

    from atrasig.scoring.universe import Universe

BLOCK_SAMPLES = 128


@dataclass(frozen=True)
class SetCounts:
    """Measured genes of each direction part in each sample, shape (samples, signatures)."""

    up: Array
    down: Array

    @cached_property
    def matched(self) -> Array:
        """Measured genes of both parts."""
        return self.up + self.down


@dataclass(frozen=True)
class SampleBlock:
    """Some samples of a matrix; what is derived of them is computed once, when first asked for.

    Parameters
    ----------
    names
        Names of the samples.
    matrix
        Shape (samples, columns): values as read, float32 or float64, dense or compressed by rows;
        NaN is not measured, what a sparse matrix does not store is 0.
    columns
        Shape (genes,): column of each gene of the universe, ordered by symbol.
    platform
        Platform class of the values, empty where it is not known.
    wanted
        Shape (genes,): genes of which ranks will be asked for, all by default. Of sparse values no
        others are kept.
    depth
        Highest genes of a sample that are told apart by rank, 0 for all; the lower ones of dense
        values share their mean rank.
    """

    names: list[str]
    matrix: NDArray[Any] | csr_array
    columns: Places
    platform: str = ""
    wanted: NDArray[np.bool_] | None = None
    depth: int = 0

    @property
    def is_sparse(self) -> bool:
        """Whether the values are stored compressed."""
        return not isinstance(self.matrix, np.ndarray)

    @cached_property
    def values(self) -> NDArray[Any] | csr_array:
        """Values over the universe, shape (samples, genes), of the type of `matrix`.

        Entries that a sparse matrix stores twice are added up, in a copy.
        """
        matrix, is_whole = (
            self.matrix,
            np.array_equal(self.columns, np.arange(self.matrix.shape[1])),
        )
        if isinstance(matrix, np.ndarray):
            return matrix if is_whole else matrix.take(self.columns, axis=1)
        if not matrix.has_canonical_format:
            matrix = matrix.copy()
            matrix.sum_duplicates()
        return matrix if is_whole else matrix[:, self.columns]

    def dense(self) -> Array:
        """Values over the universe as a dense array, shape (samples, genes), float64."""
        values: Any = self.values
        return np.asarray(values.toarray() if self.is_sparse else values, dtype=np.float64)

    @cached_property
    def ranked(self) -> Ranked:
        """Ranks of the genes within each sample."""
        if isinstance(self.matrix, np.ndarray):
            return DenseRanks.rank(self.matrix, self.columns, self.depth)
        return SparseRanks.rank(self.matrix, self.columns, self.wanted)

    @cached_property
    def _populations(self) -> dict[int, RankPopulation]:
        return {}

    def population(self, sample: int) -> RankPopulation:
        """Ranks of one sample as the population that random gene sets are drawn from."""
        if sample not in self._populations:
            self._populations[sample] = RankPopulation.of_runs(
                int(self.ranked.n_present[sample]), *self.ranked.tie_runs(sample)
            )
        return self._populations[sample]

    def normalised_ranks(self) -> Array:
        """Ranks divided by N, shape (samples, genes): near 0 lowest, 1 highest, NaN missing."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.ranked.dense() / self.n_present[:, None]

    @cached_property
    def present(self) -> NDArray[np.bool_] | None:
        """Whether each gene is measured, shape (samples, genes); None where all are."""
        return None if self.is_complete else ~np.isnan(self.dense())

    @cached_property
    def is_complete(self) -> bool:
        """Whether every gene of every sample is measured."""
        if "ranked" in vars(self):  # ranking has counted them
            return bool((self.ranked.n_present == self.columns.size).all())
        values: Any = self.values
        return not np.isnan(values.data if self.is_sparse else values).any()

    @cached_property
    def n_present(self) -> Array:
        """Measured genes of each sample, shape (samples,)."""
        if self.present is None:
            return np.full(len(self.names), float(self.columns.size))
        return np.asarray(self.present.sum(axis=1), dtype=np.float64)

    @property
    def distinct_rows(self) -> slice:
        """Samples that may differ in what is measured: the first for all where nothing is missing.

        What follows from numbers of genes alone need not be computed for the others.
        """
        return slice(0, 1) if self.is_complete else slice(None)

    @cached_property
    def _counts(self) -> dict[SetIndex, SetCounts]:
        return {}

    def counts(self, index: SetIndex) -> SetCounts:
        """Count the measured members of each set."""
        if index not in self._counts:
            self._counts[index] = SetCounts(self.count(index.up), self.count(index.down))
        return self._counts[index]

    def count(self, sets: GeneSets) -> Array:
        """Count the measured members of some sets, shape (samples, sets)."""
        if self.present is None:
            return np.broadcast_to(sets.n_members, (len(self.names), sets.shape[0]))
        return np.asarray((sets.astype(bool).astype(float) @ self.present.T.astype(float)).T)


def platform_of(expr: AnnData) -> str:
    """Platform class of a harmonised matrix, empty where it is not known."""
    return str(expr.uns.get("atrasig", {}).get("platform", ""))


def float_matrix(values: Any) -> NDArray[Any] | csr_array:
    """Give samples as methods take them: float32 or float64, dense or compressed by rows.

    Parameters
    ----------
    values
        Array or sparse matrix, shape (samples, columns).
    """
    from scipy.sparse import csr_array, issparse

    floats = (np.float32, np.float64)
    if not issparse(values):
        dense = np.asarray(values)
        return dense if dense.dtype in floats else dense.astype(np.float64)
    rows = csr_array(values)
    return rows if rows.dtype in floats else rows.astype(np.float64)


def positions_of(names: pd.Index, samples: Sequence[str] | None) -> Places:
    """Rows of the named samples, in the order given; all rows for None.

    Raises
    ------
    UsageError
        If a name is not in the matrix.
    """
    import pandas as pd

    if samples is None:
        return np.arange(len(names))
    found = np.asarray(names.get_indexer(pd.Index(list(samples), dtype=object)))
    missing = [name for name, place in zip(samples, found, strict=True) if place < 0]
    if missing:
        raise UsageError(
            f"{len(missing)} samples are not in the matrix, the first is {missing[0]!r}",
            fix="Name samples as they stand in obs_names.",
        )
    return found


def sample_positions(expr: AnnData, samples: Sequence[str] | None) -> Places:
    """Rows of the named samples of a matrix, as of :func:`positions_of`."""
    return positions_of(expr.obs_names, samples)


def take_rows(values: Any, rows: Places) -> Any:
    """Give rows of a matrix in memory or on disk, where they are read in rising order."""
    order = np.argsort(rows, kind="stable")
    if np.array_equal(order, np.arange(rows.size)):
        return values[rows]
    return values[rows[order]][np.argsort(order)]


def dense_values(expr: AnnData, rows: Places, universe: Universe) -> Array:
    """Expression of some samples over the universe, dense float64, NaN where not measured."""
    values = np.empty((rows.size, universe.positions.size))
    order = np.argsort(rows, kind="stable")
    for start in range(0, rows.size, BLOCK_SAMPLES):
        places = order[start : start + BLOCK_SAMPLES]
        names = [str(name) for name in expr.obs_names[rows[places]]]
        block = SampleBlock(names, float_matrix(expr.X[rows[places]]), universe.positions)
        values[places] = block.dense()
    return values


def sample_blocks(
    expr: AnnData, universe: Universe, samples: Sequence[str] | None = None
) -> Iterator[SampleBlock]:
    """Cut the samples of a matrix, in memory or opened on disk, into blocks.

    Parameters
    ----------
    expr
        Harmonised matrix, samples x genes.
    universe
        Genes ranked against each other.
    samples
        Samples to take, all by default.

    Yields
    ------
    SampleBlock
        At most 128 samples at a time.
    """
    rows = sample_positions(expr, samples)
    for start in range(0, rows.size, BLOCK_SAMPLES):
        chosen = rows[start : start + BLOCK_SAMPLES]
        names = [str(name) for name in expr.obs_names[chosen]]
        matrix = float_matrix(take_rows(expr.X, chosen))
        yield SampleBlock(names, matrix, universe.positions, platform_of(expr))
