"""The stages of a run, file to file: what the command line, the workflow and ``run`` all call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pandas as pd

from atrasig.errors import InputError
from atrasig.files import read_h5ad, sha256_path, write_h5ad, write_parquet, write_tsv
from atrasig.pipeline.opened import open_h5ad
from atrasig.sheet import read_sheet
from atrasig.signatures import load_markers, load_with_shipped
from atrasig.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.io import ReadOptions

Item = TypeVar("Item")


@dataclass(frozen=True)
class Block:
    """The samples of one job: `size` rows of the matrix from row ``index * size``."""

    index: int
    size: int

    def of(self, samples: pd.Index) -> list[str]:
        """Names of the samples of this block.

        Parameters
        ----------
        samples
            Names of all samples of the matrix.

        Raises
        ------
        InputError
            If the matrix has no such block.
        """
        chosen = samples[self.index * self.size : (self.index + 1) * self.size]
        if not len(chosen):
            raise InputError(
                f"The matrix has {len(samples)} samples and no block {self.index} of {self.size}",
                fix="Blocks are counted from 0.",
            )
        return [str(name) for name in chosen]


def block_samples(expr: AnnData, block: Block | None) -> list[str]:
    """List the samples of a block, all of the matrix for None."""
    names = expr.obs_names
    return [str(name) for name in names] if block is None else block.of(names)


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
) -> None:
    """Read a matrix as it stands and write it as h5ad; a sheet chooses the samples.

    Single cells get their quality figures on the way. Nothing is read of a matrix whose SHA-256 is
    not the one given.
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
    adata = read_expression(matrix, format=format, samples=samples, options=options)
    is_cells = adata.uns["atrasig"]["input"].get("unit") == "cell"
    write_h5ad(out, annotate_cells(adata) if is_cells else adata)


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
) -> None:
    """Harmonise a matrix that :func:`ingest` wrote; samples without a context get the one given."""
    from atrasig.harmonisation import harmonise as harmonise_matrix

    expr = harmonise_matrix(read_h5ad(raw), sheet, matrix=name, scale=scale, genes=genes)
    vocabulary = load_vocabulary()
    if disease:
        _fill(expr, "disease", vocabulary.disease(disease).name)
    if tissue:
        _fill(expr, "tissue", vocabulary.tissue(tissue).name)
    write_h5ad(out, expr)


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
) -> None:
    """Score a block of samples into a parquet table; only its rows of the matrix are read.

    All rows are read where a method needs the cohort.
    """
    from atrasig.scoring import score as score_samples
    from atrasig.scoring.sources import open_source

    samples = None
    if block is not None:
        with open_source(expr) as source:
            samples = block.of(source.obs_names)
    score_samples(
        expr,
        load_with_shipped(signatures),
        method=list(methods),
        universe=universe,
        layout=layout,
        samples=samples,
        threads=threads,
        out=out,
    )


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
) -> None:
    """Answer the two questions for a block of samples."""
    from atrasig.prediction import predict_with_drivers

    with open_h5ad(expr) as adata:
        found = predict_with_drivers(
            adata,
            disease=disease or None,
            tissue=tissue or None,
            models=list(models),
            signatures=load_with_shipped(signatures),
            samples=block_samples(adata, block),
        )
    write_parquet(drivers, found.drivers)
    write_parquet(out, found.calls)


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
) -> None:
    """Enrichment of every signature in each sample of a block."""
    from atrasig.enrich import enrich_samples

    with open_h5ad(expr) as adata:
        table = enrich_samples(
            adata,
            load_with_shipped(signatures),
            universe=universe,
            samples=block_samples(adata, block),
        )
    write_parquet(out, table)


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
) -> None:
    """Write record and page of each sample of a block, then the manifest that lists them.

    They go to the results folder `out`; into one archive where its name ends in ``.zip``. `calls`
    are the tables of all blocks of the matrix: a page shows where a sample stands in its cohort.
    With `pdf` each page is printed too.
    """
    from atrasig.pipeline.pages import pages_folder
    from atrasig.provenance import run_provenance
    from atrasig.qc import flag_samples
    from atrasig.report import build_records, index_row, write_manifest, write_sample
    from atrasig.report.pdf import find_browser, print_pdf

    browser = find_browser() if pdf else None  # before any work is done in vain
    library = load_with_shipped(signatures)
    scored = pd.read_parquet(scores)
    called = pd.concat([pd.read_parquet(path) for path in calls], ignore_index=True)
    rows = []
    with open_h5ad(expr) as adata, pages_folder(out) as folder:
        chosen = block_samples(adata, block)
        own_calls = called[called["sample"].isin(chosen)]
        records = build_records(
            adata,
            scores=scored,
            calls=called,
            drivers=pd.read_parquet(drivers),
            enrichment=pd.read_parquet(enrichment),
            contrasts=pd.read_parquet(contrasts),
            pairs=pd.read_parquet(pairs),
            hypotheses=pd.read_parquet(hypotheses),
            hypothesis_summaries=pd.read_parquet(hypothesis_summaries),
            flags=flag_samples(adata, scored, own_calls, chosen),
            signatures=library,
            markers=load_markers(),
            provenance=run_provenance(library, parameters),
            samples=chosen,
        )
        for record in progress(records, "report", len(chosen)):
            _, page = write_sample(record, folder)
            if browser is not None:
                print_pdf(page, page.with_suffix(".pdf"), browser)
            rows.append(index_row(record))
    write_manifest(rows, manifest)
