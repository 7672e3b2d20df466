"""Primitives of the inline figures: scales in percent, lines, words, and the frame of a figure.

Horizontal places are percentages and text has fixed sizes, so that a figure fills any width and
its words stay readable on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup


def ticks(low: float, high: float) -> list[int]:
    """Whole numbers at even distances from one value to another, eight at most."""
    coarse = math.ceil((high - low) / 8)
    step = next((size for size in (1, 2, 5, 10, 20, 50) if size >= coarse), coarse)
    return [tick * step for tick in range(math.ceil(low / step), math.floor(high / step) + 1)]


class Scale:
    """Map values to percentages of the width, with a margin for the marks."""

    def __init__(self, low: float, high: float) -> None:
        self._low = low
        self._span = (high - low) or 1.0

    def __call__(self, value: float) -> float:
        """Place of a value, 5 to 95 percent."""
        return 5.0 + 90.0 * (value - self._low) / self._span


def scale(values: Sequence[float]) -> Scale:
    """Scale that holds all values."""
    return Scale(min(values), max(values))


def line(x: float, top: float, bottom: float, name: str) -> Markup:
    """Draw an upright line at `x` percent, of a class of the style sheet."""
    return Markup(f'<line x1="{x:.2f}%" x2="{x:.2f}%" y1="{top}" y2="{bottom}" class="{name}"/>')


def text(x: float, y: float, words: str) -> Markup:
    """Write words centred at `x` percent."""
    return Markup('<text x="{}%" y="{}" text-anchor="middle" class="axis">{}</text>').format(
        f"{x:.2f}", y, words
    )


def figure(parts: Iterable[str], height: float, title: str, description: str) -> Markup:
    """Frame a figure as wide as the page, with its title and description."""
    body = Markup("").join(Markup(part) for part in parts)
    return Markup(
        '<svg class="figure" width="100%" height="{}" role="img"><title>{}</title>'
        "<desc>{}</desc>{}</svg>"
    ).format(height, title, description, body)
