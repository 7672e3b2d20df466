"""The ranks of one sample as a finite population: N places and the runs of them that tie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array
from atrasig.scoring.features import Feature
from atrasig.scoring.nulls.keeping import Store

Table = TypeVar("Table")
Places = NDArray[np.int64]
HEAVY = 1 / 64
_OWN_BYTES = 1 << 20
_SHARED_BYTES = 1 << 26
_SHARED = Store(_SHARED_BYTES)


@dataclass(frozen=True)
class Nodes:
    """A population of contributions, compressed.

    Parameters
    ----------
    values
        Shape (nodes, statistics): mean contribution of the genes of a node.
    mass
        Shape (nodes,): share of the genes.
    atom
        Shape (nodes,): whether the node is one value held by at least one gene in 64.
    """

    values: Array
    mass: Array
    atom: NDArray[np.bool_]

    @cached_property
    def atomic(self) -> float:
        """Share of the genes that sit on heavy atoms."""
        return float(self.mass[self.atom].sum())


@dataclass(frozen=True, eq=False)
class RankPopulation:
    """Ranks 1..N of one sample with ties averaged.

    Parameters
    ----------
    n_genes
        Ranked genes, N.
    starts, lengths
        Runs of at least two tied genes: first ascending place (from 1) and number of genes, in
        ascending order of places. Every other gene stands alone at its place.
    """

    n_genes: int
    starts: Places
    lengths: Places
    tables: Store = field(default_factory=lambda: Store(_OWN_BYTES), repr=False)

    @classmethod
    def untied(cls, n_genes: int) -> RankPopulation:
        """Return the population without ties; all of them share one store of tables."""
        none = np.empty(0, dtype=np.int64)
        return cls(int(n_genes), none, none, _SHARED)

    @classmethod
    def of_runs(
        cls, n_genes: int, starts: NDArray[np.integer[Any]], lengths: NDArray[np.integer[Any]]
    ) -> RankPopulation:
        """Take the tied runs as the ranking pass gives them."""
        if not starts.size:
            return cls.untied(n_genes)
        return cls(n_genes, starts.astype(np.int64), lengths.astype(np.int64))

    @classmethod
    def from_ranks(cls, ranks: Array) -> RankPopulation:
        """Read the tied runs off average ranks, shape (genes,), NaN where not measured."""
        values, lengths = np.unique(ranks[~np.isnan(ranks)], return_counts=True)
        tied = lengths > 1
        n_genes = int(lengths.sum())
        if not tied.any():
            return cls.untied(n_genes)
        starts = np.rint(values - (lengths - 1) / 2).astype(np.int64)
        return cls(n_genes, starts[tied], lengths[tied].astype(np.int64))

    @property
    def is_tied(self) -> bool:
        """Whether any genes tie."""
        return bool(self.lengths.size)

    def recall(self, key: tuple[Any, ...], make: Callable[[], Table]) -> Table:
        """Look up what was computed of this population, or compute and keep it for a while."""
        return self.tables.find((self.n_genes, *key), make)

    @property
    def degenerate(self) -> bool:
        """Whether all genes tie, so that every gene set of a size scores the same."""
        return self.n_genes < 2 or bool(self.lengths.size and self.lengths[0] == self.n_genes)

    def moments(self, statistics: tuple[Feature, ...]) -> tuple[Array, Array]:
        """Mean and covariance of contributions over the genes, exact.

        Returns
        -------
        tuple of numpy.ndarray
            Shapes (statistics,) and (statistics, statistics); divisor N. Cost: one step a run.
        """
        key = ("moments", *(s.name for s in statistics))
        return self.recall(key, lambda: self._moments(statistics))

    def _moments(self, statistics: tuple[Feature, ...]) -> tuple[Array, Array]:
        n_stats = len(statistics)
        single = np.array([_prefix(s, self.n_genes)[0] for s in statistics])
        runs = np.array([self._run_values(s) for s in statistics]) - single[:, None]
        before, last = self.starts - 1, self.starts + self.lengths - 1
        mean, second = np.empty(n_stats), np.empty((n_stats, n_stats))
        for i, left in enumerate(statistics):
            sums = _prefix(left, self.n_genes)[1]
            inside = (sums[last] - sums[before]).sum()
            mean[i] = (sums[-1] - inside + self.lengths @ runs[i]) / self.n_genes
            for j, right in enumerate(statistics[: i + 1]):
                products = _products(left, right, self.n_genes)
                inside = (products[last] - products[before]).sum()
                total = products[-1] - inside + self.lengths @ (runs[i] * runs[j])
                second[i, j] = second[j, i] = total / self.n_genes
        covariance = second - np.outer(mean, mean)
        return mean + single, np.zeros_like(covariance) if self.degenerate else covariance

    def _run_values(self, statistic: Feature) -> Array:
        return self.recall(("runs", statistic.name), lambda: self._read_runs(statistic))

    def _read_runs(self, statistic: Feature) -> Array:
        if not statistic.over_places:
            middle = self.starts + (self.lengths - 1) / 2
            return np.asarray(statistic.at(middle, self.n_genes), dtype=np.float64)
        # Not centred: sums of whole numbers are exact, so that equal values stay equal.
        values = statistic.at(np.arange(1.0, self.n_genes + 1), self.n_genes)
        sums = np.concatenate([[0.0], np.cumsum(values)])
        inside = sums[self.starts + self.lengths - 1] - sums[self.starts - 1]
        return np.asarray(inside / self.lengths)

    def nodes(self, statistics: tuple[Feature, ...], resolution: int) -> Nodes:
        """Compress the contributions to about ``resolution`` nodes.

        Heavy tied runs and flat parts are nodes of their own, of exact value and mass; the other
        places are cut into equal parts, and into ever finer ones towards both ends of the ranking.
        """
        key = ("nodes", resolution, *(s.name for s in statistics))
        return self.recall(key, lambda: self._nodes(statistics, resolution))

    def _nodes(self, statistics: tuple[Feature, ...], resolution: int) -> Nodes:
        cuts = self._cuts(statistics[0], resolution)
        constant = self._constant(statistics[0], cuts)
        here = self._value_at(statistics[0], cuts[1:])
        apart = ~(constant[1:] & constant[:-1] & (here[1:] == here[:-1]))
        kept = np.concatenate([[True], apart])
        cuts = cuts[np.concatenate([kept, [True]])]
        constant = np.logical_and.reduceat(constant, np.flatnonzero(kept))
        sums = np.stack([self._sums_to(s, cuts) for s in statistics], axis=1)
        size = np.diff(cuts)
        values = np.diff(sums, axis=0) / size[:, None]
        values += np.array([_prefix(s, self.n_genes)[0] for s in statistics])
        # Sums carry rounding; an atom is to be met exactly.
        for j, statistic in enumerate(statistics):
            values[constant, j] = self._value_at(statistic, cuts[1:])[constant]
        mass = size / self.n_genes
        return Nodes(values, mass, (mass >= HEAVY) & constant)

    def _cuts(self, statistic: Feature, resolution: int) -> Places:
        n_genes = self.n_genes
        knees = np.array(statistic.knees(n_genes), dtype=np.int64)
        before, last = self.starts - 1, self.starts + self.lengths - 1
        # A run that straddles a knee belongs to neither side of it.
        split = (before[:, None] < knees) & (knees < last[:, None])
        alone = (self.lengths >= min(HEAVY, 1 / resolution) * n_genes) | split.any(axis=1)
        fixed = np.unique(np.concatenate([[0, n_genes], before[alone], last[alone], knees]))
        fixed = fixed.astype(np.int64)
        flat = self._constant(statistic, fixed)
        rest = max(1, int(np.diff(fixed)[~flat].sum()))
        step = max(1, -(-rest // resolution))
        pieces = [fixed]
        for low, high, is_flat in zip(fixed[:-1], fixed[1:], flat, strict=True):
            if not is_flat:
                pieces.append(np.arange(low, high, step))
        ladder = 2 ** np.arange(0, max(1, int(np.log2(step)) + 1))
        # Places within a heavy run or a flat part add nothing: they would only split the atom.
        ends = np.concatenate([ladder, n_genes - ladder])
        segment = np.clip(np.searchsorted(fixed, ends, side="left") - 1, 0, flat.size - 1)
        pieces.append(ends[(ends > 0) & (ends < n_genes) & ~flat[segment]])
        return np.unique(np.concatenate(pieces)).astype(np.int64)

    def _constant(self, statistic: Feature, cuts: Places) -> NDArray[np.bool_]:
        first, last = cuts[:-1] + 1, cuts[1:]
        ends = np.stack([self._value_at(statistic, first), self._value_at(statistic, last)])
        middle = self._value_at(statistic, (first + last) // 2)
        return np.asarray((ends[0] == ends[1]) & (ends[0] == middle))

    def _value_at(self, statistic: Feature, places: Places) -> Array:
        alone = np.asarray(statistic.at(places.astype(float), self.n_genes), dtype=np.float64)
        if not self.starts.size:
            return alone
        run = np.searchsorted(self.starts, places, side="right") - 1
        inside = (run >= 0) & (places < self.starts[run] + self.lengths[run])
        return np.where(inside, self._run_values(statistic)[run], alone)

    def _sums_to(self, statistic: Feature, cuts: Places) -> Array:
        """Sum the centred contributions of the places up to each cut, ties averaged."""
        centre, sums, _ = _prefix(statistic, self.n_genes)
        out = sums[cuts].copy()
        if not self.starts.size:
            return out
        before, last = self.starts - 1, self.starts + self.lengths - 1
        values = self._run_values(statistic) - centre
        gains = np.concatenate(
            [[0.0], np.cumsum(self.lengths * values - sums[last] + sums[before])]
        )
        run = np.searchsorted(self.starts, cuts, side="right") - 1
        partial = (run >= 0) & (cuts < last[run])
        out += gains[run + 1 - partial]
        inside = cuts[partial] - before[run[partial]]
        out[partial] += (
            inside * values[run[partial]] - sums[cuts[partial]] + sums[before[run[partial]]]
        )
        return out


def _prefix(statistic: Feature, n_genes: int) -> tuple[float, Array, Array]:
    """Mean over places, running sums from 0 of the centred values, and these values."""

    def make() -> tuple[float, Array, Array]:
        values = np.asarray(statistic.at(np.arange(1.0, n_genes + 1), n_genes), dtype=np.float64)
        centre = float(values.mean())
        return centre, np.concatenate([[0.0], np.cumsum(values - centre)]), values - centre

    return _SHARED.find(("prefix", statistic.name, n_genes), make)


def _products(left: Feature, right: Feature, n_genes: int) -> Array:
    """Add up the products of two centred statistics over places, from 0."""

    def make() -> Array:
        products = _prefix(left, n_genes)[2] * _prefix(right, n_genes)[2]
        return np.concatenate([[0.0], np.cumsum(products)])

    return _SHARED.find(("products", left.name, right.name, n_genes), make)
