"""Command that prints the pages of a finished run."""

from __future__ import annotations

from pathlib import Path

import click

from atrasig.cli import options


@click.command(epilog="Example: atrasig pdf results --sample APL-1")
@click.argument("results", type=options.PATH)
@click.option("--sample", "samples", multiple=True, help="Sample; repeatable. Default: all.")
def pdf(results: Path, samples: tuple[str, ...]) -> None:
    """Print pages of samples to PDF, by Chromium or Chrome.

    RESULTS is the folder of a finished run; each PDF is written beside its page. The browser is the
    first of chromium and google-chrome that is found, or what the variable ATRASIG_BROWSER names.
    """
    from atrasig.pipeline.printing import print_results

    for path in print_results(results, samples):
        click.echo(path)
