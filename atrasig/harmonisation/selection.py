"""Which samples and rows of a matrix are harmonised."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import InputError
from atrasig.failures import failures_of
from atrasig.harmonisation.bands import bands
from atrasig.io.table import storable_names
from atrasig.sheet import SampleSheet, read_sheet

if TYPE_CHECKING:
    from anndata import AnnData

Array = NDArray[np.float64]
_SUMMARY_ROWS = frozenset({"N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"})


def choose_samples(
    adata: AnnData, sheet: SampleSheet | str | Path | None, matrix: str | None
) -> tuple[AnnData, str]:
    """Give the samples of the sheet in its order, and the name of the matrix.

    Samples of the sheet that were set aside when the matrix was read are passed over.

    Raises
    ------
    InputError
        If the sheet names several matrices and none is chosen, or a sample is not in the matrix.
    """
    if sheet is None:
        read_from = adata.uns.get("atrasig", {}).get("input", {}).get("name", "")
        return _chosen(adata, list(adata.obs_names)), matrix or str(read_from)
    rows = read_sheet(sheet) if isinstance(sheet, str | Path) else sheet
    if matrix is None and len(rows.matrices) > 1:
        raise InputError(
            f"The sheet names {len(rows.matrices)} matrices",
            where=str(rows.path) if rows.path else None,
            fix="Say which one this is: matrix='...' (--matrix).",
        )
    name = matrix or rows.matrices[0]
    frame = rows.for_matrix(name).to_frame()
    failed = {failure.sample for failure in failures_of(adata)}
    frame = frame[~frame["sample"].isin(failed)].reset_index(drop=True)
    names = [str(name) for name in frame["sample"]]
    missing = sorted(set(names) - set(adata.obs_names))
    if missing:
        raise InputError(
            f"{len(missing)} samples of the sheet are not in the matrix: {', '.join(missing[:5])}",
            where=str(rows.path) if rows.path else None,
            fix="Names in the sheet and in the matrix must be equal.",
        )
    chosen = _chosen(adata, names)
    extra = chosen.obs.drop(columns=[c for c in chosen.obs if c in frame.columns])
    sheet_part = frame.drop(columns="sample").set_axis(chosen.obs_names, axis=0)
    chosen.obs = pd.concat([sheet_part, extra], axis=1)
    chosen.obs.columns = pd.Index(storable_names(list(chosen.obs)), dtype=object)
    return chosen, name


def _chosen(adata: AnnData, names: list[str]) -> AnnData:
    """Give some samples to annotate anew; the values of all in their order are not copied."""
    from anndata import AnnData

    if adata.is_view or adata.isbacked or names != list(adata.obs_names):
        return adata[names].copy()
    return AnnData(X=adata.X, obs=adata.obs.copy(), var=adata.var.copy(), layers=dict(adata.layers))


def drop_summary_rows(adata: AnnData) -> tuple[AnnData, int]:
    """Drop the counters of HTSeq (``__no_feature``) and STAR (``N_unmapped``) among the genes."""
    names = identifiers(adata)
    summary = np.array([i.startswith("__") or i in _SUMMARY_ROWS for i in names], dtype=bool)
    return (adata[:, ~summary].copy() if summary.any() else adata), int(summary.sum())


def identifiers(adata: AnnData) -> list[str]:
    """List the identifiers of the rows as written in the file."""
    column = adata.var.get("gene_id", adata.var_names)
    return [str(identifier) for identifier in column]


def as_float(values: Any, what: str, *, strict: bool = True) -> Any:
    """float64 without -0, sparse in canonical form, finite (dense values may be NaN).

    Dense values that are so already are given as they are, not copied.

    Parameters
    ----------
    values, what
        Matrix and its name in messages.
    strict
        Whether values that are not finite are refused.

    Raises
    ------
    InputError
        If there are no values, or one is infinite, or missing though the matrix is sparse.
    """
    from scipy.sparse import csr_array, issparse

    if values is None:
        raise InputError("The matrix has no X", fix="Put the expression values into X.")
    if not issparse(values):
        dense = _without_negative_zero(np.ascontiguousarray(values, dtype=np.float64), values)
        faulty = any(np.isinf(dense[band]).any() for band in bands(dense))
    else:
        dense = csr_array(values, dtype=np.float64, copy=True)
        dense.sum_duplicates()
        dense.eliminate_zeros()
        faulty = not np.isfinite(dense.data).all()
    if faulty and strict:
        raise InputError(
            f"{what} holds infinite values, or missing values though it is sparse",
            fix="Store missing values as NaN in a dense matrix.",
        )
    return dense


def _without_negative_zero(dense: Array, given: Any) -> Array:
    """Turn -0 into 0, in a copy where there is any."""
    if not any((np.signbit(dense[band]) & (dense[band] == 0)).any() for band in bands(dense)):
        return dense
    own = dense.copy() if np.may_share_memory(dense, given) else dense
    own += 0.0
    return own
