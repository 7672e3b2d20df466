"""The stages of a run, file to file: what the command line, the workflow and ``run`` all call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pandas as pd

from atrasig.errors import InputError
from atrasig.files import read_h5ad, write_h5ad, write_parquet
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
    format: str | None = None,
    options: ReadOptions | None = None,
) -> None:
    """Read a matrix as it stands and write it as h5ad; a sheet chooses the samples.

    Single cells get their quality figures on the way.
    """
    from atrasig.io import read_expression
    from atrasig.singlecell import annotate_cells

    samples = None
    if sheet is not None:
        rows = read_sheet(sheet)
        given = name or (rows.matrices[0] if len(rows.matrices) == 1 else rows.name_of(matrix))
        samples = rows.for_matrix(given).samples
    adata = read_expression(matrix, format=format, samples=samples, options=options)
    is_cells = adata.uns["atrasig"]["input"].get("unit") == "cell"
    write_h5ad(out, annotate_cells(adata) if is_cells else adata)


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

    adata = read_h5ad(expr)
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

    found = compare_pairs(
        read_h5ad(expr),
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

    adata = read_h5ad(expr)
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
    signatures: Sequence[str | Path] = (),
    universe: str = "coding",
    contrasts: Sequence[str] = (),
    only_named: bool = False,
    permutations: int = 1000,
    seed: int = 1,
    min_size: int = 5,
    max_size: int = 1000,
) -> tuple[str, ...]:
    """Enrichment in the contrasts of a matrix: those named, or all that the sheet allows.

    Parameters
    ----------
    expr, out
        Harmonised matrix and table to write.
    contrasts, only_named
        Contrasts by name; where none is named, all that the sheet allows, or none at all.
    signatures, universe, permutations, seed, min_size, max_size
        As in :func:`atrasig.enrich_contrasts`.

    Returns
    -------
    tuple of str
        Contrasts that the sheet suggests but cannot carry, each with its reason.
    """
    from atrasig.enrich import enrich_contrasts

    found = enrich_contrasts(
        read_h5ad(expr),
        load_with_shipped(signatures),
        list(contrasts) if contrasts or only_named else None,
        universe=universe,
        permutations=permutations,
        seed=seed,
        min_size=min_size,
        max_size=max_size,
    )
    write_parquet(out, found.table)
    return tuple(f"{skipped.contrast}: {skipped.reason}" for skipped in found.skipped)


def report(
    expr: Path,
    *,
    scores: Path,
    calls: Path,
    drivers: Path,
    enrichment: Path,
    contrasts: Path,
    pairs: Path,
    out: Path,
    manifest: Path,
    signatures: Sequence[str | Path] = (),
    parameters: Mapping[str, Any],
    block: Block | None = None,
) -> None:
    """Write record and page of each sample of a block, then the manifest that lists them."""
    from atrasig.provenance import run_provenance
    from atrasig.qc import flag_samples
    from atrasig.report import build_records, index_row, write_manifest, write_sample

    adata = read_h5ad(expr)
    chosen = block_samples(adata, block)
    library = load_with_shipped(signatures)
    tables = {
        name: pd.read_parquet(path) for name, path in {"scores": scores, "calls": calls}.items()
    }
    records = build_records(
        adata,
        scores=tables["scores"],
        calls=tables["calls"],
        drivers=pd.read_parquet(drivers),
        enrichment=pd.read_parquet(enrichment),
        contrasts=pd.read_parquet(contrasts),
        pairs=pd.read_parquet(pairs),
        flags=flag_samples(adata, tables["scores"], tables["calls"], chosen),
        signatures=library,
        markers=load_markers(),
        provenance=run_provenance(library, parameters),
        samples=chosen,
    )
    rows = []
    for record in progress(records, "report", len(chosen)):
        write_sample(record, out)
        rows.append(index_row(record))
    write_manifest(rows, manifest)
