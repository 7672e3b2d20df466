"""Differential expression after ATRA: tables of limma, DESeq2, edgeR and others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import FormatError, UsageError
from atrasig.io.cells import Cells
from atrasig.io.text.delimited import read_cells

if TYPE_CHECKING:
    from atrasig.genes import GeneTable

INDUCED, REPRESSED, UNCHANGED, UNTESTED = "induced", "repressed", "unchanged", "not tested"
_GENES = (
    "gene", "geneid", "genesymbol", "symbol", "genename", "genes", "ensembl", "ensemblid",
    "ensemblgeneid", "ensemblgene", "hgncsymbol", "entrezid", "entrez", "names", "feature", "id",
    "", "rownames", "x",
)  # fmt: skip
_CHANGES = ("log2foldchange", "log2fc", "logfc", "lfc", "log2ratio", "logfoldchanges", "avglog2fc")
_ADJUSTED = (
    "padj", "adjpval", "adjpvalue", "adjp", "fdr", "q", "qvalue", "qval", "pvalsadj", "pvaladj",
    "padjusted", "bh",
)  # fmt: skip
_PLAIN = ("pvalue", "p", "pval", "pvals", "rawp")
_CONTRAST = "contrast"


@dataclass(frozen=True)
class ColumnChoice:
    """Columns that the user names; empty ones are found by their usual names."""

    gene: str = ""
    log2fc: str = ""
    q: str = ""
    contrast: str = ""


@dataclass(frozen=True, eq=False)
class Response:
    """A differential table by approved symbol.

    Parameters
    ----------
    table
        Index: symbols, sorted. ``log2fc`` and ``q`` (NaN where the gene was not tested).
    species
        ``human`` or ``mouse``, of its gene ids; symbols are human in either case.
    facts
        Which columns were taken, and how many rows were not.
    """

    table: pd.DataFrame
    species: str = "human"
    facts: dict[str, str | int] = field(default_factory=dict)

    def directions(self, q: float, log2fc: float) -> pd.Series[str]:
        """Say of each gene whether it is induced, repressed, unchanged or not tested.

        Parameters
        ----------
        q
            Highest adjusted p that counts.
        log2fc
            Smallest absolute log2 fold change that counts.
        """
        change, adjusted = self.table["log2fc"].to_numpy(), self.table["q"].to_numpy()
        counts = (adjusted <= q) & (np.abs(change) >= log2fc)
        words = np.full(len(change), UNCHANGED, dtype=object)
        words[counts & (change > 0)] = INDUCED
        words[counts & (change < 0)] = REPRESSED
        words[np.isnan(change) | np.isnan(adjusted)] = UNTESTED
        return pd.Series(words, index=self.table.index, dtype=object)


def read_response(path: Path, genes: GeneTable, columns: ColumnChoice | None = None) -> Response:
    """Read a differential table.

    Parameters
    ----------
    path
        Separated text with a header, packed or not: genes, log2 fold changes, adjusted p (or p
        alone, adjusted here after Benjamini and Hochberg).
    genes
        Gene table; ids and symbols of any kind become approved symbols.
    columns
        Columns to take where their names are unusual, and the contrast where there are several.

    Returns
    -------
    Response
        Of rows that name the same gene the one of the lowest p is taken, and the others are
        counted; so are rows without a gene.

    Raises
    ------
    FormatError
        If a column is not found or not numeric, or a p lies outside 0 to 1.
    UsageError
        If a named column or contrast is not there, or one of several contrasts has to be named.
    """
    choice = columns or ColumnChoice()
    cells, _ = read_cells(path, "auto")
    cells, contrast = _of_contrast(cells, choice.contrast, path)
    change, change_name = _numbers(cells, choice.log2fc, _CHANGES, "log2 fold change", path)
    q, q_name = _adjusted(cells, choice.q, path)
    ids, gene_name = _gene_ids(cells, choice.gene, genes, path)
    found = genes.resolve(ids)
    table = pd.DataFrame({"gene": found.symbols, "log2fc": change, "q": q})
    named = table[[bool(text.strip()) for text in ids]]
    # A stable sort, so that among equal rows the first of the file is taken.
    ordered = named.sort_values("q", kind="stable", na_position="last")
    unique = ordered.drop_duplicates("gene").set_index("gene").sort_index()
    facts: dict[str, str | int] = {
        "gene column": gene_name,
        "log2 fold change column": change_name,
        "adjusted p column": q_name,
        "rows": len(table),
        "rows without a gene": len(table) - len(named),
        "rows of a gene with a lower p elsewhere": len(named) - len(unique),
        "gene names not known, kept as they are": found.counts["unmapped"],
        "gene names of several genes, kept as they are": found.counts["ambiguous"],
        "genes": len(unique),
        "genes without an adjusted p": int(unique.isna().any(axis=1).sum()),
    }
    if contrast:
        facts["contrast"] = contrast
    return Response(unique, found.species, facts)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _place(cells: Cells, stated: str, known: tuple[str, ...], what: str, path: Path) -> int | None:
    """Place of a column: the one stated, or the one with a known name; None without either."""
    if stated:
        if cells.header.count(stated) != 1:
            raise UsageError(
                f"There is no single column {stated!r}",
                where=str(path),
                fix=f"The columns are {_listed(cells)}.",
            )
        return cells.header.index(stated)
    plain = [_plain(name) for name in cells.header]
    for name in known:
        if plain.count(name) > 1:
            raise UsageError(
                f"Several columns may be the {what}: {name!r} stands {plain.count(name)} times",
                where=str(path),
                fix="Name the one to take.",
            )
        if name in plain:
            return plain.index(name)
    return None


def _listed(cells: Cells) -> str:
    return ", ".join(repr(name) for name in cells.header[:20])


def _numbers(
    cells: Cells, stated: str, known: tuple[str, ...], what: str, path: Path
) -> tuple[NDArray[np.float64], str]:
    place = _place(cells, stated, known, what, path)
    if place is None:
        raise FormatError(
            f"No column is the {what} by its name",
            where=str(path),
            fix=f"Name it; the columns are {_listed(cells)}.",
        )
    if place not in cells.number_places:
        raise FormatError(
            f"Column {cells.title(place)!r} does not hold numbers",
            where=str(path),
            fix=f"Name the column of the {what}.",
        )
    return cells.column(place), cells.title(place)


def _adjusted(cells: Cells, stated: str, path: Path) -> tuple[NDArray[np.float64], str]:
    """Give the adjusted p, computed from plain p where the table has no other."""
    place = _place(cells, stated, _ADJUSTED, "adjusted p", path)
    if place is None:
        values, name = _numbers(cells, "", _PLAIN, "adjusted p", path)
        _refuse_no_probability(values, name, path)
        return _benjamini_hochberg(values), f"{name}, adjusted by Benjamini-Hochberg"
    values, name = _numbers(cells, cells.header[place], (), "adjusted p", path)
    _refuse_no_probability(values, name, path)
    return values, name


def _refuse_no_probability(values: NDArray[np.float64], name: str, path: Path) -> None:
    given = values[~np.isnan(values)]
    wrong = given[(given < 0) | (given > 1)]
    if len(wrong) or not len(given):
        shown = f"holds {wrong[0]:g}" if len(wrong) else "is empty"
        raise FormatError(
            f"Column {name!r} {shown} and is taken for an adjusted p",
            where=str(path),
            fix="Name the column of the adjusted p.",
        )


def _benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.stats import false_discovery_control

    q = np.full(len(p), np.nan)
    given = ~np.isnan(p)
    q[given] = false_discovery_control(p[given])
    return q


def _of_contrast(cells: Cells, stated: str, path: Path) -> tuple[Cells, str]:
    """Rows of one contrast, where the table holds several."""
    places = [p for p in sorted(cells.texts) if _plain(cells.header[p]) == _CONTRAST]
    names = cells.names_in(places[0]) if places else []
    there = sorted(set(names))
    if stated and stated not in there:
        raise UsageError(
            f"There is no contrast {stated!r}",
            where=str(path),
            fix=f"The contrasts are {', '.join(map(repr, there)) or 'not named in the table'}.",
        )
    if not stated and len(there) > 1:
        raise UsageError(
            f"The table holds {len(there)} contrasts",
            where=str(path),
            fix=f"Name one of {', '.join(map(repr, there[:5]))}.",
        )
    return (cells.rows_where([name == stated for name in names]), stated) if stated else (cells, "")


def _gene_ids(cells: Cells, stated: str, genes: GeneTable, path: Path) -> tuple[list[str], str]:
    """Gene column: the one stated, or of those with usual names the one known best."""
    places = [place for place, name in enumerate(cells.header) if _plain(name) in _GENES]
    if stated:
        places = [place for place in [_place(cells, stated, (), "gene", path)] if place is not None]
    if not places:
        raise FormatError(
            "No column holds genes by its name",
            where=str(path),
            fix=f"Name it; the columns are {_listed(cells)}.",
        )
    listed = {place: _texts(cells, place) for place in places}
    known = {place: _n_known(listed[place], genes) for place in places}
    # Row numbers read as Entrez ids, so that numbers count only where no column of names does.
    named = [p for p in places if known[p] and not all(map(str.isdigit, filter(None, listed[p])))]
    best = max(named or places, key=known.__getitem__)
    if known[best] == 0 or (not named and not stated and _are_row_numbers(listed[best])):
        raise FormatError(
            f"No gene of column {cells.title(best)!r} is known",
            where=str(path),
            fix="Give approved symbols, Ensembl or Entrez ids.",
        )
    return listed[best], cells.title(best)


def _are_row_numbers(ids: list[str]) -> bool:
    return sorted(map(int, ids)) in (list(range(len(ids))), list(range(1, len(ids) + 1)))


def _texts(cells: Cells, place: int) -> list[str]:
    if place in cells.texts:
        return cells.names_in(place)
    return ["" if np.isnan(value) else f"{value:.0f}" for value in cells.column(place)]


def _n_known(ids: list[str], genes: GeneTable) -> int:
    counts = genes.resolve(ids).counts
    return sum(counts.values()) - counts["unmapped"] - counts["ambiguous"]
