"""AnnData as a source: in memory, backed by a file, or a view of either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrasig.errors import UsageError
from atrasig.scoring.sources.holding import reader_of
from atrasig.scoring.sources.rows import RowReader, ViewRows
from atrasig.scoring.sources.source import MatrixSource, biotypes_of, platform_in

if TYPE_CHECKING:
    from anndata import AnnData


def annotated_source(
    adata: AnnData, *, layer: str | None = None, use_raw: bool = False
) -> MatrixSource:
    """Look at the values of an AnnData as a source.

    Parameters
    ----------
    adata
        Samples x genes, in memory or backed, or a view of either, whose values are not copied.
    layer
        Layer to score instead of ``X``.
    use_raw
        Whether to score ``adata.raw``, whose genes may be others than those of ``X``.

    Returns
    -------
    MatrixSource
        Its platform class is what harmonising recorded of ``X``; of a layer and of raw values it is
        known only if they are expression as ``X`` is.

    Raises
    ------
    UsageError
        If both a layer and raw values are asked for, or what is asked for is not there.
    """
    if layer is not None and use_raw:
        raise UsageError(
            "Both layer= and use_raw=True are given", fix="Say once which values to score."
        )
    if use_raw and adata.raw is None:
        raise UsageError("use_raw=True, but adata.raw is not set", fix="Leave use_raw out.")
    if layer is not None and layer not in adata.layers:
        # Newer versions of anndata list X among the layers, under None.
        known = ", ".join(repr(name) for name in adata.layers if name is not None) or "none"
        raise UsageError(f"There is no layer {layer!r}", fix=f"Layers of the matrix: {known}.")
    place = "raw.X" if use_raw else "X" if layer is None else f"layers[{layer!r}]"
    var = adata.raw.var if use_raw else adata.var
    biotype = biotypes_of(var)
    if biotype is None and use_raw and "biotype" in adata.var:
        biotype = _biotypes_by_name(adata, var.index)
    return MatrixSource(
        obs_names=adata.obs_names,
        var_names=var.index,
        biotype=biotype,
        platform=_platform(adata, place),
        place=place,
        rows=_reader(adata, place, layer),
    )


def _platform(adata: AnnData, place: str) -> str:
    from atrasig.scoring.method import EXPRESSION

    known = platform_in(adata.uns)
    return known if place == "X" or known in EXPRESSION else ""


def _biotypes_by_name(adata: AnnData, genes: Any) -> Any:
    """Biotypes of raw genes where X knows all of them; None where it does not."""
    if not genes.isin(adata.var_names).all() or not adata.var_names.is_unique:
        return None
    return np.asarray(adata.var["biotype"].astype(str).reindex(genes), dtype=object)


def _reader(adata: AnnData, place: str, layer: str | None) -> RowReader:
    if not adata.is_view:
        return reader_of(_held(adata, place, layer), place)
    # The values of a view would be copied by its X, and a backed view cannot be looked at again.
    parent = adata._adata_ref
    reader = reader_of(_held(parent, place, layer), place)
    rows = np.arange(parent.n_obs)[adata._oidx]
    columns = None if place == "raw.X" else np.arange(parent.n_vars)[adata._vidx]
    return ViewRows(reader, rows, columns)


def _held(adata: AnnData, place: str, layer: str | None) -> Any:
    if layer is not None:
        return adata.layers[layer]
    return adata.raw.X if place == "raw.X" else adata.X
