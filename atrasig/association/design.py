"""Design of one model: which samples it uses, its columns, and whether it can be estimated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from atrasig.association.columns import Column, Mask
from atrasig.association.degrees import effective_df
from atrasig.scoring.arrays import Array

MIN_RESIDUAL_DF = 5
"""Samples beyond the number of coefficients that a linear model needs."""
_FULL_LEVERAGE = 1 - 1e-8


@dataclass(frozen=True)
class Design:
    """Samples and columns of a model.

    Parameters
    ----------
    used
        Shape (samples,): samples in the model.
    adjusting
        Shape (used samples, columns): what is adjusted for, without an intercept.
    tested
        Shape (used samples, columns): numbers in standard deviations, or one column a group other
        than the reference, 1 for its samples.
    terms
        Place among the levels of each tested column, all compared with the first group that has
        samples (the reference, place 0, if it has any); empty for numbers.
    n_missing
        Scored samples left out for want of a value.
    n_left_out
        Samples left out because their group says nothing (see :func:`plan`).
    notes
        What was left out, in words.
    reason
        Why the model cannot be estimated; empty where it can.
    """

    used: Mask
    adjusting: Array
    tested: Array
    terms: tuple[int, ...] = ()
    n_missing: int = 0
    n_left_out: int = 0
    notes: tuple[str, ...] = ()
    reason: str = ""

    @property
    def n(self) -> int:
        """Samples in the model."""
        return int(self.used.sum())

    @property
    def with_intercept(self) -> Array:
        """Columns of a linear model: intercept, adjusting, tested."""
        return np.column_stack([np.ones(self.n), self.adjusting, self.tested])

    @cached_property
    def degrees(self) -> tuple[Array, float]:
        """Degrees of freedom of each tested coefficient and of all together."""
        return effective_df(self.with_intercept, self.tested.shape[1])


def plan(
    scored: Mask,
    tested: Column | None,
    adjust: Sequence[Column],
    *,
    followed: Mask | None = None,
    event: Array | None = None,
) -> Design:
    """Choose the samples of a model and lay out its columns.

    A group of one sample is left out: its own column would fit that sample exactly, so that the
    other coefficients are the same without it. So is, in a model of survival, a group of an
    adjusting column without events: its hazard is estimated as zero, and its samples then weigh
    nothing in any risk set. Samples without a value are left out and counted, never filled in.

    Parameters
    ----------
    scored
        Shape (samples,): samples with a score.
    tested
        Column of interest; None where it is the score (survival).
    adjust
        Columns adjusted for.
    followed
        Samples with a known time and state, for survival.
    event
        Shape (samples,): 1 with the event, for survival.

    Returns
    -------
    Design
        With a reason where it is aliased, one sample fixes a coefficient, or samples are too few.
    """
    columns = [*adjust, *([tested] if tested else [])]
    complete = scored.copy() if followed is None else scored & followed
    for column in columns:
        complete &= column.known
    used, notes = _informative(complete, columns, event)
    blocks = [_block(column, used) for column in adjust]
    adjusting = _stacked([block for block, _ in blocks], used)
    own, terms = _block(tested, used) if tested else (_stacked([], used), ())
    found = Design(
        used=used,
        adjusting=adjusting,
        tested=own,
        terms=terms,
        n_missing=int((scored & ~complete).sum()),
        n_left_out=int((complete & ~used).sum()),
        notes=notes,
    )
    reason = _refusal(found, tested, adjust, [block for block, _ in blocks], linear=event is None)
    return replace(found, reason=reason)


def rank(matrix: Array) -> int:
    """Rank of a matrix whose columns are of like size."""
    return int(np.linalg.matrix_rank(matrix)) if matrix.size else 0


def _informative(
    complete: Mask, columns: Sequence[Column], event: Array | None
) -> tuple[Mask, tuple[str, ...]]:
    """Drop samples of groups that say nothing, until all that are left say something."""
    used = complete.copy()
    notes: list[str] = []
    while True:
        found = next(_empty_groups(used, columns, event), None)
        if found is None:
            return used, tuple(notes)
        own, note = found
        used &= ~own
        notes.append(note)


def _empty_groups(
    used: Mask, columns: Sequence[Column], event: Array | None
) -> Iterator[tuple[Mask, str]]:
    for column in columns:
        for place, level in enumerate(column.levels):
            own = used & (column.values == place)
            n = int(own.sum())
            if n == 1:
                yield own, f"{column.name} {level}: 1 sample, left out"
            elif n and event is not None and not event[own].any():
                yield own, f"{column.name} {level}: {n} samples without event, left out"


def _block(column: Column, used: Mask) -> tuple[Array, tuple[int, ...]]:
    """Columns of one variable over the samples used, and the levels that they stand for."""
    values = column.values[used]
    if not column.levels:
        return (values[:, None] - values.mean() if len(values) else values[:, None]) / column.sd, ()
    present = [place for place in range(len(column.levels)) if (values == place).any()]
    # Where the reference has no sample, another group stands in for it.
    places = tuple(present[1:])
    groups = [(values == place).astype(np.float64)[:, None] for place in places]
    return _stacked(groups, used), places


def _stacked(blocks: Sequence[Array], used: Mask) -> Array:
    return np.column_stack([np.empty((int(used.sum()), 0)), *blocks])


def _refusal(
    design: Design,
    tested: Column | None,
    adjust: Sequence[Column],
    blocks: Sequence[Array],
    *,
    linear: bool,
) -> str:
    if not design.n:
        return "no sample has all values"
    if tested is not None:
        constant = _constant(design, tested)
        if constant:
            return constant
    aliased = _aliased(design, tested, adjust, blocks)
    if aliased:
        return aliased
    if not linear:
        return ""
    matrix = design.with_intercept
    left = design.n - matrix.shape[1]
    if left < MIN_RESIDUAL_DF:
        coefficients = f"{design.n} samples for {matrix.shape[1]} coefficients"
        return f"{coefficients}; {MIN_RESIDUAL_DF} samples more than coefficients are needed"
    if float((np.linalg.qr(matrix)[0] ** 2).sum(axis=1).max()) > _FULL_LEVERAGE:
        return "one sample alone fixes a coefficient, so that its error is not known"
    return ""


def _constant(design: Design, tested: Column) -> str:
    if not tested.levels:
        same = bool(np.ptp(design.tested) == 0)
        return "the same value in all samples used" if same else ""
    return "" if design.terms else "fewer than two groups have samples that can be used"


def _aliased(
    design: Design, tested: Column | None, adjust: Sequence[Column], blocks: Sequence[Array]
) -> str:
    """Name the first column that the intercept and the columns before it fix already."""
    named = [*zip(adjust, blocks, strict=True)]
    if tested is not None:
        named.append((tested, design.tested))
    before = np.ones((design.n, 1))
    seen: list[str] = []
    for column, block in named:
        joined = np.column_stack([before, block])
        if rank(joined) < joined.shape[1]:
            alone = [n for n, own in zip(seen, blocks, strict=False) if _fixes(own, block)]
            culprit = alone[0] if alone else " and ".join(seen)
            return f"{column.name} cannot be told from {culprit}: the columns are aliased"
        before = joined
        seen.append(column.name)
    return ""


def _fixes(own: Array, block: Array) -> bool:
    """Tell whether one variable alone fixes (a part of) another."""
    joined = np.column_stack([np.ones(len(own)), own, block])
    return bool(rank(joined) < joined.shape[1])
