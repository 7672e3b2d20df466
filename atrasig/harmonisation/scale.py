"""On which scale a matrix is, decided once from all its values, with stated evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from atrasig.config import Scale
from atrasig.errors import UsageError
from atrasig.harmonisation.bounds import (
    LARGEST_LOG2,
    NOT_NEGATIVE,
    PER_MILLION,
    TIED_FLOOR,
    Declaration,
    refuse_impossible,
    refuse_signed,
)
from atrasig.harmonisation.evidence import centre_and_spread, scale_evidence
from atrasig.harmonisation.units import LINEAR, REFUTED, SHOWN, Form, Unit, find_units

Array = NDArray[np.float64]
Platform = Literal[
    "rnaseq_counts",
    "rnaseq_normalised",
    "microarray",
    "zscore",
    "relative",
    "single_cell",
    "single_cell_pseudobulk",
]

SCALES: tuple[str, ...] = get_args(Scale)
"""What a user may state."""
NEARLY_ALL = 0.9
"""Share of the samples that tell which must consist of whole multiples."""
EXPECTED_WHOLE = 0.15
"""Share of whole numbers above 0 from which fractional values are taken for expected counts.

Gene sums of Salmon have 0.27 and more, of RSEM 0.66; of TPM and FPKM 0.01, or 0.1 with one decimal.
"""
_READS = frozenset({"counts", "cpm", "log_cpm", "log_counts"})
_AMOUNTS = frozenset({"tpm", "fpkm", "linear"})
_MANY_GENES = 1000
_LOW_MAXIMUM = 6.0
_SEVERAL = 3
_CELLS: dict[str, Platform] = {"cell": "single_cell", "pseudobulk": "single_cell_pseudobulk"}


@dataclass(frozen=True)
class ScaleDecision:
    """The scale of a matrix and why.

    Parameters
    ----------
    scale
        What the values are, before any transformation: ``counts``, ``cpm`` (counts times one
        number a sample), ``log_counts``, ``log_cpm`` (their logarithm), ``tpm``, ``fpkm``,
        ``linear``, ``log2``, ``intensity``, ``zscore`` or ``log_ratio``.
    platform
        Platform class, which models refer to.
    decided_by
        ``user``, ``format`` or ``values``.
    evidence
        The figures the decision rests on.
    units
        One a sample where the values are made of read counts, otherwise empty.
    doubts
        What speaks against the decision, each as a sentence.
    """

    scale: str
    platform: Platform
    decided_by: Literal["user", "format", "values"]
    evidence: dict[str, float]
    units: tuple[Unit, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def is_of_reads(self) -> bool:
        """Whether the values of a sample are proportional to read counts."""
        return self.scale in _READS

    @property
    def is_of_amounts(self) -> bool:
        """Whether values of one gene may be added as they are: sequencing, not logarithms."""
        return self.scale in _AMOUNTS

    @property
    def is_sequenced_log(self) -> bool:
        """Whether the values are logarithms with a floor that stands for nothing."""
        return self.scale == "log2" and self.evidence["floor_share"] > TIED_FLOOR

    @property
    def form(self) -> Form:
        """How most samples come from whole multiples."""
        shown = [unit.form for unit in self.units if unit.verdict == SHOWN]
        return max(shown, key=shown.count, default=LINEAR)

    def sample_platforms(self) -> tuple[Platform, ...]:
        """Platform class of each sample: one whose values are no multiples is none of counts."""
        other: Platform = "rnaseq_normalised"
        of_counts = self.platform == "rnaseq_counts"
        return tuple(
            other if of_counts and unit.verdict == REFUTED else self.platform for unit in self.units
        )

    def as_record(self) -> dict[str, Any]:
        """Give the decision as plain values for ``uns`` and JSON."""
        return {
            "scale": self.scale,
            "platform": self.platform,
            "decided_by": self.decided_by,
            "made_of": self.form.name if any(u.verdict == SHOWN for u in self.units) else "",
            "evidence": dict(self.evidence),
            "doubts": " ".join(self.doubts),
        }


def decide_scale(
    values: Any, stated: str = "auto", declared: Declaration | None = None
) -> ScaleDecision:
    """Decide on which scale a matrix is.

    Parameters
    ----------
    values
        Shape (samples, genes), dense or sparse; all samples, so that it is decided once.
    stated
        ``auto``, or the scale as the user knows it, one of :data:`SCALES`.
    declared
        What is known beside the values. A user's word counts more than the format's.

    Returns
    -------
    ScaleDecision
        The scale with its evidence.

    Raises
    ------
    ScaleError
        If the values cannot be on the stated scale, or are negative on a linear scale as no
        intensities are.
    UsageError
        If the stated scale is unknown.
    """
    known = declared or Declaration()
    if stated not in SCALES:
        raise UsageError(f"Unknown scale {stated!r}", fix=f"Use one of {', '.join(SCALES)}.")
    evidence = scale_evidence(values)
    by: Literal["user", "format", "values"] = "values"
    if stated != "auto":
        scale, by = stated, "user"
    elif known.scale in SCALES[1:]:
        scale, by = known.scale, "format"
    else:
        scale = _detect(values, evidence, known)
    if by != "values":
        refuse_impossible(scale, by, evidence, known.name)
    units: tuple[Unit, ...] = ()
    if scale in {"cpm", "log2"} and not known.probes and evidence["minimum"] > -LARGEST_LOG2:
        units, scale = _multiples(values, scale, by, evidence)
    doubts = _doubts(scale, by, evidence, known)
    return ScaleDecision(scale, _platform(scale, evidence, known), by, evidence, units, doubts)


def _detect(values: Any, evidence: dict[str, float], known: Declaration) -> str:
    low, high = evidence["minimum"], evidence["maximum"]
    if low >= 0 and evidence["integer_share"] == 1:
        if known.probes:
            return "intensity" if high > LARGEST_LOG2 else "log2"
        return "tpm" if _is_rounded_per_million(evidence) else "counts"
    whole = evidence["integer_share"] == 1 and not known.probes
    if low < 0 and (whole or high > LARGEST_LOG2):
        refuse_signed(values, evidence, known)
        return "intensity"
    if high <= LARGEST_LOG2:
        return _detect_relative(values, evidence) or "log2"
    return "intensity" if known.probes else "cpm"


def _is_rounded_per_million(evidence: dict[str, float]) -> bool:
    """Whether whole numbers add up to nearly, not exactly, a million in each of several samples."""
    low, high = evidence["lowest_sum"], evidence["highest_sum"]
    return PER_MILLION[0] < low < high < PER_MILLION[1] and evidence["samples"] >= _SEVERAL


def _detect_relative(values: Any, evidence: dict[str, float]) -> str:
    from scipy.sparse import issparse

    low, high = evidence["minimum"], evidence["maximum"]
    if issparse(values) or low >= 0 or evidence["floor_share"] > TIED_FLOOR:
        return ""
    if low < -1 and abs(evidence["gene_mean"]) < 0.1 and 0.8 < evidence["gene_sd"] < 1.2:
        return "zscore"
    centre, spread = centre_and_spread(values)
    evidence.update(centre=centre, spread=spread)
    # Ratios reach about as far below 0 as above it, logarithms of expression far above it only.
    balanced = 0.25 <= evidence["negative_share"] <= 0.75 and -low > high / 3
    return "log_ratio" if balanced and abs(centre) <= 0.5 * spread <= 1.5 else ""


def _multiples(
    values: Any, scale: str, by: str, evidence: dict[str, float]
) -> tuple[tuple[Unit, ...], str]:
    """Seek the units of linear or log values, and name the scale by what was found."""
    units = find_units(values, logged=scale == "log2")
    n_shown = sum(unit.verdict == SHOWN for unit in units)
    n_refuted = sum(unit.verdict == REFUTED for unit in units)
    evidence["samples_of_multiples"] = float(n_shown)
    evidence["samples_of_none"] = float(n_refuted)
    if n_shown < max(NEARLY_ALL * (n_shown + n_refuted), len(units) / 2, 1):
        if by != "values" and scale == "cpm":
            return tuple(Unit("unclear") for _ in units), scale
        return (), scale if scale == "log2" else _unmade(evidence)
    decision = ScaleDecision(scale, "rnaseq_counts", "values", evidence, tuple(units))
    if not decision.form.base:
        return tuple(units), "cpm"
    whole = all(abs(u.size - 1) < 1e-6 for u in units if u.verdict == SHOWN)
    return tuple(units), "log_counts" if whole else "log_cpm"


def _unmade(evidence: dict[str, float]) -> str:
    """Name the scale of linear values that are not made of counts."""
    if PER_MILLION[0] < evidence["lowest_sum"] and evidence["highest_sum"] < PER_MILLION[1]:
        return "tpm"
    if evidence["floor_share"] <= TIED_FLOOR:
        return "intensity"
    return "counts" if _is_expected_counts(evidence) else "linear"


def _is_expected_counts(evidence: dict[str, float]) -> bool:
    """Whether fractions stand among many whole numbers, as reads of one gene among shared ones."""
    filled = 1 - evidence["zero_share"]
    whole = evidence["integer_share"] - evidence["zero_share"]
    return evidence["genes"] >= _MANY_GENES and whole > EXPECTED_WHOLE * filled


def _platform(scale: str, evidence: dict[str, float], known: Declaration) -> Platform:
    if known.unit in _CELLS:
        return _CELLS[known.unit]
    # Within a sample CPM ranks genes as counts do; TPM does not, because it divides by length.
    if scale in _READS:
        return "rnaseq_counts"
    if scale in {"zscore", "log_ratio"}:
        return "zscore" if scale == "zscore" else "relative"
    sequenced = evidence["floor_share"] > TIED_FLOOR and not known.probes
    if scale in _AMOUNTS or (scale == "log2" and sequenced):
        return "rnaseq_normalised"
    return "microarray"


def _doubts(scale: str, by: str, evidence: dict[str, float], known: Declaration) -> tuple[str, ...]:
    found = []
    if scale == "counts" and evidence["integer_share"] < 1:
        share = 1 - evidence["integer_share"]
        found.append(f"{share:.1%} of the counts are fractions: taken as expected counts.")
    if scale == "tpm" and evidence["integer_share"] == 1:
        found.append("Whole numbers that add up to a million: taken as rounded CPM or TPM.")
    if scale == "intensity" and evidence["minimum"] < 0 and not known.probes:
        found.append("Negative values with gene identifiers: taken as background-corrected arrays.")
    tied, filled = evidence["floor_share"] > TIED_FLOOR, evidence["zero_share"] > TIED_FLOOR
    if scale == "log2" and evidence["minimum"] < 0 and filled and not tied:
        found.append("Many values are 0 and others below: is 0 put for the logarithm of none?")
    many, highest = evidence["genes"] >= _MANY_GENES, evidence["maximum"]
    if many and highest < _LOW_MAXIMUM and scale in {"log2", "log_cpm", "log_counts"}:
        found.append(f"The highest value is {highest:.2f}: a logarithm to base 10, or taken twice?")
    if many and highest <= LARGEST_LOG2 and by != "values" and scale in NOT_NEGATIVE - {"counts"}:
        found.append(f"The highest value is {highest:.2f}: already logarithms?")
    if known.scale and known.scale not in SCALES[1:]:
        found.append(f"The file format declares the scale {known.scale!r}, which is not known.")
    return tuple(found)
