r"""Build the shipped table of genes, ``atrasig/data/genes.tsv.gz`` (maintainers only).

::

    python scripts/build_gene_table.py --grch38 ensembl_grch38_annotables.tsv.gz \
        --grch37 ensembl_grch37_annotables.tsv.gz --hgnc hgnc_alias_to_approved_HGNChelper.tsv.gz \
        --entrez human_mouse_orthologs_HCOP_babelgene.tsv.gz \
        --lists signatures/*.tsv c2.all.v7.0.symbols.gmt.gz --set-prefix ROSS_AML VALK_AML \
        --out atrasig/data/genes.tsv.gz

The same input gives the same bytes. The rules:

1. A gene's name is the symbol HGNC approves. Ensembl's name is replaced where HGNC maps it to
   exactly one approved symbol that no other Ensembl gene bears.
2. A row is protein coding if one of its ids on the primary assembly is (off it only where the
   gene is nowhere on it); only ids of the row's own biotype are listed.
3. An alias is kept if it points to one approved symbol and is not itself an approved symbol.
4. Ids that GRCh38 no longer has are added from GRCh37 unless the Entrez ids disagree.
5. An Entrez id that Ensembl gives to several genes stays with the one that the human columns of
   the ortholog table give it to, where that is exactly one; else all keep it and it is ambiguous.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

VERSION = "1"
COMMENTS = (
    f"# version: {VERSION}",
    "# content: every protein-coding gene with a symbol, and every gene of the signatures' lists",
    "# ensembl: Ensembl GRCh38 genes through annotables at commit d2e86c7e; release not stated in "
    "its table (its README says Ensembl Genes 109). Retired ids and former names: Ensembl GRCh37 "
    "genes from the same place, release not stated",
    "# hgnc: approved, alias and previous symbols through HGNChelper 0.8.15 (its NEWS: maps of "
    "16 November 2024)",
    "# entrez: as Ensembl; ids of several genes by HCOP through babelgene at commit 824bff96, "
    "release not stated",
    "# rules: scripts/build_gene_table.py",
)
COLUMNS = ("symbol", "ensembl", "entrez", "biotype", "aliases")
CODING = "protein_coding"
PRIMARY = frozenset([*(str(n) for n in range(1, 23)), "X", "Y", "MT"])


@dataclass
class Gene:
    """One row of the table while it is being put together."""

    ensembl: list[str] = field(default_factory=list)
    entrez: set[str] = field(default_factory=set)
    biotype: str = ""
    aliases: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class EnsemblRow:
    """One line of an annotables table."""

    ensembl: str
    entrez: str
    symbol: str
    chromosome: str
    biotype: str


@dataclass(frozen=True)
class Names:
    """What HGNC says of names: approved symbols, and the symbols an alias points to."""

    approved: frozenset[str]
    targets: dict[str, frozenset[str]]

    def current(self, name: str) -> str | None:
        """Approved symbol of a name, or None where HGNC names none or several."""
        if name in self.approved:
            return name
        targets = self.targets.get(name, frozenset())
        return next(iter(targets)) if len(targets) == 1 else None


def opened(path: Path) -> IO[str]:
    """Open a text file, compressed or not."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def read_ensembl(path: Path) -> list[EnsemblRow]:
    """Read an annotables table (columns ensgene, entrez, symbol, chr, biotype)."""
    with opened(path) as handle:
        rows = csv.DictReader(handle, delimiter="\t")
        return [
            EnsemblRow(r["ensgene"], r["entrez"], r["symbol"], r["chr"], r["biotype"]) for r in rows
        ]


def read_names(path: Path) -> Names:
    """Read the alias table (columns Symbol, Approved.Symbol)."""
    targets: dict[str, set[str]] = defaultdict(set)
    with opened(path) as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            targets[row["Symbol"]].add(row["Approved.Symbol"])
    approved = frozenset(name for names in targets.values() for name in names)
    return Names(approved, {name: frozenset(found) for name, found in targets.items()})


def read_lists(paths: Iterable[Path], prefixes: tuple[str, ...]) -> Iterator[str]:
    """Yield gene names of TSV files (column ``gene``) and of chosen sets of GMT files."""
    for path in paths:
        with opened(path) as handle:
            if ".gmt" in path.name:
                for line in handle:
                    name, _, *genes = line.rstrip("\r\n").split("\t")
                    if name.startswith(prefixes):
                        yield from genes
            else:
                yield from (row["gene"] for row in csv.DictReader(handle, delimiter="\t"))


