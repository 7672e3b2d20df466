"""Commands on signatures."""

from __future__ import annotations

from pathlib import Path

import click

from atrasig.cli import options


@click.group()
def signatures() -> None:
    """Look at the shipped signatures."""


@signatures.command("list", epilog="Example: atrasig signatures list")
@options.signatures
def list_signatures(signatures: tuple[Path, ...]) -> None:
    """List signatures with kind, size and source."""
    from atrasig.signatures import load_with_shipped

    for entry in load_with_shipped(signatures):
        click.echo(f"{entry.id}\t{entry.kind}\t{entry.n_genes} genes\t{entry.title}")


@signatures.command("show", epilog="Example: atrasig signatures show retinoid_response_core")
@click.argument("identifier", metavar="ID")
@options.signatures
def show_signature(identifier: str, signatures: tuple[Path, ...]) -> None:
    """Show one signature: where it can be read, its limits and its genes."""
    from atrasig.files import canonical_json
    from atrasig.signatures import load_with_shipped

    found = load_with_shipped(signatures)[identifier]
    click.echo(canonical_json(found.model_dump(mode="json", exclude_none=True)), nl=False)
