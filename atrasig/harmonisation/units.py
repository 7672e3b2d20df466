"""Values made from read counts: whole multiples of one unit in each sample.

Whatever a count is divided by (a library size, a size factor), the values of a sample stay whole
multiples of one number, also below a logarithm. TPM and FPKM divide each gene by its own length,
and intensities are measured, so theirs are not. A unit is sought in each sample alone:

1. Each logarithm that is in use is undone; the rounding of the values becomes their error.
2. Candidates are the lowest value and its halves, thirds and so on (:data:`SMALLEST_MULTIPLE`).
3. A candidate is held against ever larger values; each narrows it down, and one that is no
   multiple within its error refutes it. A fit that chance would seldom give speaks for it.
4. It counts where chance is ruled out (:data:`CHANCE_DIGITS`), many of the lowest multiples occur,
   it is not simply the last decimal, and the sample has no more than :data:`MOST_READS` of it.

Values that were rounded first and scaled by sample afterwards (TPM made of FPKM with two decimals)
are multiples as well, and nothing in them tells that their unit is no read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHOWN, UNCLEAR, REFUTED = "shown", "unclear", "refuted"
SMALLEST_MULTIPLE = 10
"""The lowest value of a sample may stand for that many reads at most."""
CHANCE_DIGITS = 12.0
"""Decimal digits of improbability that a chance agreement must have."""
MOST_READS = 1e9
"""No sample has more reads: smaller steps are those of fractions that were rounded."""
_DIGITS_A_VALUE = 2.0
_HEAD = 400
_READABLE = 0.25
_CROWDED = 5
_EXACT = 1e-14
_SINGLE = 4 * 2.0**-24
_DECIMALS = 9
_DIGITS = range(3, 10)


@dataclass(frozen=True)
class Rounding:
    """How far values may lie from what was rounded to them.

    Parameters
    ----------
    error
        Shape (values,): for each value.
    relative
        Error of one calculation in the precision that the values have.
    """

    error: Array
    relative: float

    @classmethod
    def of(cls, values: Array) -> Rounding:
        """Take the coarsest rounding that fits all values of a sample.

        Single precision, decimal places or significant digits; shape (values,), finite.
        """
        size = np.abs(values)
        single = np.array_equal(values.astype(np.float32).astype(np.float64), values)
        relative = _SINGLE if single else _EXACT
        error = relative * size
        for decimals in range(_DECIMALS):
            if np.all(np.abs(np.round(values, decimals) - values) <= relative * size):
                error = error + 0.5 * 10.0**-decimals
                break
        places = np.floor(np.log10(np.where(size > 0, size, 1.0)))
        for digits in _DIGITS:
            step = 10.0 ** (places - digits + 1)
            if np.all(np.abs(np.rint(values / step) * step - values) <= relative * size):
                error = np.maximum(error, np.where(size > 0, step / 2, 0.0))
                break
        return cls(error, relative)


@dataclass(frozen=True)
class Form:
    """How values come from multiples: ``x = log(multiple * unit + offset)``, or without a log.

    Parameters
    ----------
    name
        As written to the record.
    base
        Base of the logarithm, 0 for none.
    offset
        What was added below the logarithm; NaN: the sample's lowest value stands for none.
    """

    name: str
    base: float
    offset: float

    def undo(self, values: Array) -> Array:
        """Values without the logarithm and its offset; 0 where nothing was read."""
        if not self.base:
            return values
        powers: Array = np.exp(values * np.log(self.base))
        offset = np.nanmin(powers, initial=np.inf) if np.isnan(self.offset) else self.offset
        return np.asarray(np.where(powers <= offset, 0.0, powers - offset), dtype=np.float64)

    def error(self, values: Array, rounding: Rounding) -> Array:
        """Bring the rounding of the values to the scale without the logarithm."""
        if not self.base:
            return rounding.error
        powers: Array = np.exp(values * np.log(self.base))
        error: Array = powers * (rounding.error * np.log(self.base) + rounding.relative)
        if np.isnan(self.offset):
            error += error.min(initial=np.inf)
        return error


LINEAR = Form("whole multiples", 0.0, 0.0)
LOGARITHMS = (
    Form("log2(whole multiples + 1)", 2.0, 1.0),
    Form("ln(whole multiples + 1)", float(np.e), 1.0),
    Form("log10(whole multiples + 1)", 10.0, 1.0),
    Form("log2 of whole multiples above the lowest value of a sample", 2.0, np.nan),
)


@dataclass(frozen=True)
class Unit:
    """The unit of one sample.

    Parameters
    ----------
    verdict
        ``shown``, ``unclear`` (too few different values to tell) or ``refuted``.
    size
        The value of one multiple, NaN where none is shown.
    form
        How the values come from the multiples.
    """

    verdict: str
    size: float = np.nan
    form: Form = LINEAR


def find_units(values: Any, *, logged: bool) -> list[Unit]:
    """Seek the unit of each sample, by itself.

    Parameters
    ----------
    values
        Shape (samples, genes), dense (NaN where missing) or sparse; not negative unless logged.
    logged
        Whether the values may be logarithms.

    Returns
    -------
    list of Unit
        One a sample.
    """
    from scipy.sparse import issparse

    # Of sparse values the lowest is the zero that is not stored.
    logarithms = LOGARITHMS[:-1] if issparse(values) else LOGARITHMS
    forms = (*logarithms, LINEAR) if logged else (LINEAR,)
    return [_unit_of(row, forms) for row in _rows(values)]


def recover(values: Array, unit: Unit) -> Array:
    """Multiples of a sample in which a unit is shown.

    Parameters
    ----------
    values
        Shape (genes,), NaN where missing.
    unit
        Its unit; where none is shown, only the logarithm is undone.

    Returns
    -------
    numpy.ndarray
        Shape (genes,): whole numbers, 0 where nothing was read.
    """
    undone = unit.form.undo(values)
    return np.asarray(np.rint(undone / unit.size)) if unit.verdict == SHOWN else undone


def _rows(values: Any) -> Iterator[Array]:
    """Measured values of each sample, without zeros that are not stored."""
    from scipy.sparse import csr_array, issparse

    if not issparse(values):
        for row in values:
            yield row[~np.isnan(row)]
        return
    matrix = csr_array(values)
    for start, stop in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        yield matrix.data[start:stop]


def _unit_of(row: Array, forms: tuple[Form, ...]) -> Unit:
    if row.size == 0:
        return Unit(UNCLEAR, form=forms[0])
    different = np.unique(row)
    seen = [_seek(different, form) for form in forms]
    shown = [unit for unit in seen if unit.verdict == SHOWN]
    unclear = [unit for unit in seen if unit.verdict == UNCLEAR]
    found = (shown or unclear or seen)[0]
    too_fine = found.form.undo(row).sum() > MOST_READS * found.size
    return Unit(REFUTED, form=found.form) if too_fine else found


def _seek(different: Array, form: Form) -> Unit:
    if different[0] < 0 and form.offset >= 0:
        return Unit(REFUTED, form=form)
    head = _distinct(different[:_HEAD], form)
    sizes = _candidates(*head)
    if not sizes.size:
        return Unit(REFUTED if _is_telling(*head) else UNCLEAR, form=form)
    values = _distinct(different, form)
    refined = (_fit(*values, size) for size in sizes)
    # The largest unit counts: all values are multiples of its halves and thirds, too.
    found = next((fit for fit in refined if fit is not None), None)
    if found is None or _is_last_place(values[0], form, found):
        return Unit(REFUTED, form=form)
    return Unit(SHOWN if _is_crowded(values[0], found.size) else UNCLEAR, found.size, form)


def _distinct(values: Array, form: Form) -> tuple[Array, Array]:
    """Different values above nothing read, without the logarithm, and their errors; ascending."""
    undone = form.undo(values)
    error = form.error(values, Rounding.of(values))
    above = undone > error
    return undone[above], error[above]


def _improbability(slack: Array) -> float:
    """Digits of improbability that values lie so close to multiples by chance."""
    return float(-np.log10(np.clip(2 * slack, 10.0**-_DIGITS_A_VALUE, 1.0)).sum())


def _is_telling(values: Array, error: Array) -> bool:
    """Whether the values are many and exact enough to show a unit if there were one."""
    if not values.size:
        return False
    slack = (error + values * error[0] / values[0]) / values[0]
    return _improbability(slack[1:]) >= CHANCE_DIGITS


def _candidates(values: Array, error: Array) -> Array:
    """Units of which the lowest values are multiples beyond chance, the largest first."""
    if values.size < 2:
        return np.empty(0)
    sizes = values[0] / np.arange(1, SMALLEST_MULTIPLE + 1)
    fits = [_fit(values, error, float(size)) for size in sizes]
    return np.array([f.size for f in fits if f is not None and f.digits >= CHANCE_DIGITS])


@dataclass(frozen=True)
class _Fit:
    """A unit, how far it may be off, and the digits of improbability behind it."""

    size: float
    half: float
    digits: float


def _fit(values: Array, error: Array, size: float) -> _Fit | None:
    """Narrow a unit down by ever larger multiples; None where a value contradicts it."""
    half = size * error[0] / values[0]
    low, high = size - half, size + half
    seen = np.zeros(values.size, dtype=bool)
    seen[0] = True
    digits = 0.0
    while True:
        middle, half = (low + high) / 2, (high - low) / 2
        slack = (error + values * half / middle) / middle
        read = slack < _READABLE
        multiples = np.rint(values[read] / middle)
        if (np.abs(values[read] / middle - multiples) > slack[read]).any():
            return None
        new = read & ~seen
        digits += _improbability(slack[new])
        if not new.any():
            return _Fit(middle, half, digits)
        seen |= read
        low = max(low, float(((values - error)[read] / multiples).max()))
        high = min(high, float(((values + error)[read] / multiples).min()))
        if low > high:
            return None


def _is_last_place(values: Array, form: Form, found: _Fit) -> bool:
    """Whether a unit is the last decimal place to which values were rounded, not one read."""
    power = 10.0 ** np.rint(np.log10(found.size))
    if power > 1 or abs(power - found.size) > found.half + 1e-9 * found.size:
        return False
    is_log_of_counts = power == 1 and form.offset == 1 and values[0] < 1.5
    return not is_log_of_counts


def _is_crowded(values: Array, size: float) -> bool:
    """Whether many of the lowest multiples occur, as they do where genes are hardly read."""
    multiples = np.rint(values / size)
    return np.unique(multiples[multiples < multiples[0] + 10]).size >= _CROWDED
