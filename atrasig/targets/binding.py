"""Peaks assigned to promoters, by overlap or by distance from a start site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import UsageError
from atrasig.targets.gtf import Promoter, plain_chromosome
from atrasig.targets.scanned import tss_distance

_CHROMOSOME = 1 << 40
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def overlapping(
    first: tuple[Sequence[str], Any, Any], second: tuple[Sequence[str], Any, Any]
) -> Pairs:
    """Find the pairs of intervals that share a base.

    Parameters
    ----------
    first, second
        Chromosomes (with or without ``chr``), starts and ends, 0-based, half-open.

    Returns
    -------
    tuple of numpy.ndarray
        Places in `first` and in `second`, ordered.
    """
    # Its functions for data frames use a keyword that pandas 3.1 warns of.
    from bioframe.core.arrops import overlap_intervals

    if not len(first[0]) or not len(second[0]):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    names = sorted({plain_chromosome(name) for name in (*first[0], *second[0])})
    number = {name: place * _CHROMOSOME for place, name in enumerate(names)}
    # One axis for all chromosomes, each far from the next.
    spans = []
    for chroms, starts, ends in (first, second):
        offset = np.array([number[plain_chromosome(name)] for name in chroms], dtype=np.int64)
        spans += [offset + np.asarray(starts), offset + np.asarray(ends)]
    left, right = overlap_intervals(*spans)
    order = np.lexsort((right, left))
    return left[order], right[order]


def assign_peaks(promoters: Sequence[Promoter], peaks: pd.DataFrame, distance: int = 0) -> Pairs:
    """Assign peaks to promoters.

    Parameters
    ----------
    promoters
        Promoters with places.
    peaks
        Table of :func:`atrasig.targets.peaks.read_peaks`.
    distance
        A peak is also assigned to a gene if a base of it lies within so many bases of a start
        site; 0 for overlap with the promoter alone.

    Returns
    -------
    tuple of numpy.ndarray
        Places of promoters and of peaks, one entry a pair, ordered. A peak may have several genes.

    Raises
    ------
    UsageError
        If a distance is given and start sites are not known.
    """
    if distance < 0 or (distance and not all(promoter.tss for promoter in promoters)):
        raise UsageError(
            f"A distance of {distance} bases from start sites cannot be measured",
            fix="Give an annotation (GTF) with the genome, and a positive distance.",
        )
    windows = [(one.chrom, one.start, one.end, place) for place, one in enumerate(promoters)]
    if distance:
        windows += [
            (one.chrom, site - distance, site + distance + 1, place)
            for place, one in enumerate(promoters)
            for site in one.tss
        ]
    chroms, starts, ends, places = zip(*windows, strict=True) if windows else ((), (), (), ())
    spans = (peaks["chrom"].tolist(), peaks["start"], peaks["end"])
    window, peak = overlapping((chroms, starts, ends), spans)
    pairs = sorted({(places[w], int(p)) for w, p in zip(window.tolist(), peak, strict=True)})
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def bound_genes(
    promoters: Sequence[Promoter], genes: Sequence[str], peaks: pd.DataFrame, pairs: Pairs
) -> pd.DataFrame:
    """Summarise the peaks of each gene.

    Parameters
    ----------
    promoters, genes
        Promoters and the gene of each.
    peaks, pairs
        Peaks, and which of them belong to which promoter.

    Returns
    -------
    pandas.DataFrame
        By gene: ``n_peaks``, ``peak_score`` (highest, NaN without scores) and ``peak_distance``
        (bases from the start site to the nearest summit, negative upstream; NaN without sites).
    """
    place, peak = pairs
    table = pd.DataFrame(
        {
            "gene": [genes[one] for one in place],
            "peak": peak,
            "score": peaks["score"].to_numpy(dtype=float)[peak],
            "distance": [
                tss_distance(promoters[one], summit)
                for one, summit in zip(
                    place, peaks["summit"].to_numpy()[peak].tolist(), strict=True
                )
            ],
        }
    )
    order = np.lexsort((table["distance"].abs().to_numpy(), table["gene"].to_numpy(dtype=str)))
    grouped = table.iloc[order].groupby("gene")
    return pd.DataFrame(
        {
            "n_peaks": grouped["peak"].nunique(),
            "peak_score": grouped["score"].max(),
            "peak_distance": grouped["distance"].first(),
        }
    )
