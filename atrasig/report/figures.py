"""Inline SVG figures of calls, scores and genes.

Horizontal places are percentages and text has fixed sizes, so that a figure fills any width and
its words stay readable on a phone. Colours come from the page's style sheet by class, shapes carry
the same meaning as colours, every figure has a title and a description, and every mark that stands
for a value has a title with that value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from atrasig.report import svg
from atrasig.report.numbers import written
from atrasig.report.record import Call, DriverGene

ROW = 38
PANEL_ROWS = 22
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
    '<circle r="5.5" class="mark first"{}/>',
    '<path d="M0-7L7 0 0 7-7 0z" class="mark second"{}/>',
    '<rect x="-5" y="-5" width="10" height="10" class="mark third"{}/>',
    '<path d="M0-6.5L6.5 5H-6.5z" class="mark first"{}/>',
    '<path d="M0 6.5L6.5-5H-6.5z" class="mark second"{}/>',
    '<path d="M-2-6H2V-2H6V2H2V6H-2V2H-6V-2H-2z" class="mark third"{}/>',
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


class GeneSet(NamedTuple):
    """One row of a barcode: its title, and the names and ranks (0 to 1) of its genes."""

    title: str
    genes: tuple[tuple[str, float], ...]


def call_shape(tone: str) -> Markup:
    """Draw the icon of a call: yes (tick), half (disc), no (cross), off (bar), none (ring)."""
    return Markup(
        f'<svg class="shape" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true">'
        f"{_SHAPES[tone]}</svg>"
    )


def call_interval(call: Call, zones: Sequence[tuple[str, float]] = ()) -> Markup:
    """Score with its interval on an axis that shows zero and the model's thresholds, if stated.

    Parameters
    ----------
    call
        A call; without a score there is no figure.
    zones
        Words of the call with the score from which each is said, the middle one first.

    Returns
    -------
    markupsafe.Markup
        The SVG, or an empty text.
    """
    if call.score is None:
        return Markup("")
    known = [call.score, call.low, call.high, *(start for _, start in zones), 0.0]
    place = svg.scale([value for value in known if value is not None])
    parts: list[str] = [Markup('<rect width="100%" height="20" y="8" rx="3" class="track"/>')]
    parts += [_zone(word, start, place, len(zones) - i) for i, (word, start) in enumerate(zones)]
    parts.append(svg.line(place(0.0), 4, 32, "zero", "zero"))
    if call.low is not None and call.high is not None:
        parts.append(
            Markup("<g><title>{}</title>{}{}{}</g>").format(
                f"interval from {written(call.low, 'score')} to {written(call.high, 'score')}",
                Markup(f'<line x1="{place(call.low):.2f}%" x2="{place(call.high):.2f}%" ')
                + Markup('y1="18" y2="18" class="interval"/>'),
                svg.line(place(call.low), 12, 24, "end"),
                svg.line(place(call.high), 12, 24, "end"),
            )
        )
    parts.append(svg.disc(place(call.score), 18, f"score {written(call.score, 'score')}"))
    parts.append(svg.even_axis(place, 32, f"score of {call.model}"))
    return svg.figure(
        parts,
        32 + svg.AXIS,
        f"Score {written(call.score, 'score')} of {call.model}",
        "The disc is the score, the bar its interval, the thin line at 0 is zero; "
        "shaded ground begins at the thresholds of the model.",
    )


def _zone(word: str, start: float, place: svg.Scale, order: int) -> Markup:
    left, title = place(start), f"{word} from {written(start, 'score')}"
    return Markup('<rect x="{}%" y="8" width="{}%" height="20" class="zone {}"><title>{}</title>'
                  "</rect>").format(
        f"{left:.2f}", f"{100 - left:.2f}", "top" if order == 1 else "mid", title
    ) + svg.line(left, 4, 32, "limit", title)  # fmt: skip


def score_panels(
    groups: Iterable[tuple[str, Sequence[PanelRow]]], methods: Sequence[str]
) -> list[tuple[str, Markup]]:
    """Dots of z for each signature and method around the centre of its null.

    Parameters
    ----------
    groups
        Kinds of signatures, each with its signatures from top to bottom.
    methods
        Names of the methods that have a z, in the order of their marks; the page holds these
        (:func:`mark_shapes`).

    Returns
    -------
    list of tuple
        Kind and SVG, all on one axis, each of a size that a printed page holds; empty without any
        z.
    """
    listed = [(kind, list(rows)) for kind, rows in groups]
    values = [dot.z for _, rows in listed for row in rows for dot in row.dots if dot.z is not None]
    if not values:
        return []
    place = svg.scale([*values, 0.0])
    return [
        (kind, _score_panel(rows[first : first + PANEL_ROWS], methods, place, kind))
        for kind, rows in listed
        for first in range(0, len(rows), PANEL_ROWS)
    ]


def _score_panel(
    rows: Sequence[PanelRow], methods: Sequence[str], place: svg.Scale, kind: str
) -> Markup:
    height = ROW * len(rows)
    tops = [ROW * index for index in range(len(rows))]
    both = list(zip(tops, rows, strict=True))
    numbers = [
        (tick, f"{tick:+d}".replace("-", "−") if tick else "0")
        for tick in svg.ticks(place.low, place.high)
    ]
    parts = [
        svg.rules([top + 27 for top in tops], height),
        svg.uprights(place(0.0), [(top + 18, top + 36) for top in tops], "zero"),
        svg.labels((top + 13, row.label) for top, row in both),
        svg.notes((top + 13, row.note) for top, row in both if row.note),
        *(
            _mark(dot, methods.index(dot.method), place(dot.z), top + 27)
            for top, row in both
            for dot in row.dots
            if dot.z is not None
        ),
        svg.axis(place, numbers, height, "z, in standard deviations of the null"),
    ]
    return svg.figure(
        parts,
        height + svg.AXIS,
        f"Scores of signatures of kind {kind}, as z",
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
    raises = gene.contribution >= 0
    size = written(abs(gene.contribution), "part").lstrip("+")
    left, name = (50.0, "gain") if raises else (50.0 - width, "loss")
    return Markup(
        f'<svg class="lever" aria-hidden="true"><rect x="{left:.2f}%" width="{width:.2f}%" '
        f'class="{name}"><title>{"raises" if raises else "lowers"} the score by {size}</title>'
        "</rect></svg>"
    )


def rank_barcode(sets: Iterable[GeneSet]) -> Markup:
    """Where the genes of each set stand in the sample's own ranking, lowest left, highest right.

    Parameters
    ----------
    sets
        Sets from top to bottom.

    Returns
    -------
    markupsafe.Markup
        The SVG; empty without sets.
    """
    rows = list(sets)
    if not rows:
        return Markup("")
    place = svg.Scale(0.0, 1.0)
    parts: list[str] = [svg.labels((44 * index + 13, row.title) for index, row in enumerate(rows))]
    for index, row in enumerate(rows):
        marks = [
            (place(rank) / 100, f"{gene}: {written(rank, 'score')}") for gene, rank in row.genes
        ]
        title = f"{len(marks)} genes of {row.title}"
        parts.append(svg.strip(44 * index + 18, 20, marks, title, before="rank of "))
    height = 44 * len(rows)
    parts.append(svg.even_axis(place, height - 4, "rank in this sample, 0 lowest to 1 highest"))
    return svg.figure(
        parts,
        height - 4 + svg.AXIS,
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
        '<svg class="gauge" aria-hidden="true"><circle cx="{}%"><title>percentile {}</title>'
        "</circle></svg>"
    ).format(f"{4 + 0.92 * percentile:.1f}", written(percentile, "percentile"))


def mark_key(order: int) -> Markup:
    """Draw the mark of a method of the score panel for its legend.

    Parameters
    ----------
    order
        Place of the method among those of the panel.
    """
    return Markup(
        f'<svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">'
        f"{_MARKS[_kind(order)].format('')}</svg>"
    )


def mark_shapes() -> Markup:
    """Hold the marks that the score panel of a page repeats; they stand in the page once."""
    shapes = "".join(shape.format(f' id="m{kind}"') for kind, shape in enumerate(_MARKS))
    return Markup(f'<svg class="shapes" aria-hidden="true"><defs>{shapes}</defs></svg>')


def _kind(order: int) -> int:
    return min(order, len(_MARKS) - 1)


def _mark(dot: Dot, order: int, x: float, y: float) -> Markup:
    return Markup(
        f'<use href="#m{_kind(order)}" x="{x:.2f}%" y="{y:g}">'
        f"<title>{escape(dot.method)}: z {written(dot.z, 'z')}</title></use>"
    )
