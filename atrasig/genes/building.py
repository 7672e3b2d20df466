"""Put a gene table together: what the shipped and a user's own table have in common."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from atrasig.files import atomic_path
from atrasig.genes.forms import ENSEMBL, ENTREZ, is_date, spelled_orf
from atrasig.genes.orthologs import MouseGene
from atrasig.genes.table import COLUMNS

_SEPARATORS = re.compile(r"[\t\r\n|]")


@dataclass
class Gene:
    """One row of a gene table while it is being put together.

    Parameters
    ----------
    ensembl
        Ensembl ids, the one of the primary assembly first.
    entrez
        Entrez ids.
    biotype
        Ensembl's word for it.
    previous, aliases
        Former symbols; other names.
    shared
        Names that other genes have too.
    mouse
        The one-to-one ortholog.
    """

    ensembl: list[str] = field(default_factory=list)
    entrez: set[str] = field(default_factory=set)
    biotype: str = ""
    previous: set[str] = field(default_factory=set)
    aliases: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    mouse: MouseGene | None = None


def settle_names(genes: Mapping[str, Gene], approved: Collection[str]) -> int:
    """Leave every name with one gene, or mark it as shared; in place.

    A name that is an approved symbol, or that reads as an id or a date, is no other gene's name.

    Parameters
    ----------
    genes
        Symbol to gene.
    approved
        Approved symbols, those of genes outside the table among them.

    Returns
    -------
    int
        Number of names left out because they are not plain ASCII text.
    """
    taken = {*approved, *genes}
    owners: dict[str, set[str]] = defaultdict(set)
    unwritable: set[str] = set()
    for symbol, gene in genes.items():
        for name in gene.previous | gene.aliases | gene.shared:
            owners[name].add(symbol)
    for gene in genes.values():
        for names in (gene.previous, gene.aliases, gene.shared):
            unwritable |= {name for name in names if not _writable(name)}
            names -= {name for name in names if _reads_otherwise(name, taken)} | unwritable
        gene.shared |= {n for n in gene.previous | gene.aliases if len(owners[n]) > 1}
        gene.previous -= gene.shared
        gene.aliases -= gene.shared | gene.previous
    return len(unwritable)


def _reads_otherwise(name: str, taken: Collection[str]) -> bool:
    return (
        name in taken
        or spelled_orf(name) in taken
        or is_date(name)
        or ENTREZ.fullmatch(name) is not None
        or ENSEMBL.fullmatch(name) is not None
    )


def _writable(name: str) -> bool:
    return name.isascii() and name.isprintable() and not _SEPARATORS.search(name)


def table_text(genes: Mapping[str, Gene], comments: Iterable[str]) -> str:
    """Text of a gene table.

    Parameters
    ----------
    genes
        Symbol to gene.
    comments
        Lines above the table without their ``#``; one of them ``version: ...``.

    Returns
    -------
    str
        Comments, header, one line a gene in the order of the symbols.
    """
    lines = [*(f"# {line}" for line in comments), "\t".join(COLUMNS)]
    for symbol, gene in sorted(genes.items()):
        names = (sorted(found) for found in (gene.previous, gene.aliases, gene.shared))
        entrez = sorted(gene.entrez, key=int)
        cells = map("|".join, (gene.ensembl, entrez, [gene.biotype], *names))
        mouse = gene.mouse or MouseGene("", "", "")
        lines.append("\t".join([symbol, *cells, *mouse]))
    return "\n".join(lines) + "\n"


def write_table(path: str | Path, text: str) -> None:
    """Write a table gzipped, whole or not at all, the same text always as the same bytes.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    content = gzip.compress(text.encode("ascii"), compresslevel=9, mtime=0)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
