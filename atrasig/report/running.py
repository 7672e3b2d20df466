"""Running sums of the leading sets of one sample: the walk whose area is the enrichment score.

The walk of single-sample GSEA (Barbie 2009, doi:10.1038/nature08460) goes from the highest gene of
the sample to the lowest. At a gene of the set it rises by the gene's rank to the power 0.25, as a
share of the set's sum; at any other gene it falls by one over their number. Genes of equal value
are taken together, so the walk does not depend on their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from atrasig.enrich.parts import SetPart, set_parts
from atrasig.report.part import Part
from atrasig.scoring.blocks import sample_blocks
from atrasig.scoring.sets import membership
from atrasig.scoring.universe import select_universe

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.report.tables import GroupedTable, Row
    from atrasig.signatures import Signature

ALPHA = 0.25
TOP_SETS = 4
SHOWN_KINDS = frozenset({"sensitivity", "response", "differentiation"})
MAX_POINTS = 200
"""Points of a walk that a record holds; longer ones are read off at this many places."""
Floats = NDArray[np.float64]


class RunningSum(Part):
    """Walk over the genes of a sample for one part of a signature.

    ``x`` is the share of the ``n_genes`` ranked genes that are passed, from the highest; ``y`` the
    running sum there, straight between the points. ``hits`` are the places of the set's genes.
    """

    signature: str
    direction: str
    n_genes: int
    n_matched: int
    x: tuple[float, ...]
    y: tuple[float, ...]
    hits: tuple[float, ...]


def running_sums(
    expr: AnnData,
    signatures: Iterable[Signature],
    enrichment: GroupedTable,
    samples: Sequence[str],
    universe: str = "coding",
) -> dict[str, tuple[RunningSum, ...]]:
    """Walk over each sample for the sets of ATRA that stand furthest from random ones.

    Parameters
    ----------
    expr
        Harmonised matrix.
    signatures
        Signatures that were tested.
    enrichment
        Rows of enrichment by sample; of parts of sensitivity, response and differentiation lists
        the four with the largest size of ``z`` are taken.
    samples
        Samples to walk over.
    universe
        Genes that were ranked.

    Returns
    -------
    dict
        Walks of each sample, largest size of ``z`` first; none where nothing was tested.
    """
    listed = [one for one in signatures if one.kind in SHOWN_KINDS]
    chosen = {name: _leading(enrichment.rows(name), {one.id for one in listed}) for name in samples}
    if not any(chosen.values()):
        return dict.fromkeys(samples, ())
    parts = {(part.signature, part.direction): part for part in set_parts(listed)}
    return _walks(expr, parts, chosen, universe)


def _leading(rows: Sequence[Row], known: set[str]) -> list[tuple[str, str]]:
    tested = [row for row in rows if row["signature"] in known and row["z"] == row["z"]]
    tested.sort(key=lambda row: (-abs(row["z"]), row["signature"], row["direction"]))
    return [(row["signature"], row["direction"]) for row in tested[:TOP_SETS]]


def _walks(
    expr: AnnData,
    parts: Mapping[tuple[str, str], SetPart],
    chosen: Mapping[str, Sequence[tuple[str, str]]],
    universe: str,
) -> dict[str, tuple[RunningSum, ...]]:
    genes = select_universe(expr, universe)
    keys = list(parts)
    members = membership([parts[key].genes for key in keys], genes.symbols)
    places = {key: members.indices[members.indptr[i] : members.indptr[i + 1]]
              for i, key in enumerate(keys)}  # fmt: skip
    found = {}
    for block in sample_blocks(expr, genes, list(chosen)):
        for name, ranks in zip(block.names, block.ranked.dense(), strict=True):
            ordered = np.sort(ranks[~np.isnan(ranks)])
            walks = (_walk(key, ordered, ranks[places[key]]) for key in chosen[name])
            found[name] = tuple(one for one in walks if 0 < one.n_matched < one.n_genes)
    return found


def _walk(key: tuple[str, str], ordered: Floats, own: Floats) -> RunningSum:
    known = own[~np.isnan(own)]
    x, y, hits = walk(ordered, known)
    return RunningSum(
        signature=key[0],
        direction=key[1],
        n_genes=ordered.size,
        n_matched=known.size,
        x=tuple(x.tolist()),
        y=tuple(y.tolist()),
        hits=tuple(hits.tolist()),
    )


def walk(ordered: Floats, own: Floats) -> tuple[Floats, Floats, Floats]:
    """Walk from the highest rank to the lowest.

    Parameters
    ----------
    ordered
        Ranks of all measured genes in rising order, 1 lowest, ties averaged; shape (genes,).
    own
        Ranks of the set's genes among them, some but not all; shape (matched,).

    Returns
    -------
    tuple of numpy.ndarray
        ``x`` and ``y`` of the points between which the walk is straight, from (0, 0) to (1, 0);
        places of the set's genes on ``x``. Empty where the set has none of the genes, or all.
    """
    n_genes = ordered.size
    if not 0 < own.size < n_genes:
        return np.empty(0), np.empty(0), np.empty(0)
    falling, n_hits = np.unique(-own, return_counts=True)
    # Genes passed before and after each group of equal value that holds a gene of the set.
    passed = n_genes - np.stack(
        [np.searchsorted(ordered, -falling, side) for side in ("right", "left")], axis=1
    )
    n_found = np.cumsum(n_hits)
    gained = np.cumsum(n_hits * (-falling) ** ALPHA)
    found = np.stack([n_found - n_hits, n_found], axis=1)
    risen = np.stack([np.concatenate([[0.0], gained[:-1]]), gained], axis=1) / gained[-1]
    sums = risen - (passed - found) / (n_genes - own.size)
    x = np.concatenate([[0.0], passed.ravel() / n_genes, [1.0]])
    y = np.concatenate([[0.0], sums.ravel(), [0.0]])
    hits = np.repeat(passed.mean(axis=1) / n_genes, n_hits)
    if x.size <= MAX_POINTS:
        return x, y, hits
    even = np.linspace(0.0, 1.0, MAX_POINTS)
    return even, np.interp(even, x, y), hits
