"""On which scale a matrix is, decided once from all its values, with stated evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import ScaleError, UsageError

Array = NDArray[np.float64]
Scale = Literal["counts", "cpm", "tpm", "linear", "log2"]
Platform = Literal["rnaseq_counts", "rnaseq_normalised", "microarray"]

SCALES: tuple[str, ...] = ("auto", "counts", "cpm", "tpm", "log2")
LARGEST_LOG2 = 40.0
"""No log2 expression value is larger: 2^40 is a million times a million."""
TIED_FLOOR = 0.05
"""Share of values at a sample's minimum above which data are sequencing, not array, data."""
_PER_MILLION = (0.99e6, 1.01e6)


@dataclass(frozen=True)
class ScaleDecision:
    """The scale of a matrix and why.

    Parameters
    ----------
    scale
        What the values are, before any transformation.
    platform
        Platform class, which models refer to.
    stated
        Whether the user stated the scale.
    evidence
        The figures the decision rests on.
    """

    scale: Scale
    platform: Platform
    stated: bool
    evidence: dict[str, float]

    def as_record(self) -> dict[str, Any]:
        """Give the decision as plain values for ``uns`` and JSON."""
        return {
            "scale": self.scale,
            "platform": self.platform,
            "decided_by": "user" if self.stated else "values",
            "evidence": dict(self.evidence),
        }


def scale_evidence(values: Any) -> dict[str, float]:
    """Figures on which the scale is decided.

    Parameters
    ----------
    values
        Shape (samples, genes), dense (NaN where missing) or sparse.

    Returns
    -------
    dict
        ``minimum``, ``maximum``, ``integer_share``, ``floor_share`` (median over samples of the
        share of values equal to the sample's minimum), ``lowest_sum`` and ``highest_sum`` of a
        sample, ``gene_mean`` and ``gene_sd`` (medians over the genes that every sample has; near
        0 and 1 for z-scores, which are never sparse, so 0 for sparse values).
    """
    from scipy.sparse import issparse

    return _sparse_evidence(values) if issparse(values) else _dense_evidence(values)


def _sparse_evidence(values: Any) -> dict[str, float]:
    sums = np.asarray(values.sum(axis=1)).ravel()
    floor, n_floor = sample_floor(values)
    n_cells = max(values.shape[0] * values.shape[1], 1)
    fractional = int(np.sum(values.data != np.round(values.data)))
    return {
        "minimum": float(floor.min()),
        "maximum": float(values.max()),
        "integer_share": 1 - fractional / n_cells,
        "floor_share": float(np.median(n_floor / max(values.shape[1], 1))),
        "lowest_sum": float(sums.min()),
        "highest_sum": float(sums.max()),
        "gene_mean": 0.0,
        "gene_sd": 0.0,
    }


def _dense_evidence(values: Array) -> dict[str, float]:
    measured = ~np.isnan(values)
    finite = values[measured]
    if finite.size == 0:
        raise ScaleError("The matrix has no value", fix="Check that the cells hold numbers.")
    sums = np.nansum(values, axis=1)
    _, n_floor = sample_floor(values)
    some = values[:, measured.all(axis=0)]
    several = values.shape[0] > 2 and some.shape[1] > 0
    return {
        "minimum": float(finite.min()),
        "maximum": float(finite.max()),
        "integer_share": float(np.mean(finite == np.round(finite))),
        "floor_share": float(np.median(n_floor / np.maximum(measured.sum(axis=1), 1))),
        "lowest_sum": float(sums.min()),
        "highest_sum": float(sums.max()),
        "gene_mean": float(np.median(some.mean(axis=0))) if several else 0.0,
        "gene_sd": float(np.median(some.std(axis=0))) if several else 0.0,
    }


def sample_floor(values: Any) -> tuple[Array, NDArray[np.int64]]:
    """Lowest value of each sample and how many of its values equal it.

    Parameters
    ----------
    values
        Shape (samples, genes), dense (NaN where missing) or sparse.

    Returns
    -------
    floor : numpy.ndarray
        Shape (samples,); infinite for a sample without a value.
    n_floor : numpy.ndarray
        Shape (samples,).
    """
    from scipy.sparse import csr_array, issparse

    if not issparse(values):
        measured = ~np.isnan(values)
        floor = np.min(np.where(measured, values, np.inf), axis=1, initial=np.inf)
        return floor, ((values == floor[:, None]) & measured).sum(axis=1)
    matrix = csr_array(values)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    n_stored = np.bincount(rows, weights=matrix.data != 0, minlength=matrix.shape[0])
    n_zero = matrix.shape[1] - n_stored.astype(np.int64)
    floor = np.where(n_zero > 0, 0.0, np.inf)
    np.minimum.at(floor, rows, matrix.data)
    at_floor = (matrix.data == floor[rows]) & (matrix.data != 0)
    n_floor = np.bincount(rows, weights=at_floor, minlength=matrix.shape[0]).astype(np.int64)
    return floor, n_floor + np.where(floor == 0, n_zero, 0)


