"""The runner: blocks of samples through scoring methods into tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from atrasig.errors import UsageError
from atrasig.scoring.blocks import rank_blocks
from atrasig.scoring.method import Method, SetCounts
from atrasig.scoring.ranks import Array, RankBlock
from atrasig.scoring.registry import get_methods
from atrasig.scoring.sets import SetIndex
from atrasig.scoring.universe import select_universe
from atrasig.signatures import SignatureSet, load_signatures

if TYPE_CHECKING:
    from anndata import AnnData

MIN_COVERAGE = 0.5
MIN_GENES = 3
MAX_TIDY_ROWS = 1_000_000
COLUMNS = (
    "sample", "signature", "version", "method", "universe", "score", "z", "p", "q",
    "n_genes", "n_matched", "coverage", "reason",
)  # fmt: skip


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
        Signatures to score, the shipped set by default.
    method
        Scoring method or methods: ``singscore``, ``ssgsea``.
    universe
        Genes ranked against each other: ``coding``, ``all`` or a list of symbols.
    layout
        ``tidy``: one row a (sample, signature, method). ``wide``: samples x (method, signature),
        scores only. ``anndata``: a copy of `expr` with ``obsm["atrasig_<method>"]`` (float32).
    out
        Parquet file to which the tidy table is streamed block by block; nothing is returned.
    samples
        Samples to score, all by default.

    Returns
    -------
    pandas.DataFrame, anndata.AnnData or None
        As `layout` says. Below the coverage floor (half of the published genes, at least three,
        at least one in each direction) a score is NaN and ``reason`` says why. ``z`` and ``p``
        compare with random gene sets of the matched size, which ignores gene-gene correlation;
        ``q`` is Benjamini-Hochberg within a sample and method, over signatures.

    Raises
    ------
    UsageError
        If a tidy table would pass a million rows, or arguments contradict each other.
    """
    chosen = load_signatures() if signatures is None else signatures
    n_samples = expr.n_obs if samples is None else len(samples)
    if out is not None:
        _write_blocks(score_blocks(expr, chosen, method, universe, samples), Path(out))
        return None
    if layout == "tidy":
        n_rows = n_samples * len(chosen) * len(get_methods(method))
        if n_rows > MAX_TIDY_ROWS:
            raise UsageError(
                f"A tidy table of these scores has {n_rows:,} rows",
                fix="Use layout='anndata' (obsm, float32), or out='scores.parquet' to stream it to disk.",
            )
    elif layout not in {"wide", "anndata"}:
        raise UsageError(f"Unknown layout {layout!r}", fix="Use 'tidy', 'wide' or 'anndata'.")
    tidy = pd.concat(list(score_blocks(expr, chosen, method, universe, samples)), ignore_index=True)
    if layout == "tidy":
        return tidy
    wide = _wide(tidy)
    return wide if layout == "wide" else _annotated(expr, wide, tidy, samples)


def score_blocks(
    expr: AnnData,
    signatures: SignatureSet,
    method: str | Sequence[str] = "singscore",
    universe: str | Sequence[str] = "coding",
    samples: Sequence[str] | None = None,
) -> Iterator[pd.DataFrame]:
    """Score block by block; each item is the tidy table of up to 128 samples."""
    if len(signatures) == 0:
        raise UsageError("There is no signature to score", fix="Give at least one signature.")
    methods = get_methods(method)
    genes = select_universe(expr, universe)
    index = SetIndex.build(signatures, genes.symbols)
    for names, block in rank_blocks(expr, genes, samples):
        yield _tidy_block(names, block, index, methods, genes.name)


def _tidy_block(
    names: list[str],
    block: RankBlock,
    index: SetIndex,
    methods: tuple[Method, ...],
    universe: str,
) -> pd.DataFrame:
    counts = SetCounts.count(block, index)
    reasons = _floor_reasons(counts, index)
    scored = reasons == ""
    shape = counts.up.shape
    n_genes = np.broadcast_to(index.size_up + index.size_down, shape)
    frames = []
    for method in methods:
        result = method.function(block, counts, index)
        score_values = np.where(scored, result.score, np.nan)
        z, p = _standardise(score_values, result.null_mean, result.null_sd)
        frames.append(
            pd.DataFrame({
                "sample": np.repeat(np.asarray(names, dtype=object), shape[1]),
                "signature": np.tile(np.asarray(index.ids, dtype=object), shape[0]),
                "version": np.tile(np.asarray(index.versions, dtype=object), shape[0]),
                "method": method.name,
                "universe": universe,
                "score": score_values.ravel(),
                "z": z.ravel(),
                "p": p.ravel(),
                "q": np.vstack([benjamini_hochberg(row) for row in p]).ravel(),
                "n_genes": n_genes.ravel().astype(np.int64),
                "n_matched": counts.matched.ravel().astype(np.int64),
                "coverage": (counts.matched / n_genes).ravel(),
                "reason": reasons.ravel(),
            })
        )
    order = np.arange(shape[0] * shape[1]).reshape(shape)
    stacked = pd.concat(frames, ignore_index=True)
    places = np.concatenate([order.ravel()] * len(methods))
    return stacked.iloc[np.argsort(places, kind="stable")].reset_index(drop=True)


def _floor_reasons(counts: SetCounts, index: SetIndex) -> np.ndarray:
    """Why a set is not scored in a sample, empty where it is; shape (samples, signatures)."""
    published = index.size_up + index.size_down
    one_sided = ((index.size_up > 0) & (counts.up == 0)) | ((index.size_down > 0) & (counts.down == 0))
    few = (counts.matched < MIN_GENES) | (counts.matched < MIN_COVERAGE * published)
    reasons = np.full(counts.up.shape, "", dtype=object)
    for row, column in np.argwhere(few | one_sided):
        found = f"{int(counts.matched[row, column])} of {int(published[column])} genes measured"
        side = "; one direction has none" if one_sided[row, column] else ""
        reasons[row, column] = (
            f"{found}{side}; needs {MIN_COVERAGE:.0%} and at least {MIN_GENES} genes"
        )
    return reasons


def _standardise(values: Array, mean: Array, sd: Array) -> tuple[Array, Array]:
    from scipy.stats import norm

    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(sd > 0, (values - mean) / sd, np.nan)
    return z, np.asarray(2 * norm.sf(np.abs(z)))


def benjamini_hochberg(p: Array) -> Array:
    """Benjamini-Hochberg q of one family of p-values; NaN stays NaN and is not counted."""
    from statsmodels.stats.multitest import multipletests

    q = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        q[tested] = multipletests(p[tested], method="fdr_bh")[1]
    return q


def _wide(tidy: pd.DataFrame) -> pd.DataFrame:
    samples = list(dict.fromkeys(tidy["sample"]))
    wide = tidy.pivot(index="sample", columns=["method", "signature"], values="score")
    return wide.reindex(samples)


def _annotated(
    expr: AnnData, wide: pd.DataFrame, tidy: pd.DataFrame, samples: Sequence[str] | None
) -> AnnData:
    copy = expr.copy() if samples is None else expr[list(samples)].copy()
    for name in dict.fromkeys(tidy["method"]):
        copy.obsm[f"atrasig_{name}"] = wide[name].loc[list(copy.obs_names)].astype(np.float32)
    return copy


def _write_blocks(blocks: Iterator[pd.DataFrame], out: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from atrasig.files import atomic_path

    with atomic_path(out) as temporary:
        writer: pq.ParquetWriter | None = None
        for frame in blocks:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            writer = writer or pq.ParquetWriter(temporary, table.schema, compression="zstd")
            writer.write_table(table)
        if writer is not None:
            writer.close()
