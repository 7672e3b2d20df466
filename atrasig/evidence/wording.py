"""Sentences on hypotheses: what was reported and could be tested, never what to give."""

from __future__ import annotations

from collections.abc import Sequence

from atrasig.signatures.evidence_records import Combination
from atrasig.vocabulary import load_vocabulary

NOT_ADVICE = "Hypotheses for research, from what others reported; they are no advice on treatment."


def hypothesis_words(
    entry: Combination,
    status: str,
    standings: Sequence[str],
    citation: str,
    against: Sequence[str],
) -> str:
    """Tell one combination: the report, the numbers, what could be tested, what is against it.

    Parameters
    ----------
    entry
        The combination.
    status
        As of `atrasig.evidence.hypotheses.Hypothesis`.
    standings
        A sentence without full stop for each extreme marker.
    citation, against
        Source, and sentences that speak against it.
    """
    patients = f", {entry.n} patients" if entry.n else ""
    reported = (
        f"Reported of ATRA with {entry.partner} in {entry.printed} ({entry.grade}{patients}): "
        f"{entry.efficacy} [{citation}]"
    )
    parts = [reported]
    if status == "supported":
        parts += [f"In this sample {text}." for text in standings]
    if entry.outcome == "no benefit":
        parts.append("The study itself reports no benefit.")
    elif status == "supported":
        parts.append("Whether it holds for samples like this one could be tested.")
    elif status == "context":
        parts.append("No marker gene is named, so nothing of this sample speaks for or against it.")
    if against:
        parts.append(f"Against it: {' '.join(against)}")
    return " ".join(parts)


def summary_words(
    disease: str,
    share: float,
    n_fitting: int,
    counts: Sequence[int],
    rates: Sequence[float],
    faults: Sequence[str],
) -> str:
    """Sum up one sample.

    Parameters
    ----------
    disease
        Vocabulary id, empty where none is declared.
    share
        Outermost share of the reference that was asked.
    n_fitting
        Combinations whose disease context fits.
    counts
        Of these: supported, not judged, without marker gene.
    rates
        False-hypothesis rate of each tested combination.
    faults
        Why markers were not judged.
    """
    if not disease:
        return "No disease is declared, so no combination is looked up."
    name = load_vocabulary()[disease].name
    if not n_fitting:
        return f"No combination with ATRA that was read fits {name}; there is no hypothesis."
    supported, unjudged, context = counts
    verb = "have" if supported > 1 else "has"
    text = (
        f"Of {n_fitting} combinations reported for {name}, {supported or 'none'} {verb} a marker "
        f"gene in the outermost {share:.0%} of the reference; {len(rates)} were tested, of which "
        f"{sum(rates):.2f} at most are expected by chance."
    )
    if unjudged:
        text += f" {unjudged} could not be judged: {'; '.join(dict.fromkeys(faults))}."
    if context:
        text += f" {context} name no marker gene and stand as context only."
    return f"{text} {NOT_ADVICE}" if supported else text
