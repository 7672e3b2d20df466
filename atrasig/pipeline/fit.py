"""Fit a model on a matrix and a table of responses, and write it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atrasig.errors import UsageError
from atrasig.files import sha256_path
from atrasig.io import ReadOptions
from atrasig.pipeline.validate import ValidateSettings, read_matrix
from atrasig.sheet import SampleSheet

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.prediction.building import FittedModel
    from atrasig.prediction.building.figures import Progress


def fit_matrix(
    matrix: Path,
    *,
    sheet: Path | None = None,
    sample: str = "sample",
    response: str,
    group: str = "",
    scale: str = "auto",
    format: str | None = None,
    options: ReadOptions | None = None,
    genes: Path | None = None,
    source: str = "",
    **stated: Any,
) -> FittedModel:
    """Read a matrix and a table of responses, and fit a model; nothing is written.

    Parameters
    ----------
    matrix
        Expression matrix of any format that is read, or a harmonised h5ad.
    sheet
        Sample sheet, or a table of responses with a column of samples; by default the columns
        that a harmonised h5ad holds.
    sample
        Column of sample ids in `sheet`, where it has another name.
    response, group
        Columns of the response and of the lineage.
    scale, format, options, genes
        How a matrix is read that is not harmonised yet.
    source
        What the data are and where they can be had; by default the name of the file.
    **stated
        As for :func:`atrasig.fit`.

    Raises
    ------
    UsageError
        If no sample of the table is in the matrix, or an option contradicts the data.
    """
    from atrasig.prediction.building import fit
    from atrasig.prediction.validation import read_label_sheet

    rows = None if sheet is None else read_label_sheet(sheet, sample=sample)
    reading = ValidateSettings(
        scale=scale, format=format, options=options or ReadOptions(), genes=genes
    )
    expr = _joined(read_matrix(matrix, rows, reading), rows)
    with _bar() as progress:
        return fit(
            expr,
            response,
            groups=group,
            source=source or matrix.name,
            sha256=sha256_path(matrix),
            progress=progress,
            **stated,
        )


def _joined(expr: AnnData, rows: SampleSheet | None) -> AnnData:
    """Put the cells of a table beside the samples; where it says nothing, ``obs`` counts."""
    if rows is None:
        return expr
    name = str(expr.uns["atrasig"].get("matrix", ""))
    frame = (rows.for_matrix(name) if name in rows.matrices else rows).to_frame()
    table = frame.set_index("sample").drop(columns="matrix")
    found = expr.obs_names.intersection(table.index)
    if found.empty:
        raise UsageError(
            f"None of the {len(table)} samples of the table is in the matrix",
            where=f"table: {table.index[0]!r}, matrix: {str(expr.obs_names[0])!r}",
            fix="Names must be equal; another column than `sample` can hold them (--sample).",
        )
    for column in table.columns:
        stated = table[column].reindex(expr.obs_names).fillna("")
        known = expr.obs[column].astype(object) if column in expr.obs else ""
        expr.obs[column] = stated.where(stated != "", known).astype(object)
    return expr


@contextmanager
def _bar() -> Iterator[Progress]:
    """Show one bar a phase on a terminal, on stderr, and nothing elsewhere."""
    from tqdm import tqdm

    bars: dict[str, Any] = {}

    def told(phase: str, done: int, total: int) -> None:
        if phase not in bars:
            bars[phase] = tqdm(total=total, desc=phase, unit="", disable=None, leave=False)
        bars[phase].update(done - bars[phase].n)
        if done == total:
            bars[phase].close()

    try:
        yield told
    finally:
        for bar in bars.values():
            bar.close()
