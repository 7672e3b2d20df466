"""Quality of single cells: genes, counts and the mitochondrial share of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

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
    from scanpy.pp import calculate_qc_metrics

    counts = find_counts(adata)
    mito = _is_mitochondrial(adata)
    measured = AnnData(
        _as_scanpy_takes(adata.X if counts is None else counts),
        obs=pd.DataFrame(index=adata.obs_names),
        var=pd.DataFrame({"mito": mito}, index=adata.var_names),
    )
    metrics, _ = calculate_qc_metrics(
        measured, qc_vars=["mito"], percent_top=None, log1p=False, inplace=False
    )
    unknown = np.full(adata.n_obs, np.nan)
    obs = adata.obs.copy()
    obs["qc_n_genes"] = metrics["n_genes_by_counts"].to_numpy(dtype=np.int64)
    obs["qc_total_counts"] = (
        unknown if counts is None else metrics["total_counts"].to_numpy(dtype=np.float64)
    )
    share = metrics["pct_counts_mito"].to_numpy(dtype=np.float64)
    obs["qc_percent_mito"] = share if counts is not None and mito.any() else unknown
    return AnnData(X=adata.X, obs=obs, var=adata.var, layers=dict(adata.layers), uns=adata.uns)


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


def _as_scanpy_takes(values: Any) -> Any:
    """Give sparse values as a matrix, without the stored zeros that would count as genes."""
    from scipy.sparse import csr_matrix, issparse

    if not issparse(values):
        return values
    matrix = csr_matrix(values)
    if (matrix.data == 0).any():
        matrix = matrix.copy()
        matrix.eliminate_zeros()
    return matrix


def _is_mitochondrial(adata: AnnData) -> np.ndarray:
    ids = adata.var.get("gene_id", adata.var_names)
    symbols = load_gene_table().resolve(list(ids)).symbols
    return np.array([str(name).upper().startswith(MITOCHONDRIAL) for name in symbols], dtype=bool)


def _known(adata: AnnData, limit: str, column: str) -> np.ndarray:
    values: np.ndarray = adata.obs[column].to_numpy(dtype=np.float64)
    if np.isnan(values).all():
        raise InputError(
            f"{limit} cannot be judged: {column} is not known for any cell",
            fix="It needs raw counts, and mitochondrial genes for their percentage.",
        )
    return values
