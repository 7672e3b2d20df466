"""Evidence about each gene: its promoters, and the elements in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.targets.binding import overlapping
from atrasig.targets.gtf import Promoter
from atrasig.targets.scanned import ELEMENT_COLUMNS, Scanned


def promoters_by_gene(
    named: list[str], windows: Sequence[Promoter], scanned: Scanned | None
) -> pd.DataFrame:
    """Count the promoters of every gene, their known bases (``length``) and their share of GC."""
    frame = pd.DataFrame({"gene": named, "n_promoters": 1})
    if scanned is not None:
        frame["length"] = scanned.lengths
        frame["gc"] = scanned.gc_counts
    summed = frame.groupby("gene").sum()
    if scanned is not None:
        summed["gc"] = summed["gc"] / summed["length"].where(summed["length"] > 0)
    return summed


def elements_of(scanned: Scanned | None, named: list[str]) -> pd.DataFrame:
    """Give the elements with the gene of each; none where nothing was scanned."""
    if scanned is None:
        return pd.DataFrame(columns=["gene", *ELEMENT_COLUMNS])
    elements = scanned.elements.copy()
    elements.insert(0, "gene", [named[row] for row in elements["promoter"]])
    return elements


def in_peaks(elements: pd.DataFrame, peaks: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which elements share a base with a peak."""
    spans = [(t["chrom"].tolist(), t["start"], t["end"]) for t in (elements, peaks)]
    inside = np.zeros(len(elements), dtype=bool)
    inside[overlapping(spans[0], spans[1])[0]] = True
    return inside


def add_elements(
    table: pd.DataFrame, elements: pd.DataFrame, scanned: Scanned | None
) -> pd.DataFrame:
    """Add the elements of every gene to its row; NaN where its promoter was not scanned.

    Parameters
    ----------
    table
        One row a gene, with the ``length`` of its promoters.
    elements
        Elements with their genes, and ``in_peak`` where there are peaks.
    scanned
        What was scanned; None leaves the table as it is.

    Returns
    -------
    pandas.DataFrame
        Counts of all elements, of each arrangement and of those in peaks; and of the best one
        (fewest mismatches, then nearest to a start site) the arrangement, the mismatches, and the
        distance from the start site.
    """
    if scanned is None:
        return table
    examined = table["length"] > 0
    # An element of two promoters of a gene that overlap is one element.
    single = elements.drop_duplicates(["gene", "chrom", "start", "end", "arrangement"])
    counts = {"n_elements": single.groupby("gene").size()}
    for name in scanned.expected:
        counts[name] = single[single["arrangement"] == name].groupby("gene").size()
    if "in_peak" in single:
        counts["n_elements_in_peaks"] = (
            single[single["in_peak"].astype(bool)].groupby("gene").size()
        )
    for name, found in counts.items():
        table[name] = found.reindex(table.index).fillna(0).where(examined)
    near = single.assign(far=single["tss_distance"].abs())
    near = near.sort_values(["gene", "mismatches", "far", "start"])
    best = near.drop_duplicates("gene").set_index("gene")
    table["best_element"] = best["arrangement"]
    table["best_element_mismatches"] = best["mismatches"]
    table["best_element_tss_distance"] = best["tss_distance"]
    return table
