"""The panel of the five roles of ATRA: of a sample by singscore, of a contrast by NES."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from atrasig.report import svg
from atrasig.report.numbers import written
from atrasig.report.record import Contrast, SampleRecord
from atrasig.signatures import RoleSignature

METHOD = "singscore"
_ROW, _HEAD = 24, 30
_NAMES = {
    "autophagy": "Autophagy",
    "differentiation": "Differentiation",
    "angiogenesis": "Angiogenesis",
    "apoptosis": "Apoptosis, cycle and proliferation",
    "immune": "Immune function",
}
_WORDS = {"up": "expected up", "down": "expected down", "measured": "no direction stated"}
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
    values = [row.value for row in rows if row.value is not None]
    if not values:
        return Markup("")
    place = svg.scale([*values, 0.0])
    parts: list[str] = []
    top, role = 0, ""
    for row in rows:
        if row.role != role:
            role = row.role
            parts.append(
                Markup('<text x="0" y="{}" class="label">{}</text>').format(top + 20, _NAMES[role])
            )
            top += _HEAD
        parts += _row(row, top, measure, place)
        top += _ROW + 14
    parts += [
        svg.text(place(tick), top + 14, _tick(tick, measure))
        for tick in svg.ticks(min(*values, 0.0), max(*values, 0.0))
    ]
    return svg.figure(
        parts,
        top + 20,
        title,
        f"One row a list, a dot at its {measure}; the upright line is zero. Expected is the "
        "direction under ATRA that the review of Chen 2024 states.",
    )


def _tick(tick: int, measure: str) -> str:
    return f"{tick:+d}".replace("-", "−") if tick else f"{measure} = 0"


def _row(row: RoleRow, top: int, measure: str, place: svg.Scale) -> list[str]:
    note = _WORDS[row.expected]
    parts: list[str] = [
        Markup('<text x="0" y="{}" class="note">{}</text>').format(top + 11, row.label),
        Markup('<text x="100%" y="{}" class="note" text-anchor="end">{}</text>').format(
            top + 11, note if row.q is None else f"{note}; q {written(row.q, 'p')}"
        ),
        Markup(f'<line x1="0" x2="100%" y1="{top + 24}" y2="{top + 24}" class="guide"/>'),
        svg.line(place(0.0), top + 17, top + 31, "zero"),
    ]
    if row.value is not None:
        parts.append(
            Markup(
                '<circle cx="{}%" cy="{}" r="5.5" class="mark first"><title>{}</title></circle>'
            ).format(f"{place(row.value):.2f}", top + 24, f"{row.label}: {measure} {row.value:.2f}")
        )
    return parts
