"""Violins of the page of cells: the distribution of the scores of each type, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from atrasig.report import svg
from atrasig.report.cells_numbers import Spread, density
from atrasig.report.numbers import written
from atrasig.scoring.arrays import Array

FEW = 10
"""Cells from which a type gets a violin; fewer are drawn one by one."""
_ROW, _BODY = 56, 30
_LABEL = 24
"""Characters of a name beside a violin, so that it fits on a phone; tables have all of it."""


class Violin(NamedTuple):
    """Scores of one type: its name, its numbers, and the scores themselves without NaN."""

    name: str
    spread: Spread
    values: Array


def violins(rows: Sequence[Violin], axis: str, title: str) -> Markup:
    """Draw the distribution of the scores of each type on one axis.

    Parameters
    ----------
    rows
        Types from top to bottom.
    axis
        What the axis counts.
    title
        Title of the figure.

    Returns
    -------
    markupsafe.Markup
        The SVG; empty where no cell has a score.
    """
    ends = [end for row in rows for end in (row.spread.low, row.spread.high) if end is not None]
    if not ends:
        return Markup("")
    place = svg.scale(ends)
    height = _ROW * len(rows) + 40
    parts: list[Markup] = []
    for tick in svg.even_ticks(min(ends), max(ends)):
        parts.append(svg.line(place(tick), 18, height - 36, "guide"))
        parts.append(svg.text(place(tick), height - 20, svg.plain(tick)))
    for number, row in enumerate(rows):
        parts += _violin(row, _ROW * number, place)
    parts.append(svg.text(50, height - 3, axis))
    return svg.figure(
        parts, height, title,
        "One row a type: the outline is the density of its scores, each with a height of its own, "
        "the bar reaches from the lower to the upper quartile, the disc is the median; types of "
        f"fewer than {FEW} cells with a score are drawn cell by cell.",
    )  # fmt: skip


def _violin(row: Violin, top: float, place: svg.Scale) -> list[Markup]:
    found = row.spread
    name = row.name if len(row.name) <= _LABEL else f"{row.name[: _LABEL - 1]}…"
    told = f"n = {row.values.size:,}"
    if found.median is not None:
        told += f", median {written(found.median, 'score')}"
    parts = [
        Markup('<text x="0" y="{}" class="label">{}</text>').format(top + 13, name)
        + Markup('<text x="100%" y="{}" class="note" text-anchor="end">{}</text>').format(
            top + 13, told
        )
    ]
    middle = top + 20 + _BODY / 2
    if row.values.size < FEW:
        return [*parts, *(_disc(place(float(v)), middle, "single") for v in np.sort(row.values))]
    outline = density(row.values)
    if outline is not None:
        parts.append(_body(outline, top + 20, place))
    if found.q1 is not None and found.q3 is not None and found.median is not None:
        parts.append(
            Markup('<line x1="{:.2f}%" x2="{:.2f}%" y1="{}" y2="{}" class="interval"/>').format(
                place(found.q1), place(found.q3), middle, middle
            )
        )
        parts.append(_disc(place(found.median), middle, "point"))
    return parts


def _body(outline: tuple[Array, Array], top: float, place: svg.Scale) -> Markup:
    """Draw the outline of a violin, upper edge there and lower edge back."""
    half = _BODY / 2
    points = [(10 * place(float(x)), half * float(h)) for x, h in zip(*outline, strict=True)]
    edge = [f"{x:.0f} {half - h:.1f}" for x, h in points]
    edge += [f"{x:.0f} {half + h:.1f}" for x, h in reversed(points)]
    return svg.across(top, _BODY, f'<path d="M{"L".join(edge)}z" class="violin"/>')


def _disc(x: float, y: float, name: str) -> Markup:
    return Markup('<circle cx="{:.2f}%" cy="{}" r="{}" class="{}"/>').format(
        x, y, 5 if name == "point" else 4, name
    )
