"""The stages of a run, file to file: what the command line, the workflow and ``run`` all call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pandas as pd

from atrasig.failures import Failure, failures_in, failures_of, told
from atrasig.files import (
    read_h5ad,
    write_h5ad,
    write_parquet,
    write_tsv,
)
from atrasig.pipeline.by_sample import (
    Block,
    Tables,
    block_samples,
    sample_names,
    tables_by_sample,
    write_by_sample,
)
from atrasig.pipeline.checksum import expect_sha256
from atrasig.pipeline.opened import open_h5ad
from atrasig.sheet import read_sheet
from atrasig.signatures import load_with_shipped
from atrasig.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.io import ReadOptions

Item = TypeVar("Item")


def progress(items: Iterable[Item], label: str, total: int) -> Iterable[Item]:
    """Show a progress bar on a terminal, and nothing elsewhere."""
    from tqdm import tqdm

    bar: Iterable[Item] = tqdm(items, desc=label, total=total, disable=None, leave=False)
    return bar


def ingest(
    matrix: Path,
    out: Path,
    *,
    sheet: Path | None = None,
    name: str | None = None,
    sha256: str = "",
    format: str | None = None,
    options: ReadOptions | None = None,
    strict: bool = False,
) -> list[Failure]:
    """Read a matrix as it stands and write it as h5ad; a sheet chooses the samples.

    Single cells get their quality figures on the way. Nothing is read of a matrix whose SHA-256 is
    not the one given. Gives the samples that were set aside, none where `strict`.
    """
    from atrasig.io import read_expression
    from atrasig.singlecell import annotate_cells

    if sha256:
        expect_sha256(matrix, sha256)
    samples = None
    if sheet is not None:
        rows = read_sheet(sheet)
        given = name or (rows.matrices[0] if len(rows.matrices) == 1 else rows.name_of(matrix))
        samples = rows.for_matrix(given).samples
    adata = read_expression(matrix, format=format, samples=samples, options=options, strict=strict)
    is_cells = adata.uns["atrasig"]["input"].get("unit") == "cell"
    write_h5ad(out, annotate_cells(adata) if is_cells else adata)
    return failures_of(adata)


def harmonise(
    raw: Path,
    out: Path,
    *,
    sheet: Path | None = None,
    name: str | None = None,
    scale: str = "auto",
    genes: Path | None = None,
    disease: str = "",
    tissue: str = "",
    strict: bool = False,
) -> list[Failure]:
    """Harmonise a matrix that :func:`ingest` wrote; samples without a context get the one given.

    Gives the samples that were set aside here, none where `strict`.
    """
    from atrasig.harmonisation import harmonise as harmonise_matrix

    before = read_h5ad(raw)
    known = failures_of(before)
    if strict and known:
        raise told(known[0])
    expr = harmonise_matrix(before, sheet, matrix=name, scale=scale, genes=genes, strict=strict)
    vocabulary = load_vocabulary()
    if disease:
        _fill(expr, "disease", vocabulary.disease(disease).name)
    if tissue:
        _fill(expr, "tissue", vocabulary.tissue(tissue).name)
    write_h5ad(out, expr)
    return failures_of(expr)[len(known) :]


def _fill(expr: AnnData, column: str, text: str) -> None:
    known = expr.obs[column].astype(str) if column in expr.obs else pd.Series("", expr.obs_names)
    expr.obs[column] = known.where(known != "", text).astype(object)


def score(
    expr: Path,
    out: Path,
    *,
    signatures: Sequence[str | Path] = (),
    methods: Sequence[str] = ("singscore", "ssgsea"),
    universe: str = "coding",
    layout: Literal["tidy", "wide"] = "tidy",
    threads: int | None = None,
    block: Block | None = None,
    strict: bool = False,
) -> list[Failure]:
    """Score a block of samples into a parquet table; only its rows of the matrix are read.

    All rows are read where a method needs the cohort. Gives the samples that were set aside.
    """
    from atrasig.scoring import score as score_samples
    from atrasig.scoring.sources import open_source

    library = load_with_shipped(signatures)

    def write(samples: list[str] | None, path: Path) -> None:
        score_samples(
            expr,
            library,
            method=list(methods),
            universe=universe,
            layout=layout,
            samples=samples,
            threads=threads,
            out=path,
        )

    with open_source(expr) as source:
        every = [str(name) for name in source.obs_names]
    samples = every if block is None else _block_of_file(expr, block, pd.Index(every))
    return write_by_sample(
        write, None if block is None else samples, samples, every, out, strict=strict
    )


def _block_of_file(expr: Path, block: Block, names: pd.Index) -> list[str]:
    if block.index * block.size < len(names):
        return block.of(names)
    with open_h5ad(expr) as adata:  # the record of what was set aside
        return block_samples(adata, block)


def predict(
    expr: Path,
    out: Path,
    drivers: Path,
    *,
    signatures: Sequence[str | Path] = (),
    models: Sequence[str | Path] = (),
    disease: str = "",
    tissue: str = "",
    block: Block | None = None,
    strict: bool = False,
) -> list[Failure]:
    """Answer the two questions for a block of samples; gives those that were set aside."""
    from atrasig.prediction import predict_with_drivers

    library = load_with_shipped(signatures)
    with open_h5ad(expr) as adata:

        def make(samples: list[str]) -> Tables:
            found = predict_with_drivers(
                adata,
                disease=disease or None,
                tissue=tissue or None,
                models=list(models),
                signatures=library,
                samples=samples,
            )
            return found.calls, found.drivers

        own = block_samples(adata, block)
        calls, drove = tables_by_sample(make, own, sample_names(adata), "predict", strict=strict)
    write_parquet(drivers, drove)
    write_parquet(out, calls)
    return failures_in(calls)


def pairs(
    expr: Path,
    out: Path,
    tests: Path,
    *,
    signatures: Sequence[str | Path] = (),
    models: Sequence[str | Path] = (),
    disease: str = "",
    tissue: str = "",
) -> None:
    """Compare exposed with baseline samples of the same patients, over the whole matrix."""
    from atrasig.prediction.pairs import compare_pairs

    with open_h5ad(expr) as adata:
        found = compare_pairs(
            adata,
            disease=disease or None,
            tissue=tissue or None,
            models=list(models),
            signatures=load_with_shipped(signatures),
        )
    write_parquet(tests, found.tests)
    write_parquet(out, found.pairs)


def enrich(
    expr: Path,
    out: Path,
    *,
    signatures: Sequence[str | Path] = (),
    universe: str = "coding",
    block: Block | None = None,
    strict: bool = False,
) -> list[Failure]:
    """Enrichment of every signature in each sample of a block; gives those set aside."""
    from atrasig.enrich import enrich_samples

    library = load_with_shipped(signatures)
    with open_h5ad(expr) as adata:

        def make(samples: list[str]) -> Tables:
            return (enrich_samples(adata, library, universe=universe, samples=samples),)

        own = block_samples(adata, block)
        (table,) = tables_by_sample(make, own, sample_names(adata), "enrich", strict=strict)
    write_parquet(out, table)
    return failures_in(table)


def contrast(
    expr: Path,
    out: Path,
    *,
    genes: Path | None = None,
    lists: Path | None = None,
    signatures: Sequence[str | Path] = (),
    universe: str = "coding",
    contrasts: Sequence[str] = (),
    only_named: bool = False,
    **settings: Any,
) -> tuple[str, ...]:
    """Differential expression and enrichment in the contrasts of a matrix.

    Parameters
    ----------
    expr, out
        Harmonised matrix, and table of enrichment to write.
    genes, lists
        Tables of differential expression and of over-representation to write.
    contrasts, only_named
        Contrasts by name; where none is named, all that the sheet allows, or none at all.
    signatures, universe, **settings
        As in :func:`atrasig.enrich_contrasts`.

    Returns
    -------
    tuple of str
        What a reader must know: contrasts that the sheet suggests but cannot carry, each with its
        reason, and for each one tested the test, its genes and its notes.
    """
    from atrasig.enrich import enrich_contrasts

    with open_h5ad(expr) as adata:
        found = enrich_contrasts(
            adata,
            load_with_shipped(signatures),
            list(contrasts) if contrasts or only_named else None,
            universe=universe,
            progress=lambda chunks: progress(chunks, "gene sets", len(chunks)),
            **settings,
        )
    write_parquet(out, found.table)
    for path, table in ((genes, found.differential), (lists, found.lists)):
        if path is not None:
            (write_parquet if path.suffix == ".parquet" else write_tsv)(path, table)
    skipped = [f"contrast not tested: {one.contrast}: {one.reason}" for one in found.skipped]
    return (*skipped, *(f"{design.contrast}: {design.summary}" for design in found.designs))
