"""Ranks of the genes within each sample: the one pass that every rank-based score rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array, Codes, Places
from atrasig.scoring.contributions import (
    Contributions,
    TieRuns,
    contributions,
    means_at_knees,
)
from atrasig.scoring.features import Feature
from atrasig.scoring.kernels.dense import rank_rows
from atrasig.scoring.kernels.sparse import rank_sparse_rows
from atrasig.scoring.kernels.sums import dense_sums, sparse_sums

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from atrasig.scoring.sets import GeneSets


class Ranked(Protocol):
    """Ranks of some samples, dense or sparse."""

    @property
    def n_present(self) -> Array:
        """Measured genes of each sample, shape (samples,)."""

    def dense(self) -> Array:
        """Average ranks, shape (samples, genes); 1 is the lowest gene, NaN not measured."""

    def sums(self, features: Sequence[Feature], sets: GeneSets) -> Array:
        """Add up over the measured members of each set, shape (features, samples, sets)."""

    def tie_runs(self, sample: int) -> tuple[Codes, Codes]:
        """First places and lengths of the runs of tied genes of one sample."""


def _sums_by_size(
    features: Sequence[Feature],
    n_present: Array,
    runs: TieRuns,
    n_sets: int,
    add: Callable[[Places, Contributions, Codes, Array, Array], None],
) -> Array:
    """Add up over sets, samples with the same number of measured genes together."""
    across, means = means_at_knees(features, runs, n_present)
    sums = np.empty((len(features), n_present.size, n_sets))
    for n in np.unique(n_present).astype(int):
        rows = np.flatnonzero(n_present == n)
        parts = contributions(tuple(features), int(n))
        out = np.empty((parts.table.shape[1], n_present.size, n_sets))
        add(rows, parts, parts.spread(across, -1), parts.spread(means, 0.0), out)
        if rows.size == n_present.size:
            return parts.gather(out, len(features))
        sums[:, rows] = parts.gather(out[:, rows], len(features))
    return sums


@dataclass(frozen=True)
class DenseRanks:
    """Ranks of some samples, a number for each gene.

    Parameters
    ----------
    codes
        Shape (samples, genes): twice the average rank, 0 where not measured.
    n_present
        Shape (samples,): number of measured genes, N.
    runs
        Runs of tied genes.
    """

    codes: Codes
    n_present: Array
    runs: TieRuns

    @classmethod
    def rank(cls, matrix: NDArray[Any], columns: Places, depth: int = 0) -> DenseRanks:
        """Rank the genes of each sample.

        Parameters
        ----------
        matrix
            Shape (samples, columns), float32 or float64, any memory order; NaN not measured.
        columns
            Column of each gene of the universe.
        depth
            Highest genes that are told apart, 0 for all; all others share their mean rank.
        """
        shape = (matrix.shape[0], columns.size)
        codes, widest = np.empty(shape, np.int32), max(columns.size // 2, 1)
        starts, lengths = np.empty((2, shape[0], widest), np.int32)
        counts = np.empty(shape[0], np.int64)
        bits, is_single = as_bits(matrix)
        is_whole = np.array_equal(columns, np.arange(matrix.shape[1]))
        n_present = rank_rows(
            bits, is_single, columns, is_whole, depth, codes, starts, lengths, counts
        )
        offsets = np.arange(shape[0]) * widest
        runs = TieRuns(offsets, counts, starts.reshape(-1), lengths.reshape(-1))
        return cls(codes, n_present.astype(np.float64), runs)

    def dense(self) -> Array:
        """Average ranks, shape (samples, genes); 1 is the lowest gene, NaN not measured."""
        return np.where(self.codes > 0, self.codes / 2, np.nan)

    def tie_runs(self, sample: int) -> tuple[Codes, Codes]:
        """First places and lengths of the runs of tied genes of one sample."""
        return self.runs.of(sample)

    def sums(self, features: Sequence[Feature], sets: GeneSets) -> Array:
        """Add up over the measured members of each set, shape (features, samples, sets)."""
        if not sets.nnz:
            return np.zeros((len(features), self.codes.shape[0], sets.shape[0]))
        union, members = sets.union

        def add(
            rows: Places, parts: Contributions, across: Codes, means: Array, out: Array
        ) -> None:
            dense_sums(
                self.codes, rows, parts.table, across, means, union, sets.indptr, members, out
            )

        return _sums_by_size(features, self.n_present, self.runs, sets.shape[0], add)


@dataclass(frozen=True)
class SparseRanks:
    """Ranks of some samples, a number for each gene that is stored and one for all zeros.

    Parameters
    ----------
    genes, codes
        Wanted genes with a stored value and twice their average rank, 0 where not measured.
    offsets
        Shape (samples + 1,): where the genes of each sample begin, and where the last ones end.
    zero_codes
        Shape (samples,): twice the average rank of the genes that are zero, 0 where none is.
    n_genes
        Genes of the universe.
    n_present
        Shape (samples,): number of measured genes, N.
    runs
        Runs of tied genes.
    """

    genes: Codes
    codes: Codes
    offsets: NDArray[np.int64]
    zero_codes: Codes
    n_genes: int
    n_present: Array
    runs: TieRuns

    @classmethod
    def rank(
        cls, matrix: csr_array, columns: Places, wanted: NDArray[np.bool_] | None = None
    ) -> SparseRanks:
        """Rank the genes of each sample, sorting only what is stored.

        Parameters
        ----------
        matrix
            Shape (samples, columns), float32 or float64; NaN not measured, not stored 0. Entries
            stored twice are added up, in a copy.
        columns
            Column of each gene of the universe.
        wanted
            Shape (genes,): genes of which ranks will be asked for, all by default.
        """
        n_samples, n_stored, n_genes = matrix.shape[0], matrix.nnz, columns.size
        gene_of = np.full(matrix.shape[1], n_genes + 1, np.int32)
        own = np.arange(n_genes, dtype=np.int32)
        gene_of[columns] = own if wanted is None else np.where(wanted, own, n_genes)
        genes, codes = np.empty((2, n_stored), np.int32)
        # A run has two genes or more; only that of the zeros may have none that is stored.
        starts, lengths = np.empty((2, n_stored // 2 + n_samples), np.int32)
        offsets, run_offsets = np.empty((2, n_samples + 1), np.int64)
        zero_codes, n_present = np.empty(n_samples, np.int32), np.empty(n_samples, np.int64)
        bits, is_single = as_bits(matrix.data)
        ascends = rank_sparse_rows(
            matrix.indptr, matrix.indices, bits, is_single, gene_of, n_genes, genes, codes,
            offsets, zero_codes, starts, lengths, run_offsets, n_present,
        )  # fmt: skip
        if not ascends:
            # Made anew: what a matrix remembers of its format may no longer hold.
            stored = (matrix.data, matrix.indices, matrix.indptr)
            whole = type(matrix)(stored, shape=matrix.shape, copy=True)
            whole.sum_duplicates()
            return cls.rank(whole, columns, wanted)
        runs = TieRuns(run_offsets[:-1], np.diff(run_offsets), starts, lengths)
        return cls(genes, codes, offsets, zero_codes, n_genes, n_present.astype(float), runs)

    def _of(self, sample: int) -> tuple[Codes, Codes]:
        """Genes and codes of one sample."""
        own = slice(self.offsets[sample], self.offsets[sample + 1])
        return self.genes[own], self.codes[own]

    def dense(self) -> Array:
        """Average ranks, shape (samples, genes); 1 is the lowest gene, NaN not measured.

        They are right for the genes that were wanted.
        """
        ranks = np.repeat(self.zero_codes[:, None] / 2, self.n_genes, axis=1)
        for sample in range(self.n_present.size):
            genes, codes = self._of(sample)
            ranks[sample, genes] = np.where(codes > 0, codes / 2, np.nan)
        return ranks

    def tie_runs(self, sample: int) -> tuple[Codes, Codes]:
        """First places and lengths of the runs of tied genes of one sample."""
        return self.runs.of(sample)

    def missing(self, sets: GeneSets) -> Array:
        """Members of each set that are not measured, shape (samples, sets)."""
        from scipy.sparse import csr_array

        stored = map(self._of, range(self.n_present.size))
        absent = [genes[codes == 0] for genes, codes in stored]
        indptr = np.cumsum([0, *map(len, absent)])
        indices = np.concatenate(absent) if absent else np.empty(0, np.int32)
        not_measured = csr_array(
            (np.ones(indices.size), indices, indptr), shape=(len(absent), self.n_genes)
        )
        return np.asarray((not_measured @ sets.T).toarray())

    def sums(self, features: Sequence[Feature], sets: GeneSets) -> Array:
        """Add up over the measured members of each set, shape (features, samples, sets)."""
        if not sets.nnz:
            return np.zeros((len(features), self.n_present.size, sets.shape[0]))
        shape = (self.n_present.size, sets.shape[0])
        matched = np.broadcast_to(sets.n_members, shape)
        if (self.n_present < self.n_genes).any():
            matched = matched - self.missing(sets)

        def add(
            rows: Places, parts: Contributions, across: Codes, means: Array, out: Array
        ) -> None:
            sparse_sums(
                self.genes, self.codes, self.offsets, self.zero_codes, rows, parts.table,
                across, means, *sets.first_and_others, matched, out,
            )  # fmt: skip

        return _sums_by_size(features, self.n_present, self.runs, sets.shape[0], add)


def as_bits(values: NDArray[Any]) -> tuple[NDArray[Any], bool]:
    """View floats as unsigned integers of their size; tells whether they are float32."""
    is_single = values.dtype == np.float32
    return values.view(np.uint32 if is_single else np.uint64), bool(is_single)
