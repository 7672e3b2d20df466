r"""Build the shipped table of genes, ``atrasig/data/genes.tsv.gz`` (maintainers only).

::

    python scripts/build_gene_table.py IDS --lists LISTS/*.tsv

IDS is the folder of the source tables (named in ``FILES``), LISTS are gene lists from which
signatures may be made. The genes of all YAML below ``signatures/`` are always taken, so run it
again, with the same line, whenever signatures were added. The same input gives the same bytes.

1. A gene's name is the symbol HGNC approves. Ensembl's name is replaced where HGNC maps it to
   exactly one approved symbol that no other Ensembl gene bears.
2. A row is protein coding if one of its ids on the primary assembly is (off it only where the
   gene is nowhere on it); only ids of the row's own biotype are listed. Coding genes without a
   symbol have no row.
3. HGNChelper does not tell previous symbols from aliases. A name is previous if Ensembl gave it to
   the same Ensembl id (in GRCh37, or in GRCh38 before rule 1), else an alias.
4. A name that HGNC maps to several genes, or that two rows have, is shared. An approved symbol is
   no other gene's name.
5. Ids that GRCh38 no longer has are added from GRCh37 unless the Entrez ids disagree.
6. An Entrez id that Ensembl gives to several genes stays with the one that the human columns of
   HCOP give it to, where that is exactly one; else all keep it and it is ambiguous.
7. Mouse orthologs are one-to-one in HCOP and not contradicted by MGI: atrasig/genes/orthologs.py.
8. A gene of a shipped signature that neither Ensembl nor HGNC names has a row of its own name.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from atrasig.genes.building import Gene, settle_names, table_text, write_table
from atrasig.genes.forms import entrez_of_loc
from atrasig.genes.orthologs import one_to_one, read_pairs
from atrasig.genes.sources import Column, read_columns
from atrasig.genes.table import CODING

ROOT = Path(__file__).resolve().parents[1]
COMMENTS = (
    "version: 2",
    "content: every protein-coding gene with a symbol, and every gene of the signatures",
    "ensembl: Ensembl GRCh38 genes through annotables at commit d2e86c7e; release not stated in "
    "its table (its README says Ensembl Genes 109). Retired ids and previous symbols: Ensembl "
    "GRCh37 genes from the same place, release not stated. EMBL-EBI terms of use",
    "hgnc: approved, alias and previous symbols through HGNChelper 0.8.15 (its NEWS: maps of "
    "16 November 2024), which does not tell aliases from previous symbols. HGNC data are CC0",
    "entrez: as Ensembl; ids of several genes by HCOP",
    "mouse: one-to-one in HCOP and not contradicted by MGI, both through babelgene at commit "
    "824bff96, release not stated",
    "columns: previous = other names of the same Ensembl id; shared = names of several genes",
    "rules: scripts/build_gene_table.py",
)
FILES = {
    "grch38": "ensembl_grch38_annotables.tsv.gz",
    "grch37": "ensembl_grch37_annotables.tsv.gz",
    "hgnc": "hgnc_alias_to_approved_HGNChelper.tsv.gz",
    "hcop": "human_mouse_orthologs_HCOP_babelgene.tsv.gz",
    "mgi": "human_mouse_orthologs_MGI_babelgene.tsv.gz",
}
PRIMARY = frozenset([*(str(n) for n in range(1, 23)), "X", "Y", "MT"])


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
    """What HGNC says of names: approved symbols, and the symbols a name points to."""

    approved: frozenset[str]
    targets: dict[str, frozenset[str]]

    def current(self, name: str) -> str | None:
        """Approved symbol of a name, or None where HGNC names none or several."""
        if name in self.approved:
            return name
        targets = self.targets.get(name, frozenset())
        return next(iter(targets)) if len(targets) == 1 else None


def read(path: Path, *columns: str) -> Iterator[list[str]]:
    """Cells of some columns of a table."""
    return read_columns(path, [Column(name, (name,)) for name in columns], "See the source's page.")


def read_ensembl(path: Path) -> list[EnsemblRow]:
    """Read an annotables table."""
    return [EnsemblRow(*row) for row in read(path, "ensgene", "entrez", "symbol", "chr", "biotype")]


def read_names(path: Path) -> Names:
    """Read the table of names and the approved symbols they stand for."""
    targets: dict[str, set[str]] = defaultdict(set)
    for name, approved in read(path, "Symbol", "Approved.Symbol"):
        targets[name].add(approved)
    approved_symbols = frozenset(name for names in targets.values() for name in names)
    return Names(approved_symbols, {name: frozenset(found) for name, found in targets.items()})


def read_lists(paths: Iterable[Path]) -> set[str]:
    """Gene names of TSV files (column ``gene``)."""
    return {name for path in paths for (name,) in read(path, "gene") if name}


def read_signature_genes(folder: Path) -> set[str]:
    """Names under ``gene`` anywhere in the YAML files below a folder."""
    files = sorted(folder.rglob("*.yaml"))
    return {name for file in files for name in genes_of(yaml.safe_load(file.read_text("utf-8")))}


def genes_of(node: Any) -> Iterator[str]:
    """Every text under a key ``gene``."""
    if isinstance(node, dict):
        if isinstance(node.get("gene"), str):
            yield node["gene"]
        for value in node.values():
            yield from genes_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from genes_of(value)


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
            genes[new].previous.add(old)
    return genes


def listed_symbol(name: str, genes: dict[str, Gene], names: Names) -> str | None:
    """Symbol of a listed gene, or None where it cannot be told."""
    if name in genes:
        return name
    if current := names.current(name):
        return current
    entrez = entrez_of_loc(name)
    found = [symbol for symbol, gene in genes.items() if entrez and entrez in gene.entrez]
    return found[0] if len(found) == 1 else None


def kept_genes(
    genes: dict[str, Gene], listed: set[str], shipped: set[str], names: Names
) -> dict[str, Gene]:
    """Keep coding genes, listed genes that have a symbol, and all genes of shipped signatures."""
    keep = {symbol for symbol, gene in genes.items() if gene.biotype == CODING}
    keep |= {symbol for name in listed if (symbol := listed_symbol(name, genes, names))}
    keep |= {listed_symbol(name, genes, names) or name for name in shipped - names.targets.keys()}
    return {symbol: genes.get(symbol) or unnamed_gene(symbol) for symbol in sorted(keep)}


def unnamed_gene(symbol: str) -> Gene:
    """Row of a gene that Ensembl does not name; NCBI's LOC names hold the Entrez id."""
    entrez = entrez_of_loc(symbol)
    return Gene(entrez={entrez} if entrez else set())


