"""Columns of a sheet as numbers and groups; whatever cannot be read is told together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import Fault, SheetError, UsageError
from atrasig.prediction.validation.labels import MISSING
from atrasig.scoring.arrays import Array

Kind = Literal["continuous", "binary", "categorical"]
Mask = NDArray[np.bool_]

EVENTS = frozenset({"1", "yes", "true", "event", "death", "dead", "died", "deceased"})
CENSORED = frozenset({"0", "no", "false", "censored", "alive", "living"})


@dataclass(frozen=True)
class Column:
    """One column of the sheet, over the samples of an analysis.

    Parameters
    ----------
    name
        As in the sheet.
    kind
        ``continuous``: numbers; ``binary`` and ``categorical``: two and more groups.
    values
        Shape (samples,): numbers, or places in `levels`; NaN where missing.
    levels
        Names of the groups, the reference first, the others sorted; empty for numbers.
    """

    name: str
    kind: Kind
    values: Array
    levels: tuple[str, ...] = ()

    @property
    def known(self) -> Mask:
        """Samples with a value."""
        return np.asarray(~np.isnan(self.values))

    @property
    def sd(self) -> float:
        """Standard deviation of all known numbers (n - 1); one for groups."""
        return 1.0 if self.levels else float(np.std(self.values[self.known], ddof=1))

    def described(self) -> str:
        """Sizes of the groups, or mean, standard deviation and range of the numbers."""
        own = self.values[self.known]
        if self.levels:
            sizes = (int((own == place).sum()) for place in range(len(self.levels)))
            return ", ".join(f"{n} ({k})" for n, k in zip(self.levels, sizes, strict=True))
        return f"mean {own.mean():.4g}, SD {self.sd:.4g}, {own.min():.4g} to {own.max():.4g}"


@dataclass(frozen=True)
class Survival:
    """Follow-up of the samples.

    Parameters
    ----------
    time
        Shape (samples,): time to the event or the end of follow-up, NaN where missing.
    event
        Shape (samples,): 1 with the event, 0 without, NaN where missing.
    """

    time: Array
    event: Array

    @property
    def known(self) -> Mask:
        """Samples with a time and a state."""
        return np.asarray(~np.isnan(self.time) & ~np.isnan(self.event))


def read_columns(
    known: pd.DataFrame,
    names: Sequence[str],
    *,
    categorical: Collection[str] = (),
    references: Mapping[str, str] | None = None,
    missing: Collection[str] = (),
) -> dict[str, Column]:
    """Read columns as numbers or groups.

    A column whose cells are all numbers is continuous, or binary where it has two of them; any
    other is binary or categorical.

    Parameters
    ----------
    known
        One row a sample, cells as text.
    names
        Columns wanted; each is read once.
    categorical
        Columns of numbers that name groups.
    references
        Reference group by column; where none is given the first in sorted order that has more
        than one sample.
    missing
        Cells, in any case, that stand for nothing known beside empty ones, NA, N/A and NaN.

    Returns
    -------
    dict of str to Column
        In the order of `names`.

    Raises
    ------
    UsageError
        If a column is not there, or `categorical` or `references` name one that is not wanted.
    SheetError
        With every column that is neither numbers nor groups, has one value only, or lacks its
        reference.
    """
    wanted = list(dict.fromkeys(names))
    chosen = references or {}
    for name in [*categorical, *chosen]:
        if name not in wanted:
            raise UsageError(
                f"The column {name!r} is not among those tested or adjusted for",
                fix=f"These are: {', '.join(map(repr, wanted)) or 'none'}.",
            )
    columns, faults = {}, []
    for name in wanted:
        text = _cells(known, name, missing)
        found = _read(name, text, chosen.get(name), as_groups=name in categorical)
        if isinstance(found, Column):
            columns[name] = found
        else:
            faults.append(Fault(0, name, found))
    if faults:
        raise SheetError("Columns of the sheet cannot be tested", faults)
    return columns


def read_survival(
    known: pd.DataFrame, time: str, event: str, *, missing: Collection[str] = ()
) -> Survival:
    """Read times and events.

    Parameters
    ----------
    known
        One row a sample, cells as text.
    time, event
        Columns. An event is written 1, yes, true, event, death, dead, died or deceased, its
        absence 0, no, false, censored, alive or living, in any case; of ``1:DECEASED`` the number
        counts.
    missing
        As in :func:`read_columns`.

    Returns
    -------
    Survival
        Times and events.

    Raises
    ------
    UsageError
        If a column is not there.
    SheetError
        If a time is no number from 0 on, or a word is not known.
    """
    times, states = (_cells(known, name, missing) for name in (time, event))
    faults = []
    numbers = _numbers(times)
    odd = (times != "") & ~(np.isfinite(numbers) & (numbers >= 0))
    if odd.any():
        message = f"{_some(times[odd])} is no time; write numbers from 0 on, one unit in all"
        faults.append(Fault(0, time, message))
    words = states.str.casefold().str.split(":").str[0].str.strip()
    words = words.where(~words.isin({"1.0", "0.0"}), words.str[0])
    happened, not_yet = words.isin(EVENTS), words.isin(CENSORED)
    odd = (states != "") & ~(happened | not_yet)
    if odd.any():
        fix = "write 1 for an event and 0 for none"
        faults.append(Fault(0, event, f"{_some(states[odd])} is neither event nor none; {fix}"))
    if faults:
        raise SheetError("Survival cannot be read from the sheet", faults)
    event_values = np.where(happened, 1.0, np.where(not_yet, 0.0, np.nan))
    return Survival(_array(numbers), event_values)


def _cells(known: pd.DataFrame, name: str, missing: Collection[str]) -> pd.Series[str]:
    """Text of a column, empty where missing."""
    if name not in known:
        raise UsageError(
            f"The sheet has no column {name!r}",
            fix=f"Its columns are: {', '.join(map(repr, map(str, known.columns)))}.",
        )
    cells = known[name]
    text = cells.where(cells.notna(), "").astype(str).str.strip().astype(object)
    words = MISSING | {word.strip().casefold() for word in missing}
    return text.where(~text.str.casefold().isin(words), "")


def _array(numbers: pd.Series[float]) -> Array:
    return np.asarray(numbers, dtype=np.float64)


def _numbers(text: pd.Series[str]) -> pd.Series[float]:
    return pd.to_numeric(text.where(text != "", None), errors="coerce").astype(np.float64)


def _read(
    name: str, text: pd.Series[str], reference: str | None, *, as_groups: bool
) -> Column | str:
    """Read one column, or say why it cannot be."""
    given = text[text != ""]
    numbers = _numbers(text)
    numeric = np.isfinite(numbers[given.index]) if len(given) else pd.Series(dtype=bool)
    if not len(given):
        return "has no value in any sample; leave it out"
    if given.nunique() == 1:
        return f"is {given.iloc[0]!r} in every sample; leave it out"
    values = _array(numbers)
    distinct = np.unique(values[np.isfinite(values)])
    if bool(numeric.all()) and not as_groups and len(distinct) > 2:
        return Column(name, "continuous", values) if reference is None else _no_groups(reference)
    if not as_groups and not bool(numeric.all()) and 2 * int(numeric.sum()) >= len(given):
        return (
            f"{_some(given[~numeric])} is no number, most others are; mend it, say that it means "
            "missing, or that the column names groups (--missing, --categorical)"
        )
    if bool(numeric.all()):
        text = text.where(text == "", numbers.map("{:g}".format))
        levels = tuple(f"{number:g}" for number in distinct)
    else:
        levels = tuple(sorted(set(given)))
    return _groups(name, text, tuple(dict.fromkeys(levels)), reference)


def _groups(
    name: str, text: pd.Series[str], levels: tuple[str, ...], reference: str | None
) -> Column | str:
    n_given = int((text != "").sum())
    if len(levels) < 2:
        return f"is {levels[0]!r} in every sample; leave it out"
    if 2 * len(levels) > n_given and len(levels) > 2:
        return f"has {len(levels)} values in {n_given} samples: neither numbers nor groups"
    if reference is not None and reference not in levels:
        return f"has no group {reference!r}; its groups are {', '.join(map(repr, levels))}"
    sizes = text.value_counts()
    compared = [level for level in levels if sizes[level] > 1] or levels
    first = compared[0] if reference is None else reference
    ordered = (first, *(level for level in levels if level != first))
    codes = text.map({level: float(place) for place, level in enumerate(ordered)})
    kind: Kind = "binary" if len(ordered) == 2 else "categorical"
    return Column(name, kind, _array(codes), ordered)


def _no_groups(reference: str) -> str:
    return f"holds numbers, which have no reference {reference!r}; say that they name groups"


def _some(cells: pd.Series[str]) -> str:
    """First odd cell with its sample, and how many more there are."""
    more = f" and {len(cells) - 1} more" if len(cells) > 1 else ""
    return f"{str(cells.iloc[0])[:80]!r} (sample {str(cells.index[0])!r}){more}"
