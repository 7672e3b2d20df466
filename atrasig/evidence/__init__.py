"""What is published on ATRA with a partner, and hypotheses on it for one sample."""

from __future__ import annotations

from atrasig.evidence.base import EvidenceBase, context_fits, context_touches, load_evidence
from atrasig.evidence.hypotheses import Hypothesis, SampleHypotheses, combination_hypotheses
from atrasig.evidence.run import FrozenMarkers, find_hypotheses
from atrasig.evidence.standing import MarkerReference, MarkerStanding, SampleMarkers
from atrasig.evidence.tables import hypotheses_table

__all__ = [
    "EvidenceBase",
    "FrozenMarkers",
    "Hypothesis",
    "MarkerReference",
    "MarkerStanding",
    "SampleHypotheses",
    "SampleMarkers",
    "combination_hypotheses",
    "context_fits",
    "context_touches",
    "find_hypotheses",
    "hypotheses_table",
    "load_evidence",
]
