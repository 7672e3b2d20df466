"""Scales in words that a reader of a page knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "counts": "read counts",
    "cpm": "read counts scaled by sample (CPM or the like)",
    "log_counts": "logarithms of read counts",
    "log_cpm": "logarithms of read counts scaled by sample (CPM or the like)",
    "tpm": "TPM (reads by gene length)",
    "fpkm": "FPKM (reads by gene length)",
    "linear": "sequencing amounts that are no multiples of reads",
    "intensity": "array intensities",
    "zscore": "z-scores (each gene against its cohort)",
    "log_ratio": "log ratios (each gene against a reference)",
}
_LOG2 = {
    "rnaseq_normalised": "log2 of sequencing amounts (TPM, FPKM or the like)",
    "microarray": "log2 values of an array, or of sequencing without its unread genes",
}


def scale_in_words(record: Mapping[str, Any]) -> str:
    """Name the scale of a matrix.

    Parameters
    ----------
    record
        ``uns["atrasig"]["scale"]``.

    Returns
    -------
    str
        A few words; the scale's own name where it is not known, empty where there is none.
    """
    scale = str(record.get("scale", ""))
    if scale == "log2":
        return _LOG2.get(str(record.get("platform", "")), "log2 values")
    return _WORDS.get(scale, scale)