def names_of_rows(rows: list[EnsemblRow], names: Names) -> dict[str, str]:
    """Approved symbol of every Ensembl symbol, never merging two Ensembl symbols into one."""
    ensembl = {row.symbol for row in rows if row.symbol}
    wanted: dict[str, list[str]] = defaultdict(list)
    for symbol in sorted(ensembl):
        current = names.current(symbol)
        if current and current != symbol and current not in ensembl:
            wanted[current].append(symbol)
    renamed = {old[0]: new for new, old in wanted.items() if len(old) == 1}
    return {symbol: renamed.get(symbol, symbol) for symbol in ensembl}


def gene_of_rows(rows: list[EnsemblRow]) -> Gene:
    """One gene from its Ensembl rows: biotype by the primary assembly, ids of that biotype."""
    primary = [row for row in rows if row.chromosome in PRIMARY]
    biotypes = sorted({row.biotype for row in primary or rows})
    biotype = CODING if CODING in biotypes else biotypes[0]
    own = [row for row in rows if row.biotype == biotype]
    order = {(row.chromosome not in PRIMARY, row.ensembl) for row in own}
    return Gene(
        ensembl=list(dict.fromkeys(ensembl for _, ensembl in sorted(order))),
        entrez={row.entrez for row in own if row.entrez},
        biotype=biotype,
    )


def genes_of_ensembl(rows: list[EnsemblRow], names: Names) -> dict[str, Gene]:
    """Every named Ensembl gene under its approved symbol."""
    symbols = names_of_rows(rows, names)
    grouped: dict[str, list[EnsemblRow]] = defaultdict(list)
    for row in rows:
        if row.symbol:
            grouped[symbols[row.symbol]].append(row)
    genes = {symbol: gene_of_rows(members) for symbol, members in grouped.items()}
    for old, new in symbols.items():
        if old != new:
            genes[new].aliases.add(old)
    return genes


def listed_symbol(name: str, genes: dict[str, Gene], names: Names) -> str | None:
    """Symbol of a listed gene, or None where it cannot be told."""
    if name in genes:
        return name
    current = names.current(name)
    if current:
        return current
    if re.fullmatch(r"LOC\d+", name):
        found = [symbol for symbol, gene in genes.items() if name[3:] in gene.entrez]
        return found[0] if len(found) == 1 else None
    return None


def add_aliases(genes: dict[str, Gene], names: Names) -> None:
    """Give every gene the names that point to it alone."""
    taken = names.approved | genes.keys()
    for name, targets in names.targets.items():
        if name not in taken and len(targets) == 1 and (symbol := next(iter(targets))) in genes:
            genes[symbol].aliases.add(name)


def add_former(genes: dict[str, Gene], rows: list[EnsemblRow], names: Names, now: set[str]) -> None:
    """Add retired ids, and names that GRCh37 used and HGNC does not know.

    `now` holds every id that GRCh38 still has, whether named there or not.
    """
    by_id = {ensembl: symbol for symbol, gene in genes.items() for ensembl in gene.ensembl}
    former: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if symbol := by_id.get(row.ensembl):
            former[row.symbol].add(symbol)
        elif row.ensembl not in now and row.biotype == CODING:
            gene = genes.get(names.current(row.symbol) or row.symbol)
            if gene and gene.biotype == CODING and agrees(row, gene):
                gene.ensembl.extend([] if row.ensembl in gene.ensembl else [row.ensembl])
    taken = names.approved | names.targets.keys() | genes.keys()
    for name, symbols in former.items():
        if name not in taken and len(symbols) == 1:
            genes[next(iter(symbols))].aliases.add(name)


def agrees(row: EnsemblRow, gene: Gene) -> bool:
    """Whether the Entrez ids of a retired row do not contradict the gene's."""
    return not row.entrez or not gene.entrez or row.entrez in gene.entrez


