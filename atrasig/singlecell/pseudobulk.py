"""Sums of cells that share their labels: pseudobulk samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.errors import InputError, UsageError
from atrasig.io.table import as_text
from atrasig.singlecell.counts import input_record, require_counts, with_facts

if TYPE_CHECKING:
    from anndata import AnnData

MIN_CELLS = 10
"""Cells that a pseudobulk sample needs by default."""
JOINT = "|"
"""Sign between the labels in the name of a pseudobulk sample."""
_ADDED = ("n_cells", "library_size")


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
    columns = [by] if isinstance(by, str) else list(by)
    groups = _Groups.of(adata, columns)
    counts = require_counts(adata, "Pseudobulk")
    large = groups.sizes >= min_cells
    if not large.any():
        raise InputError(
            f"None of {len(groups.names)} groups has {min_cells} cells; the largest has "
            f"{groups.sizes.max()}",
            fix="Lower --min-cells, or group by fewer columns.",
        )
    sums = groups.sum(counts)[np.flatnonzero(large)]
    return with_facts(_assemble(adata, groups, large, sums), _facts(groups, large, min_cells))


@dataclass(frozen=True, eq=False)
class _Groups:
    """Groups of cells: their labels in order, and the group of each cell."""

    columns: list[str]
    labels: pd.DataFrame
    names: list[str]
    codes: np.ndarray
    cells: np.ndarray

    @classmethod
    def of(cls, adata: AnnData, columns: list[str]) -> _Groups:
        labels = _labels(adata, columns)
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
        return cls(columns, table, names, codes, adata.obs_names.to_numpy(dtype=str))

    @property
    def sizes(self) -> np.ndarray:
        return np.bincount(self.codes, minlength=len(self.names))

    def sum(self, counts: Any) -> Any:
        from scipy.sparse import csr_array

        # Cells are added in the order of their names: fractions round alike in any file order.
        order = np.lexsort((self.cells, self.codes))
        starts = np.concatenate([[0], np.cumsum(self.sizes)])
        shape = (len(self.names), len(self.cells))
        return csr_array((np.ones(len(order)), order, starts), shape=shape) @ counts


def _labels(adata: AnnData, columns: list[str]) -> pd.DataFrame:
    if not columns or len(set(columns)) < len(columns):
        raise UsageError(
            "The columns to group by are none or repeated", fix="Name each column once: --by NAME."
        )
    if set(columns) & set(_ADDED):
        raise UsageError(
            f"Columns named {' or '.join(_ADDED)} are made here", fix="Rename the column."
        )
    there = ", ".join(map(str, adata.obs.columns)) or "none"
    missing = [name for name in columns if name not in adata.obs]
    if missing:
        raise InputError(
            f"The cells have no column {missing[0]!r}", fix=f"Their columns are: {there}."
        )
    labels: pd.DataFrame = as_text(adata.obs[columns]).reset_index(drop=True)
    for name in columns:
        empty = np.flatnonzero(labels[name].str.strip() == "")
        if empty.size:
            raise InputError(
                f"{empty.size} cells have no value in column {name!r}, the first is "
                f"{adata.obs_names[empty[0]]!r}",
                fix=f"Fill it or leave these cells out. The columns are: {there}.",
            )
    return labels


def _assemble(adata: AnnData, groups: _Groups, large: np.ndarray, sums: Any) -> AnnData:
    from anndata import AnnData

    obs = groups.labels[large].reset_index(drop=True)
    obs.index = pd.Index([n for n, kept in zip(groups.names, large, strict=True) if kept])
    obs["n_cells"] = groups.sizes[large]
    obs["library_size"] = np.asarray(sums.sum(axis=1)).ravel()
    result = AnnData(X=sums, obs=obs, var=adata.var.copy())
    small = [name for name, kept in zip(groups.names, large, strict=True) if not kept]
    result.uns["atrasig"] = {
        "input": input_record(adata),
        "pseudobulk": {
            "by": groups.columns,
            "groups_left_out": small,
            "cells_left_out": groups.sizes[~large],
        },
    }
    return result


def _facts(groups: _Groups, large: np.ndarray, min_cells: int) -> dict[str, str | int]:
    return {
        "unit": "pseudobulk",
        "declared_scale": "counts",
        "pseudobulk_by": ", ".join(groups.columns),
        "pseudobulk_min_cells": min_cells,
        "pseudobulk_cells": int(groups.sizes[large].sum()),
        "pseudobulk_groups_left_out": int((~large).sum()),
        "pseudobulk_cells_left_out": int(groups.sizes[~large].sum()),
    }
