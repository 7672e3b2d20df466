"""Which samples a contrast compares: formed from the sheet, or named by the user."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from atrasig.errors import UsageError

MIN_SAMPLES = 2
REST = "rest"
_COLUMNS = ("timepoint", "group")
_SEPARATOR = " vs "


@dataclass(frozen=True)
class Contrast:
    """Two sides of samples; a positive statistic means higher in the first.

    Parameters
    ----------
    name
        As written in the tables, ``A vs B``.
    column
        Column of the sheet that names the sides, ``timepoint`` or ``group``.
    first, second
        Sample names of the two sides, sorted.
    """

    name: str
    column: str
    first: tuple[str, ...]
    second: tuple[str, ...]

    @property
    def sides(self) -> frozenset[tuple[str, ...]]:
        """The two sides without their order."""
        return frozenset((self.first, self.second))

    @property
    def shortage(self) -> str:
        """Why the contrast has too few samples, empty if it has enough."""
        if min(len(self.first), len(self.second)) >= MIN_SAMPLES:
            return ""
        sizes = f"{len(self.first)} against {len(self.second)} samples"
        return f"{sizes}, at least {MIN_SAMPLES} a side are needed"


@dataclass(frozen=True)
class SkippedContrast:
    """A contrast that was not tested, and why.

    Parameters
    ----------
    contrast
        Name of the contrast.
    reason
        Why it was not tested.
    """

    contrast: str
    reason: str


def automatic_contrasts(
    obs: pd.DataFrame,
) -> tuple[tuple[Contrast, ...], tuple[SkippedContrast, ...]]:
    """Form every contrast that the columns ``timepoint`` and ``group`` allow.

    Exposed against baseline; two groups against each other (the later name first); each of three
    or more groups against the rest. A side needs two samples, and a partition of samples that
    stands already is not tested twice.

    Parameters
    ----------
    obs
        Sample annotations, indexed by sample name.

    Returns
    -------
    tuple
        Contrasts formed, and those skipped with their reasons.
    """
    formed: list[Contrast] = []
    skipped: list[SkippedContrast] = []
    for contrast in _candidates(obs):
        same = [other.name for other in formed if other.sides == contrast.sides]
        if contrast.shortage:
            skipped.append(SkippedContrast(contrast.name, contrast.shortage))
        elif same:
            skipped.append(SkippedContrast(contrast.name, f"the same samples as {same[0]!r}"))
        else:
            formed.append(contrast)
    return tuple(formed), tuple(skipped)


def named_contrast(obs: pd.DataFrame, text: str) -> Contrast:
    """Form a contrast from its name.

    Parameters
    ----------
    obs
        Sample annotations, indexed by sample name.
    text
        ``A vs B``: two values of ``group`` or two of ``timepoint``; one of them may be ``rest``,
        all other samples with a value in that column (unless a value is itself called so).

    Returns
    -------
    Contrast
        Two samples a side at least.

    Raises
    ------
    UsageError
        If the names are not in the sheet, or a side has fewer than two samples.
    """
    levels = {column: _levels(obs, column) for column in _COLUMNS}
    words = text.split(_SEPARATOR)
    for cut in range(1, len(words)):
        first = _SEPARATOR.join(words[:cut]).strip()
        second = _SEPARATOR.join(words[cut:]).strip()
        for column in _COLUMNS:
            if _compares(levels[column], first, second):
                return _require_enough(_contrast(levels[column], column, first, second), text)
    listing = "; ".join(
        f"{column}: {', '.join(repr(name) for name in values) or 'no value'}"
        for column, values in levels.items()
    )
    raise UsageError(
        f"The contrast {text!r} does not name two values of one column of the sheet",
        fix=f"Write it as 'A vs B' or 'A vs {REST}' with these values: {listing}.",
    )


def column_text(column: pd.Series[str]) -> pd.Series[str]:
    """Strip a text column of the sheet, with the empty text where a value is missing."""
    values = column.astype(object)
    return values.where(values.notna(), "").astype(str).str.strip()


def _levels(obs: pd.DataFrame, column: str) -> dict[str, tuple[str, ...]]:
    """Sorted samples of each value of a column, values sorted, empty values left out."""
    if column not in obs:
        return {}
    values = column_text(obs[column])
    return {
        level: tuple(sorted(str(sample) for sample in values.index[values == level]))
        for level in sorted(set(values))
        if level
    }


def _candidates(obs: pd.DataFrame) -> list[Contrast]:
    times, groups = _levels(obs, "timepoint"), _levels(obs, "group")
    candidates = []
    if times:
        both = {"exposed": (), "baseline": ()} | times
        candidates.append(_contrast(both, "timepoint", "exposed", "baseline"))
    if len(groups) == 2:
        [(low, high)] = pairwise(groups)
        candidates.append(_contrast(groups, "group", high, low))
    elif len(groups) > 2:
        candidates += [_contrast(groups, "group", name, REST) for name in groups if name != REST]
    return candidates


def _compares(levels: dict[str, tuple[str, ...]], first: str, second: str) -> bool:
    known = [name in levels for name in (first, second)]
    if first == second or not any(known):
        return False
    return all(known) or REST in (first, second)


def _contrast(levels: dict[str, tuple[str, ...]], column: str, first: str, second: str) -> Contrast:
    def side(name: str, other: str) -> tuple[str, ...]:
        if name in levels:
            return levels[name]
        return tuple(sorted(s for level, own in levels.items() if level != other for s in own))

    return Contrast(
        f"{first}{_SEPARATOR}{second}", column, side(first, second), side(second, first)
    )


def _require_enough(contrast: Contrast, text: str) -> Contrast:
    if contrast.shortage:
        raise UsageError(
            f"The contrast {text!r} has {contrast.shortage}",
            where=f"column {contrast.column}",
            fix="Add replicates, or leave the contrast out.",
        )
    return contrast
