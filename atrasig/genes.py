"""Gene identifiers: Ensembl, Entrez, approved symbol, alias or previous symbol to approved symbol.

The shipped table ``atrasig/data/genes.tsv.gz`` holds every protein-coding gene that has a symbol
and every gene of the shipped signatures; its first lines name its version and its sources. It is
made by ``scripts/build_gene_table.py``. A symbol that is approved is never read as the alias of
another gene, and a name that points to several genes points to none.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from atrasig.errors import GeneIdError
from atrasig.files import data_path

KINDS = ("ensembl", "entrez", "symbol", "alias", "unmapped")
COLUMNS = ("symbol", "ensembl", "entrez", "biotype", "aliases")
CODING = "protein_coding"

_ENSEMBL = re.compile(r"(ENS[A-Z]*\d{6,11})(?:\.\d+)?(_PAR_Y)?")
_ENTREZ = re.compile(r"(\d+)(?:\.0*)?")
_ORF = re.compile(r"(C(?:\d+|X|Y))ORF(\d.*)")
_DATE = re.compile(r"0?(\d{1,2})-(SEP|MAR|DEC)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Resolution:
    """Identifiers turned into approved symbols.

    Parameters
    ----------
    symbols
        Object array, one entry an id in the order given: the approved symbol, or for an id
        outside the table its own text (an Ensembl id without its version).
    kinds
        Object array, one entry an id: ``ensembl``, ``entrez``, ``symbol``, ``alias`` or
        ``unmapped``.
    counts
        Number of ids of each kind; every kind is present, so the values add up to the ids.
    kind
        The commonest kind among the ids that were mapped; ``unmapped`` only if none was.
    """

    symbols: np.ndarray[Any, np.dtype[np.object_]]
    kinds: np.ndarray[Any, np.dtype[np.object_]]
    counts: dict[str, int]
    kind: str


@dataclass(frozen=True, eq=False)
class GeneTable:
    """Names and identifiers of genes.

    Parameters
    ----------
    frame
        One row an approved symbol (the sorted index); text columns ``ensembl`` and ``entrez``
        (ids joined by ``|``), ``biotype`` (Ensembl's word, empty if not known) and ``aliases``
        (joined by ``|``).
    version
        Version of the table.
    sha256
        SHA-256 of the table's file, 64 hexadecimal digits.
    """

    frame: pd.DataFrame = field(repr=False)
    version: str
    sha256: str

    @cached_property
    def coding(self) -> frozenset[str]:
        """Approved symbols of protein-coding genes."""
        return frozenset(self.frame.index[self.frame["biotype"] == CODING])

    @cached_property
    def _lookup(self) -> dict[str, tuple[str, str]]:
        """Name or id to (approved symbol, kind); names of several genes are left out."""
        found: dict[str, tuple[str, str]] = {}
        for column, kind in (("aliases", "alias"), ("entrez", "entrez"), ("ensembl", "ensembl")):
            found.update(_unambiguous(self.frame[column], kind))
        found.update((symbol, (symbol, "symbol")) for symbol in self.frame.index)
        return found

    def approve(self, symbol: str) -> str:
        """Approved symbol of an approved symbol, alias or previous symbol.

        Parameters
        ----------
        symbol
            A gene name. Letter case counts, except that ``C1ORF112`` is read as ``C1orf112`` and
            a spreadsheet's date (``06-Sep``) as the name it was made from.

        Returns
        -------
        str
            The approved symbol; the text itself, without surrounding blanks, if the table does
            not know it or knows several genes by it.
        """
        text = symbol.strip()
        approved, kind = self._named(text)
        return approved if kind in ("symbol", "alias") else text

    def resolve(self, ids: Sequence[object]) -> Resolution:
        """Turn identifiers of any mixture of kinds into approved symbols.

        Parameters
        ----------
        ids
            Ensembl gene ids (``ENSG00000000003.13``, ``..._PAR_Y`` and ``ENSGR...`` included),
            Entrez ids (``7105``, ``7105.0``, numbers), symbols, aliases or previous symbols. A
            missing value counts as an empty, unmapped id.

        Returns
        -------
        Resolution
            One entry an id, in the order given. Nothing is dropped: what the table does not know
            is kept and counted as unmapped.
        """
        pairs = [self._resolved(_text(value)) for value in ids]
        symbols = np.empty(len(pairs), dtype=object)
        kinds = np.empty(len(pairs), dtype=object)
        symbols[:] = [symbol for symbol, _ in pairs]
        kinds[:] = [kind for _, kind in pairs]
        found = Counter(kind for _, kind in pairs)
        counts = {kind: found[kind] for kind in KINDS}
        mapped = [kind for kind in KINDS[:-1] if counts[kind]]
        kind = max(mapped, key=counts.__getitem__, default="unmapped")
        return Resolution(symbols, kinds, counts, kind)

    def _resolved(self, text: str) -> tuple[str, str]:
        hit = self._lookup.get(text)
        if hit is not None:
            return hit
        if text.startswith("ENS") and (match := _ENSEMBL.fullmatch(text)):
            return self._ensembl(match[1], match[2] or "")
        if text[:1].isdigit() and (match := _ENTREZ.fullmatch(text)):
            return self._lookup.get(match[1], (text, "unmapped"))
        return self._named(text)

    def _ensembl(self, stem: str, par: str) -> tuple[str, str]:
        known = "ENSG0" + stem[5:] if stem.startswith("ENSGR") else stem
        return self._lookup.get(known, (stem + par, "unmapped"))

    def _named(self, text: str) -> tuple[str, str]:
        for spelling in _spellings(text):
            hit = self._lookup.get(spelling)
            if hit is not None:
                return hit[0], hit[1] if spelling == text else "alias"
        return text, "unmapped"


@lru_cache(maxsize=1)
def load_gene_table() -> GeneTable:
    """Read the shipped table of genes, once a process.

    Returns
    -------
    GeneTable
        About 19,700 genes.

    Raises
    ------
    GeneIdError
        If the installed table is damaged.
    """
    return read_gene_table(data_path("genes.tsv.gz"))


def read_gene_table(path: str | Path) -> GeneTable:
    """Read a table of genes in the shipped format.

    Parameters
    ----------
    path
        Gzipped TSV: comment lines (``# version: 1`` among them), a header with the columns
        ``symbol ensembl entrez biotype aliases``, one line a gene.

    Returns
    -------
    GeneTable
        Rows sorted by symbol.

    Raises
    ------
    GeneIdError
        If the file is missing, cut short, without a version or not of these columns, or if a
        symbol stands in it twice.
    """
    place = Path(path)
    fix = "Install atrasig again, or rebuild the table with scripts/build_gene_table.py."
    try:
        content = place.read_bytes()
        lines = gzip.decompress(content).decode("utf-8").splitlines()
    except (OSError, EOFError, ValueError) as error:
        raise GeneIdError(f"Cannot read the gene table: {error}", where=place.name, fix=fix) from (
            error
        )
    comments = [line for line in lines if line.startswith("#")]
    version = next((line[11:] for line in comments if line.startswith("# version: ")), "")
    rows = [tuple(line.split("\t")) for line in lines[len(comments) :]]
    if not version or not rows or any(len(row) != len(COLUMNS) for row in rows):
        raise GeneIdError("The gene table is not of the known form", where=place.name, fix=fix)
    header, genes = rows[0], sorted(rows[1:])
    if header != COLUMNS or len({row[0] for row in genes}) < len(genes):
        raise GeneIdError(
            "The gene table has other columns or a symbol twice", where=place.name, fix=fix
        )
    frame = pd.DataFrame(genes, columns=list(COLUMNS), dtype=object).set_index("symbol")
    return GeneTable(frame, version, hashlib.sha256(content).hexdigest())


def looks_like_gene_ids(ids: Sequence[object]) -> float:
    """Fraction of texts that are gene identifiers.

    Parameters
    ----------
    ids
        Row or column names of a matrix.

    Returns
    -------
    float
        0 to 1; an id counts if the table resolves it or if it has the form of an Ensembl id,
        because most Ensembl genes are not protein coding and not in the table. 0 for no ids.
    """
    if len(ids) == 0:
        return 0.0
    found = load_gene_table().resolve(ids)
    known = [
        kind != "unmapped" or _ENSEMBL.fullmatch(symbol) is not None
        for symbol, kind in zip(found.symbols, found.kinds, strict=True)
    ]
    return float(np.mean(known))


def _unambiguous(cells: pd.Series, kind: str) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    shared: set[str] = set()
    for symbol, cell in zip(cells.index, cells, strict=True):
        for name in cell.split("|") if cell else ():
            if name in found:
                shared.add(name)
            found[name] = (symbol, kind)
    return {name: hit for name, hit in found.items() if name not in shared}


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if value is None or value is pd.NA or value != value:
        return ""
    return str(value).strip()


def _spellings(text: str) -> tuple[str, ...]:
    if match := _ORF.fullmatch(text):
        return text, f"{match[1]}orf{match[2]}"
    if match := _DATE.fullmatch(text):
        return text, f"{match[1]}-{match[2].upper()}"
    return (text,)
