"""Inline SVG figures.

Horizontal places are percentages and text has fixed sizes, so that a figure fills any width and
its words stay readable on a phone. Colours come from the page's style sheet by class, shapes carry
the same meaning as colours, and every figure has a title and a description.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from atrasig.report import svg
from atrasig.report.numbers import written
from atrasig.report.record import Call, DriverGene

ROW = 38
_SHAPES = {
    "yes": '<circle cx="24" cy="24" r="21" class="fill"/><path d="M14 25l7 7 14-16" class="cut"/>',
    "half": '<circle cx="24" cy="24" r="20" class="ring"/>'
    '<path d="M24 4a20 20 0 0 0 0 40z" class="fill"/>',
    "no": '<rect x="5" y="5" width="38" height="38" rx="4" class="fill"/>'
    '<path d="M16 16l16 16M32 16L16 32" class="cut"/>',
    "off": '<rect x="5" y="5" width="38" height="38" rx="4" class="fill"/>'
    '<path d="M15 24h18" class="cut"/>',
    "none": '<circle cx="24" cy="24" r="20" class="ring dashed"/><path d="M15 24h18" class="bar"/>',
}


_MARKS = (
    '<circle r="5.5" class="mark first"/>',
    '<path d="M0-7L7 0 0 7-7 0z" class="mark second"/>',
    '<rect x="-5" y="-5" width="10" height="10" class="mark third"/>',
    '<path d="M0-6.5L6.5 5H-6.5z" class="mark first"/>',
    '<path d="M0 6.5L6.5-5H-6.5z" class="mark second"/>',
    '<path d="M-2-6H2V-2H6V2H2V6H-2V2H-6V-2H-2z" class="mark third"/>',
)


class Dot(NamedTuple):
    """One mark of the score panel: method name and z, None where not scored."""

    method: str
    z: float | None


class PanelRow(NamedTuple):
    """One signature of the score panel."""

    label: str
    note: str
    dots: tuple[Dot, ...]


def call_shape(tone: str) -> Markup:
    """Draw the icon of a call: yes (tick), half (disc), no (cross), off (bar), none (ring)."""
    return Markup(
        f'<svg class="shape" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true">'
        f"{_SHAPES[tone]}</svg>"
    )


def call_interval(call: Call) -> Markup:
    """Score with its interval on an axis that shows zero and the model's thresholds, if stated.

    Parameters
    ----------
    call
        A call; without a score there is no figure.

    Returns
    -------
    markupsafe.Markup
        The SVG, or an empty text.
    """
    if call.score is None:
        return Markup("")
    known = [call.score, call.low, call.high, call.threshold_low, call.threshold_high, 0.0]
    place = svg.scale([value for value in known if value is not None])
    parts = ['<rect x="0" y="16" width="100%" height="20" rx="3" class="track"/>']
    for threshold, name in ((call.threshold_low, "zone mid"), (call.threshold_high, "zone top")):
        if threshold is not None:
            start = place(threshold)
            parts.append(
                f'<rect x="{start:.2f}%" y="16" width="{100 - start:.2f}%" height="20" '
                f'class="{name}"/>'
            )
            parts.append(svg.line(start, 12, 40, "limit"))
    parts += [svg.line(place(0.0), 12, 40, "zero"), svg.text(place(0.0), 52, "0")]
    if call.low is not None and call.high is not None:
        low, high = place(call.low), place(call.high)
        parts += [
            f'<line x1="{low:.2f}%" x2="{high:.2f}%" y1="26" y2="26" class="interval"/>',
            svg.line(low, 20, 32, "end"),
            svg.line(high, 20, 32, "end"),
        ]
    parts.append(f'<circle cx="{place(call.score):.2f}%" cy="26" r="6.5" class="point"/>')
    return svg.figure(
        parts,
        56,
        Markup("Score {} of {}").format(written(call.score, "score"), call.model),
        "The disc is the score, the bar its interval, the thin line marked 0 is zero; "
        "shaded ground begins at the thresholds of the model.",
    )


def score_panel(rows: Sequence[PanelRow], methods: Sequence[str]) -> Markup:
    """Dots of z for each signature and method around the centre of its null.

    Parameters
    ----------
    rows
        Signatures from top to bottom.
    methods
        Names of the methods that have a z, in the order of their marks (see :func:`mark_key`).

    Returns
    -------
    markupsafe.Markup
        The SVG; empty without any z.
    """
    values = [dot.z for row in rows for dot in row.dots if dot.z is not None]
    if not values:
        return Markup("")
    place = svg.scale([*values, 0.0])
    height = ROW * len(rows) + 26
    parts: list[str] = [
        svg.text(place(tick), height - 4, f"{tick:+d}".replace("-", "−") if tick else "z = 0")
        for tick in svg.ticks(min(*values, 0.0), max(*values, 0.0))
    ]
    for index, row in enumerate(rows):
        top = ROW * index
        parts.append(
            Markup('<text x="0" y="{}" class="label">{}</text>').format(top + 13, row.label)
            + Markup('<text x="100%" y="{}" class="note" text-anchor="end">{}</text>').format(
                top + 13, row.note
            )
        )
        parts.append(f'<line x1="0" x2="100%" y1="{top + 27}" y2="{top + 27}" class="guide"/>')
        parts.append(svg.line(place(0.0), top + 18, top + 36, "zero"))
        parts += [
            _mark(dot, methods.index(dot.method), place(dot.z), top + 27)
            for dot in row.dots
            if dot.z is not None
        ]
    return svg.figure(
        parts,
        height,
        "Scores of all signatures, as z",
        "One row a signature, one mark a method; the vertical line is the centre of the null. "
        "The table that follows gives the same numbers.",
    )


def contribution_bar(gene: DriverGene, largest: float) -> Markup:
    """Signed contribution of a gene as a bar from the middle; right raises the score.

    The number stands beside it, so readers of a screen are spared the figure.

    Parameters
    ----------
    gene
        The gene.
    largest
        Size of the contribution that fills half of the width.
    """
    width = 50.0 * abs(gene.contribution) / (largest or 1.0)
    positive = gene.contribution >= 0
    return Markup(
        '<svg class="place" width="100%" height="14" aria-hidden="true">'
        '<rect x="{}%" y="1" width="{}%" height="12" class="{}"/>'
        '<line x1="50%" x2="50%" y1="0" y2="14" class="zero"/></svg>'
    ).format(
        f"{50.0 if positive else 50.0 - width:.2f}",
        f"{width:.2f}",
        "gain" if positive else "loss",
    )


def rank_barcode(sets: Iterable[tuple[str, Sequence[float]]]) -> Markup:
    """Where the genes of each set stand in the sample's own ranking, lowest left, highest right.

    Parameters
    ----------
    sets
        Set names, each with the normalised ranks (0..1) of its genes.

    Returns
    -------
    markupsafe.Markup
        The SVG; empty without sets.
    """
    rows = list(sets)
    if not rows:
        return Markup("")
    parts: list[str] = []
    for index, (name, ranks) in enumerate(rows):
        top = 44 * index
        ticks = "".join(f"M{1000 * rank:.0f} 0V20" for rank in sorted(ranks))
        parts.append(
            Markup('<text x="0" y="{}" class="label">{}</text>').format(top + 13, name)
            + Markup(
                f'<rect x="0" y="{top + 18}" width="100%" height="20" class="track"/>'
                f'<svg x="0" y="{top + 18}" width="100%" height="20" viewBox="0 0 1000 20" '
                f'preserveAspectRatio="none"><path d="{ticks}" class="tick"/></svg>'
            )
        )
    return svg.figure(
        parts,
        44 * len(rows),
        "Ranks of the genes of each set within this sample",
        "One tick a gene: at the left the lowest expressed, at the right the highest.",
    )


def percentile_bar(percentile: float | None) -> Markup:
    """Place of a gene between the lowest (left) and the highest (right) of the sample.

    The number stands beside it, so readers of a screen are spared the figure.
    """
    if percentile is None:
        return Markup("")
    return Markup(
        '<svg class="place" width="100%" height="12" aria-hidden="true">'
        '<rect x="0" y="4" width="100%" height="4" rx="2" class="track"/>'
        '<circle cx="{}%" cy="6" r="5" class="point"/></svg>'
    ).format(f"{4 + 0.92 * percentile:.1f}")


def mark_key(order: int) -> Markup:
    """Draw the mark of a method of the score panel for its legend.

    Parameters
    ----------
    order
        Place of the method among those of the panel.
    """
    return Markup(
        f'<svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">'
        f"{_mark_shape(order)}</svg>"
    )


def _mark_shape(order: int) -> str:
    return _MARKS[min(order, len(_MARKS) - 1)]


def _mark(dot: Dot, order: int, x: float, y: float) -> Markup:
    title = f"{dot.method}: z {written(dot.z, 'z')}"
    return Markup(
        '<svg x="{}%" y="{}" class="open"><title>{}</title>' + _mark_shape(order) + "</svg>"
    ).format(f"{x:.2f}", y, title)
