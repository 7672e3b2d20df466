"""Promoters called by the approved symbols of their genes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from atrasig.errors import InputError
from atrasig.targets.gtf import Promoter
from atrasig.targets.response import Response

if TYPE_CHECKING:
    from atrasig.genes import GeneTable


def name_promoters(
    windows: Sequence[Promoter], genes: GeneTable, responses: Mapping[str, Response]
) -> tuple[list[str], dict[str, int]]:
    """Give every promoter the symbol of its gene.

    A name that the gene table does not know stays as it is: the one of the promoter's names that
    the differential tables use, else the first.

    Returns
    -------
    tuple of list of str and dict
        One symbol a promoter, and counts.

    Raises
    ------
    InputError
        If no promoter is of a gene of the tables, or they are of different species.
    """
    wanted = set().union(*(response.table.index for response in responses.values()))
    width = max(len(window.names) for window in windows)
    columns = [
        genes.resolve([one.names[place] if place < len(one.names) else "" for one in windows])
        for place in range(width)
    ]
    chosen, unknown = [], 0
    for row, window in enumerate(windows):
        found = [
            (str(column.symbols[row]), column.kinds[row] not in ("unmapped", "ambiguous"))
            for column in columns[: len(window.names)]
        ]
        known = [symbol for symbol, is_known in found if is_known]
        used = [symbol for symbol, _ in found if symbol in wanted]
        unknown += not known
        chosen.append([*known, *used, found[0][0]][0])
    species = {response.species for response in responses.values()} | {columns[0].species}
    if not wanted & set(chosen) or len(species) > 1:
        example = f"the table has {min(wanted)!r}, the promoters {chosen[0]!r}"
        raise InputError(
            "No promoter is of a gene of the differential table: " + example
            if len(species) == 1
            else f"The genes are of different species: {' and '.join(sorted(species))}",
            fix="Name sequences by gene symbol or Ensembl gene id, of the same species.",
        )
    facts = {
        "promoters": len(windows),
        "promoters of genes not known, called as they are": unknown,
        "genes of the tables without a promoter": len(wanted - set(chosen)),
    }
    return chosen, facts
