"""One-to-one orthologs of human and mouse.

HCOP counts the sources that call two genes orthologs. A pair is one-to-one if at least
:data:`MIN_SUPPORT` sources call it so, if every other pair of either gene has less than half as
many, and if MGI does not contradict it: where MGI lists either gene at all, it must list this pair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from atrasig.genes.sources import Column, read_columns

MIN_SUPPORT = 4


class MouseGene(NamedTuple):
    """A gene of mouse.

    Parameters
    ----------
    symbol, ensembl, entrez
        Its name and ids, empty where not known.
    """

    symbol: str
    ensembl: str
    entrez: str


class Pair(NamedTuple):
    """A human and a mouse gene that some source calls orthologs.

    Parameters
    ----------
    human
        Human symbol.
    mouse
        Mouse gene.
    support
        Number of sources.
    """

    human: str
    mouse: MouseGene
    support: int


_COLUMNS = (
    Column("human symbol", ("human_symbol",)),
    Column("mouse symbol", ("mouse_symbol", "symbol")),
    Column("mouse Ensembl id", ("mouse_ensembl_gene", "ensembl")),
    Column("mouse Entrez id", ("mouse_entrez_gene", "entrez")),
    Column("support", ("support",)),
)


def read_pairs(path: str | Path) -> list[Pair]:
    """Read ortholog pairs as HCOP or babelgene writes them.

    Parameters
    ----------
    path
        TSV or CSV, gzipped or plain: HCOP's fifteen columns for mouse, or babelgene's table.
        ``support`` names the sources, separated by ``,`` or ``|``.

    Returns
    -------
    list of Pair
        In the order of the file. HCOP's ``-`` is an empty cell.

    Raises
    ------
    GeneIdError
        If the table cannot be read or lacks a column.
    """
    pairs = []
    for row in read_columns(path, _COLUMNS, "Download the human - mouse table of HCOP."):
        human, symbol, ensembl, entrez, support = ("" if cell == "-" else cell for cell in row)
        sources = {name for name in support.replace("|", ",").split(",") if name.strip()}
        if human and symbol:
            pairs.append(Pair(human, MouseGene(symbol, ensembl, entrez), len(sources)))
    return pairs


def one_to_one(
    pairs: Iterable[Pair], listed: Iterable[tuple[str, str]] = ()
) -> dict[str, MouseGene]:
    """Keep the pairs that are one-to-one.

    Parameters
    ----------
    pairs
        Ortholog pairs with their support.
    listed
        Human and mouse symbols that MGI lists as orthologs.

    Returns
    -------
    dict
        Human symbol to its mouse gene.
    """
    pairs = list(pairs)
    humans, mice = _partners((pair.human, pair.mouse.symbol) for pair in pairs)
    support = {(pair.human, pair.mouse.symbol): pair.support for pair in pairs}
    known = set(listed)
    listed_humans, listed_mice = _partners(known)

    def rivals(human: str, mouse: str) -> int:
        others = {(human, other) for other in humans[human]} | {(h, mouse) for h in mice[mouse]}
        return max((support[pair] for pair in others - {(human, mouse)}), default=0)

    return {
        pair.human: pair.mouse
        for pair in pairs
        if pair.support >= MIN_SUPPORT
        and 2 * rivals(pair.human, pair.mouse.symbol) < pair.support
        and (
            (pair.human, pair.mouse.symbol) in known
            or not (pair.human in listed_humans or pair.mouse.symbol in listed_mice)
        )
    }


def _partners(
    pairs: Iterable[tuple[str, str]],
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    humans: dict[str, set[str]] = defaultdict(set)
    mice: dict[str, set[str]] = defaultdict(set)
    for human, mouse in pairs:
        humans[human].add(mouse)
        mice[mouse].add(human)
    return humans, mice
