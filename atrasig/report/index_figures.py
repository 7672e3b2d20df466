"""Figures of the cohort index: distributions of scores, and sensitivity against response.

Their size does not grow with the cohort: a distribution is drawn in bins, and all samples of a
call share one path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from markupsafe import Markup

from atrasig.report import svg
from atrasig.report.numbers import written

BINS = 90
"""Bins of a distribution, each one percent of the width."""
_STRIP = 26
_LEFT, _RIGHT = 12.0, 99.0
_HEAD, _PLOT, _TOP, _BOTTOM = 20, 300, 10.0, 290.0
_MARKS = {
    "yes": ("M{x} {y}h.01", "spot yes"),
    "half": ("M{x} {y}h.01", "spot half"),
    "no": ("M{x} {y}h.01", "spot no"),
    "none": ("M{x} {above}v9", "spot none"),
}
"""Path and class of the mark of a tone. The plot is stretched to any width; only strokes of no
width or no slant keep their shape there."""


class Spot(NamedTuple):
    """A sample with both scores: ``x`` for sensitivity, ``y`` for response, tone of its call."""

    x: float
    y: float
    tone: str


def binned(scores: Sequence[float], low: float, high: float) -> list[int]:
    """Count scores in `BINS` bins of equal width; every score within the ends is in one."""
    counts = [0] * BINS
    width = (high - low) or 1.0
    for score in scores:
        counts[min(BINS - 1, int(BINS * (score - low) / width))] += 1
    return counts


def distribution(name: str, scores: Sequence[float], low: float, high: float) -> Markup:
    """Bars of one group on the axis that its neighbours share; a line marks the median.

    Parameters
    ----------
    name
        The group.
    scores
        Its scores; without any there is no figure.
    low, high
        Ends of the axis.
    """
    if not scores:
        return Markup("")
    counts = binned(scores, low, high)
    most = max(counts)
    bars = "".join(
        f"M{10 * (5 + place)} {_STRIP}v-{_STRIP * count / most:.1f}h9V{_STRIP}z"
        for place, count in enumerate(counts)
        if count
    )
    place = svg.Scale(low, high)
    middle = place(median(scores))
    parts = [
        Markup(f'<rect x="0" y="0" width="100%" height="{_STRIP}" class="track"/>'),
        svg.across(0, _STRIP, f'<path d="{bars}" class="bars"/>'),
        svg.line(middle, 0, _STRIP, "median"),
    ]
    if low <= 0.0 <= high:
        parts.insert(1, svg.line(place(0.0), 0, _STRIP, "zero"))
    return svg.figure(
        parts,
        _STRIP,
        f"Scores of {name}",
        f"{len(scores)} samples between {written(min(scores), 'score')} and "
        f"{written(max(scores), 'score')}; the fullest of {BINS} bins, {most} samples, fills the "
        "height, and the upright line is the median.",
    )


def axis(low: float, high: float) -> Markup:
    """Numbers below a column of distributions; the table says what they are."""
    place = svg.Scale(low, high)
    parts = [svg.text(place(tick), 14, svg.plain(tick)) for tick in svg.even_ticks(low, high)]
    return Markup(
        '<svg class="figure" width="100%" height="18" aria-hidden="true">{}</svg>'
    ).format(Markup("").join(parts))


def scatter(spots: Sequence[Spot], x_name: str, y_name: str) -> Markup:
    """Scores of sensitivity against scores of response, one mark a sample.

    Parameters
    ----------
    spots
        Samples with both scores; without any there is no figure.
    x_name, y_name
        The models of both scores.

    Returns
    -------
    markupsafe.Markup
        The SVG: one path a call, plus one that makes rings of the discs of the middle call.
    """
    if not spots:
        return Markup("")
    across = _with_zero([spot.x for spot in spots], _LEFT + 2.0, _RIGHT - 2.0)
    up = _with_zero([spot.y for spot in spots], _BOTTOM, _TOP)
    drawn = Markup("").join([*_grid(across, up), _plot(_paths(spots, across, up))])
    parts = [
        Markup('<text x="0" y="12" class="axis">{}</text>').format(f"↑ response score of {y_name}"),
        Markup('<g transform="translate(0 {})">{}</g>').format(_HEAD, drawn),
        Markup('<text x="100%" y="{}" text-anchor="end" class="axis">{}</text>').format(
            _HEAD + _PLOT + 36, f"sensitivity score of {x_name} →"
        ),
    ]
    return svg.figure(
        parts,
        _HEAD + _PLOT + 42,
        f"Sensitivity score of {x_name} against response score of {y_name}",
        f"{len(spots)} samples that have both scores: to the right the sensitivity score, upward "
        "the response score; the mark tells the sensitivity call. Scores have no unit.",
    )


def _with_zero(values: Sequence[float], start: float, end: float) -> svg.Scale:
    return svg.Scale(min(*values, 0.0), max(*values, 0.0), start, end)


def _grid(across: svg.Scale, up: svg.Scale) -> list[Markup]:
    parts = []
    for tick in svg.even_ticks(up.low, up.high):
        name, y = "zero" if tick == 0 else "guide", f"{up(tick):.1f}"
        parts.append(
            Markup(f'<line x1="{_LEFT}%" x2="100%" y1="{y}" y2="{y}" class="{name}"/>')
            + Markup(
                '<text x="{}%" y="{}" text-anchor="end" dx="-6" class="axis">{}</text>'
            ).format(_LEFT, float(y) + 4, svg.plain(tick))
        )
    for tick in svg.even_ticks(across.low, across.high):
        place = across(tick)
        parts.append(svg.line(place, 0, _PLOT, "zero" if tick == 0 else "guide"))
        parts.append(svg.text(place, _PLOT + 16, svg.plain(tick)))
    return parts


def _paths(spots: Sequence[Spot], across: svg.Scale, up: svg.Scale) -> Mapping[str, str]:
    """Path of each class of marks, the calls that speak on top."""
    paths: dict[str, str] = {}
    for tone in reversed(_MARKS):
        form, name = _MARKS[tone]
        path = "".join(
            form.format(
                x=f"{10 * across(spot.x):.1f}",
                y=f"{up(spot.y):.1f}",
                above=f"{up(spot.y) - 4.5:.1f}",
            )
            for spot in spots
            if spot.tone == tone
        )
        if path:
            paths[name] = path
        if path and tone == "half":
            paths["spot hole"] = path
    return paths


def _plot(paths: Mapping[str, str]) -> Markup:
    drawn = "".join(f'<path d="{path}" class="{name}"/>' for name, path in paths.items())
    return svg.across(0, _PLOT, drawn, "open")


def spot_key(tone: str) -> Markup:
    """Draw the mark of a tone for the legend."""
    form, name = _MARKS[tone]
    path = form.format(x=8, y=8, above=3.5)
    hole = f'<path d="{path}" class="spot hole"/>' if tone == "half" else ""
    return Markup(
        '<svg class="figure" width="16" height="16" aria-hidden="true">'
        f'<path d="{path}" class="{name}"/>{hole}</svg>'
    )
