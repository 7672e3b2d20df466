"""Maps of the page of cells, by score and by type, as inline SVG.

A map has units of its own and keeps its shape at any width. Colours are classes of the style
sheet; a type has a number beside its colour and shape, so that colour alone says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from atrasig.report.cells_numbers import Bins, Chart, Whole
from atrasig.report.numbers import written
from atrasig.scoring.arrays import Array

LEVELS = 8
"""Shades of the scale of scores."""
KINDS = 10
"""Types that have a mark of their own; further ones share the mark of no type."""
_SHAPES = ("disc", "square", "rising", "diamond", "falling")
_SMALL_MAP = 1000


def score_dots(chart: Chart, values: Array, title: str) -> Markup:
    """Draw a dot a cell, shaded by its score, the highest on top.

    Parameters
    ----------
    chart
        Where the cells lie.
    values
        Shape (cells,), NaN where there is no score: a ring below all others.
    title
        Title of the figure.
    """
    levels = level_of(values)
    size = " wide" if chart.x.size < _SMALL_MAP else ""
    parts = []
    for level in range(-1, LEVELS):
        chosen = chart.placed & (levels == level)
        if chosen.any():
            path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in _points(chart, chosen))
            parts.append(
                Markup('<path class="dot{} {}" d="{}"/>').format(size, _shade(level), path)
            )
    return _map(
        chart, parts, title,
        "One dot a cell: the darker in light pages, the brighter in dark ones, the higher its "
        "score.",
    )  # fmt: skip


def score_bins(chart: Chart, bins: Bins, values: Array, title: str) -> Markup:
    """Draw a square a bin, shaded by the mean score of its cells and sized by their number.

    Parameters
    ----------
    chart, bins
        Where the cells lie.
    values
        Shape (cells,), NaN where there is no score.
    title
        Title of the figure.
    """
    means, scored = bins.means(values)
    levels = level_of(means)
    parts = []
    for level in range(-1, LEVELS):
        squares = [
            _square(bins, place, _told(means[place], int(scored[place]), int(bins.counts[place])))
            for place in np.flatnonzero(levels == level).tolist()
        ]
        if squares:
            parts.append(_group(_shade(level), squares))
    return _map(
        chart, parts, title,
        "One square a bin of the map: its shade is the mean score of its cells, its size their "
        "number.",
    )  # fmt: skip


def type_dots(chart: Chart, codes: Whole, n_codes: int, title: str) -> Markup:
    """Draw a mark a cell by its type, the rarest types on top, and the number of each type.

    Parameters
    ----------
    chart
        Where the cells lie.
    codes
        Shape (cells,): type of each cell from 0, the most frequent first; from :data:`KINDS` on
        they share a mark.
    n_codes
        Number of types.
    title
        Title of the figure.
    """
    radius = 3.0 if chart.x.size < _SMALL_MAP else 1.9
    parts = []
    for code in [*range(KINDS, n_codes), *range(min(n_codes, KINDS))]:
        chosen = chart.placed & (codes == code)
        if chosen.any():
            path = "".join(_outline(code, x, y, radius) for x, y in _points(chart, chosen))
            parts.append(Markup('<path class="{}" d="{}"/>').format(_kind(code), path))
    return _map(
        chart, [*parts, *_tags(chart, codes, n_codes)], title,
        "One mark a cell; colour, shape and number tell its type, as listed beside the map.",
    )  # fmt: skip


def type_bins(chart: Chart, bins: Bins, codes: Whole, names: Sequence[str], title: str) -> Markup:
    """Draw a square a bin by the commonest type of its cells, sized by their number.

    Parameters
    ----------
    chart, bins
        Where the cells lie.
    codes, names
        Type of each cell, as for :func:`type_dots`, and the names of the types.
    title
        Title of the figure.
    """
    first, own = bins.commonest(codes, len(names))
    parts = []
    for code in range(min(len(names), KINDS + 1)):
        shown = first >= KINDS if code == KINDS else first == code
        squares = [
            _square(bins, place, f"{int(own[place]):,} of {int(bins.counts[place]):,} cells: "
                    f"{code_label(int(first[place]))}")
            for place in np.flatnonzero(shown).tolist()
        ]  # fmt: skip
        if squares:
            parts.append(_group(_kind(code), squares))
    return _map(
        chart, [*parts, *_tags(chart, codes, len(names))], title,
        "One square a bin of the map: its colour is the commonest type of its cells, its size "
        "their number; numbers mark the types, as listed beside the map.",
    )  # fmt: skip


def code_label(code: int) -> str:
    """Name a type on a map by its number in the list, or as one of those that share a mark."""
    return f"type {code + 1}"


def type_key(code: int, *, binned: bool) -> Markup:
    """Draw the mark of a type for the list beside a map."""
    path = "M-6-6h12v12h-12z" if binned else _outline(code, 0, 0, 5.5)
    return Markup(
        '<svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">'
        '<path class="{}" d="{}"/></svg>'
    ).format(_kind(code), path)


def score_key() -> Markup:
    """Draw the shades of the scale of scores, low to high."""
    steps = Markup("").join(
        Markup('<rect class="{}" x="{}" width="16" height="12"/>').format(_shade(level), 16 * level)
        for level in range(LEVELS)
    )
    return Markup('<svg width="{}" height="12" aria-hidden="true">{}</svg>').format(
        16 * LEVELS, steps
    )


def level_of(values: Array) -> Whole:
    """Shade of each value, equal steps from the lowest (0) to the highest; -1 for NaN."""
    known = ~np.isnan(values)
    levels = np.full(values.shape, -1, dtype=np.int64)
    if known.any():
        low, high = values[known].min(), values[known].max()
        steps = LEVELS * (values[known] - low) / ((high - low) or 1.0)
        levels[known] = np.minimum(steps.astype(np.int64), LEVELS - 1)
    return levels


def _points(chart: Chart, chosen: NDArray[np.bool_]) -> list[tuple[float, float]]:
    return list(zip(chart.x[chosen].tolist(), chart.y[chosen].tolist(), strict=True))


def _shade(level: int) -> str:
    return "unscored" if level < 0 else f"s{level}"


def _kind(code: int) -> str:
    """Class of the colour of a type."""
    return "cell kx" if code >= KINDS else f"cell k{code}"


def _outline(code: int, x: float, y: float, r: float) -> str:
    """Draw the shape of a type: types of one hue have different shapes."""
    n = len(_SHAPES)
    shape = "cross" if code >= KINDS else _SHAPES[(code + 2 * (code // n)) % n]
    at, d = f"{x:.1f} {y:.1f}", f"{2 * r:.1f}"
    if shape == "disc":
        return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z"
    if shape == "square":
        return f"M{x - r:.1f} {y - r:.1f}h{d}v{d}h-{d}z"
    if shape == "diamond":
        return f"M{x - r:.1f} {y:.1f}l{r} {r} {r}-{r}-{r}-{r}z"
    if shape == "rising":
        return f"M{x - r:.1f} {y + r:.1f}h{d}l-{r}-{d}z"
    if shape == "falling":
        return f"M{x - r:.1f} {y - r:.1f}h{d}l-{r} {d}z"
    return f"M{at}m-{r}-0.5h{d}v1h-{d}z"


def _tags(chart: Chart, codes: Whole, n_codes: int) -> list[Markup]:
    """Write the number of each type on its cell nearest to the middle of the type."""
    taken: list[tuple[float, float]] = []
    tags = []
    for code in range(min(n_codes, KINDS)):
        chosen = chart.placed & (codes == code)
        if not chosen.any():
            continue
        x, y = chart.x[chosen], chart.y[chosen]
        nearest = int(np.argmin((x - np.median(x)) ** 2 + (y - np.median(y)) ** 2))
        spot = _free(float(x[nearest]), float(y[nearest]), taken, chart.height)
        taken.append(spot)
        tags.append(
            Markup('<text class="tag" x="{:.1f}" y="{:.1f}">{}</text>').format(*spot, code + 1)
        )
    return tags


def _free(
    x: float, y: float, taken: Sequence[tuple[float, float]], height: float
) -> tuple[float, float]:
    """Move a word up or down until no other one lies under it."""
    for step in (0, 16, -16, 32, -32, 48, -48):
        lies = 12 < y + step < height and all(
            math.hypot(x - other, y + step - above) >= 15 for other, above in taken
        )
        if lies:
            return x, y + step
    return x, y


def _square(bins: Bins, place: int, title: str) -> Markup:
    """Draw a bin: half a side for one cell, the whole for the fullest bin, logarithmic between."""
    share = math.log(bins.counts[place]) / (math.log(int(bins.counts.max())) or 1.0)
    side = bins.side * (0.5 + 0.5 * share)
    x, y = (float(one[place]) + (bins.side - side) / 2 for one in (bins.left, bins.top))
    return Markup(
        '<path d="M{:.1f} {:.1f}h{:.1f}v{:.1f}h-{:.1f}z"><title>{}</title></path>'
    ).format(x, y, side, side, side, title)


def _told(mean: float, scored: int, n: int) -> str:
    cells = f"{n:,} cell{'s' if n != 1 else ''}"
    if not scored:
        return f"no score, {cells}"
    rest = f", {n - scored:,} without score" if scored < n else ""
    return f"{written(mean, 'score')}, {cells}{rest}"


def _group(name: str, squares: Sequence[Markup]) -> Markup:
    return Markup('<g class="{}">{}</g>').format(name, Markup("").join(squares))


def _map(chart: Chart, parts: Sequence[Markup], title: str, description: str) -> Markup:
    return Markup(
        '<svg class="map" viewBox="0 0 {:.0f} {:.0f}" role="img"><title>{}</title>'
        "<desc>{}</desc>{}</svg>"
    ).format(chart.width, chart.height, title, description, Markup("").join(parts))
