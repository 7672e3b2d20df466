"""The ranking universe: which genes of a matrix are ranked against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import GeneIdError, UsageError
from atrasig.files import sha256_text

if TYPE_CHECKING:
    from anndata import AnnData


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
    """

    positions: NDArray[np.intp]
    symbols: NDArray[np.object_]
    name: str


def select_universe(expr: AnnData, universe: str | Sequence[str] = "coding") -> Universe:
    """Choose the genes of a harmonised matrix that are ranked.

    Parameters
    ----------
    expr
        Harmonised matrix, samples x genes, with ``var["biotype"]``.
    universe
        ``coding`` (protein-coding genes), ``all``, or a list of gene symbols.

    Returns
    -------
    Universe
        The chosen columns, ordered by symbol.

    Raises
    ------
    GeneIdError
        If fewer than two genes remain.
    UsageError
        If the name is not known.
    """
    symbols = np.asarray(expr.var_names, dtype=object)
    if not isinstance(universe, str):
        chosen = np.isin(symbols, np.asarray(sorted(set(universe)), dtype=object))
        name = f"list:{sha256_text(chr(10).join(sorted(set(universe))))[:12]}"
    elif universe == "all":
        chosen, name = np.ones(symbols.size, dtype=bool), "all"
    elif universe == "coding":
        if "biotype" not in expr.var:
            raise UsageError(
                "The matrix has no column `biotype` in var",
                fix="Pass it through atrasig.harmonise() first, or use universe='all'.",
            )
        chosen, name = np.asarray(expr.var["biotype"] == "protein_coding"), "coding"
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
    positions = positions[np.argsort(symbols[positions].astype(str), kind="stable")]
    return Universe(positions, symbols[positions], name)
