"""The command that compares scores with covariates, batch and survival."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atrasig.cli import options
from atrasig.cli.printing import print_facts, print_table

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 5
"""Rows printed of each covariate and test; all are written."""


def _references(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> dict[str, str]:
    """Read texts of the form COLUMN=GROUP."""
    pairs = [text.partition("=") for text in value]
    for name, sign, group in pairs:
        if not (name and sign and group):
            raise click.BadParameter(f"{name + sign + group!r} is not of the form COLUMN=GROUP")
    return {name: group for name, _, group in pairs}


_TESTED = options.together(
    click.option(
        "--covariate", "covariates", multiple=True, metavar="COLUMN",
        help="Column of the sheet to test; repeatable.",
    ),
    click.option(
        "--adjust", multiple=True, metavar="COLUMN",
        help="Column to adjust every model for; repeatable.",
    ),
    click.option(
        "--batch", default="", metavar="COLUMN",
        help="Column of batches: how much of the scores they explain; all other models are "
        "adjusted for it.",
    ),
    click.option("--time", default="", metavar="COLUMN", help="Time of follow-up, with --event."),
    click.option(
        "--event", default="", metavar="COLUMN",
        help="Whether the event came: 1 or 0, yes or no, dead or alive.",
    ),
)  # fmt: skip
_READING = options.together(
    click.option(
        "--categorical", multiple=True, metavar="COLUMN",
        help="Column of numbers that name groups; repeatable.",
    ),
    click.option(
        "--reference", "references", multiple=True, callback=_references, metavar="COLUMN=GROUP",
        help="Group that the others are compared with; repeatable. Default: the first in sorted "
        "order with two samples.",
    ),
    click.option(
        "--missing", multiple=True, metavar="TEXT",
        help="Cell that means missing, beside empty, NA and NaN; repeatable.",
    ),
    click.option("--sample", default="sample", show_default=True, help="Column of sample ids."),
)  # fmt: skip


@click.command(
    epilog="Examples: atrasig associate results --sheet samples.tsv --covariate age "
    "--covariate stage --adjust sex --batch batch --out association; "
    "atrasig associate scores.parquet --sheet samples.tsv --time months --event death "
    "--adjust age --method singscore --out survival"
)
@click.argument("scores", type=options.PATH)
@click.option(
    "--sheet", required=True, type=options.PATH, help="Sample sheet, or any table with sample ids."
)
@_TESTED
@click.option(
    "--signature", "signatures", multiple=True, metavar="ID",
    help="Signature to test; repeatable. Default: all.",
)  # fmt: skip
@click.option(
    "--method", "methods", multiple=True, metavar="NAME",
    help="Scores of this method; repeatable. Default: all.",
)  # fmt: skip
@_READING
@click.option("--out", required=True, type=options.PATH, help="Folder to write to.")
def associate(scores: Path, out: Path, **settings: Any) -> None:
    """Associate scores with covariates, batch and survival.

    SCORES is the table of `atrasig score` or a folder of results. Each covariate has a linear
    model of its own with errors that allow unequal variances; survival is a Cox model. Written are
    association.tsv (effect, 95 % interval, p and q of each signature) and association.html.
    Samples without a value are left out and counted, never filled in.
    """
    from atrasig.pipeline.associate import AssociateSettings, write_association

    found = write_association(scores, out, AssociateSettings(**settings))
    print_facts("Compared", found.facts)
    for warning in found.warnings:
        click.echo(f"atrasig: {warning}", err=True)
    for (covariate, test, method), rows in found.table.groupby(
        ["covariate", "test", "method"], sort=False
    ):
        _tell(f"{covariate}, {test}, {method}", rows)
    click.echo(f"Page: {out / 'association.html'}")


def _tell(title: str, rows: pd.DataFrame) -> None:
    """Print the strongest associations, and why the others have none."""
    click.echo()
    estimated = rows[rows["p"].notna()].sort_values(["p", "signature"], kind="stable")
    reasons = rows.loc[rows["p"].isna(), "reason"].value_counts()
    click.echo(f"{title}: {int((rows['q'] < 0.05).sum())} of {len(estimated)} with q < 0.05")
    if len(estimated):
        head = ("signature", "group", "n", "effect (95 %)", "p", "q")
        print_table([head, *map(_row, estimated.head(_SHOWN).to_dict("records"))])
    for reason, count in sorted(reasons.items()):
        click.echo(f"  {count} not estimated: {reason}")


def _row(row: dict[Any, Any]) -> tuple[str, ...]:
    effect = "" if row["effect"] != row["effect"] else f"{row['effect']:.3f}"
    if row["low"] == row["low"]:
        effect += f" ({row['low']:.3f} to {row['high']:.3f})"
    group = f"{row['term']} against {row['reference']}" if row["reference"] else row["term"]
    return (
        row["signature"], group, str(row["n"]), effect, f"{row['p']:.2g}", f"{row['q']:.2g}",
    )  # fmt: skip
