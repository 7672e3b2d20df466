"""Figures of a validation page, drawn as those of a report: percents across, text of fixed size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from atrasig.report.figures import mark_key
from atrasig.report.numbers import written

ROW, TALL_ROW, FEW_ROWS = 40, 76, 4
LEFT, WIDTH, TOP, HEIGHT = 11, 85, 26, 240
"""Place of a square plot: percent across, pixels down."""
_NO_CALL = (
    '<svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">'
    '<circle r="4.5" fill="none" stroke="currentColor" stroke-width="1.5" opacity=".75"/></svg>'
)


class Point(NamedTuple):
    """One sample: its name, score, call and measured response (None where there is none)."""

    sample: str
    score: float
    call: str
    response: float | None = None


class Bin(NamedTuple):
    """One bin of probabilities: mean, observed share with its interval, and samples."""

    predicted: float
    observed: float
    low: float
    high: float
    n: int


def call_mark(call: str, calls: Sequence[str]) -> Markup:
    """Draw the mark of a call; the last of `calls` is the absence of one, an open ring."""
    return Markup(_NO_CALL) if call == calls[-1] else mark_key(calls.index(call))


def _diagonal() -> Markup:
    return _dashed("M0 1000L1000 0")


def _level(value: float) -> Markup:
    return _dashed(f"M0 {1000 * (1 - value):.1f}H1000")


def _dashed(path: str) -> Markup:
    return Markup(
        '<path d="{}" class="limit" fill="none" vector-effect="non-scaling-stroke"/>'
    ).format(path)


def roc(points: Sequence[tuple[float, float]]) -> Markup:
    """Receiver operating characteristic; the dashed diagonal is chance."""
    return _square(
        [_diagonal(), _line(points)], "Receiver operating characteristic",
        "1 − specificity", "Sensitivity", "The dashed diagonal is chance.",
    )  # fmt: skip


def precision_recall(points: Sequence[tuple[float, float]], share: float) -> Markup:
    """Precision against recall; the dashed line is the share of positives, that is chance."""
    return _square(
        [_level(share), _line(points)], "Precision and recall", "Recall (sensitivity)",
        "Precision", "The dashed line is the share of positive samples: precision by chance.",
    )  # fmt: skip


def _line(points: Sequence[tuple[float, float]]) -> Markup:
    path = "M" + "L".join(f"{1000 * x:.1f} {1000 * (1 - y):.1f}" for x, y in points)
    return Markup('<path d="{}" class="tick" stroke-width="2"/>').format(path)


def reliability_plot(bins: Sequence[Bin]) -> Markup:
    """Observed share of positives against the mean probability of each bin."""
    marks = []
    for found in bins:
        x = LEFT + WIDTH * found.predicted
        top, bottom = (_down(value) for value in (found.high, found.low))
        marks.append(_stroke(x, top, bottom, "interval"))
        title = f"{found.n} samples: predicted {found.predicted:.3f}, observed {found.observed:.3f}"
        marks.append(
            Markup(
                '<circle cx="{}%" cy="{}" r="5.5" class="point"><title>{}</title></circle>'
            ).format(f"{x:.2f}", f"{_down(found.observed):.1f}", title)
        )
    return _square(
        [_diagonal()], "Reliability", "Mean probability of the bin", "Observed share of positives",
        "Bars are exact 95 % intervals; on the dashed diagonal probabilities are right.", marks,
    )  # fmt: skip


def _down(value: float) -> float:
    return TOP + HEIGHT * (1 - value)


def _square(
    inside: Iterable[Markup],
    title: str,
    across: str,
    up: str,
    description: str,
    over: Iterable[Markup] = (),
) -> Markup:
    """Frame a plot whose axes both run from 0 to 1; `inside` has 1000 units a side."""
    parts = [
        Markup('<rect x="{}%" y="{}" width="{}%" height="{}" class="track"/>').format(
            LEFT, TOP, WIDTH, HEIGHT
        ),
        Markup(
            '<svg x="{}%" y="{}" width="{}%" height="{}" viewBox="0 0 1000 1000" '
            'preserveAspectRatio="none" class="open">{}</svg>'
        ).format(LEFT, TOP, WIDTH, HEIGHT, Markup("").join(inside)),
        *over,
        _word(0, 12, up, "start"),
        _word(LEFT + WIDTH / 2, TOP + HEIGHT + 34, across, "middle"),
    ]
    for tick in (0.0, 0.5, 1.0):
        parts.append(_word(LEFT + WIDTH * tick, TOP + HEIGHT + 16, f"{tick:g}", "middle"))
        parts.append(_word(LEFT - 1.5, _down(tick) + 4, f"{tick:g}", "end"))
    return _figure(parts, TOP + HEIGHT + 40, title, description)


def scores_by_label(
    rows: Sequence[tuple[str, Sequence[Point]]],
    calls: Sequence[str],
    thresholds: Sequence[tuple[str, float]],
) -> Markup:
    """Draw one row a label with a mark a sample.

    Parameters
    ----------
    rows
        Labels from top to bottom, each with its samples.
    calls
        Calls in the order of their marks, the absence of one last.
    thresholds
        Names and places of frozen thresholds.
    """
    scores = [point.score for _, points in rows for point in points]
    if not scores:
        return Markup("")
    place = _scale([*scores, *(value for _, value in thresholds)])
    row = TALL_ROW if len(rows) <= FEW_ROWS else ROW
    height = row * len(rows) + 30
    parts = []
    for number, (name, points) in enumerate(rows):
        top = row * number
        middle = top + 6 + row // 2
        parts.append(
            Markup('<text x="0" y="{}" class="label">{}</text>').format(top + 12, name)
            + Markup('<text x="100%" y="{}" class="note" text-anchor="end">{}</text>').format(
                top + 12, f"n = {len(points)}"
            )
            + Markup('<line x1="0" x2="100%" y1="{0}" y2="{0}" class="guide"/>').format(middle)
        )
        parts += [
            _sample(point, place(point.score), middle + _spread(order, row - 28), calls)
            for order, point in enumerate(points)
        ]
    for name, value in thresholds:
        parts.append(_stroke(place(value), 0, height - 26, "limit"))
        parts.append(
            _word(place(value), height - 14, f"{name} {written(value, 'score')}", "middle")
        )
    for value in (min(scores), max(scores)):
        parts.append(_word(place(value), height, written(value, "score"), "middle"))
    return _figure(
        parts, height + 4, "Scores by label",
        "One row a label, one mark a sample; marks are the calls.",
    )  # fmt: skip


def scores_by_response(points: Sequence[Point], calls: Sequence[str]) -> Markup:
    """Draw scores (across) against measured responses (up), one mark a sample."""
    known = [(point, point.response) for point in points if point.response is not None]
    if not known:
        return Markup("")
    place = _scale([point.score for point, _ in known])
    low, high = (pick(response for _, response in known) for pick in (min, max))
    span = (high - low) or 1.0
    parts = [
        Markup('<rect x="0" y="{}" width="100%" height="{}" class="track"/>').format(TOP, HEIGHT)
    ]
    for point, response in known:
        y = TOP + 12 + (HEIGHT - 24) * (high - response) / span
        parts.append(_sample(point, place(point.score), y, calls))
    parts.append(
        _word(0, 12, f"Response, {written(low, 'score')} to {written(high, 'score')}", "start")
    )
    below = TOP + HEIGHT + 16
    ends = sorted({pick(point.score for point, _ in known) for pick in (min, max)})
    parts += [_word(place(end), below, written(end, "score"), "middle") for end in ends]
    parts.append(_word(50, below, "Score", "middle"))
    return _figure(parts, TOP + HEIGHT + 22, "Scores and measured responses", "One mark a sample.")


def _spread(order: int, height: float) -> float:
    """Move neighbours apart, so that samples of one score do not hide each other."""
    return height * ((order * 5) % 13 / 12 - 0.5)


def _scale(values: Sequence[float]) -> Callable[[float], float]:
    low, high = min(values), max(values)
    return lambda value: 5 + 90 * (value - low) / ((high - low) or 1.0)


def _sample(point: Point, x: float, y: float, calls: Sequence[str]) -> Markup:
    title = f"{point.sample}: {written(point.score, 'score')}, {point.call}"
    if point.response is not None:
        title += f", response {written(point.response, 'score')}"
    return Markup(
        '<svg x="{}%" y="{}" class="open"><title>{}</title><g transform="translate(-8 -8)">{}</g>'
        "</svg>"
    ).format(f"{x:.2f}", f"{y:.1f}", title, call_mark(point.call, calls))


def _stroke(x: float, top: float, bottom: float, name: str) -> Markup:
    return Markup('<line x1="{0}%" x2="{0}%" y1="{1}" y2="{2}" class="{3}"/>').format(
        f"{x:.2f}", f"{top:.1f}", f"{bottom:.1f}", name
    )


def _word(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{}%" y="{}" text-anchor="{}" class="axis">{}</text>').format(
        f"{x:.2f}", f"{y:.0f}", anchor, text
    )


def _figure(parts: Iterable[Markup], height: float, title: str, description: str) -> Markup:
    return Markup(
        '<svg class="figure" width="100%" height="{}" role="img"><title>{}</title>'
        "<desc>{}</desc>{}</svg>"
    ).format(height, title, description, Markup("").join(parts))
