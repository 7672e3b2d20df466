"""Parquet tables of expression as sources: samples in rows, or genes in rows.

Only names are read at first. Where genes stand in rows, a block of samples is a few columns. Where
samples stand in rows, a block is part of a row group, and memory is set by the largest of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import FormatError, GeneIdError
from atrasig.genes import looks_like_gene_ids
from atrasig.scoring.sources.memory import check_fits
from atrasig.scoring.sources.rows import Positions, Values
from atrasig.scoring.sources.source import MatrixSource

_PROBED = 400
_ITEM_BYTES = 8


@dataclass(frozen=True)
class ColumnsAsSamples:
    """Genes in rows: samples are columns of the table.

    Parameters
    ----------
    file
        ``pyarrow.parquet.ParquetFile``.
    names
        Columns of the samples.
    n_genes
        Rows of the table.
    """

    file: Any
    names: list[str]
    n_genes: int
    sparse = False
    in_memory = False

    @property
    def row_bytes(self) -> float:
        """Bytes of a sample as float64."""
        return float(self.n_genes * _ITEM_BYTES)

    def take(self, rows: Positions, columns: Positions | None) -> Values:
        """Read samples."""
        wanted = [self.names[row] for row in rows]
        block = _numbers(self.file.read(columns=sorted(set(wanted))), wanted)
        return block if columns is None else np.take(block, columns, axis=1)


@dataclass(frozen=True)
class RowsAsSamples:
    """Samples in rows; the row group read last is kept, because the next block begins in it.

    Parameters
    ----------
    file
        ``pyarrow.parquet.ParquetFile``.
    names
        Columns of the genes.
    """

    file: Any
    names: list[str]
    _kept: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    sparse = False
    in_memory = False

    @property
    def row_bytes(self) -> float:
        """Bytes of a sample as float64."""
        return float(len(self.names) * _ITEM_BYTES)

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        """First row of each row group, and the number of rows at the end."""
        facts = self.file.metadata
        sizes = [facts.row_group(i).num_rows for i in range(facts.num_row_groups)]
        return np.cumsum([0, *sizes])

    def take(self, rows: Positions, columns: Positions | None) -> Values:
        """Read samples."""
        groups = np.searchsorted(self._starts, rows, side="right") - 1
        block = np.empty((rows.size, len(self.names)))
        for group in np.unique(groups):
            places = np.flatnonzero(groups == group)
            block[places] = self._group(int(group))[rows[places] - self._starts[group]]
        return block if columns is None else np.take(block, columns, axis=1)

    def _group(self, group: int) -> NDArray[np.float64]:
        if group not in self._kept:
            self._kept.clear()
            table = self.file.read_row_group(group, columns=self.names)
            self._kept[group] = np.ascontiguousarray(_numbers(table, self.names).T)
        return self._kept[group]

    def check_row_groups(self, path: Path) -> None:
        """Refuse a file whose largest row group does not fit into memory."""
        largest = int(np.diff(self._starts).max(initial=0))
        check_fits(
            largest * self.row_bytes,
            f"A row group of {path.name} holds {largest:,} samples, and is read as a whole",
            fix="Write it with smaller row groups (row_group_size=1000), or as h5ad.",
        )


@contextmanager
def parquet_source(path: Path) -> Iterator[MatrixSource]:
    """Open a parquet table as a source.

    Parameters
    ----------
    path
        Table with a column of names (or an index of pandas) and columns of numbers: samples in rows
        and genes in columns, or genes in rows, then with ``biotype`` if known. Missing values are
        genes that were not measured.

    Raises
    ------
    FormatError
        If it is damaged, or has no column of names or no column of numbers.
    GeneIdError
        If neither its rows nor its columns look like genes.
    UsageError
        If a row group would not fit into memory.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path, memory_map=True)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _unusable(f"Cannot read as parquet: {error}", path) from error
    with file:
        texts, numbers = _columns(file, path)
        naming = texts[0]
        row_names = _text(file, naming)
        if not _genes_in_rows(row_names, numbers, texts, path):
            by_rows = RowsAsSamples(file, numbers)
            by_rows.check_row_groups(path)
            yield _source(row_names, numbers, None, by_rows)
            return
        biotype = _text(file, "biotype") if "biotype" in texts else None
        yield _source(numbers, row_names, biotype, ColumnsAsSamples(file, numbers, len(row_names)))


def _source(
    samples: list[str], genes: list[str], biotype: list[str] | None, rows: Any
) -> MatrixSource:
    return MatrixSource(
        obs_names=pd.Index(samples, dtype=object),
        var_names=pd.Index(genes, dtype=object),
        biotype=None if biotype is None else np.asarray(biotype, dtype=object),
        platform="",
        place="X",
        rows=rows,
    )


def _columns(file: Any, path: Path) -> tuple[list[str], list[str]]:
    """Columns of text, that of the names first, and columns of numbers."""
    import pyarrow.types as kinds

    schema = file.schema_arrow
    if len(set(schema.names)) < len(schema.names):
        raise _unusable("A column name repeats", path)
    numbers = [
        column.name
        for column in schema
        if kinds.is_floating(column.type) or kinds.is_integer(column.type)
    ]
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    others = [name for name in schema.names if name not in set(numbers)]
    texts = [name for name in others if name in index] + [n for n in others if n not in index]
    if not texts or not numbers:
        lacking = "names" if not texts else "numbers"
        raise _unusable(f"There is no column of {lacking}", path)
    return texts, numbers


def _genes_in_rows(row_names: list[str], numbers: list[str], texts: list[str], path: Path) -> bool:
    if "biotype" in texts:
        return True
    in_rows, in_columns = (looks_like_gene_ids(_probe(names)) for names in (row_names, numbers))
    if in_rows == in_columns:
        raise GeneIdError(
            f"Neither rows ({row_names[0]!r}, ...) nor columns ({numbers[0]!r}, ...) look like "
            "genes more than the others",
            where=str(path),
            fix="Give approved symbols, or write a harmonised h5ad (atrasig harmonise).",
        )
    return in_rows > in_columns


def _probe(names: list[str]) -> list[str]:
    places = np.unique(np.linspace(0, len(names) - 1, _PROBED).astype(int))
    return [names[place] for place in places]


def _text(file: Any, column: str) -> list[str]:
    return [str(value) for value in file.read(columns=[column]).column(column).to_pylist()]


def _numbers(table: Any, names: list[str]) -> NDArray[np.float64]:
    """Columns of a table as float64, shape (columns, rows), NaN where a value is missing."""
    return np.stack(
        [
            table.column(name).to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
            for name in names
        ]
    )


def _unusable(what: str, path: Path) -> FormatError:
    return FormatError(
        what,
        where=str(path),
        fix="Give a table with one column of names and columns of numbers, or a harmonised h5ad.",
    )