def add_listed(genes: dict[str, Gene], listed: set[str], names: Names) -> dict[str, Gene]:
    """Keep coding genes and listed genes; a listed gene without an Ensembl id has empty fields."""
    symbols = {listed_symbol(name, genes, names) for name in listed} - {None}
    keep = {symbol for symbol, gene in genes.items() if gene.biotype == CODING} | symbols
    kept = {symbol: genes.get(symbol, Gene()) for symbol in sorted(map(str, keep))}
    for name in sorted(listed - kept.keys()):
        symbol = listed_symbol(name, genes, names)
        if symbol and name not in names.approved and name.startswith("LOC"):
            kept[symbol].aliases.add(name)
    return kept


def settle_entrez(genes: dict[str, Gene], path: Path, names: Names) -> None:
    """Take a shared Entrez id from all genes but the one the ortholog table gives it to."""
    owners: dict[str, set[str]] = defaultdict(set)
    for symbol, gene in genes.items():
        for entrez in gene.entrez:
            owners[entrez].add(symbol)
    stated: dict[str, set[str]] = defaultdict(set)
    with opened(path) as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            name = row["human_symbol"]
            stated[row["human_entrez"]].add(names.current(name) or name)
    for entrez, symbols in owners.items():
        chosen = symbols & stated[entrez]
        if len(symbols) > 1 and len(chosen) == 1:
            for symbol in symbols - chosen:
                genes[symbol].entrez.discard(entrez)


def unusable(alias: str, genes: dict[str, Gene]) -> bool:
    """Whether an alias reads as a symbol (``C2ORF15`` as C2orf15) or as an Entrez id."""
    plain = re.sub(r"^(C(?:\d+|X|Y))ORF(?=\d)", r"\1orf", alias)
    return alias in genes or plain in genes or re.fullmatch(r"\d+(\.\d+)?", alias) is not None


def drop_unusable_aliases(genes: dict[str, Gene]) -> None:
    """Remove aliases that ended up with two genes, or that read as a symbol or an Entrez id."""
    owners: dict[str, int] = defaultdict(int)
    for gene in genes.values():
        for alias in gene.aliases:
            owners[alias] += 1
    for gene in genes.values():
        gene.aliases = {a for a in gene.aliases if owners[a] == 1 and not unusable(a, genes)}


def table_text(genes: dict[str, Gene]) -> str:
    """Text of the table: comments, header, one line a gene."""
    lines = [*COMMENTS, "\t".join(COLUMNS)]
    for symbol, gene in sorted(genes.items()):
        entrez = sorted(gene.entrez, key=int)
        cells = (gene.ensembl, entrez, [gene.biotype], sorted(gene.aliases))
        lines.append("\t".join([symbol, *("|".join(cell) for cell in cells)]))
    return "\n".join(lines) + "\n"


def build(
    grch38: Path,
    grch37: Path,
    hgnc: Path,
    entrez: Path,
    lists: list[Path],
    prefixes: tuple[str, ...],
) -> str:
    """Text of the table from the paths of its sources."""
    names = read_names(hgnc)
    rows = read_ensembl(grch38)
    genes = genes_of_ensembl(rows, names)
    kept = add_listed(genes, set(read_lists(lists, prefixes)), names)
    add_aliases(kept, names)
    add_former(kept, read_ensembl(grch37), names, {row.ensembl for row in rows})
    drop_unusable_aliases(kept)
    settle_entrez(kept, entrez, names)
    return table_text(kept)


def main() -> None:
    """Read the arguments, build the table and write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--grch38", type=Path, required=True, help="annotables GRCh38 table")
    parser.add_argument("--grch37", type=Path, required=True, help="annotables GRCh37 table")
    parser.add_argument("--hgnc", type=Path, required=True, help="alias to approved symbol")
    parser.add_argument("--entrez", type=Path, required=True, help="HCOP ortholog table")
    parser.add_argument("--lists", type=Path, nargs="*", default=[], help="TSV or GMT gene lists")
    parser.add_argument("--set-prefix", nargs="*", default=[""], help="GMT sets to take")
    parser.add_argument("--out", type=Path, required=True, help="table to write (.tsv.gz)")
    args = parser.parse_args()
    prefixes = tuple(args.set_prefix)
    text = build(args.grch38, args.grch37, args.hgnc, args.entrez, args.lists, prefixes)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))
    print(f"{args.out}: {sum(1 for line in text.splitlines() if line[0] != '#') - 1} genes")


if __name__ == "__main__":
    main()
