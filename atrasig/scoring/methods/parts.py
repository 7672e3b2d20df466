"""Scores that are the mean over a set of what each gene contributes, put on a fixed scale.

singscore, UCell and AUCell differ in what a gene contributes, as a function of its rank, and in the
means that count as worst and best. The rest is the same: an up part minus a down part, and a null
that follows from the sums over random gene sets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from atrasig.scoring.arrays import Array
from atrasig.scoring.features import Feature
from atrasig.scoring.method import MethodResult, Null
from atrasig.scoring.nulls.linear import LinearScore, linear_null

if TYPE_CHECKING:
    from atrasig.scoring.blocks import SampleBlock
    from atrasig.scoring.sets import GeneSets, SetIndex

Reasons = NDArray[np.object_]


@dataclass(frozen=True)
class MeanScale:
    """How the mean contribution of a set becomes a score.

    Parameters
    ----------
    feature
        What a gene contributes.
    bounds
        ``(k, N)`` to the mean contributions that score 0 and 1, for k matched of N measured genes;
        NaN, or twice the same, where the method is not defined.
    undefined
        Why it is not defined there.
    offset
        Added to the score of each part.
    """

    feature: Feature
    bounds: Callable[[Array, Array], tuple[Array, Array]]
    undefined: str
    offset: float = 0.0


@dataclass(frozen=True)
class Part:
    """Genes of every signature that are scored together, in a block.

    Parameters
    ----------
    name
        What they are called in messages.
    sets
        Memberships, shape (sets, genes) each, which share no gene.
    size
        Shape (samples, sets): matched genes.
    used
        Shape (sets,): whether the published list has such genes.
    sign
        1 where the part adds to the score, -1 where it is subtracted.
    """

    name: str
    sets: tuple[GeneSets, ...]
    size: Array
    used: NDArray[np.bool_]
    sign: int


def directed_parts(block: SampleBlock, index: SetIndex) -> tuple[Part, ...]:
    """Up part, added, and down part, subtracted."""
    counts = block.counts(index)
    return (
        Part("up genes", (index.up,), counts.up, index.size_up > 0, 1),
        Part("down genes", (index.down,), counts.down, index.size_down > 0, -1),
    )


def undirected_part(block: SampleBlock, index: SetIndex) -> tuple[Part, ...]:
    """All genes of a signature as one part, whatever their direction."""
    matched = block.counts(index).matched
    used = index.size_up + index.size_down > 0
    return (Part("genes", (index.up, index.down), matched, used, 1),)


def absent(parts: tuple[Part, ...], rows: slice = slice(None)) -> dict[str, NDArray[np.bool_]]:
    """Say where a part has no measured gene: reason, and shape (rows, sets) where it holds."""
    return {f"none of its {p.name} is measured": p.used & (p.size[rows] == 0) for p in parts}


def unmeasured(parts: tuple[Part, ...]) -> Reasons:
    """Say which parts have no measured gene, shape (samples, sets); empty where all have some."""
    reasons: Reasons = np.full(parts[0].size.shape, "", dtype=object)
    for reason, holds in absent(parts).items():
        reasons[holds] = reason
    return reasons


def reasons_of(cases: dict[str, NDArray[np.bool_]]) -> Reasons | None:
    """Write down reasons where they hold, the first one first; None where none holds anywhere."""
    if not any(holds.any() for holds in cases.values()):
        return None
    reasons: Reasons = np.full(next(iter(cases.values())).shape, "", dtype=object)
    for reason, holds in cases.items():
        reasons[holds & (reasons == "")] = reason
    return reasons


def mean_scores(
    block: SampleBlock, parts: tuple[Part, ...], scale: MeanScale, with_null: bool
) -> MethodResult:
    """Score a block by the mean contribution of each part, scaled and added with its sign.

    Parameters
    ----------
    block
        Samples over the ranking universe.
    parts
        One or two parts.
    scale
        What a gene contributes, and the scale of the score.
    with_null
        Whether moments and p-values are wanted.
    """
    rows = block.distinct_rows
    n_genes = block.n_present[rows, None]
    shape = (n_genes.shape[0], parts[0].used.size)
    score, start = np.zeros(parts[0].size.shape), np.zeros(shape)
    undefined = np.zeros(shape, dtype=bool)
    slopes = []
    for part in parts:
        if not part.used.any():
            slopes.append(np.zeros(shape))
            continue
        total, *others = (block.ranked.sums([scale.feature], sets)[0] for sets in part.sets)
        for other in others:
            total += other
        size = part.size[rows]
        with np.errstate(invalid="ignore", divide="ignore"):
            worst, best = scale.bounds(size, n_genes)
            width = np.where(best == worst, np.nan, best - worst)
            total /= size
            total -= worst
            total /= width
            slope = part.sign / (size * width)
        total += scale.offset
        if not part.used.all():
            total[:, ~part.used] = 0.0
        score += total if part.sign > 0 else -total
        start += np.where(part.used, part.sign * (scale.offset - worst / width), 0.0)
        slopes.append(np.where(part.used, slope, 0.0))
        undefined |= part.used & np.isnan(width) & (size > 0)
    reasons = reasons_of({**absent(parts, rows), scale.undefined: undefined})
    if not with_null:
        return MethodResult(score, None, reasons)
    whole = [np.broadcast_to(values, score.shape) for values in (start, *slopes)]
    lines = Lines(parts, score, whole[0], tuple(whole[1:]))
    return MethodResult(score, lines_null(block, lines, lambda sample: scale.feature), reasons)


@dataclass(frozen=True)
class Lines:
    """Scores that are lines of the sums of contributions over their parts.

    Parameters
    ----------
    parts
        One or two parts.
    score
        Shape (samples, sets).
    start
        Shape (samples, sets): score where all sums are 0.
    slopes
        One array a part, shape (samples, sets): what one unit of the sum adds to the score.
    """

    parts: tuple[Part, ...]
    score: Array
    start: Array
    slopes: tuple[Array, ...]


def lines_null(block: SampleBlock, lines: Lines, feature_of: Callable[[int], Feature]) -> Null:
    """Moments and p of scores among those of random gene sets of the matched sizes.

    Parameters
    ----------
    block
        Samples over the ranking universe.
    lines
        How the scores follow from sums.
    feature_of
        What a gene of a sample contributes to them.
    """
    mean, sd, p = np.empty((3, *lines.score.shape))
    for sample in range(lines.score.shape[0]):
        up, *down = zip(lines.parts, lines.slopes, strict=True)
        line = LinearScore.of(
            feature_of(sample),
            const=lines.start[sample],
            a_up=up[1][sample],
            k_up=up[0].size[sample],
            a_down=down[0][1][sample] if down else 0.0,
            k_down=down[0][0].size[sample] if down else 0.0,
        )
        tails = linear_null(block.population(sample), line, lines.score[sample])
        mean[sample], sd[sample], p[sample] = tails.mean, tails.sd, tails.p
    return Null(mean, sd, p)
