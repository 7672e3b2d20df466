"""The runner: blocks of samples through scoring methods into tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from atrasig.errors import UsageError
from atrasig.scoring.annotating import annotate
from atrasig.scoring.job import Job
from atrasig.scoring.registry import get_methods
from atrasig.scoring.sources import open_source
from atrasig.scoring.tables import ScoredBlock, tidy_table, wide_table
from atrasig.scoring.writing import tidy_arrow, wide_arrow, write_parquet
from atrasig.signatures import SignatureSet, load_with_shipped

if TYPE_CHECKING:
    from anndata import AnnData

MAX_TIDY_ROWS = 1_000_000

Layout = Literal["tidy", "wide", "anndata"]


def score(
    expr: AnnData | str | Path,
    signatures: SignatureSet | None = None,
    *,
    method: str | Sequence[str] = "singscore",
    universe: str | Sequence[str] = "coding",
    layout: Layout = "tidy",
    out: str | Path | None = None,
    samples: Sequence[str] | None = None,
    threads: int | None = None,
    block_size: int | None = None,
    layer: str | None = None,
    use_raw: bool = False,
    progress: bool | None = None,
) -> pd.DataFrame | AnnData | None:
    """Score every sample against every signature.

    Parameters
    ----------
    expr
        Samples x genes: an AnnData, in memory or backed, or the path of a harmonised matrix (h5ad,
        zarr or parquet; see :func:`atrasig.harmonise`), of which one block after the other is read.
    signatures
        Signatures to score; by default the shipped ones and those of the user's library.
    method
        Scoring method or methods, by name (see :data:`atrasig.scoring.registry.METHODS`).
    universe
        Genes ranked against each other: ``coding``, ``all`` or a list of symbols. Which genes code
        for proteins is said by ``var["biotype"]``, or where there is none by the shipped table of
        genes. A method that sums over all genes of its list (``weighted``) takes all of the matrix
        nevertheless, and its rows say so.
    layout
        ``tidy``: one row a (sample, signature, method). ``wide``: samples x (method, signature),
        scores only. ``anndata``: a copy of `expr` with ``obsm["atrasig_<method>"]`` and a record in
        ``uns["atrasig"]["scores"]`` (see :func:`atrasig.tl.score`). The last two hold float32, and
        no null is computed for them.
    out
        Parquet file to which the table is streamed block by block; nothing is returned. A wide one
        has the columns ``sample`` and ``<method>/<signature>``. It appears when it is complete.
    samples
        Samples to score, all by default. A method that needs the cohort looks at all of the matrix.
    threads
        Blocks scored at the same time: by default the cores of the job (its affinity, or
        ``SLURM_CPUS_PER_TASK`` or ``OMP_NUM_THREADS`` where that is less).
    block_size
        Samples read at a time, by default at most 3 MB (16 MB of a sparse matrix) and at most 1024
        of them. Memory is set by this; results do not depend on it.
    layer, use_raw
        Score this layer, or ``raw``, instead of ``X``.
    progress
        Show a progress bar, by default on a terminal only.

    Returns
    -------
    pandas.DataFrame, anndata.AnnData or None
        As `layout` says. Below the floor of a method (half of the published genes, at least three,
        at least one in each direction, where it says nothing else), and of values that a method
        does not accept, a score is NaN and ``reason`` says why. ``z`` and ``p`` compare with random
        gene sets of the matched size, which ignores gene-gene correlation; ``q`` is
        Benjamini-Hochberg within a sample and method, over signatures.

    Raises
    ------
    UsageError
        If a tidy table would pass a million rows, arguments contradict each other, or a method
        needs the whole cohort and it does not fit into memory.
    InputError
        If a file cannot be read, or names repeat.
    """
    chosen = load_with_shipped() if signatures is None else signatures
    _check_layout(expr, layout, out)
    with open_source(expr, layer=layer, use_raw=use_raw) as source:
        job = Job.plan(
            source,
            chosen,
            method,
            universe=universe,
            samples=samples,
            with_null=layout == "tidy",
            threads=threads,
            block_size=block_size,
        )
        if layout == "tidy" and out is None:
            _refuse_long_table(job.n_samples, chosen, method)
        with bar(job.n_samples, progress=progress) as advance:
            blocks = job.run(advance)
            if out is not None:
                write_parquet(_arrow_tables(blocks, layout), Path(out))
                return None
            if layout == "tidy":
                tables = [tidy_table(block) for block in blocks]
                return pd.concat(tables, ignore_index=True)
            if layout == "wide":
                methods = [own.name for own in job.methods]
                return wide_table(blocks, job.n_samples, job.signatures.ids, methods)
            annotated = _copy_of(expr, samples)
            annotate(annotated, job, blocks, "atrasig")
            return annotated


@contextmanager
def bar(n_samples: int, *, progress: bool | None) -> Iterator[Any]:
    """Progress bar over samples, by default on a terminal only.

    Parameters
    ----------
    n_samples
        Samples in all.
    progress
        None: on a terminal only.

    Yields
    ------
    callable
        To be told how many samples more are done.
    """
    from tqdm import tqdm

    hidden = None if progress is None else not progress
    with tqdm(total=n_samples, desc="score", unit=" samples", leave=False, disable=hidden) as shown:
        yield shown.update


def _check_layout(expr: AnnData | str | Path, layout: str, out: str | Path | None) -> None:
    if layout not in {"tidy", "wide", "anndata"}:
        raise UsageError(f"Unknown layout {layout!r}", fix="Use 'tidy', 'wide' or 'anndata'.")
    if layout != "anndata":
        return
    if out is not None:
        raise UsageError(
            "out= takes a table, and layout='anndata' gives none",
            fix="Use layout='wide' with out=, or write the AnnData that is returned.",
        )
    if getattr(expr, "isbacked", True):
        raise UsageError(
            "layout='anndata' copies a matrix in memory, and this one is in a file",
            fix="Use atrasig.tl.score(anndata.read_h5ad(path, backed='r')), or out=.",
        )


def _copy_of(expr: Any, samples: Sequence[str] | None) -> AnnData:
    chosen: AnnData = expr if samples is None else expr[list(samples)]
    return chosen.copy()


def _arrow_tables(blocks: Iterator[ScoredBlock], layout: str) -> Iterator[Any]:
    for block in blocks:
        yield wide_arrow(block) if layout == "wide" else tidy_arrow(tidy_table(block))


def _refuse_long_table(
    n_samples: int, signatures: SignatureSet, method: str | Sequence[str]
) -> None:
    n_rows = n_samples * len(signatures) * len(get_methods(method))
    if n_rows > MAX_TIDY_ROWS:
        raise UsageError(
            f"A tidy table of these scores has {n_rows:,} rows",
            fix="Use layout='anndata' (obsm, float32), or out= to stream it to disk.",
        )
