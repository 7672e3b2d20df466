"""How numbers are written on a page; the exact value travels beside the rounded text."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

MISSING = "–"


def _p(value: float) -> str:
    return f"{value:.1e}" if 0 < abs(value) < 0.001 else f"{value:.3f}"


def _score(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.1f}"


def _signed(value: float) -> str:
    return f"{value:+.4f}"


_FORMATS: dict[str, Callable[[float], str]] = {
    "score": _score,
    "part": _signed,
    "z": "{:.2f}".format,
    "p": _p,
    "share": "{:.0%}".format,
    "percentile": "{:.1f}".format,
    "level": "{:.2f}".format,
    "count": "{:.0f}".format,
}


def written(value: float | None, kind: str) -> str:
    """Text of a number.

    Parameters
    ----------
    value
        The number; None for a missing one.
    kind
        ``score`` (3 decimals, 1 from a hundred on), ``part`` (signed, 4 decimals), ``z`` and
        ``level`` (2), ``p`` (3, or scientific below 0.001), ``share`` (percent), ``percentile``
        (1), ``count``.

    Returns
    -------
    str
        The text, with a true minus sign; a dash for None.
    """
    if value is None:
        return MISSING
    return _FORMATS[kind](value).replace("-", "−")


def number(value: float | None, kind: str) -> Markup:
    """Mark a number up as ``<data value="exact">rounded</data>``, so a page can be checked."""
    if value is None:
        return _NONE
    # Digits need no escaping, and a page has a thousand of them.
    return Markup(f'<data value="{value!r}">{written(value, kind)}</data>')


_NONE = Markup(f'<span class="missing" title="no value">{MISSING}</span>')
