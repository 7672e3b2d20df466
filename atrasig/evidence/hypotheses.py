"""Hypotheses on combinations for one sample: what was reported, held against its marker genes.

A combination becomes a hypothesis for a sample where its disease context fits and a marker gene of
it stands at the side at which the combination is of interest, beyond nearly all of a reference. It
says what could be tested in research and why; it is no advice on treatment.

**False hypotheses.** A marker with normalised rank x is held against the n samples of a reference
by ``p = (1 + #{reference at or beyond x}) / (n + 1)``. Where the sample is drawn as the reference
is, each of its n + 1 places among them is equally likely, so p is at most a with probability at
most a, whatever the distribution and however the genes hang together. A combination with m markers
is a hypothesis where ``m p <= share`` for one of them, so that by chance alone it becomes one with
a probability of at most `share` (5 %); of k that are tested at most ``share k`` are expected by
chance in a sample, however many share a gene, and one or more with a probability of at most that
number. `SampleHypotheses.expected_false` is the rate that the sizes of the references really allow.
It is a rate of chance findings, and says nothing of the truth of what was reported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from atrasig.errors import UsageError
from atrasig.evidence.base import EvidenceBase
from atrasig.evidence.standing import SAME, MarkerStanding, SampleMarkers, false_rate, stand
from atrasig.evidence.wording import hypothesis_words, summary_words
from atrasig.signatures.evidence_records import GRADES, Combination

SHARE = 0.05
"""Outermost share of a reference at which a marker counts as extreme."""

Status = Literal["supported", "not extreme", "not judged", "context"]


@dataclass(frozen=True)
class Hypothesis:
    """One combination whose disease context fits a sample.

    Parameters
    ----------
    combination
        The record.
    status
        ``supported``: a marker stands at the extreme asked, which makes it a hypothesis;
        ``not extreme``: none does; ``not judged``: no marker could be; ``context``: it has none.
    markers
        Standing of every marker gene.
    p
        Smallest p of the markers times their number, at most 1; NaN where none was judged.
    false_rate
        Probability, at most, with which it is supported by chance; 0 where it was not judged.
    citation
        Where it was reported, and the review in which that was read.
    against
        What speaks against it, with sources, then what the report leaves open.
    words
        All of it as a sentence for readers.
    """

    combination: Combination
    status: Status
    markers: tuple[MarkerStanding, ...]
    p: float
    false_rate: float
    citation: str
    against: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class SampleHypotheses:
    """Hypotheses of one sample, and what fits its disease without being one.

    Parameters
    ----------
    sample, disease
        Name, and disease as vocabulary id.
    share
        Outermost share of a reference that was asked.
    entries
        All combinations whose disease context fits: the supported ones first, by evidence grade
        and then by how extreme the marker is, those reported without benefit after the others.
    summary
        What was found, or that nothing fits, as a sentence.
    """

    sample: str
    disease: str
    share: float
    entries: tuple[Hypothesis, ...]
    summary: str

    @property
    def supported(self) -> tuple[Hypothesis, ...]:
        """The hypotheses."""
        return tuple(entry for entry in self.entries if entry.status == "supported")

    @property
    def context(self) -> tuple[Hypothesis, ...]:
        """Combinations without a marker gene: nothing of this sample speaks for them."""
        return tuple(entry for entry in self.entries if entry.status == "context")

    @property
    def n_tested(self) -> int:
        """Combinations, a marker of which was judged."""
        return sum(entry.false_rate > 0 for entry in self.entries)

    @property
    def expected_false(self) -> float:
        """Hypotheses expected by chance, at most."""
        return sum(entry.false_rate for entry in self.entries)


def combination_hypotheses(
    sample: SampleMarkers, base: EvidenceBase, share: float = SHARE
) -> SampleHypotheses:
    """Hold the markers of one sample against what was reported for its disease.

    Parameters
    ----------
    sample
        Disease, normalised ranks and references.
    base
        The evidence base.
    share
        Outermost share of the reference, at most 0.5; also the false-hypothesis rate of a
        combination. See the notes of the module.

    Returns
    -------
    SampleHypotheses
        Without entries where nothing fits the disease; `summary` then says so.

    Raises
    ------
    UsageError
        If `share` is no such share.
    """
    if not 0 < share <= 0.5:
        raise UsageError(f"The share is {share}", fix="Choose a share above 0, at most 0.5.")
    found = [_judge(entry, sample, base, share) for entry in base.combinations_for(sample.disease)]
    entries = tuple(sorted(found, key=_order))
    counts = [sum(e.status == s for e in entries) for s in ("supported", "not judged", "context")]
    rates = [entry.false_rate for entry in entries if entry.false_rate > 0]
    faults = [m.reason for e in entries for m in e.markers if e.status == "not judged"]
    summary = summary_words(sample.disease, share, len(entries), counts, rates, faults)
    return SampleHypotheses(sample.sample, sample.disease, share, entries, summary)


def _judge(
    entry: Combination, sample: SampleMarkers, base: EvidenceBase, share: float
) -> Hypothesis:
    n_markers = len(entry.markers)
    markers = tuple(stand(marker, sample, share, n_markers) for marker in entry.markers)
    judged = [marker for marker in markers if marker.is_judged]
    p = min((min(1.0, n_markers * marker.p) for marker in judged), default=math.nan)
    rate = sum(false_rate(marker.n, share, n_markers) for marker in judged)
    status = _status(n_markers, p, share)
    citation = base.cited(entry.reference, entry.read_in)
    against = base.against(entry)
    shown = [m for m in judged if n_markers * m.p <= share + SAME]
    words = hypothesis_words(entry, status, [_place(m) for m in shown], citation, against)
    return Hypothesis(entry, status, markers, p, rate, citation, against, words)


def _status(n_markers: int, p: float, share: float) -> Status:
    if not n_markers:
        return "context"
    if math.isnan(p):
        return "not judged"
    return "supported" if p <= share + SAME else "not extreme"


def _place(marker: MarkerStanding) -> str:
    beyond = "above" if marker.side == "high" else "below"
    passed = marker.n - marker.n_beyond
    return (
        f"{marker.gene} stands at normalised rank {marker.value:.3f}, {beyond} {passed} of "
        f"{marker.n} of {marker.reference} (p = {marker.p:.3f}); {marker.side} levels are of "
        f"interest, {_BASES[marker.basis]}: {marker.why}"
    )


_BASES = {"stated": "as the source states", "inferred": "by our inference"}
_STATUSES: tuple[Status, ...] = ("supported", "not extreme", "not judged", "context")


def _order(entry: Hypothesis) -> tuple[int, bool, int, float, str]:
    told = entry.combination
    return (
        _STATUSES.index(entry.status),
        told.outcome == "no benefit",
        GRADES.index(told.grade),
        1.0 if math.isnan(entry.p) else entry.p,
        told.id,
    )
