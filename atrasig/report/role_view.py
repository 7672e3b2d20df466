"""The panel of the five roles of ATRA: of a sample by singscore, of a contrast by NES."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from atrasig.report import svg
from atrasig.report.numbers import written
from atrasig.report.record import Contrast, SampleRecord
from atrasig.signatures import RoleSignature

METHOD = "singscore"
_ROW, _HEAD = 38, 30
_COUNTS = {
    "z": "z, in standard deviations of the null",
    "NES": "normalised enrichment score (NES)",
}
_NAMES = {
    "autophagy": "Autophagy",
    "differentiation": "Differentiation",
    "angiogenesis": "Angiogenesis",
    "apoptosis": "Apoptosis, cycle and proliferation",
    "immune": "Immune function",
}
_SIGNS = {"up": "▲ ", "down": "▼ ", "measured": ""}
_TURNED = {"up": "down", "down": "up", "measured": "measured"}


class RoleRow(NamedTuple):
    """One list of a role: its place on the axis, None where it was not tested."""

    role: str
    label: str
    expected: str
    value: float | None
    q: float | None


def sample_rows(record: SampleRecord, roles: Sequence[RoleSignature]) -> list[RoleRow]:
    """Rows of one sample: z of singscore against random genes.

    Parameters
    ----------
    record
        The record of the sample.
    roles
        Lists of the roles.
    """
    own = {score.signature: score for score in record.scores if score.method == METHOD}
    return [
        RoleRow(
            entry.role,
            entry.signature,
            entry.direction,
            own[entry.signature].z if entry.signature in own else None,
            own[entry.signature].q if entry.signature in own else None,
        )
        for entry in roles
    ]


def contrast_rows(contrast: Contrast, roles: Sequence[RoleSignature]) -> list[RoleRow]:
    """Rows of one contrast: NES of each part of each list.

    Parameters
    ----------
    contrast
        Enrichment of the contrast.
    roles
        Lists of the roles.
    """
    found = {(row.signature, row.direction): row for row in contrast.rows}
    return [
        RoleRow(
            entry.role,
            entry.signature if part == "up" else f"{entry.signature} (down genes)",
            entry.direction if part == "up" else _TURNED[entry.direction],
            found[entry.signature, part].nes,
            found[entry.signature, part].q,
        )
        for entry in roles
        for part in ("up", "down")
        if (entry.signature, part) in found
    ]


def role_panel(rows: Sequence[RoleRow], measure: str, title: str) -> Markup:
    """Draw one dot a list around zero, under the heading of its role.

    Parameters
    ----------
    rows
        Lists, those of a role together.
    measure
        What the axis shows, ``z`` or ``NES``.
    title
        What the figure is about.

    Returns
    -------
    markupsafe.Markup
        The SVG; empty without any value.
    """
    place = _scale(rows)
    if place is None:
        return Markup("")
    parts, top = [], 0
    for role, own in groupby(rows, key=lambda row: row.role):
        parts.append(svg.labels([(top + 20, _NAMES[role])]))
        listed = list(own)
        parts.append(_lists(listed, top + _HEAD, measure, place))
        top += _HEAD + _ROW * len(listed)
    parts.append(_axis(place, top, measure))
    return svg.figure(parts, top + svg.AXIS, title, _described(measure))


def role_panels(rows: Sequence[RoleRow], measure: str) -> list[tuple[str, Markup]]:
    """Draw a panel a role, all on the same axis.

    Parameters
    ----------
    rows
        Lists, those of a role together.
    measure
        What the axis shows, ``z`` or ``NES``.

    Returns
    -------
    list of tuple
        Name and SVG of each role; empty without any value.
    """
    place = _scale(rows)
    if place is None:
        return []
    panels = []
    for role, own in groupby(rows, key=lambda row: row.role):
        listed = list(own)
        height = _ROW * len(listed)
        parts = [_lists(listed, 0, measure, place), _axis(place, height, measure)]
        title = f"{_NAMES[role]}: {measure} of its lists"
        panels.append(
            (_NAMES[role], svg.figure(parts, height + svg.AXIS, title, _described(measure)))
        )
    return panels


def _scale(rows: Sequence[RoleRow]) -> svg.Scale | None:
    values = [row.value for row in rows if row.value is not None]
    return svg.scale([*values, 0.0]) if values else None


def _described(measure: str) -> str:
    return (
        f"One row a list, a dot at its {measure}; the upright line is zero. ▲: expected up under "
        "ATRA by the review of Chen 2024, ▼: expected down."
    )


def _axis(place: svg.Scale, y: float, measure: str) -> Markup:
    numbers = [
        (tick, f"{tick:+d}".replace("-", "−") if tick else "0")
        for tick in svg.ticks(place.low, place.high)
    ]
    return svg.axis(place, numbers, y, _COUNTS[measure])


def _lists(rows: Sequence[RoleRow], first: float, measure: str, place: svg.Scale) -> Markup:
    """Draw the lists of a role below each other."""
    tops = [first + _ROW * order for order in range(len(rows))]
    both = list(zip(tops, rows, strict=True))
    parts = [
        svg.labels((top + 11, row.label) for top, row in both),
        svg.notes((top + 11, _note(row)) for top, row in both),
        *(
            Markup('<line x2="100%" y1="{0:g}" y2="{0:g}" class="guide"/>').format(top + 24)
            for top in tops
        ),
        svg.uprights(place(0.0), [(top + 17, top + 31) for top in tops], "zero"),
    ]
    parts += [
        Markup(
            '<circle cx="{}%" cy="{:g}" r="5.5" class="mark first"><title>{}</title></circle>'
        ).format(
            f"{place(row.value):.2f}",
            top + 24,
            f"{row.label}: {measure} {written(row.value, 'z')}",
        )
        for top, row in both
        if row.value is not None
    ]
    return Markup("").join(parts)


def _note(row: RoleRow) -> str:
    if row.value is None:
        return f"{_SIGNS[row.expected]}not tested"
    return _SIGNS[row.expected] + ("" if row.q is None else f"q {written(row.q, 'p')}")
