"""One scoring job: which samples of a source are scored how, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import UsageError
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.method import Method, common_depth
from atrasig.scoring.parallel import in_order, thread_count
from atrasig.scoring.registry import get_methods
from atrasig.scoring.sets import SetIndex
from atrasig.scoring.sources import MatrixSource
from atrasig.scoring.sources.memory import check_fits
from atrasig.scoring.sources.rows import Values
from atrasig.scoring.tables import ScoredBlock, score_block
from atrasig.scoring.universe import Universe, choose_genes
from atrasig.signatures import SignatureSet

Part: TypeAlias = "tuple[NDArray[np.intp], Values | None]"
"""Rows of some samples in the source, and their values; None where no method scores them alone."""


@dataclass(frozen=True)
class Scope:
    """Genes over which some methods score.

    Parameters
    ----------
    genes
        The genes.
    index
        The signatures over these.
    methods
        The methods.
    """

    genes: Universe
    index: SetIndex
    methods: tuple[Method, ...]

    @classmethod
    def of(
        cls,
        source: MatrixSource,
        genes: Universe,
        signatures: SignatureSet,
        methods: tuple[Method, ...],
    ) -> Scope:
        """Index signatures over some genes of a source."""
        # A name that the source does not have gets column -1: the last.
        place_of = np.full(len(source.var_names) + 1, -1)
        place_of[genes.positions] = np.arange(genes.positions.size)

        def find(symbols: Sequence[str]) -> NDArray[np.int64]:
            return np.asarray(place_of[source.columns_of(symbols)])

        return cls(genes, SetIndex.build(signatures, genes.symbols, find), methods)


@dataclass(frozen=True)
class Job:
    """What to score.

    Parameters
    ----------
    source
        The matrix.
    rows
        Rows of it to score, in the order of the results.
    signatures
        The signatures, at least one.
    methods
        The methods.
    genes
        Ranking universe. Methods that need all of the matrix get all of it nevertheless.
    with_null
        Whether moments and p-values are wanted.
    threads
        Blocks scored at the same time.
    block_size
        Samples of a block.
    """

    source: MatrixSource
    rows: NDArray[np.intp]
    signatures: SignatureSet
    methods: tuple[Method, ...]
    genes: Universe
    with_null: bool
    threads: int
    block_size: int

    @classmethod
    def plan(
        cls,
        source: MatrixSource,
        signatures: SignatureSet,
        method: str | Sequence[str],
        *,
        universe: str | Sequence[str] = "coding",
        samples: Sequence[str] | None = None,
        with_null: bool = False,
        threads: int | None = None,
        block_size: int | None = None,
    ) -> Job:
        """Check what is asked for against what the source has.

        Parameters
        ----------
        source, signatures, with_null
            As for the job.
        method
            Name or names of the methods.
        universe
            ``coding``, ``all`` or a list of symbols.
        samples
            Names of the samples, all by default.
        threads
            The job's cores by default.
        block_size
            As many samples as take 3 MB by default, 16 MB of a sparse matrix.

        Raises
        ------
        UsageError
            If a name is unknown, nothing is left to score, or a number is below 1.
        GeneIdError
            If fewer than two genes are ranked.
        """
        if len(signatures) == 0:
            raise UsageError("There is no signature to score", fix="Give at least one signature.")
        if block_size is not None and block_size < 1:
            raise UsageError(f"block_size={block_size} is no number of samples", fix="Give 1 up.")
        methods = get_methods(method)
        rows = source.positions(samples)
        if rows.size == 0:
            raise UsageError("There is no sample to score", fix="Give at least one sample.")
        genes = choose_genes(source.symbols, source.biotype, universe)
        size = block_size or source.block_size
        return cls(source, rows, signatures, methods, genes, with_null, thread_count(threads), size)

    @property
    def n_samples(self) -> int:
        """Number of samples to score."""
        return int(self.rows.size)

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """Genes that the methods score over, with the signatures indexed over these."""
        whole = tuple(method for method in self.methods if method.universe == "all")
        chosen = tuple(method for method in self.methods if method.universe == "chosen")
        scope = partial(Scope.of, self.source)
        if not whole or self.genes.name == "all":
            return (scope(self.genes, self.signatures, self.methods),)
        every = scope(choose_genes(self.source.symbols, None, "all"), self.signatures, whole)
        return (scope(self.genes, self.signatures, chosen), every) if chosen else (every,)

    def scope(self, method: str) -> Scope:
        """Genes that a method scores over."""
        return next(s for s in self.scopes if method in {own.name for own in s.methods})

    def run(self, advance: Callable[[int], object]) -> Iterator[ScoredBlock]:
        """Score the samples.

        Parameters
        ----------
        advance
            Told the number of samples of each block that is done.

        Yields
        ------
        ScoredBlock
            In the order of the samples. Methods that need the cohort score all samples of the
            source at once, whichever are chosen, before the first block is given.
        """
        cohort = self._score_cohort()
        work = partial(self._score_part, cohort)
        for block in in_order(work, self._parts(), self.threads):
            yield block
            advance(len(block.samples))

    def _parts(self) -> Iterator[Part]:
        """Read samples block by block, in the caller's thread; only places where none is scored."""
        alone = any(not method.needs_cohort for method in self.methods)
        for start in range(0, self.n_samples, self.block_size):
            own = self.rows[start : start + self.block_size]
            yield own, self.source.block(own) if alone else None

    def _score_part(self, cohort: list[ScoredBlock], part: Part) -> ScoredBlock:
        rows, values = part
        found = [scored.of(rows) for scored in cohort]
        if values is not None:
            found += self._score(rows, values, needs_cohort=False)
        return ScoredBlock.joined(found, [method.name for method in self.methods])

    def _score(
        self, rows: NDArray[np.intp], values: Values, *, needs_cohort: bool
    ) -> list[ScoredBlock]:
        """Score samples over each of the scopes by the methods that need the cohort, or do not."""
        names, platform, found = self.source.names(rows), self.source.platform, []
        for scope in self.scopes:
            methods = [m for m in scope.methods if m.needs_cohort == needs_cohort]
            if methods:
                genes, index = scope.genes, scope.index
                # Nulls of samples without ties are shared; a run of low genes would be a tie.
                depth = 0 if self.with_null else common_depth(methods, genes.positions.size)
                block = SampleBlock(names, values, genes.positions, platform, index.members, depth)
                found.append(
                    score_block(
                        block, index, methods, universe=genes.name, with_null=self.with_null
                    )
                )
        return found

    def _score_cohort(self) -> list[ScoredBlock]:
        """Scores of all samples of the source by the methods that need them together."""
        methods = tuple(method for method in self.methods if method.needs_cohort)
        if not methods:
            return []
        names = " and ".join(method.name for method in methods)
        if not self.source.rows.in_memory:
            check_fits(
                self.source.n_obs * self.source.rows.row_bytes,
                f"{names} compares the samples with each other, so that all {self.source.n_obs:,} "
                "must be in memory",
                fix="Score a smaller cohort, or by a method that takes one sample at a time "
                "(singscore, ssgsea, ucell, aucell).",
            )
        everyone = self.source.positions()
        return self._score(everyone, self.source.block(everyone), needs_cohort=True)
