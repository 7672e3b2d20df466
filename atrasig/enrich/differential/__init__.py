"""Differential expression between the two sides of a contrast."""

from atrasig.enrich.differential.compare import (
    COLUMNS,
    Comparison,
    Differential,
    compare,
    differential_table,
)
from atrasig.enrich.differential.design import BATCH, PATIENT, Design, contrast_design

__all__ = [
    "BATCH",
    "COLUMNS",
    "PATIENT",
    "Comparison",
    "Design",
    "Differential",
    "compare",
    "contrast_design",
    "differential_table",
]
