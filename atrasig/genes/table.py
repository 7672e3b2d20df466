"""The table of genes: reading it, and the questions it answers."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path

import pandas as pd

from atrasig.errors import GeneIdError
from atrasig.files import data_path
from atrasig.genes.forms import as_text
from atrasig.genes.lookup import Hit, Lookup, sole_owners
from atrasig.genes.naming import renamed_genes
from atrasig.genes.resolution import Resolution, resolve

COLUMNS = (
    "symbol",
    "ensembl",
    "entrez",
    "biotype",
    "previous",
    "aliases",
    "shared",
    "mouse_symbol",
    "mouse_ensembl",
    "mouse_entrez",
)
CODING = "protein_coding"
MAX_BYTES = 256 * 2**20
"""Bytes that a gene table may hold unpacked."""
_NAME_KINDS = ("symbol", "alias", "excel_date")


@dataclass(frozen=True, eq=False)
class GeneTable:
    """Names and identifiers of genes.

    Parameters
    ----------
    text
        One line a gene, sorted by symbol: the cells of :data:`COLUMNS`, separated by tabs.
    version
        Version of the table.
    sha256
        SHA-256 of the table's file, 64 hexadecimal digits.
    sources
        What the table's file says of its origin, a line an entry.
    """

    text: str = field(repr=False)
    version: str
    sha256: str
    sources: tuple[str, ...] = ()

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row an approved symbol (the sorted index), all columns text.

        ``ensembl``, ``entrez``, ``previous`` (former symbols), ``aliases`` and ``shared`` (names
        that other genes have too) are joined by ``|``; ``biotype`` is Ensembl's word, empty if not
        known; ``mouse_symbol``, ``mouse_ensembl`` and ``mouse_entrez`` are of the one-to-one
        ortholog, empty without one.
        """
        cells = [row.split("\t") for row in self.text.splitlines()]
        return pd.DataFrame(cells, columns=list(COLUMNS), dtype=object).set_index("symbol")

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Approved symbols, sorted."""
        return tuple(map(_symbol, self.text.splitlines()))

    @cached_property
    def coding(self) -> frozenset[str]:
        """Approved symbols of protein-coding genes."""
        return frozenset(symbol for biotype, symbol in self._pairs("biotype") if biotype == CODING)

    def __contains__(self, name: object) -> bool:
        """Whether a text is an approved symbol."""
        return isinstance(name, str) and self._human.is_symbol(name)

    @cached_property
    def _human(self) -> Lookup:
        names = chain(self._pairs("aliases"), self._pairs("previous"))
        return Lookup.of(
            (
                ("alias", sole_owners(names)),
                ("entrez", sole_owners(self._pairs("entrez"))),
                ("ensembl", sole_owners(self._pairs("ensembl"))),
                ("ambiguous", dict.fromkeys(name for name, _ in self._pairs("shared"))),
                ("symbol", dict(zip(self.symbols, self.symbols, strict=True))),
            )
        )

    @cached_property
    def _mouse(self) -> Lookup:
        columns = ("mouse_entrez", "mouse_ensembl", "mouse_symbol")
        return Lookup.of(("mouse", sole_owners(self._pairs(column))) for column in columns)

    def _pairs(self, column: str) -> Iterator[tuple[str, str]]:
        """Each of the texts that a column joins, and the symbol of its gene."""
        place = COLUMNS.index(column)
        for symbol, row in zip(self.symbols, self.text.splitlines(), strict=True):
            cell = row.split("\t")[place]
            for name in cell.split("|") if cell else ():
                yield name, symbol

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
        hit = self._human.name(symbol.strip())
        return hit.symbol if hit.kind in _NAME_KINDS else symbol.strip()

    def owners(self, name: str) -> tuple[str, ...]:
        """Approved symbols of all genes of this table that have a name or id, sorted."""
        columns = ("aliases", "previous", "shared", "entrez", "ensembl")
        return tuple(
            sorted({symbol for c in columns for own, symbol in self._pairs(c) if own == name})
        )

    def names_in(self, other: GeneTable) -> dict[str, str]:
        """Genes of this table that another table calls otherwise, and how to call them there.

        Parameters
        ----------
        other
            Table whose symbols are to be used, such as the shipped one for signatures.

        Returns
        -------
        dict of str to str
            See :func:`atrasig.genes.naming.renamed_genes`; empty where both agree.
        """
        return {} if other.sha256 == self.sha256 else renamed_genes(self.frame, other.frame)

    def find(self, identifier: object) -> Hit:
        """Find the gene of one human identifier that is no probe.

        Parameters
        ----------
        identifier
            An id or name in any form that :meth:`resolve` takes, probes and mouse excepted.

        Returns
        -------
        Hit
            Approved symbol and kind.
        """
        return self._human.find(as_text(identifier))

    def resolve(self, ids: Sequence[object]) -> Resolution:
        """Turn identifiers of any mixture of kinds into approved human symbols.

        Parameters
        ----------
        ids
            Ensembl gene ids (``ENSG00000000003.13``, ``..._PAR_Y`` and ``ENSGR...`` included),
            Entrez ids (``7105``, ``7105.0``, numbers), symbols, aliases or previous symbols,
            composites (``A1BG (1)``, ``A1BG|1``, ``ENSG00000121410_A1BG``), a spreadsheet's dates,
            probes of HG-U95Av2, HG-U133A, HG-U133 Plus 2 and HumanHT-12 v4, and ids of mouse. A
            missing value counts as an empty, unmapped id.

        Returns
        -------
        Resolution
            One entry an id, in the order given. Nothing is dropped: what the table does not know,
            or knows as several genes, is kept as it is and counted as unmapped or ambiguous. In a
            list of mouse only mouse ids are mapped, in a list of human only human ones.
        """
        return resolve(ids, self._human, lambda: self._mouse)


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
        TSV, gzipped or plain: comment lines (``# version: 2`` among them), a header with the
        columns of :data:`COLUMNS`, one line a gene. ``atrasig genes build`` writes such a table.

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
    content, text = _read(place)
    lines = text.splitlines()
    comments = [line for line in lines if line.startswith("#")]
    version = next((line[11:] for line in comments if line.startswith("# version: ")), "")
    rows = lines[len(comments) :]
    if not version or not rows or any(row.count("\t") != rows[0].count("\t") for row in rows):
        raise _unusable("The gene table is not of the known form", place)
    header, genes = rows[0], sorted(rows[1:], key=_symbol)
    if header != "\t".join(COLUMNS) or len(set(map(_symbol, genes))) < len(genes):
        raise _unusable("The gene table has other columns or a symbol twice", place)
    sources = tuple(line[2:] for line in comments if not line.startswith("# version: "))
    return GeneTable("\n".join(genes), version, hashlib.sha256(content).hexdigest(), sources)


def _symbol(row: str) -> str:
    return row.partition("\t")[0]


def _read(path: Path) -> tuple[bytes, str]:
    """Bytes of the file as stored, and its text."""
    try:
        content = path.read_bytes()
        unpacked = content
        if content[:2] == b"\x1f\x8b":
            with gzip.open(path) as handle:
                unpacked = handle.read(MAX_BYTES + 1)
        if len(unpacked) > MAX_BYTES:
            raise _unusable("The gene table is larger than any genome needs", path)
        return content, unpacked.decode("utf-8")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise _unusable(f"Cannot read the gene table: {error}", path) from error


def _unusable(what: str, path: Path) -> GeneIdError:
    return GeneIdError(
        what,
        where=path.name,
        fix="Make the table again with `atrasig genes build`; if it is the shipped one, install "
        "atrasig again.",
    )
