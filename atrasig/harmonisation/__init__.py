"""From a matrix as read to the one form that every later stage takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig._version import __version__
from atrasig.errors import GeneIdError, InputError, ScaleError
from atrasig.genes import GeneTable, load_gene_table, read_gene_table
from atrasig.harmonisation.collapse import GeneGroups, collapse
from atrasig.harmonisation.scale import ScaleDecision, decide_scale, sample_floor, to_log2
from atrasig.io.table import storable_names
from atrasig.sheet import SampleSheet, read_sheet

if TYPE_CHECKING:
    from anndata import AnnData

MIN_KNOWN = 0.05
"""Share of known identifiers below which a table is taken for something else than genes."""
_SUMMARY_ROWS = frozenset({"N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"})
_ANNOTATION = ("ensembl", "entrez", "biotype")


def harmonise(
    adata: AnnData,
    sheet: SampleSheet | str | Path | None = None,
    *,
    matrix: str | None = None,
    scale: str = "auto",
    genes: str | Path | None = None,
) -> AnnData:
    """Bring a matrix to log2 scale and approved gene symbols.

    Parameters
    ----------
    adata
        Samples x genes as read by :func:`atrasig.read_expression`.
    sheet
        Sample sheet or its path; its rows choose the samples and become ``obs``.
    matrix
        The sheet's name of this matrix; needed where the sheet names several.
    scale
        ``auto``, ``counts``, ``cpm``, ``tpm`` or ``log2``.
    genes
        Gene table made by ``atrasig genes build``; by default the shipped one.

    Returns
    -------
    anndata.AnnData
        ``X`` on a log2 scale (``log2(CPM+1)`` of counts), NaN where not measured;
        ``layers["counts"]`` where counts were given; ``var_names`` approved symbols, sorted, with
        ``ensembl``, ``entrez``, ``biotype`` and ``source_ids``; ``obs`` the sheet and ``qc_``
        columns; ``uns["atrasig"]`` the decisions and every count of what was done.

    Raises
    ------
    InputError
        If a sample of the sheet is not in the matrix, or a value is infinite, or missing in a
        sparse matrix.
    GeneIdError
        If fewer than 5 % of the identifiers are known.
    ScaleError
        If the values contradict the scale.
    """
    table = load_gene_table() if genes is None else read_gene_table(genes)
    chosen, name = _choose_samples(adata, sheet, matrix)
    chosen, n_summary = _drop_summary_rows(chosen)
    values = _as_float(chosen.X, "X")
    decision = decide_scale(values, scale)
    counts = _counts(chosen, values, decision)
    library = _row_sums(counts) if counts is not None else np.full(chosen.n_obs, np.nan)
    groups, resolved = _resolve_genes(chosen, table)
    how = "mean" if decision.scale == "log2" else "sum"
    linear = collapse(values, groups, how)
    values = to_log2(linear, decision, _row_sums(linear))
    result = _assemble(chosen, groups, values, table)
    if counts is not None:
        result.layers["counts"] = collapse(counts, groups, "sum")
    _annotate_samples(result, decision, library)
    result.uns["atrasig"] = {
        "version": __version__,
        "matrix": name,
        "platform": decision.platform,
        "scale": decision.as_record(),
        "input": dict(adata.uns.get("atrasig", {}).get("input", {})),
        "qc": {
            "samples": result.n_obs,
            "samples_not_in_sheet": adata.n_obs - result.n_obs,
            "rows_read": adata.n_vars,
            "summary_rows_dropped": n_summary,
            "genes": result.n_vars,
            "coding_genes": int((result.var["biotype"] == "protein_coding").sum()),
            "missing_values": int(result.obs["qc_missing"].sum()),
            "gene_table": table.version,
            "collapsed_by": f"{how} of the measured rows of a sample",
        }
        | resolved,
    }
    return result


def _as_float(values: Any, what: str) -> Any:
    """float64, sparse in canonical form, checked to be finite (dense values may be NaN)."""
    from scipy.sparse import csr_array, issparse

    if values is None:
        raise InputError("The matrix has no X", fix="Put the expression values into X.")
    if not issparse(values):
        dense = np.ascontiguousarray(values, dtype=np.float64)
        faulty = bool(np.isinf(dense).any())
    else:
        dense = csr_array(values, dtype=np.float64, copy=True)
        dense.sum_duplicates()
        dense.eliminate_zeros()
        faulty = not np.isfinite(dense.data).all()
    if faulty:
        raise InputError(
            f"{what} holds infinite values, or missing values though it is sparse",
            fix="Store missing values as NaN in a dense matrix.",
        )
    return dense


def _counts(adata: AnnData, values: Any, decision: ScaleDecision) -> Any:
    if "counts" not in adata.layers:
        return values if decision.scale == "counts" else None
    counts = _as_float(adata.layers["counts"], "layers['counts']")
    lowest = float(np.min(sample_floor(counts)[0]))
    if lowest < 0:
        raise ScaleError(
            f"layers['counts'] reaches down to {lowest:g}",
            fix="Put counts into the layer, or leave it out.",
        )
    return counts


def _choose_samples(
    adata: AnnData, sheet: SampleSheet | str | Path | None, matrix: str | None
) -> tuple[AnnData, str]:
    """Give the samples of the sheet in its order, and the name of the matrix."""
    if sheet is None:
        read_from = adata.uns.get("atrasig", {}).get("input", {}).get("name", "")
        return adata.copy(), matrix or str(read_from)
    rows = read_sheet(sheet) if isinstance(sheet, str | Path) else sheet
    if matrix is None and len(rows.matrices) > 1:
        raise InputError(
            f"The sheet names {len(rows.matrices)} matrices",
            where=str(rows.path) if rows.path else None,
            fix="Say which one this is: matrix='...' (--matrix).",
        )
    name = matrix or rows.matrices[0]
    frame = rows.for_matrix(name).to_frame()
    names = [str(name) for name in frame["sample"]]
    missing = sorted(set(names) - set(adata.obs_names))
    if missing:
        raise InputError(
            f"{len(missing)} samples of the sheet are not in the matrix: {', '.join(missing[:5])}",
            where=str(rows.path) if rows.path else None,
            fix="Names in the sheet and in the matrix must be equal.",
        )
    chosen = adata[names].copy()
    extra = chosen.obs.drop(columns=[c for c in chosen.obs if c in frame.columns])
    sheet_part = frame.drop(columns="sample").set_axis(chosen.obs_names, axis=0)
    chosen.obs = pd.concat([sheet_part, extra], axis=1)
    chosen.obs.columns = pd.Index(storable_names(list(chosen.obs)), dtype=object)
    return chosen, name


def _drop_summary_rows(adata: AnnData) -> tuple[AnnData, int]:
    """Drop the counters of HTSeq (``__no_feature``) and STAR (``N_unmapped``) among the genes."""
    identifiers = _identifiers(adata)
    summary = np.array([i.startswith("__") or i in _SUMMARY_ROWS for i in identifiers], dtype=bool)
    return (adata[:, ~summary].copy() if summary.any() else adata), int(summary.sum())


def _identifiers(adata: AnnData) -> list[str]:
    column = adata.var.get("gene_id", adata.var_names)
    return [str(identifier) for identifier in column]


def _row_sums(values: Any) -> np.ndarray:
    from scipy.sparse import issparse

    return np.asarray(values.sum(axis=1) if issparse(values) else np.nansum(values, axis=1)).ravel()


def _resolve_genes(adata: AnnData, table: GeneTable) -> tuple[GeneGroups, dict[str, Any]]:
    identifiers = _identifiers(adata)
    resolution = table.resolve(identifiers)
    known = len(identifiers) - resolution.counts.get("unmapped", 0)
    if known < MIN_KNOWN * len(identifiers):
        shown = ", ".join(map(repr, identifiers[:3]))
        raise GeneIdError(
            f"{known:,} of {len(identifiers):,} gene identifiers are known, fewer than "
            f"{MIN_KNOWN:.0%}; the first are {shown}",
            fix="Use Ensembl ids, Entrez ids or gene symbols (human).",
        )
    groups = GeneGroups.of(resolution.symbols)
    extra = groups.sizes[groups.sizes > 1]
    return groups, {
        "identifier_kind": resolution.kind,
        "identifiers": {kind: int(n) for kind, n in sorted(resolution.counts.items())},
        "genes_with_several_rows": int(extra.size),
        "rows_collapsed": int(extra.sum()),
    }


def _assemble(adata: AnnData, groups: GeneGroups, values: Any, table: GeneTable) -> AnnData:
    from anndata import AnnData

    facts = table.frame.reindex(groups.symbols)[list(_ANNOTATION)].fillna("").astype(str)
    facts.index = pd.Index(groups.symbols, dtype=object)
    facts["source_ids"] = groups.join(np.asarray(_identifiers(adata), dtype=object))
    return AnnData(X=values, obs=adata.obs.copy(), var=facts)


def _annotate_samples(result: AnnData, decision: ScaleDecision, library: np.ndarray) -> None:
    from scipy.sparse import issparse

    coding = np.flatnonzero(result.var["biotype"] == "protein_coding")
    block = result.X[:, coding]
    if issparse(block):
        measured = np.full(result.n_obs, coding.size)
        missing = np.zeros(result.n_obs)
    else:
        measured = (~np.isnan(block)).sum(axis=1)
        missing = np.isnan(result.X).sum(axis=1)
    floor, n_floor = sample_floor(block)
    # Of log2 values the lowest stands for not detected, of all others 0.
    at_floor = n_floor if decision.scale == "log2" else np.where(floor == 0, n_floor, 0)
    result.obs["qc_library_size"] = library
    result.obs["qc_coding_measured"] = measured.astype(np.int64)
    result.obs["qc_coding_detected"] = (measured - at_floor).astype(np.int64)
    result.obs["qc_missing"] = missing.astype(np.int64)
