"""Figures of places: a score in a frozen reference and in a cohort, and a running sum."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from atrasig.report import svg
from atrasig.report.numbers import written
from atrasig.report.running import RunningSum
from atrasig.report.standing import Standing

_TOP, _HEIGHT, _HITS = 22, 130, 18
"""Pixels: where the walk begins, how high it is, and the strip of the set's genes below it."""


def reference_strip(standing: Standing) -> Markup:
    """Percentile of a score among the frozen reference samples of its model, 0 to 100.

    Parameters
    ----------
    standing
        Without a percentile there is no figure.
    """
    if standing.percentile is None:
        return Markup("")
    place = svg.scale([0.0, 100.0])
    parts = [Markup('<rect x="5%" y="12" width="90%" height="12" rx="3" class="track"/>')]
    parts += [svg.line(place(tick), 8, 28, "guide") for tick in (0, 25, 50, 75, 100)]
    parts += [svg.text(place(tick), 42, str(tick)) for tick in (0, 25, 50, 75, 100)]
    parts.append(_disc(place(standing.percentile), 18))
    return svg.figure(
        parts,
        46,
        f"Percentile {written(standing.percentile, 'percentile')} of the frozen reference",
        "The axis runs from the lowest (0) to the highest (100) reference sample; the disc is "
        "this sample.",
    )


def cohort_strip(standing: Standing, thresholds: Sequence[float] = ()) -> Markup:
    """Scores of the other samples of the matrix as ticks, this sample as a disc.

    Parameters
    ----------
    standing
        Without other scores there is no figure.
    thresholds
        Scores from which the model says its middle and upper word.
    """
    if standing.score is None or not standing.cohort:
        return Markup("")
    place = svg.scale([*standing.cohort, standing.score, *thresholds])
    parts = [Markup('<rect x="0" y="10" width="100%" height="24" rx="3" class="track"/>')]
    parts += [svg.line(place(score), 12, 32, "other") for score in standing.cohort]
    parts += [svg.line(place(score), 6, 38, "limit") for score in thresholds]
    parts.append(_disc(place(standing.score), 22))
    lowest, highest = min(standing.cohort), max(standing.cohort)
    for score in dict.fromkeys((lowest, highest)):
        parts.append(svg.text(place(score), 52, written(score, "score")))
    return svg.figure(
        parts,
        56,
        f"Score {written(standing.score, 'score')} among {standing.n_cohort} others of this cohort",
        "One tick a sample of the cohort, lowest and highest score written; the disc is this "
        "sample; dashed lines are the thresholds of the model.",
    )


def _disc(x: float, y: float) -> Markup:
    return Markup(f'<circle cx="{x:.2f}%" cy="{y}" r="6.5" class="point"/>')


def running_figure(found: RunningSum) -> Markup:
    """Walk from the highest gene of the sample (left) to the lowest, the set's genes below it."""
    top, bottom = max(0.0, *found.y), min(0.0, *found.y)
    span = (top - bottom) or 1.0

    def down(value: float) -> float:
        return _HEIGHT * (top - value) / span

    path = "M" + "L".join(
        f"{1000 * x:.0f} {down(y):.1f}" for x, y in zip(found.x, found.y, strict=True)
    )
    zero, below = _TOP + down(0.0), _TOP + _HEIGHT + 6
    ticks = "".join(f"M{1000 * x:.0f} 0V{_HITS}" for x in found.hits)
    name = f"{found.signature}, {found.direction} genes"
    parts = [
        Markup('<text x="0" y="13" class="label">{}</text>').format(name),
        Markup('<text x="100%" y="13" class="note" text-anchor="end">{}</text>').format(
            f"running sum from {written(bottom, 'score')} to {written(top, 'score')}"
        ),
        Markup(f'<line x1="0" x2="100%" y1="{zero:.1f}" y2="{zero:.1f}" class="zero"/>'),
        _stretched(_TOP, _HEIGHT, path, "walk"),
        _stretched(below, _HITS, ticks, "tick"),
        Markup(
            '<text x="0" y="{0}" class="axis">highest gene</text><text x="50%" y="{0}" '
            'text-anchor="middle" class="axis">rank in this sample</text><text x="100%" y="{0}" '
            'text-anchor="end" class="axis">lowest of {1}</text>'
        ).format(below + _HITS + 15, f"{found.n_genes:,}"),
    ]
    return svg.figure(
        parts,
        below + _HITS + 20,
        f"Running sum of {name}",
        "The line rises at genes of the set and falls at others; ticks below are the set's genes. "
        "The area between line and zero is the enrichment score.",
    )


def _stretched(y: float, height: float, path: str, name: str) -> Markup:
    return Markup(
        f'<svg x="0" y="{y}" width="100%" height="{height}" viewBox="0 0 1000 {height}" '
        f'preserveAspectRatio="none"><path d="{path}" class="{name}"/></svg>'
    )
