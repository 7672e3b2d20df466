"""The command that makes a sample sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from atrasig.cli import options


@click.command(
    epilog="Examples: atrasig sheet GDS507.soft.gz --disease KIRC --out samples.tsv; "
    "atrasig sheet m.gct --cls m.cls --out samples.tsv"
)
@click.argument("matrix", type=options.PATH)
@options.out
@click.option("--cls", type=options.PATH, help="Class file (CLS) of GSEA: groups of the samples.")
@click.option("--disease", default="", help="Disease of every sample.")
@click.option("--tissue", default="", help="Tissue of every sample.")
@click.option("--force", is_flag=True, help="Replace the sheet if there is one.")
@options.reading
def sheet(
    matrix: Path,
    out: Path,
    cls: Path | None,
    disease: str,
    tissue: str,
    force: bool,  # noqa: FBT001 - click passes it by name
    **settings: Any,
) -> None:
    """Write a sample sheet of what a matrix says of its samples.

    Complete it by hand: disease and timepoint are what most calls need.
    """
    from atrasig.pipeline.make_sheet import make_sheet

    made = make_sheet(
        matrix,
        out,
        cls=cls,
        disease=disease,
        tissue=tissue,
        force=force,
        **options.read_options(settings),
    )
    click.echo(f"{made.n_samples} samples; columns: {', '.join(made.columns)}")
    for name, given in made.renamed.items():
        click.echo(f"atrasig: {given!r} of the matrix stands in column {name!r}", err=True)
    if made.cleaned:
        click.echo(f"atrasig: {made.cleaned} cells had tabs or line ends, now blanks", err=True)
    if made.formulas:
        click.echo(
            f"atrasig: {made.formulas} cells begin like a formula: import the sheet as text "
            "before you open it in a spreadsheet program",
            err=True,
        )
