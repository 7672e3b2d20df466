"""Labels of cells from a table, for formats that hold none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from atrasig.errors import FormatError, InputError
from atrasig.io.compression import open_text
from atrasig.singlecell.counts import with_facts

if TYPE_CHECKING:
    from anndata import AnnData


def label_cells(adata: AnnData, table: str | Path) -> AnnData:
    """Add the columns of a table to the annotation of cells.

    Parameters
    ----------
    adata
        Cells x genes as read by :func:`atrasig.read_expression`.
    table
        TSV or CSV, packed or not: names of cells in the first column, labels in the others.

    Returns
    -------
    anndata.AnnData
        A copy that shares the values, with the labels as texts in ``obs`` (empty for a cell that
        the table does not name); ``uns["atrasig"]["input"]`` counts the cells without labels and
        the rows of cells that are not in the matrix.

    Raises
    ------
    FormatError
        If the table has no column of labels, or names a cell twice.
    InputError
        If it names none of the cells.
    """
    from anndata import AnnData

    found, facts = labels_of([str(name) for name in adata.obs_names], table)
    kept = adata.obs.drop(columns=[name for name in found if name in adata.obs])
    labelled = AnnData(
        X=adata.X,
        obs=pd.concat([kept, found.set_axis(adata.obs_names, axis=0)], axis=1),
        var=adata.var,
        layers=dict(adata.layers),
        uns=adata.uns,
    )
    return with_facts(labelled, facts)


def labels_of(names: Sequence[str], table: str | Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """Read the labels of cells.

    Parameters
    ----------
    names
        Names of the cells.
    table
        As for :func:`label_cells`.

    Returns
    -------
    tuple of pandas.DataFrame and dict
        One row a cell; and the counts for the record.

    Raises
    ------
    FormatError, InputError
        As :func:`label_cells`.
    """
    path = Path(table)
    labels = _read(path)
    cells = pd.Index(list(names), dtype=object)
    known = labels.index.isin(cells)
    if not known.any():
        raise InputError(
            f"The table of labels names none of the {len(cells)} cells; it begins with "
            f"{labels.index[0]!r}, the matrix with {str(cells[0])!r}",
            where=str(path),
            fix="Put the names of the cells into the first column, as the matrix has them.",
        )
    facts = {
        "cells_without_labels": int(len(cells) - known.sum()),
        "labels_of_other_cells": int((~known).sum()),
    }
    return labels.reindex(cells).fillna(""), facts


def _read(path: Path) -> pd.DataFrame:
    with open_text(path) as handle:
        head = handle.readline()
    with open_text(path) as handle:
        separator = "\t" if "\t" in head else ","
        try:
            frame = pd.read_csv(
                handle, sep=separator, dtype=str, keep_default_na=False, index_col=False
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise FormatError(
                f"Cannot read the table of labels: {error}",
                where=str(path),
                fix="Give every line one field a column.",
            ) from error
    if frame.shape[1] < 2 or frame.empty:
        raise FormatError(
            "The table of labels has no label",
            where=str(path),
            fix="Give the names of cells in the first column and labels in others, with a header.",
        )
    names = frame.iloc[:, 0].str.strip()
    if names.duplicated().any():
        raise FormatError(
            f"Cell {names[names.duplicated()].iloc[0]!r} stands twice in the table of labels",
            where=str(path),
            fix="Keep one line a cell.",
        )
    return frame.iloc[:, 1:].set_axis(pd.Index(names, dtype=object), axis=0)
