"""Enrichment of signatures in one sample, and in contrasts of groups of samples."""

from atrasig.enrich.contrast import ContrastDesign, ContrastResult, enrich_contrasts
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
