"""Forest plot: effects of many signatures with their intervals, as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from atrasig.report import svg
from atrasig.report.numbers import written

ROW = 38
_LEFT, _WIDTH = 4.0, 92.0
_FEW = 3
_EDGE = 1e-6


class ForestRow(NamedTuple):
    """One effect: label, place, interval, words at the right, and whether it stands out."""

    label: str
    effect: float
    low: float
    high: float
    note: str
    marked: bool


def forest(rows: Sequence[ForestRow], title: str, axis: str, *, ratio: bool) -> Markup:
    """Draw effects with intervals, one row each, on one axis with a line of no effect.

    Parameters
    ----------
    rows
        Effects from top to bottom.
    title, axis
        Title of the figure, and what the axis counts.
    ratio
        Whether effects are ratios: the axis is then logarithmic and no effect is one.

    Returns
    -------
    markupsafe.Markup
        The SVG; empty without rows. Filled discs stand out, rings do not; an interval that leaves
        the axis ends in an arrow.
    """
    if not rows:
        return Markup("")
    ends = _axis(rows, ratio=ratio)
    nothing = 1.0 if ratio else 0.0
    height = ROW * len(rows) + 40
    parts: list[Markup] = []
    for number, row in enumerate(rows):
        # Broken where the words stand, so that it never runs through a label.
        top = ROW * number
        parts.append(_line(_place(nothing, ends, ratio=ratio), top + 17, top + 37, "zero"))
        parts += _row(row, top, ends, ratio=ratio)
    for tick in _ticks(*ends, ratio=ratio):
        x = _place(tick, ends, ratio=ratio)
        parts.append(_word(x, height - 20, f"{tick:g}".replace("-", "−")))
    parts.append(_word(50, height - 2, axis))
    return Markup(
        '<svg class="figure" width="100%" height="{}" role="img"><title>{}</title>'
        "<desc>One row a signature: disc or ring for the effect, bar for its 95 % interval; the "
        "vertical line is no effect. The table that follows gives the same numbers.</desc>{}</svg>"
    ).format(height, title, Markup("").join(parts))


def _axis(rows: Sequence[ForestRow], *, ratio: bool) -> tuple[float, float]:
    """Find the ends of the axis: intervals as far as three times the widest effect."""
    turned = [_turned(row.effect, ratio=ratio) for row in rows]
    most = 3 * max(max(map(abs, turned)), 0.2)
    spans = [_turned(end, ratio=ratio) for row in rows for end in (row.low, row.high)]
    low = max(min(*spans, 0.0), -most)
    high = min(max(*spans, 0.0), most)
    return low, high if high > low else low + 1.0


def _turned(value: float, *, ratio: bool) -> float:
    return math.log(max(value, 1e-12)) if ratio else value


def _place(value: float, ends: tuple[float, float], *, ratio: bool) -> float:
    low, high = ends
    return _LEFT + _WIDTH * (_turned(value, ratio=ratio) - low) / (high - low)


def _row(row: ForestRow, top: float, ends: tuple[float, float], *, ratio: bool) -> list[Markup]:
    middle = top + 27
    low, high = (_place(end, ends, ratio=ratio) for end in (row.low, row.high))
    edge = _LEFT + _WIDTH
    left, right = max(low, _LEFT), min(high, edge)
    parts = [
        Markup('<text x="0" y="{}" class="label">{}</text>').format(top + 13, row.label),
        Markup('<text x="100%" y="{}" class="note" text-anchor="end">{}</text>').format(
            top + 13, row.note
        ),
        Markup('<line x1="0" x2="100%" y1="{0}" y2="{0}" class="guide"/>').format(middle),
        Markup('<line x1="{}%" x2="{}%" y1="{}" y2="{}" class="interval"/>').format(
            f"{left:.2f}", f"{right:.2f}", middle, middle
        ),
        _end(left, middle, cut=-1 if low < _LEFT - _EDGE else 0),
        _end(right, middle, cut=1 if high > edge + _EDGE else 0),
    ]
    shape = (
        '<circle r="6" class="point"/>'
        if row.marked
        else '<circle r="5" fill="Canvas" class="end"/>'
    )
    low_end, high_end = written(row.low, "score"), written(row.high, "score")
    said = f"{row.label}: {written(row.effect, 'score')} ({low_end} to {high_end}), {row.note}"
    parts.append(
        Markup('<svg x="{}%" y="{}" class="open"><title>{}</title>{}</svg>').format(
            f"{_place(row.effect, ends, ratio=ratio):.2f}", middle, said, Markup(shape)
        )
    )
    return parts


def _end(x: float, middle: float, *, cut: int) -> Markup:
    """End of an interval: a stroke, or an arrow where it goes on beyond the axis."""
    if not cut:
        return _line(x, middle - 6, middle + 6, "end")
    return Markup(
        '<svg x="{}%" y="{}" class="open"><path d="M0-6L{} 0 0 6z" class="point"/></svg>'
    ).format(f"{x:.2f}", middle, 9 * cut)


def _ticks(low: float, high: float, *, ratio: bool) -> list[float]:
    """Round numbers between the ends of the axis, about five."""
    if not ratio:
        return svg.even_ticks(low, high)
    for bases in ((1,), (1, 2, 5)):
        steps = [base * 10.0**power for power in range(-6, 7) for base in bases]
        inside = [step for step in steps if low <= math.log(step) <= high]
        if _FEW <= len(inside) <= 2 * _FEW:
            return inside
    return svg.even_ticks(math.exp(low), math.exp(high))


def _line(x: float, top: float, bottom: float, name: str) -> Markup:
    return Markup('<line x1="{0}%" x2="{0}%" y1="{1}" y2="{2}" class="{3}"/>').format(
        f"{x:.2f}", top, bottom, name
    )


def _word(x: float, y: float, text: str) -> Markup:
    return Markup('<text x="{}%" y="{}" text-anchor="middle" class="axis">{}</text>').format(
        f"{x:.2f}", y, text
    )
