"""Scores in a scanpy session: ``atrasig.tl.score(adata)`` annotates, as scanpy's tools do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from atrasig.errors import UsageError
from atrasig.scoring.annotating import annotate
from atrasig.scoring.job import Job
from atrasig.scoring.method import EXPRESSION, Method
from atrasig.scoring.run import bar
from atrasig.scoring.sources import MatrixSource, open_source
from atrasig.signatures import SignatureSet, load_with_shipped

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["score"]

_PROBED_SAMPLES = 200
_FEWEST_SAMPLES = 20
_NEAR_ZERO = 0.15
_NEAR_ONE = (0.8, 1.2)


def score(
    adata: AnnData,
    signatures: SignatureSet | None = None,
    *,
    method: str | Sequence[str] = "ucell",
    layer: str | None = None,
    use_raw: bool | None = None,
    universe: str | Sequence[str] = "coding",
    threads: int | None = None,
    block_size: int | None = None,
    key_prefix: str = "atrasig",
    progress: bool | None = None,
    copy: bool = False,
) -> AnnData | None:
    """Score the cells or samples of an AnnData and write the scores into it.

    Parameters
    ----------
    adata
        Cells x genes with gene symbols as ``var_names``: in memory, a view (which becomes a copy,
        as with scanpy's tools), or backed. Genes may be on any scale that orders those of one cell.
    signatures
        Signatures to score; by default the shipped ones and those of the user's library.
    method
        Scoring method or methods, by name.
    layer
        Layer to score instead of ``X``.
    use_raw
        Whether to score ``adata.raw``. By default as ``scanpy.tl.score_genes`` does: where it is
        set and no layer is given, because ``X`` then often holds scaled values of few genes.
    universe
        Genes ranked against each other: ``coding``, ``all`` or a list of symbols. Which genes code
        for proteins is said by ``var["biotype"]``, or where there is none by the shipped table of
        genes.
    threads, block_size, progress
        As for :func:`atrasig.score`.
    key_prefix
        Beginning of the keys that are written.
    copy
        Whether to return an annotated copy and leave `adata` as it is.

    Returns
    -------
    anndata.AnnData or None
        The copy, or None. ``obsm["<key_prefix>_<method>"]``: samples x signatures, float32, NaN
        where there is no score. ``uns["atrasig"]["scores"]["<key_prefix>_<method>"]``: version,
        method, values and universe used, and a table ``signatures`` with version, hash, coverage
        and the reasons of missing scores.

    Raises
    ------
    UsageError
        If ``X`` is scaled gene by gene and a method ranks the genes of a cell, or arguments
        contradict each other.
    GeneIdError
        If the genes are not called by symbols, or the name of one repeats.
    """
    chosen = load_with_shipped() if signatures is None else signatures
    from_raw = use_raw if use_raw is not None else layer is None and adata.raw is not None
    if adata.isbacked and (copy or adata.is_view):
        raise UsageError(
            "A backed AnnData cannot be copied, nor a view of it annotated",
            fix="Annotate the whole one with copy=False, or load it: adata.to_memory().",
        )
    target = adata.copy() if copy else adata
    if target.is_view:
        target._init_as_actual(target.copy())
    with open_source(target, layer=layer, use_raw=from_raw) as source:
        job = Job.plan(
            source, chosen, method, universe=universe, threads=threads, block_size=block_size
        )
        _refuse_scaled(source, job.methods)
        with bar(job.n_samples, progress=progress) as advance:
            annotate(target, job, job.run(advance), key_prefix)
    return target if copy else None


def _refuse_scaled(source: MatrixSource, methods: tuple[Method, ...]) -> None:
    """Refuse values that were centred and scaled gene by gene, which nobody harmonised.

    The order of the genes within a cell is lost in them, and nothing in an AnnData records it.
    """
    ranking = [method.name for method in methods if method.accepts >= EXPRESSION]
    if not ranking or source.platform or source.rows.sparse or source.n_obs < _FEWEST_SAMPLES:
        return
    rows = np.unique(np.linspace(0, source.n_obs - 1, _PROBED_SAMPLES).astype(int))
    values = np.asarray(source.block(rows), dtype=np.float64)
    if not (values < 0).any():
        return
    spread = values.std(axis=0)
    varying = spread > 0
    if not varying.any():
        return
    centre, width = np.median(np.abs(values.mean(axis=0)[varying])), np.median(spread[varying])
    if centre < _NEAR_ZERO and _NEAR_ONE[0] < width < _NEAR_ONE[1]:
        raise UsageError(
            f"{source.place} is scaled gene by gene (mean near 0, spread near 1), and "
            f"{', '.join(ranking)} ranks the genes of a cell",
            fix="Score unscaled values: use_raw=True, or a layer of counts or log counts.",
        )
