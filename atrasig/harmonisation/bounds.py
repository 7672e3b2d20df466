"""What values can be on which scale, and the refusal of those that cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from atrasig.errors import ScaleError
from atrasig.harmonisation.evidence import lowest_cell

LARGEST_LOG2 = 40.0
"""No log2 expression value is larger: 2^40 is a million times a million."""
TIED_FLOOR = 0.05
"""Share of values at a sample's minimum above which data are sequencing, not array, data."""
NOT_NEGATIVE = frozenset({"counts", "cpm", "tpm", "fpkm", "linear"})
PER_MILLION = (0.99e6, 1.01e6)


@dataclass(frozen=True)
class Declaration:
    """What is known of a matrix beside its values.

    Parameters
    ----------
    name
        What the values are called in messages.
    scale
        Scale that the file format states, empty where it states none.
    unit
        ``cell`` or ``pseudobulk`` where the rows are such, otherwise empty.
    probes
        Whether the identifiers are probes of an array.
    samples, genes
        Their names as written, for messages; may be empty.
    """

    name: str = "The values"
    scale: str = ""
    unit: str = ""
    probes: bool = False
    samples: Sequence[str] = ()
    genes: Sequence[str] = ()

    def cell(self, sample: int, gene: int) -> str:
        """Say where a value stands."""
        if not self.samples:
            return f"sample {sample + 1}, gene {gene + 1}"
        return f"sample {self.samples[sample]!r}, gene {self.genes[gene]!r}"


def refuse_signed(values: Any, evidence: dict[str, float], known: Declaration) -> None:
    """Refuse negative values that are no logarithms unless they are the tail of intensities.

    Parameters
    ----------
    values
        Shape (samples, genes), dense or sparse, some of them negative.
    evidence
        Figures of the matrix.
    known
        What is known beside the values.

    Raises
    ------
    ScaleError
        If negative values are many or as large as positive ones, or if these are reads or amounts
        of sequencing: whole numbers, or many zeros, under identifiers that are no probes.
    """
    low, high = evidence["minimum"], evidence["maximum"]
    if -low > high / 2 or evidence["negative_share"] > 0.4:
        raise ScaleError(
            f"The values reach from {low:g} to {high:g}, {evidence['negative_share']:.0%} of them "
            "negative: neither counts, nor logarithms, nor intensities",
            fix="Give counts, TPM, log2 values or intensities; test statistics and fold changes "
            "are no expression.",
        )
    # Intensities are measured with fractions and hardly ever exactly 0.
    counted = evidence["integer_share"] == 1 or evidence["zero_share"] > TIED_FLOOR
    if counted and not known.probes:
        kind = "whole numbers" if evidence["integer_share"] == 1 else "amounts, many of them 0,"
        raise ScaleError(
            f"The values are {kind} as of sequencing, but {int((values < 0).sum())} of them "
            f"below 0, the lowest {low:g}",
            where=known.cell(*lowest_cell(values)),
            fix="Correct the table: reads cannot be fewer than none. If it holds intensities of an "
            "array, say so: --scale intensity.",
        )


def refuse_impossible(scale: str, by: str, evidence: dict[str, float], name: str) -> None:
    """Refuse a stated scale on which the values cannot be.

    Parameters
    ----------
    scale, by
        The scale, and who stated it: ``user`` or ``format``.
    evidence
        Figures of the matrix.
    name
        What the values are called.

    Raises
    ------
    ScaleError
        If they contradict each other.
    """
    low, high = evidence["minimum"], evidence["maximum"]
    said = "stated" if by == "user" else "declared by the file format"
    if scale in NOT_NEGATIVE and low < 0:
        raise ScaleError(
            f"{name} are {said} to be {scale} but reach down to {low:g}",
            fix="Use --scale log2 for log values, or --scale auto.",
        )
    fractions = 1 - evidence["integer_share"]
    per_million = PER_MILLION[0] < evidence["lowest_sum"] < PER_MILLION[1]
    if scale == "counts" and by == "user" and fractions and (high <= LARGEST_LOG2 or per_million):
        raise ScaleError(
            f"{name} are stated to be counts but {fractions:.2%} of them are not whole numbers",
            fix="Use --scale tpm, cpm or log2 for normalised values.",
        )
    if scale == "zscore" and low >= 0:
        raise ScaleError(
            f"{name} are {said} to be z-scores but none is negative",
            fix="Use --scale auto, or say what they are.",
        )
    if scale == "log2" and high > LARGEST_LOG2:
        raise ScaleError(
            f"{name} are {said} to be log2 but reach {high:g}",
            fix="Use --scale auto, or take the logarithm first.",
        )
