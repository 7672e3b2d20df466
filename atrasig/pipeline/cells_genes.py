"""The genes of single cells: what harmonising makes of them, for counts that come in bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.genes import load_gene_table, read_gene_table
from atrasig.harmonisation import harmonise
from atrasig.harmonisation.collapse import GeneGroups, collapse
from atrasig.harmonisation.selection import identifiers
from atrasig.harmonisation.transform import log2_cpm
from atrasig.singlecell.cells import Cells
from atrasig.singlecell.quality import mitochondrial

if TYPE_CHECKING:
    from anndata import AnnData

_FEW = 10
_OF_CELLS = frozenset(
    {
        "samples", "samples_not_in_sheet", "missing_values", "negative_values", "constant_samples",
    }
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class CellGenes:
    """How the counts of cells become values of genes, as harmonising the whole matrix does it.

    Parameters
    ----------
    columns
        Columns of the counts that are genes, and not counters of HTSeq or STAR.
    groups
        Genes of these columns.
    var
        Annotation of the genes.
    record
        What harmonising recorded of the identifiers.
    mito
        Which of all columns are mitochondrial.
    """

    columns: NDArray[np.intp]
    groups: GeneGroups
    var: pd.DataFrame
    record: dict[str, Any]
    mito: NDArray[np.bool_]

    @classmethod
    def of(cls, cells: Cells, genes: Path | None = None) -> CellGenes:
        """Look up the genes of cells.

        Parameters
        ----------
        cells
            The cells, of which the first few are harmonised.
        genes
            Table of genes, the shipped one by default.

        Raises
        ------
        GeneIdError
            If hardly any identifier is known.
        ScaleError
            If the values are no counts.
        """
        from anndata import AnnData

        rows, counts = next(iter(cells.bands()))
        few, names = counts[:_FEW], cells.names[rows][:_FEW]
        head = AnnData(few, obs=pd.DataFrame(index=names), var=cells.var, layers={"counts": few})
        expr = harmonise(head, genes=genes)
        ids, shipped = identifiers(head), load_gene_table()
        table = read_gene_table(genes) if genes else shipped
        symbols = table.resolve(ids).renamed(table.names_in(shipped))[0].symbols
        columns = np.flatnonzero(pd.Index(symbols).isin(expr.var_names))
        record = {name: v for name, v in expr.uns["atrasig"]["qc"].items() if name not in _OF_CELLS}
        groups = GeneGroups.of(symbols[columns])
        return cls(columns, groups, expr.var, record, mitochondrial(ids))

    def harmonised(self, names: Sequence[str], counts: Any) -> AnnData:
        """Bring the counts of some cells to log2 scale and approved symbols.

        Parameters
        ----------
        names
            Names of the cells.
        counts
            Shape (cells, columns of the file), dense or csr.
        """
        from anndata import AnnData

        whole = self.columns.size == counts.shape[1]
        reads = collapse(counts if whole else counts[:, self.columns], self.groups, "sum")
        return AnnData(
            log2_cpm(reads),
            obs=pd.DataFrame(index=pd.Index(list(names), dtype=object)),
            var=self.var,
            uns={"atrasig": {"platform": "single_cell"}},
        )
