"""Sums of cells that share their labels: pseudobulk samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import InputError, UsageError
from atrasig.io.table import as_text
from atrasig.singlecell.cells import Cells

if TYPE_CHECKING:
    from anndata import AnnData

MIN_CELLS = 10
"""Cells that a pseudobulk sample needs by default."""
JOINT = "|"
"""Sign between the labels in the name of a pseudobulk sample."""
MOST_VALUES = 2**30
"""Sums times genes, at most: 8 GB."""
_ADDED = ("n_cells", "library_size")
_STEPS = 2.0**32


def pseudobulk(
    adata: AnnData, by: str | Sequence[str] = ("sample", "cell_type"), *, min_cells: int = MIN_CELLS
) -> AnnData:
    """Sum the raw counts of cells that share their labels.

    Parameters
    ----------
    adata
        Cells x genes with counts in ``layers["counts"]`` or X.
    by
        Columns of ``obs`` that name the groups.
    min_cells
        Groups of fewer cells are left out and listed.

    Returns
    -------
    anndata.AnnData
        Groups x genes, sorted by their labels and named by them (``patient1|Monocyte``); sparse
        if the cells are. ``obs`` holds the labels, ``n_cells`` and ``library_size``;
        ``uns["atrasig"]["input"]`` the record of the cells' file with the unit ``pseudobulk`` and
        the counts of what was left out, ``uns["atrasig"]["pseudobulk"]`` the groups left out.

    Raises
    ------
    InputError
        If a column is missing or empty for a cell, two groups would share a name, or no group is
        large enough.
    ScaleError
        If there are no raw counts.
    UsageError
        If no column or a column twice is named.
    """
    return sum_cells(Cells.of(adata), [by] if isinstance(by, str) else list(by), min_cells)


def sum_cells(cells: Cells, by: Sequence[str], min_cells: int = MIN_CELLS) -> AnnData:
    """Sum the raw counts of cells that share their labels, band by band.

    Parameters
    ----------
    cells
        The cells, in memory or in a file.
    by, min_cells
        As for :func:`pseudobulk`.

    Returns
    -------
    anndata.AnnData
        As of :func:`pseudobulk`. It does not depend on the order of the cells, nor on how they are
        cut into bands: fractions are counted in steps of 2^-32.

    Raises
    ------
    InputError, ScaleError, UsageError
        As :func:`pseudobulk`, and if the sums would not fit into memory.
    """
    groups = _Groups.of(cells, list(by))
    large = groups.sizes >= min_cells
    if not large.any():
        raise InputError(
            f"None of {len(groups.names)} groups has {min_cells} cells; the largest has "
            f"{groups.sizes.max()}",
            fix="Lower --min-cells, or group by fewer columns.",
        )
    sums = _sum(cells, groups.codes, large)
    return _assemble(cells, groups, large, sums, _facts(groups, large, min_cells))


@dataclass(frozen=True, eq=False)
class _Groups:
    """Groups of cells: their labels in order, and the group of each cell."""

    columns: list[str]
    labels: pd.DataFrame
    names: list[str]
    codes: NDArray[np.intp]

    @classmethod
    def of(cls, cells: Cells, columns: list[str]) -> _Groups:
        labels = _labels(cells, columns)
        table = labels.drop_duplicates().sort_values(columns, ignore_index=True)
        keys = list(table.itertuples(index=False, name=None))
        place = {key: number for number, key in enumerate(keys)}
        codes = np.array([place[key] for key in labels.itertuples(index=False, name=None)])
        names = [JOINT.join(key) for key in keys]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(
                f"Two groups would both be named {twice!r}",
                fix=f"Rename labels that hold {JOINT!r}.",
            )
        return cls(columns, table, names, codes)

    @property
    def sizes(self) -> NDArray[np.intp]:
        return np.bincount(self.codes, minlength=len(self.names))


def _sum(cells: Cells, codes: NDArray[np.intp], large: NDArray[np.bool_]) -> Any:
    """Sum the cells of the large groups; whole numbers and fractions apart, so that both are exact.

    A sum of floating-point numbers depends on their order, one of multiples of a step does not.
    """
    from scipy.sparse import csr_array, issparse

    shape = (int(large.sum()), len(cells.var))
    if shape[0] * shape[1] > MOST_VALUES:
        raise UsageError(
            f"{shape[0]:,} sums of {shape[1]:,} genes are more than fit into memory",
            fix="Group by fewer columns, or raise --min-cells.",
        )
    place = np.where(large, np.cumsum(large) - 1, -1)[codes]
    whole, fractions = np.zeros(shape), None
    is_sparse = False
    for rows, values in cells.bands():
        is_sparse = issparse(values)
        own = np.flatnonzero(place[rows] >= 0)
        chosen = csr_array(
            (np.ones(own.size), (place[rows][own], own)), shape=(shape[0], values.shape[0])
        )
        numbers = np.asarray(values.data if is_sparse else values, dtype=np.float64)
        floors = np.floor(numbers)
        _add(whole, chosen @ _like(values, floors))
        steps = np.rint((numbers - floors) * _STEPS)
        if steps.any():
            fractions = np.zeros(shape) if fractions is None else fractions
            _add(fractions, chosen @ _like(values, steps))
    sums = whole if fractions is None else whole + fractions / _STEPS
    return csr_array(sums) if is_sparse else sums


def _like(values: Any, numbers: NDArray[np.float64]) -> Any:
    """Put other numbers in the place of those of a matrix."""
    from scipy.sparse import csr_array, issparse

    if not issparse(values):
        return numbers
    return csr_array((numbers, values.indices, values.indptr), shape=values.shape)


def _add(total: NDArray[np.float64], part: Any) -> None:
    """Add a band to the sums; of a sparse one only what it holds."""
    if isinstance(part, np.ndarray):
        total += part
        return
    rows = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
    total[rows, part.indices] += part.data


def _labels(cells: Cells, columns: list[str]) -> pd.DataFrame:
    if not columns or len(set(columns)) < len(columns):
        raise UsageError(
            "The columns to group by are none or repeated", fix="Name each column once: --by NAME."
        )
    if set(columns) & set(_ADDED):
        raise UsageError(
            f"Columns named {' or '.join(_ADDED)} are made here", fix="Rename the column."
        )
    there = ", ".join(cells.columns) or "none"
    missing = [name for name in columns if name not in cells.obs]
    if missing:
        raise InputError(
            f"The cells have no column {missing[0]!r}", fix=f"Their columns are: {there}."
        )
    labels: pd.DataFrame = as_text(cells.obs[columns]).reset_index(drop=True)
    for name in columns:
        empty = np.flatnonzero(labels[name].str.strip() == "")
        if empty.size:
            raise InputError(
                f"{empty.size} cells have no value in column {name!r}, the first is "
                f"{cells.names[empty[0]]!r}",
                fix=f"Fill it or leave these cells out. The columns are: {there}.",
            )
    return labels


def _assemble(
    cells: Cells, groups: _Groups, large: NDArray[np.bool_], sums: Any, facts: dict[str, str | int]
) -> AnnData:
    from anndata import AnnData

    obs = groups.labels[large].reset_index(drop=True)
    obs.index = pd.Index([n for n, kept in zip(groups.names, large, strict=True) if kept])
    obs["n_cells"] = groups.sizes[large]
    obs["library_size"] = np.asarray(sums.sum(axis=1)).ravel()
    result = AnnData(X=sums, obs=obs, var=cells.var.copy())
    small = [name for name, kept in zip(groups.names, large, strict=True) if not kept]
    result.uns["atrasig"] = {
        "input": cells.facts | facts,
        "pseudobulk": {
            "by": groups.columns,
            "groups_left_out": small,
            "cells_left_out": groups.sizes[~large],
        },
    }
    return result


def _facts(groups: _Groups, large: NDArray[np.bool_], min_cells: int) -> dict[str, str | int]:
    return {
        "unit": "pseudobulk",
        "declared_scale": "counts",
        "pseudobulk_by": ", ".join(groups.columns),
        "pseudobulk_min_cells": min_cells,
        "pseudobulk_cells": int(groups.sizes[large].sum()),
        "pseudobulk_groups_left_out": int((~large).sum()),
        "pseudobulk_cells_left_out": int(groups.sizes[~large].sum()),
    }