def add_names(genes: dict[str, Gene], names: Names) -> None:
    """Give every gene the names that point to it, alone or with others."""
    for name, targets in names.targets.items():
        for symbol in targets & genes.keys():
            (genes[symbol].aliases if len(targets) == 1 else genes[symbol].shared).add(name)


def add_former(genes: dict[str, Gene], rows: list[EnsemblRow], names: Names, now: set[str]) -> None:
    """Add retired ids, and names that GRCh37 gave to an id.

    `now` holds every id that GRCh38 still has, whether named there or not.
    """
    by_id = {ensembl: symbol for symbol, gene in genes.items() for ensembl in gene.ensembl}
    for row in rows:
        symbol = by_id.get(row.ensembl)
        if symbol and names.current(row.symbol) in (None, symbol) and row.symbol:
            genes[symbol].previous.add(row.symbol)
        elif not symbol and row.ensembl not in now and row.biotype == CODING:
            gene = genes.get(names.current(row.symbol) or row.symbol)
            if gene and gene.biotype == CODING and agrees(row, gene):
                gene.ensembl.extend([] if row.ensembl in gene.ensembl else [row.ensembl])


def agrees(row: EnsemblRow, gene: Gene) -> bool:
    """Whether the Entrez ids of a retired row do not contradict the gene's."""
    return not row.entrez or not gene.entrez or row.entrez in gene.entrez


def settle_entrez(genes: dict[str, Gene], path: Path, names: Names) -> None:
    """Take a shared Entrez id from all genes but the one the ortholog table gives it to."""
    owners: dict[str, set[str]] = defaultdict(set)
    for symbol, gene in genes.items():
        for entrez in gene.entrez:
            owners[entrez].add(symbol)
    stated: dict[str, set[str]] = defaultdict(set)
    for name, entrez in read(path, "human_symbol", "human_entrez"):
        stated[entrez].add(names.current(name) or name)
    for entrez, symbols in owners.items():
        chosen = symbols & stated[entrez]
        if len(symbols) > 1 and len(chosen) == 1:
            for symbol in symbols - chosen:
                genes[symbol].entrez.discard(entrez)


def add_mouse(genes: dict[str, Gene], hcop: Path, mgi: Path, names: Names) -> None:
    """Give genes their one-to-one orthologs."""
    listed = [
        (names.current(human) or human, mouse)
        for human, mouse in read(mgi, "human_symbol", "mouse_symbol")
    ]
    pairs = [
        pair._replace(human=names.current(pair.human) or pair.human) for pair in read_pairs(hcop)
    ]
    found = one_to_one(pairs, listed)
    for symbol in genes.keys() & found.keys():
        genes[symbol].mouse = found[symbol]


def build(ids: Path, signatures: Path, lists: Iterable[Path]) -> str:
    """Text of the table from the folder of its sources, the signatures and gene lists."""
    source = {name: ids / file for name, file in FILES.items()}
    names = read_names(source["hgnc"])
    rows = read_ensembl(source["grch38"])
    shipped = read_signature_genes(signatures)
    listed = shipped | read_lists(lists)
    genes = kept_genes(genes_of_ensembl(rows, names), listed, shipped, names)
    add_names(genes, names)
    add_former(genes, read_ensembl(source["grch37"]), names, {row.ensembl for row in rows})
    settle_names(genes, names.approved)
    settle_entrez(genes, source["hcop"], names)
    add_mouse(genes, source["hcop"], source["mgi"], names)
    return table_text(genes, COMMENTS)


def main() -> None:
    """Read the arguments, build the table and write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("ids", type=Path, help="folder of the source tables")
    parser.add_argument("--signatures", type=Path, default=ROOT / "signatures")
    parser.add_argument("--lists", type=Path, nargs="*", default=[], help="TSV gene lists")
    parser.add_argument("--out", type=Path, default=ROOT / "atrasig/data/genes.tsv.gz")
    args = parser.parse_args()
    text = build(args.ids, args.signatures, args.lists)
    write_table(args.out, text)
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    print(f"{args.out}: {len(rows) - 1} genes, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
