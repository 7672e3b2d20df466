"""What a page shows of the scores of a sample: panels, tables and what the scores are relative to.

Scores that have a z stand together on one axis. Scores that have none stand as they are, because a
score of one method cannot be laid beside a score of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from atrasig.report import figures
from atrasig.report.record import EnrichmentRow, EvidenceCard, MethodUsed, SampleRecord, Score
from atrasig.report.room import Room

SIBLINGS = "subtype"
_PATHWAY = "pathway"
_STEMNESS = "stemness"
BACKGROUND = frozenset({SIBLINGS, _PATHWAY, _STEMNESS})
"""Kinds that stand behind no statement on ATRA by themselves."""
_KINDS = (
    "sensitivity", "response", "differentiation", "stemness", "pathway", "modifier", "marker",
    "subtype",
)  # fmt: skip


class ScoreGroup(NamedTuple):
    """All methods of one signature."""

    signature: str
    title: str
    kind: str
    scores: tuple[Score, ...]

    @property
    def is_scored(self) -> bool:
        """Whether any method gave a score."""
        return any(score.score is not None for score in self.scores)

    @property
    def has_z(self) -> bool:
        """Whether any score has a z."""
        return any(score.z is not None for score in self.scores)

    def score_of(self, method: str) -> Score | None:
        """Row of a method, None where there is none."""
        return next((score for score in self.scores if score.method == method), None)


class Dependence(NamedTuple):
    """Methods whose scores are relative to the same samples."""

    methods: tuple[str, ...]
    relative_to: str


def score_view(record: SampleRecord, cards: dict[str, EvidenceCard], room: Room) -> dict[str, Any]:
    """Template variables of the section of scores.

    Parameters
    ----------
    record
        The record.
    cards
        Its evidence cards by signature.
    room
        How many signatures are shown.

    Returns
    -------
    dict
        Methods and groups of scores in order of display; a method that scored nothing for one
        reason is told once, and has no row.
    """
    methods = sorted({score.method for score in record.scores})
    refused = _refused(record.scores, methods)
    methods = [method for method in methods if method not in refused]
    groups = _score_groups([s for s in record.scores if s.method in methods], cards)
    main = [group for group in groups if group.kind != SIBLINGS]
    pathways = [group for group in main if group.kind == _PATHWAY]
    others = [group for group in main if group.kind != _PATHWAY]
    standing = [m for m in methods if any(s.method == m and s.z is not None for s in record.scores)]
    plain = [method for method in methods if method not in standing]
    relative = {m.name: m.relative_to for m in record.methods if m.relative_to}
    return {
        "methods": methods,
        "refused": refused,
        "relative": relative,
        "dependences": _dependences([m for m in record.methods if m.name in methods]),
        "against_genes": [method for method in standing if method not in relative],
        "keys": [(method, figures.mark_key(order)) for order, method in enumerate(standing)],
        "panels": figures.score_panels(_panels(others[: room.signatures]), standing),
        "n_panel": len(others),
        "max_shown": room.signatures,
        "max_background": room.background,
        "standing_methods": standing,
        "pathways": _furthest(
            [g for g in main if g.kind in (_STEMNESS, _PATHWAY)], room.background
        ),
        "siblings": _furthest(
            [group for group in groups if group.kind == SIBLINGS], room.background
        ),
        "plain_methods": plain,
        "plain_groups": _with_plain_scores(others, plain),
        "plain_pathways": _with_plain_scores(pathways, plain),
        "groups": [group for group in others if group.kind != _STEMNESS][: room.signatures],
    }


def _furthest(groups: Sequence[ScoreGroup], at_most: int) -> list[ScoreGroup]:
    """Choose the groups furthest from the centre of the null, in their order."""

    def distance(group: ScoreGroup) -> float:
        return max((abs(score.z) for score in group.scores if score.z is not None), default=0.0)

    chosen = sorted((g for g in groups if g.has_z), key=distance, reverse=True)[:at_most]
    names = {group.signature for group in chosen}
    return [group for group in groups if group.signature in names]


def _refused(scores: Sequence[Score], methods: Sequence[str]) -> dict[str, str]:
    """Methods that scored nothing, all for one reason, with that reason."""
    reasons = {m: shared_reason([s for s in scores if s.method == m]) for m in methods}
    return {method: reason for method, reason in reasons.items() if reason}


def shared_reason(rows: Sequence[Score | EnrichmentRow]) -> str:
    """Give the reason that all rows share, empty where one has none or another."""
    reasons = {row.reason for row in rows}
    return reasons.pop() if len(reasons) == 1 else ""


def kind_of(signature: str, cards: dict[str, EvidenceCard]) -> str:
    """Kind of a signature, empty where it has no card."""
    return cards[signature].kind if signature in cards else ""


def _score_groups(scores: Sequence[Score], cards: dict[str, EvidenceCard]) -> list[ScoreGroup]:
    by_signature: dict[str, list[Score]] = {}
    for score in scores:
        by_signature.setdefault(score.signature, []).append(score)
    groups = [
        ScoreGroup(
            name, cards[name].title if name in cards else "", kind_of(name, cards), tuple(rows)
        )
        for name, rows in by_signature.items()
    ]

    def order(group: ScoreGroup) -> tuple[int, str]:
        place = _KINDS.index(group.kind) if group.kind in _KINDS else len(_KINDS)
        return place, group.signature

    return sorted(groups, key=order)


def _dependences(methods: Sequence[MethodUsed]) -> list[Dependence]:
    by_words: dict[str, list[str]] = {}
    for method in methods:
        if method.relative_to:
            by_words.setdefault(method.relative_to, []).append(method.name)
    return [Dependence(tuple(names), words) for words, names in sorted(by_words.items())]


def _with_plain_scores(groups: Sequence[ScoreGroup], plain: Sequence[str]) -> list[ScoreGroup]:
    return [
        group
        for group in groups
        if any(score.method in plain and score.score is not None for score in group.scores)
    ]


def _panels(groups: Sequence[ScoreGroup]) -> list[tuple[str, list[figures.PanelRow]]]:
    """Rows of the panels by kind; the groups of a kind stand together."""
    return [
        (
            kind,
            [
                figures.PanelRow(
                    group.signature,
                    "" if group.has_z else "no z" if group.is_scored else "not scored",
                    tuple(figures.Dot(score.method, score.z) for score in group.scores),
                )
                for group in own
            ],
        )
        for kind, own in groupby(groups, key=lambda group: group.kind)
    ]
