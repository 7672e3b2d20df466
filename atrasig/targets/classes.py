"""Classes of target genes, from what was examined and found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from atrasig.targets.response import INDUCED, REPRESSED, UNCHANGED, UNTESTED

BOTH_WAYS = "changed both ways"
EARLY, LATE = "early", "late"
CHANGED = (INDUCED, REPRESSED, BOTH_WAYS)

_CHANGED_CLASSES = (
    "direct, bound and {}", "motif and {}", "{} only", "{}, promoter not examined",
)  # fmt: skip
CLASSES = (
    *(text.format(INDUCED) for text in _CHANGED_CLASSES),
    "bound only",
    "motif only",
    *(text.format(word) for word in (REPRESSED, BOTH_WAYS) for text in _CHANGED_CLASSES),
    "no evidence",
    "unchanged, promoter not examined",
    "bound, not tested",
    "motif, not tested",
    "not tested",
)
"""Every class, in the order in which tables list them."""


def joined_response(by_time: Sequence[str]) -> str:
    """Response of a gene over time points.

    Parameters
    ----------
    by_time
        Its response at each: ``induced``, ``repressed``, ``unchanged`` or ``not tested``.

    Returns
    -------
    str
        ``changed both ways`` if it is induced at one and repressed at another; else the change
        that there is; else ``unchanged`` if it was tested at all.
    """
    seen = set(by_time)
    if {INDUCED, REPRESSED} <= seen:
        return BOTH_WAYS
    return next((word for word in (INDUCED, REPRESSED, UNCHANGED) if word in seen), UNTESTED)


def time_class(by_time: Mapping[str, str]) -> str:
    """Say when a gene is changed: ``early``, ``late``, ``both``, or empty if never.

    Parameters
    ----------
    by_time
        Response at ``early`` and ``late``; without these two the answer is empty.
    """
    changed = [time for time in (EARLY, LATE) if by_time.get(time) in CHANGED]
    return "both" if len(changed) == 2 else "".join(changed)


def class_of(response: str, *, bound: bool | None, element: bool | None) -> str:
    """Class of a gene.

    Parameters
    ----------
    response
        Of :func:`joined_response`.
    bound
        Whether a peak was assigned to it; None where there are no peaks or its promoter is not
        known.
    element
        Whether its promoter holds an element; None where it was not scanned.

    Returns
    -------
    str
        One of :data:`CLASSES`. A bound gene that changes is direct whether or not its promoter
        holds an element; the element is evidence beside it.
    """
    evidence = "bound" if bound else "motif" if element else ""
    examined = bound is not None or element is not None
    if response in CHANGED:
        place = 0 if bound else 1 if element else 2 if examined else 3
        return _CHANGED_CLASSES[place].format(response)
    if response == UNTESTED:
        return f"{evidence}, {UNTESTED}" if evidence else UNTESTED
    if evidence:
        return f"{evidence} only"
    return "no evidence" if examined else "unchanged, promoter not examined"


def class_counts(classes: pd.Series[str]) -> dict[str, int]:
    """Count the genes of each class, in the order of :data:`CLASSES`; none is left out."""
    counts = classes.value_counts()
    return {name: int(counts.get(name, 0)) for name in CLASSES}
