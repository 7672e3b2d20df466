"""Promoters with what was found in them, as tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.targets.gtf import Promoter
from atrasig.targets.motif import (
    UNKNOWN,
    Codes,
    Motif,
    decode,
    expected_elements,
    reverse_complement,
)
from atrasig.targets.scan import Elements, scan

_STRANDS = {1: "+", -1: "-", 0: "."}
ELEMENT_COLUMNS = (
    "promoter", "chrom", "start", "end", "arrangement", "strand", "mismatches", "tss_distance",
    "sequence",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Scanned:
    """Promoters, their composition, and their elements.

    Parameters
    ----------
    promoters
        In the order in which they were read.
    composition
        Numbers of A, C, G, T and unknown bases of each, shape (promoters, 5).
    elements
        One row an element; ``promoter`` is the place in `promoters`, coordinates are those of the
        promoter (0-based, half-open), ``sequence`` reads as its strand does, and ``tss_distance``
        counts bases from the nearest start site to the middle of the element, negative upstream.
    expected
        Elements of each arrangement by chance; see
        :func:`atrasig.targets.motif.expected_elements`.
    """

    promoters: list[Promoter]
    composition: NDArray[np.int64]
    elements: pd.DataFrame
    expected: dict[str, float]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Bases of each promoter that are known."""
        known: NDArray[np.int64] = self.composition[:, :UNKNOWN].sum(axis=1)
        return known

    @property
    def gc_counts(self) -> NDArray[np.int64]:
        """Number of G and C of each promoter."""
        counts: NDArray[np.int64] = self.composition[:, 1:3].sum(axis=1)
        return counts


def scan_promoters(sequences: Iterable[tuple[Promoter, Codes]], motif: Motif) -> Scanned:
    """Scan promoters one after the other.

    Parameters
    ----------
    sequences
        Promoters and their codes on the plus strand.
    motif
        What counts as an element.
    """
    promoters: list[Promoter] = []
    counts: list[NDArray[np.int64]] = []
    rows: list[tuple[int, str, int, int, str, str, int, float, str]] = []
    for promoter, codes in sequences:
        found = scan(codes, motif)
        rows.extend(_rows(found, len(promoters), promoter, codes, motif))
        promoters.append(promoter)
        counts.append(np.bincount(codes, minlength=UNKNOWN + 1))
    composition = np.array(counts, dtype=np.int64).reshape(-1, UNKNOWN + 1)
    expected = expected_elements(motif, composition)
    names = [one.name for one in motif.arrangements]
    return Scanned(
        promoters,
        composition,
        pd.DataFrame(rows, columns=list(ELEMENT_COLUMNS)),
        dict(zip(names, expected.tolist(), strict=True)),
    )


def _rows(
    found: Elements, number: int, promoter: Promoter, codes: Codes, motif: Motif
) -> Iterable[tuple[int, str, int, int, str, str, int, float, str]]:
    for start, end, one, strand, cost in zip(
        found.start.tolist(), found.end.tolist(), found.arrangement.tolist(),
        found.strand.tolist(), found.mismatches.tolist(), strict=True,
    ):  # fmt: skip
        piece = codes[start:end]
        at = promoter.start + start
        yield (
            number,
            promoter.chrom,
            at,
            promoter.start + end,
            motif.arrangements[one].name,
            _STRANDS[strand],
            cost,
            tss_distance(promoter, at + (end - start) // 2),
            decode(piece if strand >= 0 else reverse_complement(piece)),
        )


def tss_distance(promoter: Promoter, position: int) -> float:
    """Bases from the nearest start site to a position, negative upstream; NaN without a site."""
    if not promoter.tss:
        return np.nan
    nearest = min(promoter.tss, key=lambda site: abs(position - site))
    return float(position - nearest if promoter.strand == "+" else nearest - position)
