"""Whether the samples of a matrix are single cells, and on what evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MIN_BARCODES = 0.9
"""Share of the names that must be barcodes."""
MIN_CELLS = 50
"""Rows below which annotation columns of cells are not taken as evidence."""

# `AAACCTGAGAAACCAT`, `AAACCTGAGAAACCAT-1`, `patient3_AAACCTGAGAAACCAT-1`, `AAACCTGAGAAACCAT.1_2`
_BARCODE = re.compile(r"(?:.*[_:#|./-])?[ACGT]{10,}(?:[-._]\w+)*")
_CELL_COLUMNS = frozenset(
    {
        "n_genes", "n_genes_by_counts", "n_counts", "total_counts", "pct_counts_mt",
        "percent_mito", "percent.mt", "percent.mito", "ncount_rna", "nfeature_rna", "numi", "ngene",
        "doublet_score", "predicted_doublet", "leiden", "louvain", "seurat_clusters", "cell_type",
        "celltype", "cell_type_ontology_term_id", "qc_n_genes",
    }
)  # fmt: skip


def looks_like_cells(names: Sequence[object]) -> bool:
    """Tell whether sample names are barcodes of single cells.

    Parameters
    ----------
    names
        Names of the samples.

    Returns
    -------
    bool
        True if at least nine names of ten hold a run of ten or more of the letters A, C, G and T
        that stands alone, as barcodes of droplets do (``AAACCTGAGAAACCAT-1``).
    """
    found = sum(_BARCODE.fullmatch(str(name)) is not None for name in names)
    return found > 0 and found >= MIN_BARCODES * len(names)


def unit_facts(names: Sequence[object], columns: Iterable[object] = ()) -> dict[str, str | int]:
    """State that a matrix holds single cells, if there is evidence for it.

    Parameters
    ----------
    names
        Names of the samples.
    columns
        Names of the sample annotation.

    Returns
    -------
    dict
        ``unit`` and ``unit_evidence`` where the names are barcodes, or where at least 50 samples
        carry two or more of the columns that tools for single cells write; else empty.
    """
    if looks_like_cells(names):
        return {"unit": "cell", "unit_evidence": "sample names are barcodes"}
    typical = sorted({str(name) for name in columns if str(name).lower() in _CELL_COLUMNS})
    if len(names) >= MIN_CELLS and len(typical) >= 2:
        return {"unit": "cell", "unit_evidence": f"columns {', '.join(typical)}"}
    return {}
