"""The runner: blocks of samples through scoring methods into tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from atrasig.errors import UsageError
from atrasig.scoring.blocks import rank_blocks
from atrasig.scoring.method import platform_of
from atrasig.scoring.registry import get_methods
from atrasig.scoring.sets import SetIndex
from atrasig.scoring.tables import ScoredBlock, score_block, tidy_table, wide_tables
from atrasig.scoring.universe import Universe, select_universe
from atrasig.signatures import SignatureSet, load_with_shipped

if TYPE_CHECKING:
    from anndata import AnnData

MAX_TIDY_ROWS = 1_000_000


def score(
    expr: AnnData,
    signatures: SignatureSet | None = None,
    *,
    method: str | Sequence[str] = "singscore",
    universe: str | Sequence[str] = "coding",
    layout: Literal["tidy", "wide", "anndata"] = "tidy",
    out: str | Path | None = None,
    samples: Sequence[str] | None = None,
) -> pd.DataFrame | AnnData | None:
    """Score every sample against every signature.

    Parameters
    ----------
    expr
        Harmonised matrix, samples x genes (see :func:`atrasig.harmonise`).
    signatures
        Signatures to score; by default the shipped ones and those of the user's library.
    method
        Scoring method or methods: ``singscore``, ``ssgsea``, or ``zscore`` for z-scored input.
    universe
        Genes ranked against each other: ``coding``, ``all`` or a list of symbols.
    layout
        ``tidy``: one row a (sample, signature, method). ``wide``: samples x (method, signature),
        scores only. ``anndata``: a copy of `expr` with ``obsm["atrasig_<method>"]``. The last two
        hold float32.
    out
        Parquet file to which the tidy table is streamed block by block; nothing is returned.
    samples
        Samples to score, all by default.

    Returns
    -------
    pandas.DataFrame, anndata.AnnData or None
        As `layout` says. Below the coverage floor (half of the published genes, at least three,
        at least one in each direction), and of values that a method does not accept, a score is
        NaN and ``reason`` says why. ``z`` and ``p`` compare with random gene sets of the matched
        size (see :mod:`atrasig.scoring.zscore` for its own null), which ignores gene-gene
        correlation; ``q`` is Benjamini-Hochberg within a sample and method, over signatures.

    Raises
    ------
    UsageError
        If a tidy table would pass a million rows, or arguments contradict each other.
    """
    chosen = load_with_shipped() if signatures is None else signatures
    if len(chosen) == 0:
        raise UsageError("There is no signature to score", fix="Give at least one signature.")
    if layout not in {"tidy", "wide", "anndata"}:
        raise UsageError(f"Unknown layout {layout!r}", fix="Use 'tidy', 'wide' or 'anndata'.")
    n_samples = expr.n_obs if samples is None else len(samples)
    if n_samples == 0:
        raise UsageError("There is no sample to score", fix="Give at least one sample.")
    genes = select_universe(expr, universe)
    blocks = _scored_blocks(expr, chosen, method, genes, samples)
    if out is not None:
        _write_tables((tidy_table(block, genes.name) for block in blocks), Path(out))
        return None
    if layout == "tidy":
        _refuse_long_table(n_samples, chosen, method)
        return pd.concat([tidy_table(block, genes.name) for block in blocks], ignore_index=True)
    tables = wide_tables(blocks)
    if layout == "wide":
        return pd.concat(tables, axis=1, names=["method", "signature"])
    annotated = expr.copy() if samples is None else expr[list(samples)].copy()
    for name, table in tables.items():
        annotated.obsm[f"atrasig_{name}"] = table.set_axis(annotated.obs_names, axis=0)
    return annotated


def _scored_blocks(
    expr: AnnData,
    signatures: SignatureSet,
    method: str | Sequence[str],
    genes: Universe,
    samples: Sequence[str] | None,
) -> Iterator[ScoredBlock]:
    methods = get_methods(method)
    index = SetIndex.build(signatures, genes.symbols)
    platform = platform_of(expr)
    for names, block in rank_blocks(expr, genes, samples):
        yield score_block(names, block, index, methods, platform)


def _refuse_long_table(
    n_samples: int, signatures: SignatureSet, method: str | Sequence[str]
) -> None:
    n_rows = n_samples * len(signatures) * len(get_methods(method))
    if n_rows > MAX_TIDY_ROWS:
        raise UsageError(
            f"A tidy table of these scores has {n_rows:,} rows",
            fix="Use layout='anndata' (obsm, float32), or out= to stream it to disk.",
        )


def _write_tables(tables: Iterable[pd.DataFrame], out: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from atrasig.files import atomic_path

    with atomic_path(out) as temporary:
        writer: pq.ParquetWriter | None = None
        for frame in tables:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            writer = writer or pq.ParquetWriter(temporary, table.schema, compression="zstd")
            writer.write_table(table)
        if writer is not None:
            writer.close()
