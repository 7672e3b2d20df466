"""Samples whose values cannot be expression, told apart from matrices whose values cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import AtrasigError, InputError, ScaleError
from atrasig.failures import is_minority
from atrasig.harmonisation.bounds import LARGEST_LOG2, Declaration
from atrasig.harmonisation.scale import ScaleDecision, decide_scale

Array = NDArray[np.float64]
LARGEST_AMOUNT = 2.0**LARGEST_LOG2
"""No value of any scale is larger: a million times a million."""
FEW = 0.1
"""Share of the samples that may contradict the scale of all others before it is doubted."""
_FAR_ABOVE_LOG2 = 1000.0


def decide_without_faulty(
    values: Any, stated: str, declared: Declaration
) -> tuple[ScaleDecision, dict[int, AtrasigError]]:
    """Decide the scale of a matrix from the samples whose values can be expression.

    Parameters
    ----------
    values
        Shape (samples, genes), dense (NaN where missing) or sparse.
    stated, declared
        As in :func:`atrasig.harmonisation.scale.decide_scale`; `declared` with names.

    Returns
    -------
    decision : ScaleDecision
        Of the samples that are not at fault.
    faults : dict
        The others by row, each with the reason: a value that is infinite, missing in a sparse
        matrix, above :data:`LARGEST_AMOUNT`, or such as no value of the other samples is.

    Raises
    ------
    InputError, ScaleError
        If the fault is the matrix's: of more than half of its samples, or of more than
        :data:`FEW` where it is the other samples that tell.
    """
    faults = _not_finite(values, declared) | _above(values, LARGEST_AMOUNT, declared)
    if not is_minority(len(faults), values.shape[0]):
        raise faults[min(faults)]
    kept = _others(values.shape[0], faults)
    faults |= _not_logarithms(values, kept, stated, declared)
    kept = _others(values.shape[0], faults)
    try:
        return _decide(values, kept, stated, declared), faults
    except ScaleError as error:
        odd = _contradicting(values, kept, error)
        kept = _others(values.shape[0], faults | odd)
        try:
            return _decide(values, kept, stated, declared), faults | odd
        except ScaleError:
            raise error from None


def _decide(values: Any, kept: list[int], stated: str, declared: Declaration) -> ScaleDecision:
    whole = len(kept) == values.shape[0]
    names = [declared.samples[row] for row in kept] if declared.samples else []
    return decide_scale(values if whole else values[kept], stated, replace(declared, samples=names))


def _others(n_samples: int, faults: dict[int, AtrasigError]) -> list[int]:
    return [row for row in range(n_samples) if row not in faults]


def _not_finite(values: Any, declared: Declaration) -> dict[int, AtrasigError]:
    from scipy.sparse import coo_array, issparse

    if issparse(values):
        entries = coo_array(values)
        rows = sorted({int(row) for row in entries.row[~np.isfinite(entries.data)]})
    else:
        rows = [int(row) for row in np.flatnonzero(np.isinf(values).any(axis=1))]
    return {
        row: InputError(
            "The sample holds an infinite value, or a missing one though the matrix is sparse",
            where=f"sample {_name(row, declared)}",
            fix="Store missing values as NaN in a dense matrix.",
        )
        for row in rows
    }


def _above(values: Any, bound: float, declared: Declaration) -> dict[int, AtrasigError]:
    highest = _extreme(values, np.fmax)
    return {
        int(row): ScaleError(
            f"The highest value of the sample is {highest[row]:g}, and no expression is above "
            f"{bound:g} on any scale",
            where=f"sample {_name(int(row), declared)}",
            fix="Correct the column, or take the sample out.",
        )
        for row in np.flatnonzero(np.isfinite(highest) & (highest > bound))
    }


def _not_logarithms(
    values: Any, kept: list[int], stated: str, declared: Declaration
) -> dict[int, AtrasigError]:
    """Find the few samples far above what logarithms can be, among others that all can be."""
    if stated not in {"auto", "log2"} or declared.unit:
        return {}
    highest = _extreme(values, np.fmax)[kept]
    odd = [row for row, high in zip(kept, highest, strict=True) if high > _FAR_ABOVE_LOG2]
    rest = [high for high in highest if high <= _FAR_ABOVE_LOG2]
    if not odd or not rest or not _are_few(len(odd), len(kept)):
        return {}
    if max(rest) > LARGEST_LOG2 or _is_whole(values, [row for row in kept if row not in odd]):
        return {}
    return {
        row: ScaleError(
            f"The highest value of the sample is {high:g}, of all {len(rest):,} other samples at "
            f"most {max(rest):g}: it is on another scale",
            where=f"sample {_name(row, declared)}",
            fix="Bring all samples to one scale, or give it as a matrix of its own.",
        )
        for row, high in zip(kept, highest, strict=True)
        if row in set(odd)
    }


def _contradicting(values: Any, kept: list[int], error: ScaleError) -> dict[int, AtrasigError]:
    """Find the few samples with values below 0, or else above any logarithm.

    Raises
    ------
    ScaleError
        `error`, if there are none or too many.
    """
    lowest, highest = _extreme(values, np.fmin), _extreme(values, np.fmax)
    for odd in (
        [row for row in kept if lowest[row] < 0],
        [row for row in kept if highest[row] > LARGEST_LOG2],
    ):
        if odd and _are_few(len(odd), len(kept)):
            return dict.fromkeys(odd, error)
    raise error


def _are_few(n_odd: int, n_samples: int) -> bool:
    return n_samples > 2 and n_odd <= max(1.0, FEW * n_samples)


def _extreme(values: Any, reduce: np.ufunc) -> Array:
    """Lowest or highest value of each sample, NaN of a sample without one."""
    from scipy.sparse import csr_array, issparse

    if not issparse(values):
        return np.asarray(reduce.reduce(values, axis=1, initial=np.nan))
    matrix = csr_array(values)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    found = np.zeros(matrix.shape[0])
    reduce.at(found, rows, matrix.data)
    return found


def _is_whole(values: Any, kept: list[int]) -> bool:
    from scipy.sparse import issparse

    part = values[kept].data if issparse(values) else values[kept]
    given = part[np.isfinite(part)]
    return bool((given == np.round(given)).all())


def _name(row: int, declared: Declaration) -> str:
    return repr(declared.samples[row]) if declared.samples else str(row + 1)
