"""Where a marker gene of one sample stands among the samples of a reference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from atrasig.scoring.arrays import Array
from atrasig.signatures.evidence_records import CombinationGene, Side

SAME = 1e-9
"""Shares that differ by less are equal."""

ReferenceKind = Literal["frozen", "declared", "cohort"]


@dataclass(frozen=True, eq=False)
class MarkerReference:
    """Samples that a sample's markers are held against; the sample itself is never among them.

    Parameters
    ----------
    kind
        ``frozen`` in a model or file, ``declared`` baselines, or the ``cohort`` itself.
    name
        What it is, in words.
    values
        Gene -> normalised ranks, shape (samples,); NaN where not measured.
    """

    kind: ReferenceKind
    name: str
    values: Mapping[str, Array]

    def of(self, gene: str) -> Array:
        """Measured values of a gene, in ascending order; empty where there are none."""
        found = np.asarray(self.values.get(gene, ()), dtype=np.float64)
        return np.sort(found[~np.isnan(found)])


@dataclass(frozen=True)
class SampleMarkers:
    """What the hypotheses of one sample rest on.

    Parameters
    ----------
    sample, disease
        Its name, and its disease as vocabulary id, empty where none is declared.
    ranks
        Gene -> normalised rank among the protein-coding genes, 0 to 1; NaN where not measured.
    references
        Preferred first; of each gene the first with enough samples serves.
    fault
        Why no marker of the sample can be judged; empty where it can.
    """

    sample: str
    disease: str
    ranks: Mapping[str, float]
    references: tuple[MarkerReference, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class MarkerStanding:
    """Where one marker gene stands.

    Parameters
    ----------
    gene, side, basis, why
        Marker, the level of interest, on what that rests, and the gene's part.
    value
        Normalised rank in the sample.
    percentile
        Share of the reference below it, half of the ties counted, times 100.
    n_beyond, n
        Samples of the reference at or beyond it on the side asked, and all of them.
    p
        ``(1 + n_beyond) / (1 + n)``; NaN where it is not judged.
    reference, kind
        What it is held against.
    reason
        Why it is not judged; empty where it is.
    """

    gene: str
    side: Side
    basis: str
    why: str
    value: float
    percentile: float = math.nan
    n_beyond: int = 0
    n: int = 0
    p: float = math.nan
    reference: str = ""
    kind: str = ""
    reason: str = ""

    @property
    def is_judged(self) -> bool:
        """Whether it was held against a reference."""
        return not math.isnan(self.p)


def fewest(share: float, n_markers: int) -> int:
    """Count the reference samples below which no marker of a combination can be extreme."""
    return math.ceil(n_markers / share - SAME) - 1


def false_rate(n: int, share: float, n_markers: int = 1) -> float:
    """Probability, at most, that one marker of a combination is extreme by chance.

    Parameters
    ----------
    n
        Samples of the reference.
    share, n_markers
        Outermost share asked of a combination, and its markers.

    Returns
    -------
    float
        Largest attainable p that is at most ``share / n_markers``; 0 below `fewest`.
    """
    return math.floor((share / n_markers) * (n + 1) + SAME) / (n + 1)


def stand(
    marker: CombinationGene, sample: SampleMarkers, share: float, n_markers: int
) -> MarkerStanding:
    """Hold one marker gene against the first reference that has enough samples."""
    value = float(sample.ranks.get(marker.gene, math.nan))
    side: Side = "low" if marker.marker == "low" else "high"
    silent = MarkerStanding(marker.gene, side, marker.basis or "", marker.why, value)
    columns = [(r, r.of(marker.gene)) for r in sample.references]
    needed = fewest(share, n_markers)
    usable = [(r, column) for r, column in columns if column.size >= needed]
    reason = sample.fault or _reason(marker.gene, value, columns, needed if not usable else 0)
    if reason:
        return replace(silent, reason=reason)
    reference, column = usable[0]
    below, at = int((column < value).sum()), int((column == value).sum())
    n_beyond = at + (below if side == "low" else column.size - below - at)
    return replace(
        silent,
        percentile=100 * (below + at / 2) / column.size,
        n_beyond=n_beyond,
        n=column.size,
        p=(1 + n_beyond) / (1 + column.size),
        reference=reference.name,
        kind=reference.kind,
    )


def _reason(
    gene: str, value: float, columns: Sequence[tuple[MarkerReference, Array]], needed: int
) -> str:
    if math.isnan(value):
        return f"{gene} is not measured"
    if not needed:
        return ""
    found = ", ".join(f"{reference.name}: {column.size}" for reference, column in columns)
    return f"{needed} reference samples are needed ({found or 'there is no reference'})"
