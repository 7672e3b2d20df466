"""Commands on what the library rests on: statements on single genes, and where genes were read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atrasig.cli import options
from atrasig.cli.printing import print_facts, print_table

if TYPE_CHECKING:
    from atrasig.signatures import Marker, Modifier

_MODIFIED = ("gene", "event", "direction", "effect", "disease", "grade", "n", "against")


@click.command("modifiers", epilog="Example: atrasig signatures modifiers --gene CD38")
@click.option("--gene", help="All that was read on one gene, as a modifier and as a marker.")
def show_modifiers(gene: str | None) -> None:
    """List genes that change the effect of ATRA: event, direction, evidence, findings against it.

    These are published statements; nothing is computed from them.
    """
    from atrasig.signatures import load_markers, load_modifiers

    modifiers = load_modifiers()
    if gene is None:
        print_table([_MODIFIED, *map(_modified, modifiers)])
        click.echo("`--gene` shows the evidence, its source and the findings against it.")
        return
    (symbol,) = _approved([gene])
    records: tuple[Modifier | Marker, ...] = (*modifiers, *load_markers())
    found = [record for record in records if record.gene == symbol]
    if not found:
        raise click.UsageError(
            f"Nothing is recorded on {gene}; `atrasig signatures modifiers` lists the genes."
        )
    for record in found:
        print_facts(record.subject, record.model_dump(exclude={"gene"}))


def _modified(entry: Modifier) -> tuple[str, ...]:
    return (
        entry.gene,
        entry.event,
        entry.direction,
        entry.effect or "",
        entry.disease,
        entry.grade,
        "" if entry.n is None else str(entry.n),
        "yes" if entry.contradicting else "",
    )


@click.command("trace", epilog="Example: atrasig signatures trace RARB TGM2")
@click.argument("genes", nargs=-1, metavar="[GENE]...")
@click.option("--n", default=10, show_default=True, type=click.IntRange(1), help="Genes drawn.")
@click.option("--seed", default=1, show_default=True, help="Another seed draws other genes.")
@options.signatures
def trace_genes(genes: tuple[str, ...], n: int, seed: int, signatures: tuple[Path, ...]) -> None:
    """Say where genes were read: those named, in every list; or some drawn at random.

    Printed symbol, citation, table and address stand with each, so that it can be looked up.
    """
    from atrasig.signatures import load_with_shipped
    from atrasig.signatures.tracing import sample_traces, trace

    found = load_with_shipped(signatures)
    if genes:
        by_gene = {symbol: trace(symbol, found) for symbol in _approved(genes)}
        if absent := [symbol for symbol, hits in by_gene.items() if not hits]:
            raise click.UsageError(f"No signature lists {', '.join(absent)}.")
        traces = [hit for hits in by_gene.values() for hit in hits]
    else:
        traces = sample_traces(found, n, seed)
    for entry in traces:
        title = f"{entry.gene.gene}  {entry.gene.direction}  {entry.signature.id}"
        print_facts(title, entry.facts)


def _approved(names: Sequence[str]) -> list[str]:
    """Approved symbols of names in any case, each once."""
    from atrasig.genes import load_gene_table

    table = load_gene_table()
    exact = (table.approve(name) for name in names)
    found = (s if s in table.frame.index else table.approve(s.upper()) for s in exact)
    return list(dict.fromkeys(found))
