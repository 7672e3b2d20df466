"""Commands that read matrices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from atrasig.cli import options
from atrasig.cli.printing import tell_failures


@click.command(epilog="Example: atrasig formats")
def formats() -> None:
    """List the formats that are read."""
    from atrasig.io import FORMATS

    for name, format in FORMATS.items():
        click.echo(f"{name}\t{format.title}")


@click.command(
    epilog="Examples: atrasig ingest counts.tsv.gz --out raw.h5ad; "
    "atrasig ingest 'star/*ReadsPerGene.out.tab' --strand reverse --out raw.h5ad"
)
@click.argument("matrix_file", metavar="MATRIX", type=options.PATH)
@options.out
@options.sheet
@options.reading
@options.strict
@click.option("--sha256", default="", metavar="HEX", help="Refuse a file of another SHA-256.")
def ingest(
    matrix_file: Path,
    out: Path,
    sheet: Path | None,
    name: str | None,
    sha256: str,
    **settings: Any,
) -> None:
    """Read a matrix as it stands into h5ad: a file, a folder, or a quoted pattern of files."""
    from atrasig.pipeline import stages

    reading = options.read_options(settings)
    strict = settings.pop("strict")
    tell_failures(
        stages.ingest(
            matrix_file, out, sheet=sheet, name=name, sha256=sha256, strict=strict, **reading
        )
    )


@click.command(epilog="Example: atrasig harmonise raw.h5ad --sheet samples.tsv --out expr.h5ad")
@click.argument("raw", type=options.PATH)
@options.out
@options.sheet
@options.scale
@options.genes
@options.context
@options.strict
def harmonise(raw: Path, out: Path, **settings: Any) -> None:
    """Bring a matrix to log2 scale and approved gene symbols."""
    from atrasig.pipeline import stages

    tell_failures(stages.harmonise(raw, out, **settings))
