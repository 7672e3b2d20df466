"""Single cells whose counts are read in bands, wherever these are held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from atrasig.io.stores.bands import BAND_VALUES
from atrasig.singlecell.counts import candidate, input_record, no_counts, why_no_counts
from atrasig.singlecell.labels import labels_of

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True, eq=False)
class Cells:
    """Single cells.

    Parameters
    ----------
    names
        Names of the cells.
    obs
        Their annotation; of a file, the columns that were asked for.
    columns
        Names of all columns that there are.
    var
        Annotation of the genes, as read by :func:`atrasig.read_expression`.
    facts
        Record of the file.
    place
        Where the counts stand.
    read
        Gives rows and their values, band by band.
    """

    names: list[str]
    obs: pd.DataFrame
    columns: list[str]
    var: pd.DataFrame
    facts: dict[str, Any]
    place: str
    read: Callable[[], Iterator[tuple[slice, Any]]]

    @classmethod
    def of(cls, adata: AnnData) -> Cells:
        """Take the cells of a matrix in memory.

        Raises
        ------
        ScaleError
            If it holds no values.
        """
        place, values = candidate(adata)
        if values is None:
            raise no_counts("there is no X")
        names = [str(name) for name in adata.obs_names]
        columns = [str(name) for name in adata.obs]
        facts = input_record(adata)
        return cls(names, adata.obs, columns, adata.var, facts, place, lambda: _cut(values))

    def bands(self) -> Iterator[tuple[slice, Any]]:
        """Read the raw counts.

        Yields
        ------
        tuple of slice and matrix
            Rows, and their counts: dense, or csr in canonical form.

        Raises
        ------
        ScaleError
            If values are no counts.
        """
        for rows, values in self.read():
            why = why_no_counts(values, self.place, self.facts)
            if why:
                raise no_counts(why)
            yield rows, values

    def labelled(self, table: str | Path) -> Cells:
        """Add the labels of a table, as :func:`atrasig.label_cells` does."""
        found, facts = labels_of(self.names, table)
        kept = self.obs.drop(columns=[name for name in found if name in self.obs])
        return replace(
            self,
            obs=pd.concat([kept, found.set_axis(kept.index, axis=0)], axis=1),
            columns=[*(name for name in self.columns if name not in found), *found],
            facts=self.facts | facts,
        )


def _cut(values: Any) -> Iterator[tuple[slice, Any]]:
    """Give values in memory in bands: what is made of a band takes several times its room."""
    from scipy.sparse import csr_array, issparse

    whole = csr_array(values, dtype=float) if issparse(values) else values
    n_rows = whole.shape[0]
    n_values = whole.nnz if issparse(whole) else whole.size
    step = max(1, int(BAND_VALUES * n_rows / max(n_values, 1)))
    for start in range(0, n_rows, step):
        rows = slice(start, min(start + step, n_rows))
        band = whole[rows]
        if issparse(band):
            band.sum_duplicates()
            band.eliminate_zeros()
        yield rows, band
