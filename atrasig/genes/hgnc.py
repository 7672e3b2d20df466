"""Make a genome-wide gene table from downloads of HGNC, Ensembl and HCOP."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from atrasig.errors import GeneIdError
from atrasig.files import sha256_file, sha256_text
from atrasig.genes.building import Gene, settle_names, table_text
from atrasig.genes.forms import ENSEMBL, ENTREZ
from atrasig.genes.orthologs import MouseGene, one_to_one, read_pairs
from atrasig.genes.sources import Column, read_columns
from atrasig.genes.table import CODING, load_gene_table

_HGNC_FIX = "Download hgnc_complete_set.txt from genenames.org and give it as it is."
_HGNC = (
    Column("approved symbol", ("symbol",)),
    Column("status", ("status",), needed=False),
    Column("kind of locus", ("locus_group",)),
    Column("kind of locus", ("locus_type",)),
    Column("Ensembl id", ("ensembl_gene_id",)),
    Column("Entrez id", ("entrez_id",)),
    Column("previous symbols", ("prev_symbol",)),
    Column("aliases", ("alias_symbol",)),
)
_ENSEMBL_FIX = (
    "Export Gene stable ID, Gene name, Gene type and NCBI gene ID of human genes from BioMart."
)
_ENSEMBL = (
    Column("Ensembl id", ("Gene stable ID",)),
    Column("gene name", ("Gene name",)),
    Column("biotype", ("Gene type",)),
    Column("Entrez id", ("NCBI gene (formerly Entrezgene) ID", "NCBI gene ID")),
)
_CODING_GROUP = "protein-coding gene"


@dataclass(frozen=True)
class BuiltTable:
    """A gene table and what was done to make it.

    Parameters
    ----------
    text
        The table in the shipped format.
    facts
        Counts of genes and of what was left out.
    """

    text: str
    facts: dict[str, int]


def build_table(
    hgnc: str | Path, ensembl: str | Path | None = None, orthologs: str | Path | None = None
) -> BuiltTable:
    """Make a gene table.

    Parameters
    ----------
    hgnc
        HGNC's complete set.
    ensembl
        BioMart export of Ensembl: biotypes, the ids of alternative haplotypes, and named genes
        that HGNC does not have. Without it the biotype is HGNC's locus type.
    orthologs
        Human - mouse table of HCOP. Without it the shipped table's orthologs are taken over for
        genes with the same Entrez id.

    Returns
    -------
    BuiltTable
        The same for the same input.

    Raises
    ------
    GeneIdError
        If a source cannot be read, lacks a column, or holds no gene.
    """
    genes, facts = _read_hgnc(hgnc)
    comments = [
        f"hgnc: {Path(hgnc).name}, sha256 {sha256_file(hgnc)}",
        "rules: atrasig genes build; names of several genes are in the column shared",
    ]
    if ensembl is not None:
        facts |= _add_ensembl(genes, ensembl)
        comments.append(f"ensembl: {Path(ensembl).name}, sha256 {sha256_file(ensembl)}")
    if orthologs is not None:
        pairs = read_pairs(orthologs)
        found: Mapping[str, MouseGene] = one_to_one(pairs)
        comments.append(f"orthologs: {Path(orthologs).name}, sha256 {sha256_file(orthologs)}")
    else:
        found = _shipped_orthologs(genes)
        comments.append(f"orthologs: table {load_gene_table().version} of atrasig")
    for symbol in genes.keys() & found.keys():
        genes[symbol].mouse = found[symbol]
    facts["names_not_ascii"] = settle_names(genes, ())
    facts["one_to_one_orthologs"] = len(genes.keys() & found.keys())
    facts["genes"] = len(genes)
    facts["coding"] = sum(gene.biotype == CODING for gene in genes.values())
    version = "built-" + sha256_text("\n".join(comments))[:12]
    return BuiltTable(table_text(genes, [f"version: {version}", *comments]), facts)


def _read_hgnc(path: str | Path) -> tuple[dict[str, Gene], dict[str, int]]:
    genes: dict[str, Gene] = {}
    withdrawn = 0
    for row in read_columns(path, _HGNC, _HGNC_FIX):
        symbol, status, group, locus, ensembl, entrez, previous, aliases = row
        if not symbol or status not in ("", "Approved") or not symbol.isascii():
            withdrawn += 1
            continue
        if symbol in genes:
            raise GeneIdError(
                f"The symbol {symbol!r} stands in it twice", where=Path(path).name, fix=_HGNC_FIX
            )
        genes[symbol] = Gene(
            ensembl=[name for name in _several(ensembl) if ENSEMBL.fullmatch(name)],
            entrez={match[1] for name in _several(entrez) if (match := ENTREZ.fullmatch(name))},
            biotype=CODING if group == _CODING_GROUP else locus,
            previous=set(_several(previous)),
            aliases=set(_several(aliases)),
        )
    if not genes:
        raise GeneIdError("It holds no approved gene", where=Path(path).name, fix=_HGNC_FIX)
    return genes, {"not_approved": withdrawn}


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.strip('"').split("|") if part.strip()]


def _add_ensembl(genes: dict[str, Gene], path: str | Path) -> dict[str, int]:
    """Give genes Ensembl's biotype and further ids, and add named genes that HGNC lacks."""
    of_id = {ensembl: symbol for symbol, gene in genes.items() for ensembl in gene.ensembl}
    names = {name for gene in genes.values() for name in gene.previous | gene.aliases}
    biotypes: dict[str, set[str]] = defaultdict(set)
    nameless: set[str] = set()
    former: set[str] = set()
    for ensembl, name, biotype, entrez in read_columns(path, _ENSEMBL, _ENSEMBL_FIX):
        symbol = of_id.get(ensembl) or name
        if not symbol or not symbol.isascii() or not ENSEMBL.fullmatch(ensembl):
            nameless.add(ensembl)
        elif symbol not in genes and symbol in names:
            former.add(ensembl)
        else:
            gene = genes.setdefault(symbol, Gene())
            gene.ensembl += [] if ensembl in gene.ensembl else [ensembl]
            if not gene.entrez and (match := ENTREZ.fullmatch(entrez)):
                gene.entrez.add(match[1])
            biotypes[symbol].add(biotype)
    for symbol, found in biotypes.items():
        genes[symbol].biotype = CODING if CODING in found else min(found)
    return {"ensembl_without_symbol": len(nameless), "ensembl_under_former_name": len(former)}


def _shipped_orthologs(genes: Mapping[str, Gene]) -> dict[str, MouseGene]:
    columns = ["entrez", "mouse_symbol", "mouse_ensembl", "mouse_entrez"]
    shipped = load_gene_table().frame[columns].itertuples(index=False, name=None)
    mouse = {entrez: MouseGene(*gene) for entrez, *gene in shipped if entrez and gene[0]}
    return {
        symbol: mouse[entrez]
        for symbol, gene in genes.items()
        if len(gene.entrez) == 1 and (entrez := next(iter(gene.entrez))) in mouse
    }
