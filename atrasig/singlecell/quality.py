"""Quality of single cells: genes, counts and the mitochondrial share of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import InputError
from atrasig.genes import load_gene_table
from atrasig.singlecell.counts import find_counts, with_facts

if TYPE_CHECKING:
    from anndata import AnnData

MITOCHONDRIAL = "MT-"
"""Beginning of the approved symbols of mitochondrial genes."""


def annotate_cells(adata: AnnData) -> AnnData:
    """Add the quality of each cell to its annotation.

    Parameters
    ----------
    adata
        Cells x genes as read by :func:`atrasig.read_expression`.

    Returns
    -------
    anndata.AnnData
        A copy that shares the values, with ``obs["qc_n_genes"]`` (genes with a value above 0),
        ``obs["qc_total_counts"]`` and ``obs["qc_percent_mito"]`` as scanpy defines them. The last
        two are NaN where there are no counts, the last also where no mitochondrial gene
        is measured.
    """
    from anndata import AnnData

    counts = find_counts(adata)
    ids = adata.var.get("gene_id", adata.var_names)
    measured = measure(adata.X if counts is None else counts, mitochondrial(list(ids)))
    obs = adata.obs.copy()
    for name, values in measured.items():
        known = counts is not None or name == "qc_n_genes"
        obs[name] = values if known else np.full(adata.n_obs, np.nan)
    return AnnData(X=adata.X, obs=obs, var=adata.var, layers=dict(adata.layers), uns=adata.uns)


def measure(counts: Any, mito: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """Measure some cells, as scanpy defines it.

    Parameters
    ----------
    counts
        Shape (cells, genes), dense or sparse.
    mito
        Shape (genes,): which are mitochondrial.

    Returns
    -------
    dict
        ``qc_n_genes``, ``qc_total_counts`` and ``qc_percent_mito``, NaN where a cell has no counts
        or no gene is mitochondrial; shape (cells,) each.
    """
    from scipy.sparse import csr_array, issparse

    values = csr_array(counts) if issparse(counts) else np.asarray(counts)
    total = _row_sums(values)
    with np.errstate(invalid="ignore"):
        share = 100 * _row_sums(values[:, np.flatnonzero(mito)]) / total
    return {
        "qc_n_genes": _row_sums(values > 0).astype(np.int64),
        "qc_total_counts": total,
        "qc_percent_mito": share if mito.any() else np.full(total.shape, np.nan),
    }


def mitochondrial(ids: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which genes, by any kind of identifier, are mitochondrial."""
    symbols = load_gene_table().resolve(list(ids)).symbols
    return np.array([str(name).upper().startswith(MITOCHONDRIAL) for name in symbols], dtype=bool)


def _row_sums(values: Any) -> NDArray[np.float64]:
    return np.asarray(values.sum(axis=1), dtype=np.float64).ravel()


def filter_cells(
    adata: AnnData,
    *,
    min_genes: int | None = None,
    min_counts: float | None = None,
    max_mito_percent: float | None = None,
) -> AnnData:
    """Keep the cells that pass the limits asked for; by default all.

    Parameters
    ----------
    adata
        Cells x genes as read by :func:`atrasig.read_expression`.
    min_genes, min_counts
        Fewest genes and counts of a cell that is kept; None for no limit.
    max_mito_percent
        Highest percentage of mitochondrial counts; a cell without counts does not pass. None for
        no limit.

    Returns
    -------
    anndata.AnnData
        The cells kept, with the columns of :func:`annotate_cells`. The record of the input holds
        each limit, how many cells fail it, and ``cells_removed``, which counts a cell once.

    Raises
    ------
    InputError
        If a limit is asked for that cannot be judged here, or no cell passes.
    """
    annotated = annotate_cells(adata)
    limits = {
        "min_genes": (min_genes, "qc_n_genes"),
        "min_counts": (min_counts, "qc_total_counts"),
        "max_mito_percent": (max_mito_percent, "qc_percent_mito"),
    }
    passed = np.ones(adata.n_obs, dtype=bool)
    facts: dict[str, str | int] = {}
    for name, (limit, column) in limits.items():
        if limit is None:
            continue
        values = _known(annotated, name, column)
        passes = values <= limit if name.startswith("max") else values >= limit
        facts |= {f"cells_{name}": f"{limit:g}", f"cells_failing_{name}": int((~passes).sum())}
        passed &= passes
    if not passed.any():
        raise InputError(
            f"None of {adata.n_obs} cells passes the limits",
            fix="Choose wider limits, or leave them out.",
        )
    kept = annotated[passed].copy()
    return with_facts(kept, facts | {"cells_removed": int((~passed).sum())})


def _known(adata: AnnData, limit: str, column: str) -> np.ndarray:
    values: np.ndarray = adata.obs[column].to_numpy(dtype=np.float64)
    if np.isnan(values).all():
        raise InputError(
            f"{limit} cannot be judged: {column} is not known for any cell",
            fix="It needs raw counts, and mitochondrial genes for their percentage.",
        )
    return values
