"""Commands for the whole of it: run a matrix, try the demo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from atrasig.cli import options


@click.command(epilog="Example: atrasig run counts.tsv.gz --sheet samples.tsv --out results")
@click.argument("matrix", type=options.PATH)
@click.option(
    "--sheet", type=options.PATH, help="Sample sheet; by default every column is a sample."
)
@click.option("--out", required=True, type=options.PATH, help="Results folder.")
@options.context
@options.scale
@options.reading
@options.genes
@options.methods
@options.signatures
@click.option(
    "--models", multiple=True, type=options.PATH, metavar="PATH", help="Further model; repeatable."
)
@click.option("--seed", default=options.SEED, show_default=True, help="Seed of the permutations.")
@options.pages
@options.pdf
@options.strict
@click.pass_context
def run(context: click.Context, /, matrix: Path, out: Path, **settings: Any) -> None:
    """Do all of it for one matrix: calls, scores and pages.

    Exit code 0: every sample has a result. 3: finished, but samples were set aside; failures.tsv
    lists them. 2: nothing can be made of the input as it is.
    """
    from atrasig.failures import EXIT_FAILED_SAMPLES
    from atrasig.pipeline.failed import failure_summary
    from atrasig.pipeline.run import RunSettings, run_matrix

    reading = options.read_options(settings)
    click.echo(run_matrix(matrix, out, RunSettings(**settings, **reading)))
    click.echo(f"Pages: {out / 'index.html'}")
    failed = failure_summary(out)
    if failed:
        click.echo(f"atrasig: {failed}", err=True)
        context.exit(EXIT_FAILED_SAMPLES)


@click.command(epilog="Example: atrasig simulate --out demo --seed 1")
@click.option("--out", required=True, type=options.PATH, help="Folder to write to.")
@click.option(
    "--seed",
    default=options.SEED,
    show_default=True,
    type=click.IntRange(0),
    help="Seed: the same seed writes the same files.",
)
def simulate(out: Path, seed: int) -> None:
    """Write a simulated cohort, to try the software. Not evidence."""
    from atrasig.simulate import write_demo

    for path in write_demo(out, seed):
        click.echo(path)
