"""Commands on gene identifiers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from atrasig.cli import options

if TYPE_CHECKING:
    from atrasig.genes import GeneTable


def _table(path: Path | None) -> GeneTable:
    from atrasig.genes import load_gene_table, read_gene_table

    return load_gene_table() if path is None else read_gene_table(path)


@click.group()
def genes() -> None:
    """Look up gene identifiers, and make a gene table of your own."""


@genes.command("list", epilog="Example: atrasig genes list")
@options.genes
def list_genes(genes: Path | None) -> None:
    """List all genes of the table.

    Columns: symbol, Ensembl, Entrez, biotype, symbol of the ortholog in mouse.
    """
    table = _table(genes)
    columns = ["ensembl", "entrez", "biotype", "mouse_symbol"]
    click.echo("\t".join(["symbol", *columns]))
    for row in table.frame[columns].itertuples(name=None):
        click.echo("\t".join(row))


@genes.command("show", epilog="Example: atrasig genes show GPR56")
@click.argument("identifier", metavar="SYMBOL_OR_ID")
@options.genes
def show_gene(identifier: str, genes: Path | None) -> None:
    """Show which gene an identifier is, and how it was found."""
    from atrasig.errors import GeneIdError

    table = _table(genes)
    found = table.resolve([identifier])
    symbol, kind = str(found.symbols[0]), str(found.kinds[0])
    if kind == "ambiguous":
        owners = ", ".join(table.owners(identifier)) or "its parts or readings differ"
        raise GeneIdError(
            f"{identifier!r} stands for several genes (of this table: {owners})",
            fix="Use the approved symbol, or an Ensembl or Entrez id.",
        )
    if symbol not in table.frame.index:
        raise GeneIdError(
            f"{identifier!r} is not in gene table {table.version}",
            fix="Such a gene keeps its own id. `atrasig genes build` makes a genome-wide table.",
        )
    click.echo(f"symbol\t{symbol}\nfound as\t{kind}")
    for name, cell in table.frame.loc[symbol].items():
        click.echo(f"{name}\t{str(cell).replace('|', ', ') or '-'}")


@genes.command("resolve", epilog="Example: atrasig genes resolve ids.txt --out symbols.tsv")
@click.argument("file", type=options.PATH)
@click.option("--out", type=options.PATH, help="Table of every id, its symbol and its kind.")
@options.genes
def resolve_file(file: Path, out: Path | None, genes: Path | None) -> None:
    """Count the kinds of identifiers in a file.

    The file holds one a line, or has them in the first column, separated by tabs.
    """
    from atrasig.files import write_text
    from atrasig.io.compression import open_text

    with open_text(file) as handle:
        ids = [line.rstrip("\r\n").split("\t")[0].strip('"') for line in handle]
    ids = [name for name in ids if name.strip()]
    found = _table(genes).resolve(ids)
    if out is not None:
        rows = zip(ids, found.symbols, found.kinds, strict=True)
        lines = ["id\tsymbol\tkind", *("\t".join(row) for row in rows)]
        write_text(out, "\n".join(lines) + "\n")
    for kind, count in found.counts.items():
        click.echo(f"{kind}\t{count}")
    click.echo(f"species\t{found.species}\nchip\t{found.chip or '-'}")
    click.echo(f"id and name of different genes\t{found.conflicting}")


@genes.command(
    "build",
    epilog="Example: atrasig genes build --hgnc hgnc_complete_set.txt --out genes.tsv.gz",
)
@click.option("--hgnc", required=True, type=options.PATH, help="HGNC's complete set.")
@click.option(
    "--ensembl", type=options.PATH,
    help="BioMart export: Gene stable ID, Gene name, Gene type, NCBI gene ID.",
)  # fmt: skip
@click.option(
    "--orthologs", type=options.PATH,
    help="HCOP's human - mouse table; default: the orthologs of the shipped table.",
)  # fmt: skip
@options.out
def build(hgnc: Path, ensembl: Path | None, orthologs: Path | None, out: Path) -> None:
    """Make a genome-wide gene table from your own downloads."""
    from atrasig.genes.building import write_table
    from atrasig.genes.hgnc import build_table

    built = build_table(hgnc, ensembl, orthologs)
    write_table(out, built.text)
    for fact, count in built.facts.items():
        click.echo(f"{fact}\t{count}")
