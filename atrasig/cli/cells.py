"""Commands on single cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from atrasig.cli import options

_format = click.option("--format", help="Force a format; `atrasig formats` lists them.")


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
@click.option(
    "--labels", type=options.PATH, metavar="TABLE",
    help="Table with the names of cells in its first column and their labels in others.",
)  # fmt: skip
def pseudobulk(
    cells_file: Path,
    out: Path,
    format: str | None,
    by: tuple[str, ...],
    min_cells: int,
    labels: Path | None,
) -> None:
    """Sum the raw counts of cells by their labels.

    The output is h5ad, for `ingest`, `harmonise` and `run`.
    """
    from atrasig import singlecell
    from atrasig.files import write_h5ad
    from atrasig.io import read_expression

    cells = read_expression(cells_file, format=format)
    if labels is not None:
        cells = singlecell.label_cells(cells, labels)
    sums = singlecell.pseudobulk(cells, by, min_cells=min_cells)
    write_h5ad(out, sums)
    click.echo(f"{sums.n_obs} groups of {int(sums.obs['n_cells'].sum())} cells")
    small = sums.uns["atrasig"]["pseudobulk"]
    for name, size in zip(small["groups_left_out"], small["cells_left_out"], strict=True):
        click.echo(f"left out: {name} ({size} cells)")


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
