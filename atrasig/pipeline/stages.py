"""The stages of a run, file to file: what the command line, the workflow and ``run`` all call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pandas as pd

from atrasig.errors import InputError
from atrasig.failures import Failure, apart, failures_in, failures_of, told
from atrasig.files import (
    read_h5ad,
    read_parquet,
    sha256_path,
    write_h5ad,
    write_parquet,
    write_tsv,
)
from atrasig.pipeline.by_sample import (
    Block,
    Tables,
    block_samples,
    failures_of_tables,
    sample_names,
    tables_by_sample,
    write_by_sample,
)
from atrasig.pipeline.opened import open_h5ad
from atrasig.sheet import read_sheet
from atrasig.signatures import load_markers, load_with_shipped
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
        _expect(matrix, sha256)
    samples = None
    if sheet is not None:
        rows = read_sheet(sheet)
        given = name or (rows.matrices[0] if len(rows.matrices) == 1 else rows.name_of(matrix))
        samples = rows.for_matrix(given).samples
    adata = read_expression(matrix, format=format, samples=samples, options=options, strict=strict)
    is_cells = adata.uns["atrasig"]["input"].get("unit") == "cell"
    write_h5ad(out, annotate_cells(adata) if is_cells else adata)
    return failures_of(adata)


def _expect(matrix: Path, sha256: str) -> None:
    found = sha256_path(matrix)
    if found != sha256:
        raise InputError(
            f"The SHA-256 of the file is {found}, and {sha256} is expected",
            where=str(matrix),
            fix="Fetch it again; if it changed on purpose, state the new checksum.",
        )


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


def report(
    expr: Path,
    *,
    scores: Path,
    calls: Sequence[Path],
    drivers: Path,
    enrichment: Path,
    contrasts: Path,
    pairs: Path,
    hypotheses: Path,
    hypothesis_summaries: Path,
    out: Path,
    manifest: Path,
    signatures: Sequence[str | Path] = (),
    parameters: Mapping[str, Any],
    pdf: bool = False,
    block: Block | None = None,
    strict: bool = False,
) -> list[Failure]:
    """Write record and page of each sample of a block, then the manifest that lists them.

    They go to the results folder `out`; into one archive where its name ends in ``.zip``. `calls`
    are the tables of all blocks of the matrix: a page shows where a sample stands in its cohort.
    With `pdf` each page is printed too. A sample that was set aside gets a page that says so; the
    first block writes those of the samples that are not in the matrix. Gives those set aside here.
    """
    from atrasig.pipeline.pages import pages_folder
    from atrasig.provenance import run_provenance
    from atrasig.qc import flag_samples
    from atrasig.report import IndexRow, build_records, index_row, write_manifest, write_sample
    from atrasig.report.failure import write_failure
    from atrasig.report.pdf import find_browser, print_pdf

    browser = find_browser() if pdf else None  # before any work is done in vain
    library = load_with_shipped(signatures)
    scored = read_parquet(scores)
    called = pd.concat([read_parquet(path) for path in calls], ignore_index=True)
    tables = {
        "drivers": read_parquet(drivers),
        "enrichment": read_parquet(enrichment),
        "contrasts": read_parquet(contrasts),
        "pairs": read_parquet(pairs),
        "hypotheses": read_parquet(hypotheses),
        "hypothesis_summaries": read_parquet(hypothesis_summaries),
    }
    before = failures_of_tables([scored, *tables.values()])
    with open_h5ad(expr) as adata, pages_folder(out) as folder:

        def write(samples: list[str]) -> list[IndexRow]:
            own_calls = called[called["sample"].isin(samples)]
            records = build_records(
                adata,
                scores=scored,
                calls=called,
                **tables,
                flags=flag_samples(adata, scored, own_calls, samples),
                signatures=library,
                markers=load_markers(),
                provenance=run_provenance(library, parameters),
                samples=samples,
            )
            rows = []
            for record in progress(records, "report", len(samples)):
                _, page = write_sample(record, folder)
                if browser is not None:
                    print_pdf(page, page.with_suffix(".pdf"), browser)
                rows.append(index_row(record))
            return rows

        chosen = [name for name in block_samples(adata, block) if name not in before]
        parts, own = apart(write, chosen, "report", strict=strict) if chosen else ([], [])
        is_first = block is None or block.index == 0
        for failure in [*(failures_of(adata) if is_first else ()), *before.values(), *own]:
            write_failure(failure, str(adata.uns["atrasig"]["matrix"]), folder)
    write_manifest([row for part in parts for row in part], manifest)
    return own