def decide_scale(values: Any, stated: str = "auto") -> ScaleDecision:
    """Decide on which scale a matrix is.

    Parameters
    ----------
    values
        Shape (samples, genes), dense or sparse; all samples, so that it is decided once.
    stated
        ``auto``, or the scale as the user knows it: ``counts``, ``cpm``, ``tpm``, ``log2``.

    Returns
    -------
    ScaleDecision
        The scale with its evidence.

    Raises
    ------
    ScaleError
        If the values cannot be on the stated scale, or are z-scores or negative intensities.
    UsageError
        If the stated scale is unknown.
    """
    evidence = scale_evidence(values)
    if stated == "auto":
        scale = _detect(evidence)
    elif stated in SCALES:
        scale = stated
        _refuse_impossible(scale, evidence)
    else:
        raise UsageError(f"Unknown scale {stated!r}", fix=f"Use one of {', '.join(SCALES)}.")
    return ScaleDecision(scale, _platform(scale, evidence), stated != "auto", evidence)  # type: ignore[arg-type]


def _detect(evidence: dict[str, float]) -> str:
    low, high = evidence["minimum"], evidence["maximum"]
    if low >= 0 and evidence["integer_share"] == 1:
        return "counts"
    if high <= LARGEST_LOG2:
        if low < -1 and abs(evidence["gene_mean"]) < 0.1 and 0.8 < evidence["gene_sd"] < 1.2:
            raise ScaleError(
                "The values look like z-scores (gene means 0, standard deviations 1), "
                "whose ranks within a sample mean nothing",
                fix="Give the values before standardisation; if they are log2, say --scale log2.",
            )
        return "log2"
    if low < 0:
        raise ScaleError(
            f"The values reach from {low:g} to {high:g}: negative values on a linear scale",
            fix="Give counts, TPM, or background-corrected log2 intensities.",
        )
    if _PER_MILLION[0] < evidence["lowest_sum"] and evidence["highest_sum"] < _PER_MILLION[1]:
        return "tpm"
    return "linear"


def _refuse_impossible(scale: str, evidence: dict[str, float]) -> None:
    low, high = evidence["minimum"], evidence["maximum"]
    if scale in {"counts", "cpm", "tpm"} and low < 0:
        raise ScaleError(
            f"The values are stated to be {scale} but reach down to {low:g}",
            fix="Use --scale log2 for log values, or --scale auto.",
        )
    if scale == "counts" and evidence["integer_share"] < 1:
        share = 1 - evidence["integer_share"]
        raise ScaleError(
            f"The values are stated to be counts but {share:.2%} of them are not whole numbers",
            fix="Use --scale tpm or cpm for normalised values; round expected counts yourself.",
        )
    if scale == "log2" and high > LARGEST_LOG2:
        raise ScaleError(
            f"The values are stated to be log2 but reach {high:g}",
            fix="Use --scale auto, or take the logarithm first.",
        )


def _platform(scale: str, evidence: dict[str, float]) -> Platform:
    # Within a sample CPM ranks genes as counts do; TPM does not, because it divides by length.
    if scale in {"counts", "cpm"}:
        return "rnaseq_counts"
    sequenced = evidence["floor_share"] > TIED_FLOOR
    return "rnaseq_normalised" if sequenced or scale == "tpm" else "microarray"


def to_log2(values: Any, decision: ScaleDecision, library_size: Array) -> Any:
    """Bring values to a log2 scale.

    Parameters
    ----------
    values
        Shape (samples, genes), dense or sparse.
    decision
        The scale they are on.
    library_size
        Shape (samples,): sum of the counts of a sample; used for counts alone.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array
        ``log2(CPM+1)`` of counts, ``log2(x+1)`` of other linear values, log2 values unchanged;
        sparse where the input is.
    """
    from scipy.sparse import csr_array, issparse

    if decision.scale == "log2":
        return values
    factor = np.ones(values.shape[0])
    if decision.scale == "counts":
        factor = 1e6 / np.where(library_size > 0, library_size, 1)
    if issparse(values):
        scaled = csr_array(values, dtype=np.float64, copy=True)
        scaled.data *= np.repeat(factor, np.diff(scaled.indptr))
        scaled.data = np.log2(scaled.data + 1)
        return scaled
    return np.log2(values * factor[:, None] + 1)
