"""Commands on single cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from atrasig.cli import options
from atrasig.cli.printing import tell_failures

_format = click.option("--format", help="Force a format; `atrasig formats` lists them.")
_labels = click.option(
    "--labels", type=options.PATH, metavar="TABLE",
    help="Table with the names of cells in its first column and their labels in others.",
)  # fmt: skip


@click.command(epilog="Example: atrasig cells filtered_feature_bc_matrix --out cells.h5ad")
@click.argument("cells_file", metavar="CELLS", type=options.PATH)
@options.out
@_format
@click.option("--min-genes", type=click.IntRange(0), help="Fewest genes of a cell.")
@click.option("--min-counts", type=click.FloatRange(0), help="Fewest counts.")
@click.option(
    "--max-mito-percent", type=click.FloatRange(0, 100),
    help="Highest percentage of mitochondrial counts.",
)  # fmt: skip
def cells(
    cells_file: Path,
    out: Path,
    format: str | None,
    min_genes: int | None,
    min_counts: float | None,
    max_mito_percent: float | None,
) -> None:
    """Measure the quality of cells; leave out those beyond limits.

    Without a limit all cells are kept. The output is h5ad with `qc_` columns for each cell.
    """
    from atrasig.files import write_h5ad
    from atrasig.io import read_expression
    from atrasig.singlecell import filter_cells

    read = read_expression(cells_file, format=format)
    kept = filter_cells(
        read, min_genes=min_genes, min_counts=min_counts, max_mito_percent=max_mito_percent
    )
    write_h5ad(out, kept)
    click.echo(f"{kept.n_obs} cells kept, {read.n_obs - kept.n_obs} left out")
    for name, number in kept.uns["atrasig"]["input"].items():
        if name.startswith("cells_failing_"):
            click.echo(f"{name.removeprefix('cells_failing_')}: {number} cells beyond the limit")


@click.command(
    epilog="Example: atrasig pseudobulk cells.h5ad --by sample --by cell_type --out bulk.h5ad"
)
@click.argument("cells_file", metavar="CELLS", type=options.PATH)
@options.out
@_format
@click.option(
    "--by", multiple=True, default=("sample", "cell_type"), show_default=True, metavar="COLUMN",
    help="Column that names the groups; repeatable.",
)  # fmt: skip
@click.option(
    "--min-cells", default=10, show_default=True, type=click.IntRange(1),
    help="Cells a group needs; smaller groups are listed and left out.",
)  # fmt: skip
@_labels
@options.sheet
@click.option("--sha256", default="", metavar="HEX", help="Refuse a file of another SHA-256.")
@options.strict
def pseudobulk(cells_file: Path, out: Path, **settings: Any) -> None:
    """Sum the raw counts of cells by their labels.

    The output is h5ad, for `ingest`, `harmonise` and `run`. Of h5ad and zarr, some cells are read
    at a time. A sheet chooses the sums; those of it that have too few cells are set aside.
    """
    from atrasig.failures import failures_of
    from atrasig.pipeline.cells_sums import pseudobulk as sum_cells

    sums = sum_cells(cells_file, out, **settings)
    click.echo(f"{sums.n_obs} groups of {int(sums.obs['n_cells'].sum())} cells")
    small = sums.uns["atrasig"]["pseudobulk"]
    for name, size in zip(small["groups_left_out"], small["cells_left_out"], strict=True):
        click.echo(f"left out: {name} ({size} cells)")
    for name in small.get("sums_not_in_sheet", ()):
        click.echo(f"not in the sheet: {name}")
    tell_failures(failures_of(sums))


@click.command(
    "score-cells",
    epilog="Example: atrasig score-cells cells.h5ad --by cell_type --out scores.parquet "
    "--record scores.json",
)
@click.argument("cells_file", metavar="CELLS", type=options.PATH)
@options.out
@click.option(
    "--record", required=True, type=options.PATH,
    help="File for what was done with the genes, and for cells without a score (JSON).",
)  # fmt: skip
@_format
@click.option(
    "--by", multiple=True, metavar="COLUMN", help="Column of labels to put beside; repeatable."
)
@_labels
@options.signatures
@click.option(
    "--method", "methods", multiple=True, default=("ucell",), show_default=True,
    type=click.Choice(options.METHODS), metavar="NAME",
    help="Method that scores each cell by itself; repeatable.",
)  # fmt: skip
@options.universe
@options.genes
@click.option(
    "--threads", type=click.IntRange(1),
    help="Bands of cells scored at the same time; default: the cores of the job.",
)  # fmt: skip
def score_cells(
    cells_file: Path,
    out: Path,
    record: Path,
    format: str | None,
    by: tuple[str, ...],
    labels: Path | None,
    **scoring: Any,
) -> None:
    """Score single cells against signatures, from their raw counts.

    One row a cell, with its labels, quality and scores. Of h5ad and zarr, some cells are read at a
    time. The scores are those that `ingest`, `harmonise` and `score` give.
    """
    from atrasig.pipeline.cells_scores import CellScoring
    from atrasig.pipeline.cells_scores import score_cells as score

    how = CellScoring(**scoring)
    done = score(cells_file, out, record, by=by, labels=labels, format=format, scoring=how)
    genes = done["genes"]
    click.echo(f"{done['cells']} cells, {done['signatures']} signatures")
    click.echo(f"{genes['rows_read']} rows are {genes['genes']} genes: {_kinds(genes)}")
    for name, missing in done["without_score"].items():
        click.echo(f"{name}: {missing['cells']} cells without a score ({missing['reason']})")


def _kinds(genes: dict[str, Any]) -> str:
    kinds = ", ".join(f"{n} {kind}" for kind, n in genes["identifiers"].items() if n)
    return f"{kinds}; {genes['rows_collapsed']} rows of genes with several rows were summed"


@click.command(
    "cells-report",
    epilog="Example: atrasig cells-report cells.h5ad --group leiden --out cells.html",
)
@click.argument("cells_file", metavar="CELLS", type=options.PATH)
@click.option("--out", required=True, type=options.PATH, help="Page to write (HTML).")
@click.option(
    "--group", default="cell_type", show_default=True, metavar="COLUMN",
    help="Column that says the type of each cell.",
)  # fmt: skip
@click.option(
    "--signature", multiple=True, metavar="ID",
    help="Signature to show; repeatable. Default: retinoid response, differentiation, stemness.",
)  # fmt: skip
@options.signatures
@click.option(
    "--method", default="ucell", show_default=True, type=click.Choice(options.METHODS),
    metavar="NAME", help="Scoring method; `atrasig methods` lists them.",
)  # fmt: skip
@options.universe
@click.option(
    "--seed", default=options.SEED, show_default=True, type=click.IntRange(0),
    help="Seed of a map that is computed.",
)  # fmt: skip
def cells_report(cells_file: Path, out: Path, **settings: Any) -> None:
    """Draw scores of cells on their map and by type.

    CELLS is an h5ad with the types of its cells. Its UMAP (`X_umap`) and its scores, as
    `atrasig.tl.score` writes them, are taken where it holds them, and computed where it does not;
    the file stays as it is. One HTML page, for looking at: no call is made on a cell.
    """
    from atrasig.pipeline.cells_report import CellsSettings, report_cells

    shown = report_cells(cells_file, out, CellsSettings(**settings))
    click.echo(f"{len(shown.labels)} cells of {len(shown.counts)} types")
    click.echo(f"Map: {shown.map_how}")
    for score in shown.scores:
        missing = sum(value != value for value in score.values.tolist())
        if missing:
            why = score.reasons or "the reason is not recorded"
            click.echo(f"{score.signature}: {missing} cells without a score ({why})")
