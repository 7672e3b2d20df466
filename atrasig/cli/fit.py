"""Command that fits a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from atrasig.cli import options

MATERIALS = ("patient", "cell line", "organoid", "xenograft")
GRADES = ("patients", "primary cells", "cell lines")

_RESPONSE = options.together(
    click.option(
        "--sheet", type=options.PATH,
        help="Sample sheet, or any table of samples with their responses (TSV or CSV); not needed "
        "for a harmonised h5ad that holds them.",
    ),
    click.option(
        "--sample", default="sample", show_default=True, help="Column of sample ids in the table."
    ),
    click.option("--response", required=True, help="Column of the response."),
    click.option(
        "--positive", default="", metavar="VALUE",
        help="The response is a label and this its positive value; every other one is negative.",
    ),
    click.option(
        "--higher-is", required=True, type=click.Choice(["sensitive", "resistant"]),
        help="What a high response, or the positive label, means.",
    ),
    click.option(
        "--group", default="",
        help="Column of lineages: whole ones are held out together (tissue, study, ...).",
    ),
)  # fmt: skip
_PROCEDURE = options.together(
    click.option(
        "--recipe", default="correlation", show_default=True,
        type=click.Choice(["correlation", "elastic-net", "ridge"]),
        help="Stable rank correlations, or a regularised regression.",
    ),
    click.option(
        "--features", default="rank", show_default=True, type=click.Choice(["rank", "zscore"]),
        help="Ranks within a sample; or expression values, for figures alone: such a model is "
        "applied to no sample.",
    ),
    click.option(
        "--folds", default=10, show_default=True, type=click.IntRange(2), help="Outer folds."
    ),
    click.option(
        "--permutations", default=20, show_default=True, type=click.IntRange(0),
        help="Permuted responses; each repeats the whole nested cross-validation, and again "
        "within lineages where there are any.",
    ),
    click.option(
        "--level", default=0.9, show_default=True, type=click.FloatRange(0.5, 1, max_open=True),
        help="Nominal coverage of the interval about a measured response.",
    ),
    click.option("--seed", default=options.SEED, show_default=True, type=click.IntRange(0)),
)  # fmt: skip
_STATED = options.together(
    click.option("--id", required=True, help="Of the model: a-z, 0-9 and _."),
    click.option("--title", default="", help="Of the model."),
    click.option("--model-version", "version", default="1.0.0", show_default=True),
    click.option(
        "--priority", default=50, show_default=True, help="Lower answers first among models."
    ),
    click.option(
        "--disease", "diseases", multiple=True,
        help="Disease the model speaks about; repeatable; by default those of the samples.",
    ),
    click.option(
        "--material", type=click.Choice(MATERIALS), help="Material of samples that state none."
    ),
    click.option(
        "--grade", type=click.Choice(GRADES),
        help="Kind of evidence; by default by the material.",
    ),
    click.option("--unit", default="", help="Unit of the response."),
    click.option("--source", default="", help="What the data are and where they can be had."),
    click.option(
        "--sensitive", type=float,
        help="Prediction from which a sample is called sensitive (log odds of a label).",
    ),
    click.option("--resistant", type=float, help="The same for resistant."),
    click.option(
        "--positive-control", "positive_controls", multiple=True, metavar="SAMPLE",
        help="Sample known to be sensitive; repeatable. Where the data deny it, thresholds are "
        "refused.",
    ),
)  # fmt: skip


@click.command(
    epilog="Example: atrasig fit counts.tsv.gz --sheet lines.tsv --response LN_IC50 "
    "--higher-is resistant --group tissue --recipe ridge --id my_ridge --disease AML "
    "--material 'cell line' --positive-control NB4 --out models"
)
@click.argument("matrix", type=options.PATH)
@_RESPONSE
@_PROCEDURE
@_STATED
@click.option("--out", required=True, type=options.PATH, help="Folder to write to.")
@options.scale
@options.reading
@options.genes
def fit(matrix: Path, out: Path, **settings: Any) -> None:
    """Fit a sensitivity model, judge it out of fold, and write it with its figures.

    MATRIX is a matrix of any format that is read, or a harmonised h5ad. Written are ID.yaml, which
    `atrasig predict --models` takes, its table ID.tsv, and ID.validation.tsv, ID.predictions.tsv
    (out of fold) and ID.inference.tsv. Without thresholds the model makes no call.
    """
    from atrasig.pipeline.fit import fit_matrix

    reading = options.read_options(settings)
    found = fit_matrix(matrix, **reading, **settings)
    paths = found.save(out)
    for line in found.left_out:
        click.echo(f"atrasig: {line}", err=True)
    for row in found.model.validation:
        value = "" if row.value is None else f"{row.value:.3f}"
        span = "" if row.low is None or row.high is None else f" ({row.low:.3f} to {row.high:.3f})"
        note = f"  {row.note}" if row.note else ""
        click.echo(f"{row.measure}, {row.how}, n {row.n}: {value}{span}{note}")
    for path in paths:
        click.echo(path)
