"""Command line: thin commands around the stages."""

from __future__ import annotations

import sys
from typing import Any

import click

from atrasig._version import __version__
from atrasig.cli import (
    associate,
    cells,
    evidence,
    fit,
    genes,
    matrices,
    methods,
    pdf,
    run,
    sheet,
    signatures,
    stages,
    targets,
    validate,
)
from atrasig.errors import AtrasigError


class _Commands(click.Group):
    """A group whose commands print an error of atrasig as one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AtrasigError as error:
            click.echo(f"atrasig: error: {error}", err=True)
            ctx.exit(2)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: atrasig run counts.tsv.gz --disease AML --out results",
)
@click.version_option(__version__, prog_name="atrasig")
def main() -> None:
    """Score transcriptomes for ATRA sensitivity and response. Research use only.

    `run` does everything in one process; the other commands are its stages, which the Snakemake
    workflow calls.
    """


for _command in (
    run.run,
    matrices.formats,
    sheet.sheet,
    matrices.ingest,
    matrices.harmonise,
    cells.cells,
    cells.pseudobulk,
    cells.score_cells,
    cells.cells_report,
    methods.methods,
    stages.score,
    stages.predict,
    stages.pairs,
    stages.hypotheses,
    fit.fit,
    stages.enrich,
    stages.report,
    stages.gather,
    stages.collect,
    pdf.pdf,
    targets.targets,
    associate.associate,
    validate.validate,
    signatures.signatures,
    evidence.evidence,
    genes.genes,
    run.simulate,
):
    main.add_command(_command)

if __name__ == "__main__":
    sys.exit(main())
