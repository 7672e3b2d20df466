"""Names of imported genes: approved symbols, and the dates that spreadsheets make of symbols."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from atrasig.curation.draft import DraftGene

if TYPE_CHECKING:
    from atrasig.genes import GeneTable

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = rf"(?:{'|'.join(MONTHS)})[a-z]*\.?"
_MADE_BY_SPREADSHEET = re.compile(
    rf"\d{{1,2}}[-/. ]{_MONTH}(?:[-/. ]\d{{2,4}})?|{_MONTH}[-/. ]\d{{1,4}}"
    r"|\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}"
    r"|\d+(?:\.\d+)?E\+?\d+",
    re.IGNORECASE,
)
"""Dates of any form, and numbers with an exponent."""


class Named(NamedTuple):
    """A gene with its approved symbol, or its own text where the table does not know it."""

    gene: DraftGene
    symbol: str
    known: bool

    @property
    def place(self) -> str:
        """Where it stands, with what is written there."""
        return f"{self.gene.place}, {self.gene.text}"


def name_genes(genes: Sequence[DraftGene], table: GeneTable) -> tuple[list[Named], list[str]]:
    """Bring genes to approved symbols.

    Parameters
    ----------
    genes
        Symbols, previous symbols, aliases, Ensembl or Entrez ids.
    table
        The gene table.

    Returns
    -------
    tuple
        One entry a gene, and one fault for each that a spreadsheet has made unreadable.
    """
    symbols = table.resolve([gene.text for gene in genes]).symbols
    named: list[Named] = []
    faults: list[str] = []
    for gene, symbol in zip(genes, symbols, strict=True):
        known = symbol in table.frame.index
        if not known and _MADE_BY_SPREADSHEET.fullmatch(gene.text):
            faults.append(
                f"{gene.place}: {gene.text!r} is what a spreadsheet makes of a gene name, and no "
                "single gene stands behind it; write the symbol"
            )
            continue
        named.append(Named(gene, str(symbol) if known else gene.text, known))
    return named, faults
