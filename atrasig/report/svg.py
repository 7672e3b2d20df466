"""Primitives of the inline figures: scales in percent, axes, marks, strips, and the frame.

Horizontal places are percentages and text has fixed sizes, so that a figure fills any width and
its words stay readable on a phone. What repeats in a figure is one path, and each mark that stands
for a value has a title, which browsers show where the pointer rests.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

N_TICKS = 5
_NO_WIDTH = 1e-9
AXIS = 32
"""Height in pixels of an axis: its numbers, and what it counts."""


def ticks(low: float, high: float) -> list[int]:
    """Whole numbers at even distances from one value to another, eight at most."""
    coarse = math.ceil((high - low) / 8)
    step = next((size for size in (1, 2, 5, 10, 20, 50) if size >= coarse), coarse)
    return [tick * step for tick in range(math.ceil(low / step), math.floor(high / step) + 1)]


def even_ticks(low: float, high: float) -> list[float]:
    """Round numbers from one value to another, at steps of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    low, high
        Ends of the axis.

    Returns
    -------
    list of float
        About five, six at most, none outside of the ends; one of an axis without width.
    """
    size = (high - low) / N_TICKS
    if size < _NO_WIDTH:
        return [low]
    power = 10.0 ** math.floor(math.log10(size))
    step = next(base * power for base in (1, 2, 5, 10) if base * power >= size)
    first, last = math.ceil(low / step - _NO_WIDTH), math.floor(high / step + _NO_WIDTH)
    return [round(place * step, 10) for place in range(first, last + 1)]


def plain(value: float) -> str:
    """Text of a tick, with a true minus sign."""
    return f"{value:g}".replace("-", "−")


class Scale:
    """Map values to places between two ends, by default 5 and 95 percent of the width.

    The ends leave a margin for the marks. Of values without width all are at the start.
    """

    def __init__(self, low: float, high: float, start: float = 5.0, end: float = 95.0) -> None:
        self.low = low
        self.high = high if high > low else low + 1.0
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        """Place of a value."""
        return self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low)


def scale(values: Sequence[float]) -> Scale:
    """Scale that holds all values."""
    return Scale(min(values), max(values))


def line(x: float, top: float, bottom: float, name: str, title: str = "") -> Markup:
    """Draw an upright line at `x` percent, of a class of the style sheet."""
    place = f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="{top}" y2="{bottom}" class="{name}"'
    if not title:
        return Markup(f"{place}/>")
    return Markup(place) + Markup("><title>{}</title></line>").format(title)


def text(x: float, y: float, words: str) -> Markup:
    """Write words centred at `x` percent."""
    return Markup('<text x="{}%" y="{}" text-anchor="middle" class="axis">{}</text>').format(
        f"{x:.2f}", y, words
    )


def axis(place: Scale, numbers: Iterable[tuple[float, str]], y: float, counts: str) -> Markup:
    """Write the numbers of an axis below a figure, and under them what they count.

    Parameters
    ----------
    place
        Scale of the figure.
    numbers
        Values with their texts.
    y
        Where the figure ends; the axis is :data:`AXIS` high.
    counts
        What the axis counts, with its unit.
    """
    words = [
        Markup('<text x="{}%" y="{}">{}</text>').format(f"{place(value):.2f}", y + 12, word)
        for value, word in numbers
    ]
    words.append(Markup('<text x="50%" y="{}">{}</text>').format(y + 27, counts))
    return Markup('<g class="axis">{}</g>').format(Markup("").join(words))


def even_axis(place: Scale, y: float, counts: str) -> Markup:
    """Write an axis with about five round numbers; see :func:`axis`."""
    return axis(
        place, [(tick, plain(tick)) for tick in even_ticks(place.low, place.high)], y, counts
    )


def labels(words: Iterable[tuple[float, str]]) -> Markup:
    """Write words at the left, each at its height."""
    return Markup("".join(f'<text y="{y:g}">{escape(word)}</text>' for y, word in words))


def notes(words: Iterable[tuple[float, str]]) -> Markup:
    """Write soft words at the right, each at its height."""
    written = (f'<text x="100%" y="{y:g}">{escape(word)}</text>' for y, word in words)
    return Markup(f'<g class="notes">{"".join(written)}</g>')


def uprights(x: float, spans: Iterable[tuple[float, float]], name: str) -> Markup:
    """Draw an upright line at `x` percent in pieces, each from one height to another."""
    path = "".join(f"M0 {top:g}V{bottom:g}" for top, bottom in spans)
    return Markup(f'<svg x="{x:.2f}%" class="open"><path d="{path}" class="{name}"/></svg>')


def across(y: float, height: float, content: str, name: str = "", *, units: float = 0.0) -> Markup:
    """Stretch a drawing of 1000 units across the width.

    Parameters
    ----------
    y, height
        Pixels from above, and how high.
    content
        What it holds, in units of 1000 across and, unless stated, pixels down.
    name
        Class of the style sheet; the script of the page reads the values of a ``strip``.
    units
        How many units down its height counts.
    """
    named = f' class="{name}"' if name else ""
    box = f"0 0 1000 {units or height:g}"
    return Markup(
        f'<svg{named} y="{y:g}" width="100%" height="{height:g}" viewBox="{box}" '
        f'preserveAspectRatio="none">{content}</svg>'
    )


def rules(heights: Iterable[float], total: float) -> Markup:
    """Draw level lines across the width, all in one."""
    path = "".join(f"M0 {y:g}H1000" for y in heights)
    return across(0, total, f'<path d="{path}" class="guide"/>')


def strip(
    y: float,
    height: float,
    marks: Sequence[tuple[float, str]],
    title: str,
    *,
    before: str,
    inset: float = 0.0,
    name: str = "tick",
) -> Markup:
    """Draw a band with a tick a value; pointer and arrow keys tell the values one by one.

    Parameters
    ----------
    y, height
        Pixels from above, and how high.
    marks
        Shares of the width (0 to 1), each with the words for it.
    title
        What the band tells without scripts.
    before
        What is said before the words of each.
    inset
        Pixels left free above and below the ticks.
    name
        Class of the ticks.
    """
    ordered = sorted(marks)
    path = "".join(f"M{1000 * x:.0f} {inset:g}V{height - inset:g}" for x, _ in ordered)
    return across(
        y,
        height,
        Markup(
            '<title>{}</title><rect width="1000" height="{}" class="track"/>'
            '<path d="{}" class="{}" data-before="{}" data-say="{}"/>'
        ).format(
            title, f"{height:g}", path, name, before, "\n".join(words for _, words in ordered)
        ),
        "strip",
    )


def disc(x: float, y: float, title: str) -> Markup:
    """Mark a value with a disc at `x` percent."""
    return Markup(
        '<circle cx="{}%" cy="{}" r="6.5" class="point"><title>{}</title></circle>'
    ).format(f"{x:.2f}", y, title)


def figure(parts: Iterable[str], height: float, title: str, description: str) -> Markup:
    """Frame a figure as wide as the page, with its title and description."""
    body = Markup("".join(parts))
    return Markup(
        '<svg class="figure" width="100%" height="{}" role="img"><title>{}</title>'
        "<desc>{}</desc>{}</svg>"
    ).format(f"{height:g}", title, description, body)
