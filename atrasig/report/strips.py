"""Figures of places: a score in a frozen reference and in a cohort, and a running sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from markupsafe import Markup

from atrasig.report import svg
from atrasig.report.numbers import written
from atrasig.report.running import RunningSum
from atrasig.report.standing import Standing

_TOP, _HEIGHT, _HITS, _FINE = 38, 130, 18, 5
"""Pixels: where the walk begins, how high it is, and the strip of the set's genes below it; and how
many units of the walk make a pixel."""


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
    told = f"percentile {written(standing.percentile, 'percentile')}"
    quarters = (0, 25, 50, 75, 100)
    parts: list[str] = [
        Markup('<rect x="5%" y="12" width="90%" height="12" rx="3" class="track"/>'),
        *(svg.uprights(place(tick), [(8, 28)], "guide") for tick in quarters),
        svg.disc(place(standing.percentile), 18, told),
        svg.axis(
            place,
            [(tick, str(tick)) for tick in quarters],
            28,
            "percentile of the frozen reference",
        ),
    ]
    return svg.figure(
        parts,
        28 + svg.AXIS,
        f"P{told[1:]} of the frozen reference",
        "The axis runs from the lowest (0) to the highest (100) reference sample; the disc is "
        "this sample.",
    )


def cohort_strip(standing: Standing, thresholds: Sequence[tuple[str, float]] = ()) -> Markup:
    """Scores of the other samples of the matrix as ticks, this sample as a disc.

    Parameters
    ----------
    standing
        Without other scores there is no figure.
    thresholds
        Words of the model, and the scores from which it says them.
    """
    if standing.score is None or not standing.cohort:
        return Markup("")
    place = svg.scale([*standing.cohort, standing.score, *(start for _, start in thresholds)])
    others = [(place(score) / 100, written(score, "score")) for score in standing.cohort]
    lowest, highest = (written(pick(standing.cohort), "score") for pick in (min, max))
    told = f"{len(others)} other samples, scores from {lowest} to {highest}"
    parts: list[str] = [
        svg.strip(8, 24, others, told, before="another sample: score ", inset=2, name="other")
    ]
    parts += [
        svg.line(place(start), 4, 36, "limit", f"{word} from {written(start, 'score')}")
        for word, start in thresholds
    ]
    parts.append(
        svg.disc(
            place(standing.score), 20, f"this sample: score {written(standing.score, 'score')}"
        )
    )
    parts.append(svg.even_axis(place, 34, f"score of {standing.model}"))
    return svg.figure(
        parts,
        34 + svg.AXIS,
        f"Score {written(standing.score, 'score')} among {standing.n_cohort} others of this cohort",
        f"One tick a sample of the cohort, from {lowest} to {highest}; the disc is this sample; "
        "dashed lines are the thresholds of the model.",
    )


def running_figure(found: RunningSum) -> Markup:
    """Walk from the highest gene of the sample (left) to the lowest, the set's genes below it."""
    top, bottom = max(0.0, *found.y), min(0.0, *found.y)
    span = (top - bottom) or 1.0

    def down(value: float) -> float:
        return _HEIGHT * (top - value) / span

    path = _steps(
        [(round(1000 * x), round(_FINE * down(y))) for x, y in zip(found.x, found.y, strict=True)]
    )
    hits = "".join(dict.fromkeys(f"M{1000 * x:.0f} 0V{_HITS}" for x in found.hits))
    zero, below = _TOP + down(0.0), _TOP + _HEIGHT + 6
    name = f"{found.signature}, {found.direction} genes"
    extent = f"running sum from {written(bottom, 'score')} to {written(top, 'score')}"
    parts: list[str] = [
        svg.labels([(13, name)]),
        svg.notes([(28, extent)]),
        Markup(f'<line x2="100%" y1="{zero:.1f}" y2="{zero:.1f}" class="zero"/>'),
        svg.across(_TOP, _HEIGHT, f'<path d="{path}" class="walk"/>', units=_FINE * _HEIGHT),
        _peak(found, _TOP, down),
        svg.across(
            below,
            _HITS,
            Markup('<path d="{}" class="tick"><title>{}</title></path>').format(
                hits, f"{len(found.hits)} genes of {name}"
            ),
        ),
        Markup(
            '<g class="ends"><text y="{0}">highest gene</text><text x="50%" y="{0}">rank in this '
            'sample</text><text x="100%" y="{0}">lowest of {1}</text></g>'
        ).format(below + _HITS + 15, f"{found.n_genes:,}"),
    ]
    return svg.figure(
        parts,
        below + _HITS + 20,
        f"Running sum of {name}",
        "The line rises at genes of the set and falls at others; ticks below are the set's genes. "
        "The area between line and zero is the enrichment score.",
    )


def _steps(points: Sequence[tuple[int, int]]) -> str:
    """Path through points as steps from one to the next, which are short to write."""
    first, *_ = points
    steps = (f"l{x - before_x} {y - before_y}" for (before_x, before_y), (x, y) in pairwise(points))
    return f"M{first[0]} {first[1]}" + "".join(steps).replace(" -", "-")


def _peak(found: RunningSum, top: float, down: Callable[[float], float]) -> Markup:
    """Mark the point furthest from zero."""
    x, y = max(zip(found.x, found.y, strict=True), key=lambda point: abs(point[1]))
    return Markup('<circle cx="{}%" cy="{}" r="4" class="point"><title>{}</title></circle>').format(
        f"{100 * x:.1f}",
        f"{top + down(y):.1f}",
        f"furthest from zero: {written(y, 'score')}, past {written(x, 'share')} of the genes",
    )
