"""The same genes in two tables that name them differently."""

from __future__ import annotations

from collections import Counter

import pandas as pd

_IDS = ("ensembl", "entrez")


def renamed_genes(own: pd.DataFrame, other: pd.DataFrame) -> dict[str, str]:
    """Find the genes of one table that another table calls otherwise.

    Parameters
    ----------
    own, other
        Frames of two gene tables.

    Returns
    -------
    dict of str to str
        Symbol in `own` to the name to use instead: the symbol in `other` of the gene with the same
        Ensembl id, or else the same Entrez id. A gene whose symbol thereby belongs to another gene
        is called by its Ensembl or Entrez id, or else by its symbol with a ``?``. Ids that several
        genes share decide nothing.
    """
    matched = _matched(own, other)
    taken = Counter(matched.values())
    renamed = {
        symbol: name for symbol, name in matched.items() if taken[name] == 1 and symbol != name
    }
    given = set(renamed.values())
    for symbol in given.intersection(own.index).difference(renamed):
        ids = [str(own.at[symbol, column]).partition("|")[0] for column in _IDS]
        renamed[symbol] = next(filter(None, ids), f"{symbol}?")
    return renamed


def _matched(own: pd.DataFrame, other: pd.DataFrame) -> dict[str, str]:
    """Symbol in `own` to symbol in `other`; a gene that keeps its symbol goes before others."""
    matched: dict[str, str] = {}
    for column in _IDS:
        theirs, ours = _owners(other[column]), _owners(own[column])
        found: dict[str, set[str]] = {}
        for identifier, symbol in ours.items():
            if identifier in theirs and symbol not in matched:
                found.setdefault(symbol, set()).add(theirs[identifier])
        kept = set(matched.values()) | {s for s, names in found.items() if s in names}
        for symbol, names in found.items():
            left = {symbol} if symbol in names else names - kept
            if len(left) == 1:
                matched[symbol] = left.pop()
    return matched


def _owners(column: pd.Series[str]) -> dict[str, str]:
    """Symbol of each id that one gene alone has."""
    pairs = [
        (identifier, str(symbol))
        for symbol, cell in column.items()
        for identifier in cell.split("|")
        if identifier
    ]
    number = Counter(identifier for identifier, _ in pairs)
    return {identifier: symbol for identifier, symbol in pairs if number[identifier] == 1}
