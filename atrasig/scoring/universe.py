"""The ranking universe: which genes of a matrix are ranked against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import GeneIdError, UsageError
from atrasig.files import sha256_text
from atrasig.genes import CODING, load_gene_table

if TYPE_CHECKING:
    from anndata import AnnData

MIN_KNOWN = 0.05
"""Share of the genes that must be approved symbols for biotypes to be looked up."""


@dataclass(frozen=True)
class Universe:
    """Genes that are ranked, in one fixed order.

    Parameters
    ----------
    positions
        Columns of the matrix, ordered by gene symbol, so that no result depends on the order of
        the genes in a file.
    symbols
        Gene symbols at those positions.
    name
        ``coding``, ``all`` or ``list:<hash>``, as written to the result tables.
    biotype_from
        Where the biotypes come from that decided: ``matrix``, or ``gene table <version>``; empty
        where none were needed.
    """

    positions: NDArray[np.intp]
    symbols: NDArray[np.object_]
    name: str
    biotype_from: str = ""

    @cached_property
    def sha256(self) -> str:
        """Hash of the symbols: equal where the same genes are ranked."""
        return sha256_text("\n".join(map(str, self.symbols)))


def select_universe(expr: AnnData, universe: str | Sequence[str] = "coding") -> Universe:
    """Choose the genes of a matrix that are ranked: see :func:`choose_genes`.

    Parameters
    ----------
    expr
        Samples x genes.
    universe
        ``coding`` (protein-coding genes), ``all``, or a list of gene symbols.
    """
    biotype = np.asarray(expr.var["biotype"].astype(str)) if "biotype" in expr.var else None
    return choose_genes(np.asarray(expr.var_names, dtype=object), biotype, universe)


def choose_genes(
    symbols: NDArray[np.object_],
    biotype: NDArray[np.object_] | None,
    universe: str | Sequence[str] = "coding",
) -> Universe:
    """Choose the genes that are ranked.

    Parameters
    ----------
    symbols
        Gene symbols of the columns of a matrix.
    biotype
        Ensembl biotype of each. Where the matrix has none, the shipped table of genes says which
        symbols are of protein-coding genes; symbols that it does not know are not ranked then.
    universe
        ``coding`` (protein-coding genes), ``all``, or a list of gene symbols.

    Returns
    -------
    Universe
        The chosen columns, ordered by symbol.

    Raises
    ------
    GeneIdError
        If fewer than two genes remain, or biotypes have to be looked up and the genes are not
        called by symbols.
    UsageError
        If the name is not known.
    """
    source = ""
    if not isinstance(universe, str):
        chosen = np.isin(symbols, np.asarray(sorted(set(universe)), dtype=object))
        name = f"list:{sha256_text(chr(10).join(sorted(set(universe))))[:12]}"
    elif universe == "all":
        chosen, name = np.ones(symbols.size, dtype=bool), "all"
    elif universe == "coding":
        name = "coding"
        if biotype is not None:
            chosen, source = np.asarray(biotype == CODING), "matrix"
        else:
            chosen, source = _coding_symbols(symbols)
    else:
        raise UsageError(
            f"Unknown ranking universe {universe!r}",
            fix="Use 'coding', 'all' or a list of gene symbols.",
        )
    positions = np.flatnonzero(chosen)
    if positions.size < 2:
        raise GeneIdError(
            f"Only {positions.size} of {symbols.size} genes belong to the ranking universe {name}",
            fix="Check the gene identifiers, or use universe='all'.",
        )
    own = symbols[positions]
    if not np.all(own[1:] >= own[:-1]):
        positions = positions[np.argsort(own.astype(str), kind="stable")]
    return Universe(positions, symbols[positions], name, source)


def _coding_symbols(symbols: NDArray[np.object_]) -> tuple[NDArray[np.bool_], str]:
    """Say which symbols are of coding genes, by the shipped table, and which table that is."""
    table = load_gene_table()
    known = np.isin(symbols.astype(str), np.asarray(table.frame.index, dtype=str))
    if known.sum() < MIN_KNOWN * symbols.size:
        shown = ", ".join(repr(str(symbol)) for symbol in symbols[:3])
        raise GeneIdError(
            f"{int(known.sum()):,} of {symbols.size:,} genes are called by approved human symbols; "
            f"the first are {shown}",
            fix="Pass the matrix through atrasig.harmonise(), which turns Ensembl ids, Entrez ids, "
            "probes and mouse genes into symbols, or use universe='all'.",
        )
    coding = np.asarray(sorted(table.coding), dtype=str)
    return known & np.isin(symbols.astype(str), coding), f"gene table {table.version}"
