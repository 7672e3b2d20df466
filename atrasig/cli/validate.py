"""The command that compares frozen models with labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atrasig.cli import options
from atrasig.cli.printing import print_table

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 2000


@click.command(
    epilog="Examples: atrasig validate counts.tsv.gz --sheet labels.tsv --label FAB --positive M3 "
    "--disease AML --out validation; "
    "atrasig validate expr.h5ad --sheet lines.tsv --response LN_IC50 --group tissue "
    "--model my_model --models my_model.yaml --signatures my_genes.yaml --out validation"
)
@click.argument("matrix", metavar="EXPR", type=options.PATH)
@click.option(
    "--sheet", type=options.PATH,
    help="Table of labels (TSV or CSV) with a column `sample`, or a sample sheet; by default what "
    "EXPR itself says of its samples.",
)  # fmt: skip
@click.option("--sample", default="sample", show_default=True, help="Column of sample ids.")
@click.option("--label", default="", help="Column of labels; empty, NA and nan are not known.")
@click.option(
    "--positive", default="", help="Label that a positive call speaks of; all others are negative."
)
@click.option("--response", default="", help="Column of a measured response, for correlations.")
@click.option("--group", default="", help="Column of groups within which figures are given too.")
@click.option(
    "--model", multiple=True, metavar="ID",
    help="Model to validate; repeatable. Default: all that answer for sensitivity.",
)  # fmt: skip
@click.option(
    "--models", multiple=True, type=options.PATH, metavar="PATH", help="Further model; repeatable."
)
@options.signatures
@options.context
@options.scale
@options.reading
@options.genes
@click.option(
    "--draws", default=DRAWS, show_default=True, type=click.IntRange(100),
    help="Bootstrap draws behind an interval.",
)  # fmt: skip
@click.option(
    "--permutations", default=options.PERMUTATIONS, show_default=True, type=click.IntRange(100),
    help="Permutations of the labels behind a null.",
)  # fmt: skip
@click.option(
    "--seed", default=options.SEED, show_default=True, type=click.IntRange(0),
    help="Seed of draws and permutations.",
)  # fmt: skip
@click.option("--out", required=True, type=options.PATH, help="Folder to write to.")
def validate(matrix: Path, out: Path, **settings: Any) -> None:
    """Compare frozen models with labels or a measured response.

    EXPR is a harmonised h5ad, or any matrix that `atrasig run` reads. The models are applied as
    they are. Every score counts, whether or not there is a call; every sample counts in the table
    of calls, `no call` included.
    """
    from atrasig.pipeline.validate import ValidateSettings, validate_matrix

    reading = options.read_options(settings)
    found = validate_matrix(matrix, out, ValidateSettings(**settings, **reading))
    _tell(found.figures, found.confusion)
    for row in found.models.to_dict("records"):
        if row["overlap"]:
            click.echo(f"atrasig: {row['model']}: {row['overlap']}", err=True)
    click.echo(f"Page: {out / 'validation.html'}")


def _tell(figures: pd.DataFrame, confusion: pd.DataFrame) -> None:
    """Print the pooled figures and the calls, and say which samples were left out."""
    counts = figures[figures["measure"] == "samples"]
    for row in counts[counts["value"] > 0].to_dict("records"):
        named = f": {row['reason']}" if row["reason"] else ""
        click.echo(f"atrasig: {int(row['value'])} samples {row['how']}{named}", err=True)
    pooled = figures[figures["how"] == "pooled"].to_dict("records")
    head = ("model", "measure", "n", "value", "95 % interval", "notes")
    rows = [
        (r["model"], r["measure"], str(r["n"]), _number(r["value"]), _span(r), r["reason"])
        for r in pooled
    ]
    print_table([head, *rows])
    if len(confusion):
        click.echo()
        names = [str(name) for name in confusion.columns]
        print_table([names, *(list(map(str, row)) for row in confusion.to_numpy())])


def _number(value: float) -> str:
    return "" if value != value else f"{value:.3f}"


def _span(row: dict[Any, Any]) -> str:
    return "" if row["low"] != row["low"] else f"{row['low']:.3f} to {row['high']:.3f}"
