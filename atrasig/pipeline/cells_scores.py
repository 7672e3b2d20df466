"""Scores of single cells from their raw counts, band by band: memory is set by the band."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig._version import __version__
from atrasig.errors import InputError, UsageError
from atrasig.files import canonical_json, write_text
from atrasig.io.table import as_text
from atrasig.pipeline.cells_genes import CellGenes
from atrasig.scoring.job import Job
from atrasig.scoring.parallel import in_order, thread_count
from atrasig.scoring.registry import get_methods
from atrasig.scoring.run import bar
from atrasig.scoring.sources.annotated import annotated_source
from atrasig.scoring.tables import ScoredBlock
from atrasig.scoring.writing import wide_arrow, write_parquet
from atrasig.signatures import SignatureSet, load_with_shipped
from atrasig.singlecell.quality import measure
from atrasig.singlecell.stored import open_cells

if TYPE_CHECKING:
    from atrasig.singlecell.cells import Cells

NAME = "cell"
"""Column of the names of the cells."""


@dataclass(frozen=True)
class CellScoring:
    """How cells are scored.

    Parameters
    ----------
    signatures
        Files of signatures beside the shipped ones.
    methods
        Scoring methods, each of which scores a cell by itself.
    universe
        Genes that are ranked: ``coding`` or ``all``.
    genes
        Table of genes, the shipped one by default.
    threads
        Bands scored at the same time, by default the cores of the job.
    """

    signatures: Sequence[str | Path] = ()
    methods: Sequence[str] = ("ucell",)
    universe: str = "coding"
    genes: Path | None = None
    threads: int | None = None


@dataclass(frozen=True)
class _Without:
    """Cells without a score in a column, and why the first of them has none."""

    column: str
    cells: int
    reason: str


def score_cells(
    cells_file: Path,
    out: Path,
    record: Path,
    *,
    by: Sequence[str] = (),
    labels: Path | None = None,
    format: str | None = None,
    scoring: CellScoring | None = None,
) -> dict[str, Any]:
    """Score every cell of a file, from its raw counts.

    Parameters
    ----------
    cells_file
        File of cells of any format.
    out
        Parquet table to write, one row a cell in the order of the file: ``cell``, its labels,
        ``qc_n_genes``, ``qc_total_counts``, ``qc_percent_mito``, then float32 scores
        ``<method>/<signature>``, NaN where there is none. They are those that
        :func:`atrasig.score` gives for the harmonised matrix.
    record
        JSON file to write: what was done with the genes, and the cells without a score.
    by
        Columns of labels.
    labels, format
        As for :func:`atrasig.singlecell.stored.open_cells`.
    scoring
        How they are scored.

    Returns
    -------
    dict
        What stands in the record.

    Raises
    ------
    InputError
        If the file cannot be read, holds no counts, or lacks a column.
    UsageError
        If a method compares the cells with each other.
    """
    how = scoring or CellScoring()
    _refuse_cohort_methods(how.methods)
    library = load_with_shipped(how.signatures)
    without: dict[str, _Without] = {}
    with open_cells(cells_file, by, format=format, labels=labels) as cells:
        known = _labels(cells, by)
        genes = CellGenes.of(cells, how.genes)
        work = partial(_score_band, cells, known, genes, library, how)
        with bar(len(cells.names), progress=None) as advance:
            bands = in_order(work, cells.bands(), thread_count(how.threads))
            write_parquet(_counted(bands, without, advance), out)
        facts = {
            "version": __version__,
            "cells": len(cells.names),
            "labels": list(by),
            "input": {name: _plain(value) for name, value in cells.facts.items()},
            "genes": {name: _plain(value) for name, value in genes.record.items()},
            "methods": list(how.methods),
            "universe": how.universe,
            "signatures": len(library),
            "without_score": {
                one.column: {"cells": one.cells, "reason": one.reason} for one in without.values()
            },
        }
    write_text(record, canonical_json(facts))
    return facts


def _refuse_cohort_methods(methods: Sequence[str]) -> None:
    together = [method.name for method in get_methods(list(methods)) if method.needs_cohort]
    if together:
        raise UsageError(
            f"{' and '.join(together)} compares the cells with each other, and they are not held "
            "together",
            fix="Use a method that takes one cell at a time: ucell, aucell, singscore, ssgsea.",
        )


def _labels(cells: Cells, by: Sequence[str]) -> pd.DataFrame:
    missing = [name for name in by if name not in cells.obs]
    if missing:
        raise InputError(
            f"The cells have no column {missing[0]!r}",
            fix=f"Their columns are: {', '.join(cells.columns) or 'none'}.",
        )
    taken = [name for name in by if name == NAME or name.startswith("qc_") or "/" in name]
    if taken:
        raise UsageError(
            f"A column of labels may not be called {taken[0]!r} here", fix="Rename the column."
        )
    return as_text(cells.obs[list(by)]).reset_index(drop=True)


def _score_band(
    cells: Cells,
    labels: pd.DataFrame,
    genes: CellGenes,
    library: SignatureSet,
    how: CellScoring,
    band: tuple[slice, Any],
) -> tuple[Any, list[_Without]]:
    """Score some cells: their rows of the table, and the cells without a score by column."""
    import pyarrow as pa

    rows, counts = band
    names = cells.names[rows]
    source = annotated_source(genes.harmonised(names, counts))
    job = Job.plan(source, library, list(how.methods), universe=how.universe, threads=1)
    blocks = list(job.run(lambda n_cells: None))
    scores = pa.concat_tables([wide_arrow(block) for block in blocks]).drop_columns(["sample"])
    about = {
        NAME: pa.array(names, type=pa.string()),
        **{name: pa.array(labels[name].iloc[rows], type=pa.string()) for name in labels},
        **{name: pa.array(values) for name, values in measure(counts, genes.mito).items()},
    }
    columns = [*about.values(), *scores.columns]
    table = pa.table(columns, names=[*about, *scores.column_names])
    return table, [one for block in blocks for one in _without_score(block)]


def _without_score(block: ScoredBlock) -> Iterator[_Without]:
    for method, result in block.results.items():
        reasons = block.reasons[method]
        missing = np.isnan(result.score)
        for place in np.flatnonzero(missing.any(axis=0)):
            first = int(np.argmax(missing[:, place]))
            yield _Without(
                f"{method}/{block.index.ids[place]}",
                int(missing[:, place].sum()),
                "" if reasons is None else str(reasons[first, place]),
            )


def _counted(
    bands: Iterator[tuple[Any, list[_Without]]],
    found: dict[str, _Without],
    advance: Callable[[int], object],
) -> Iterator[Any]:
    """Hand on the tables, and add up the cells without a score."""
    for table, without in bands:
        for one in without:
            known = found.get(one.column, replace(one, cells=0))
            found[one.column] = replace(known, cells=known.cells + one.cells)
        yield table
        advance(table.num_rows)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
