"""The samples of a block, and a stage for them: one that it fails for is set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from atrasig.errors import InputError
from atrasig.failures import Failure, apart, failures_in, failures_of, mark_failures
from atrasig.files import read_parquet, write_parquet
from atrasig.temporary import temporary_folder

if TYPE_CHECKING:
    from anndata import AnnData

Tables = tuple[pd.DataFrame, ...]


@dataclass(frozen=True)
class Block:
    """The samples of one job: `size` rows of the matrix from row ``index * size``."""

    index: int
    size: int

    def of(self, samples: pd.Index, n_failed: int = 0) -> list[str]:
        """Names of the samples of this block.

        Parameters
        ----------
        samples
            Names of all samples of the matrix.
        n_failed
            Samples that were set aside: blocks were planned with them, so the last may be empty.

        Raises
        ------
        InputError
            If the matrix has no such block.
        """
        chosen = samples[self.index * self.size : (self.index + 1) * self.size]
        if not len(chosen) and self.index * self.size >= len(samples) + n_failed:
            raise InputError(
                f"The matrix has {len(samples)} samples and no block {self.index} of {self.size}",
                fix="Blocks are counted from 0.",
            )
        return [str(name) for name in chosen]


def block_samples(expr: AnnData, block: Block | None) -> list[str]:
    """List the samples of a block, all of the matrix for None."""
    if block is None:
        return sample_names(expr)
    return block.of(expr.obs_names, len(failures_of(expr)))


def sample_names(expr: AnnData) -> list[str]:
    """List the samples of a matrix."""
    return [str(name) for name in expr.obs_names]


def tables_by_sample(
    make: Callable[[list[str]], Tables],
    samples: Sequence[str],
    every: Sequence[str],
    stage: str,
    *,
    strict: bool,
) -> Tables:
    """Make the tables of a stage for the samples of a block.

    Parameters
    ----------
    make
        The stage: tables of the samples it is given, whose rows depend on no others given.
    samples
        Samples of the block; none where all of them were set aside before.
    every
        All samples of the matrix.
    stage
        Its name.
    strict
        Raise where one sample fails.

    Returns
    -------
    tuple of pandas.DataFrame
        Without rows of the samples that fail, which :func:`atrasig.failures.failures_in` lists.
    """
    chosen = set(samples)
    others = [name for name in every if name not in chosen]
    parts: list[Tables] = []
    failures: list[Failure] = []
    if samples:
        parts, failures = apart(make, samples, stage, others=others, strict=strict)
    if not parts:  # columns and their types, as another sample has them
        parts = [tuple(table.iloc[:0] for table in make(others[:1]))]
    if len(parts) == 1:
        tables = parts[0]
    else:
        tables = tuple(_joined(same) for same in zip(*parts, strict=True))
    for table in tables:
        mark_failures(table, failures)
    return tables


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(filled, ignore_index=True)


def write_by_sample(
    write: Callable[[list[str] | None, Path], None],
    asked: list[str] | None,
    samples: Sequence[str],
    every: Sequence[str],
    out: Path,
    *,
    strict: bool,
) -> list[Failure]:
    """Let the scoring stream its table; only where it fails, do so part by part.

    Parameters
    ----------
    write
        Writes the table of the samples it is given, None for all, to a parquet file.
    asked, samples
        Samples of the block as `write` is first asked for them, and as names.
    every
        All samples of the matrix.
    out
        Table to write.
    strict
        Raise where one sample fails.

    Returns
    -------
    list of Failure
        Samples that were set aside.
    """
    if strict or samples:
        try:
            write(asked, out)
        except Exception:
            if strict:
                raise
        else:
            return []
    with temporary_folder() as folder:

        def make(names: list[str]) -> Tables:
            part = folder / "part.parquet"
            write(names, part)
            return (read_parquet(part),)

        (table,) = tables_by_sample(make, samples, every, "score", strict=strict)
    write_parquet(out, table)
    return failures_in(table)


def failures_of_tables(tables: Sequence[pd.DataFrame]) -> dict[str, Failure]:
    """List the samples that the stages before set aside, each with its first stage.

    Parameters
    ----------
    tables
        Tables of a block, in the order of the stages.
    """
    found: dict[str, Failure] = {}
    for table in tables:
        for failure in failures_in(table):
            found.setdefault(failure.sample, failure)
    return found
