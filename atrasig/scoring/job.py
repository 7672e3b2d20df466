"""One scoring job: which samples of a source are scored how, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import UsageError
from atrasig.scoring.blocks import SampleBlock
from atrasig.scoring.method import Method
from atrasig.scoring.parallel import in_order, thread_count
from atrasig.scoring.registry import get_methods
from atrasig.scoring.sets import SetIndex
from atrasig.scoring.sources import MatrixSource
from atrasig.scoring.sources.memory import check_fits
from atrasig.scoring.tables import ScoredBlock, score_block
from atrasig.scoring.universe import Universe, choose_genes
from atrasig.signatures import SignatureSet

Part: TypeAlias = tuple[NDArray[np.intp], "SampleBlock | None"]
"""Places of some samples in the result, and the samples; None where no method scores them alone."""


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
        Ranking universe.
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
            As many samples as take about 16 MB by default.

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
        genes = choose_genes(source.var_names, source.biotype, universe)
        size = block_size or source.block_size
        return cls(source, rows, signatures, methods, genes, with_null, thread_count(threads), size)

    @property
    def n_samples(self) -> int:
        """Number of samples to score."""
        return int(self.rows.size)

    def index(self) -> SetIndex:
        """Index the signatures over the ranking universe."""
        return SetIndex.build(self.signatures, self.genes.symbols)

    def run(self, index: SetIndex, advance: Callable[[int], object]) -> Iterator[ScoredBlock]:
        """Score the samples.

        Parameters
        ----------
        index
            The signatures over the ranking universe.
        advance
            Told the number of samples of each block that is done.

        Yields
        ------
        ScoredBlock
            In the order of the samples. Methods that need the cohort score all samples of the
            source at once, whichever are chosen, before the first block is given.
        """
        single = tuple(method for method in self.methods if not method.needs_cohort)
        cohort = self._score_cohort(index)
        work = partial(self._score_part, index, single, cohort)
        for block in in_order(work, self._parts(index, alone=bool(single)), self.threads):
            yield block
            advance(len(block.samples))

    def _parts(self, index: SetIndex, *, alone: bool) -> Iterator[Part]:
        """Read samples block by block, in the caller's thread; only places where none is scored."""
        for start in range(0, self.n_samples, self.block_size):
            own = self.rows[start : start + self.block_size]
            yield own, self._block(own, index) if alone else None

    def _block(self, rows: NDArray[np.intp], index: SetIndex) -> SampleBlock:
        values, names = self.source.block(rows), self.source.names(rows)
        return SampleBlock(
            names, values, self.genes.positions, self.source.platform, index.members
        )

    def _score_part(
        self, index: SetIndex, single: tuple[Method, ...], cohort: ScoredBlock | None, part: Part
    ) -> ScoredBlock:
        rows, block = part
        own = cohort.of(rows) if cohort is not None else None
        if block is None:
            assert own is not None  # a job has at least one method
            return own
        scored = score_block(block, index, single, with_null=self.with_null)
        return scored if own is None else _joined(scored, own, self.methods)

    def _score_cohort(self, index: SetIndex) -> ScoredBlock | None:
        """Scores of all samples of the source by the methods that need them together."""
        methods = tuple(method for method in self.methods if method.needs_cohort)
        if not methods:
            return None
        names = " and ".join(method.name for method in methods)
        if not self.source.rows.in_memory:
            check_fits(
                self.source.n_obs * self.source.rows.row_bytes,
                f"{names} compares the samples with each other, so that all {self.source.n_obs:,} "
                "must be in memory",
                fix="Score a smaller cohort, or by a method that takes one sample at a time "
                "(singscore, ssgsea, ucell, aucell).",
            )
        return score_block(
            self._block(self.source.positions(), index), index, methods, with_null=self.with_null
        )


def _joined(first: ScoredBlock, second: ScoredBlock, methods: tuple[Method, ...]) -> ScoredBlock:
    """Scores of the same samples by several methods, in the order of the methods."""
    results, reasons = first.results | second.results, first.reasons | second.reasons
    names = [method.name for method in methods]
    return ScoredBlock(
        first.samples,
        first.index,
        first.counts,
        {name: reasons[name] for name in names},
        {name: results[name] for name in names},
    )
