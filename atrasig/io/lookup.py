"""Tables that a user gives to translate names: transcripts to genes, probes to symbols."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from atrasig.errors import FormatError
from atrasig.genes import looks_like_gene_ids
from atrasig.io.compression import open_text

Translation = dict[str, tuple[str, ...]]
"""Genes of a name: several where the table is ambiguous, none where it leaves the cell empty."""

_ASIDES = ("#", "!", "^")
_TABLE_BEGIN, _TABLE_END = "!platform_table_begin", "!platform_table_end"
_SYMBOL_HEADS = ("genesymbol", "genesymbols", "symbol", "hgncsymbol", "ilmngene", "geneassignment")
_NO_GENE = frozenset(["", "-", "--", "---", "NA", "N/A", "null", "None"])
_PROBED = 400


def read_translation(
    path: Path, names: Sequence[str], plain: Callable[[str], str], *, symbols_by_header: bool
) -> Translation:
    """Read which genes names belong to.

    Parameters
    ----------
    path
        TSV or CSV, packed or not, with or without header; lines that begin with ``#``, ``!`` or
        ``^`` are skipped, and of a SOFT file only the platform table is read.
    names
        Names to translate: the column that holds most of them is that of the names.
    plain
        Makes names comparable (drops a version, for example).
    symbols_by_header
        Whether a column headed as one of gene symbols is that of the genes; otherwise, and where
        there is none, it is the column that looks most like gene identifiers.

    Returns
    -------
    dict
        Genes by name, as written and as made plain.

    Raises
    ------
    FormatError
        If the file has fewer than two columns or holds none of the names.
    """
    rows = list(_rows(path))
    width = max(map(len, rows), default=0)
    if width < 2:
        raise FormatError(
            "The table needs a column of names and one of genes",
            where=str(path),
            fix="Give a TSV or CSV table.",
        )
    wanted = {plain(name) for name in names}
    columns = [[row[place] if place < len(row) else "" for row in rows] for place in range(width)]
    keys = _name_column(columns, wanted, plain)
    if keys is None:
        shown = ", ".join(map(repr, names[:3]))
        raise FormatError(
            f"None of the {len(names):,} identifiers of the matrix ({shown}, ...) is in the table",
            where=str(path),
            fix="Give the table that belongs to the matrix.",
        )
    genes = _gene_column(columns, keys, symbols_by_header=symbols_by_header)
    found: dict[str, set[str]] = {}
    for name, cell in zip(columns[keys], columns[genes], strict=True):
        bare = plain(name)
        for spelling in {name, bare}:
            found.setdefault(spelling, set()).update(genes_in(cell))
    return {name: tuple(sorted(genes_of)) for name, genes_of in found.items()}


def _name_column(
    columns: list[list[str]], wanted: set[str], plain: Callable[[str], str]
) -> int | None:
    """Place of the column that holds most of the wanted names, looked for in some rows first."""
    for step in (max(len(columns[0]) // _PROBED, 1), 1):
        hits = [len({plain(cell) for cell in column[::step]} & wanted) for column in columns]
        if max(hits):
            return hits.index(max(hits))
    return None


def genes_in(cell: str) -> list[str]:
    """List the genes of a cell.

    Parameters
    ----------
    cell
        ``A``, ``A /// B``, or Affymetrix's assignments ``NM_1 // A // title /// NM_2 // ...``.
    """
    if "//" not in cell:
        return [] if cell in _NO_GENE else [cell]
    parts = [part.split(" // ") for part in re.split(r"\s*///\s*", cell)]
    genes = [(fields[1] if len(fields) > 1 else fields[0]).strip() for fields in parts]
    return [gene for gene in genes if gene not in _NO_GENE]


def _rows(path: Path) -> Iterator[list[str]]:
    with open_text(path) as handle:
        lines = _table_lines(handle)
        first = next(lines, "")
        separator = next((mark for mark in "\t;," if mark in first), "\t")
        rows: Iterator[list[str]]
        if separator == "\t":
            # In tabbed tables of platforms a quotation mark is a letter like any other.
            rows = (line.rstrip("\r\n").split("\t") for line in chain([first], lines))
        else:
            rows = csv.reader(chain([first], lines), delimiter=separator)
        for row in rows:
            yield [cell.strip().strip('"') for cell in row]


def _table_lines(handle: Iterator[str]) -> Iterator[str]:
    """Lines of the table; those of a SOFT file from the beginning to the end of its platform."""
    above: list[str] = []
    for line in handle:
        if line.lower().startswith(_TABLE_BEGIN):
            above = []
        elif line.lower().startswith(_TABLE_END):
            break
        elif line.strip() and not line.startswith(_ASIDES):
            above.append(line)
    yield from above


def _gene_column(columns: list[list[str]], keys: int, *, symbols_by_header: bool) -> int:
    others = [place for place in range(len(columns)) if place != keys]
    if symbols_by_header:
        heads = {re.sub(r"[\W_]+", "", columns[place][0].lower()): place for place in others[::-1]}
        named = [heads[head] for head in _SYMBOL_HEADS if head in heads]
        if named:
            return named[0]
    return max(others, key=lambda place: _likeness(columns[place]))


def _likeness(column: list[str]) -> float:
    step = max(len(column) // _PROBED, 1)
    return looks_like_gene_ids(["".join(genes_in(cell)[:1]) for cell in column[::step]])
