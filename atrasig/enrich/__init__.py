"""Enrichment of signatures in one sample, and in contrasts of groups of samples."""

from atrasig.enrich.asked import ContrastDesign, ContrastResult
from atrasig.enrich.contrast import enrich_contrasts
from atrasig.enrich.designs import SkippedContrast
from atrasig.enrich.parts import COLUMNS
from atrasig.enrich.sample import enrich_samples

__all__ = [
    "COLUMNS",
    "ContrastDesign",
    "ContrastResult",
    "SkippedContrast",
    "enrich_contrasts",
    "enrich_samples",
]
