"""What a page shows of a record, in which order; the only numbers made are lengths of lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from atrasig.report import figures
from atrasig.report.index import IndexRow, ordered
from atrasig.report.numbers import written
from atrasig.report.parts import TOP_DRIVERS
from atrasig.report.record import (
    Call,
    Contrast,
    Drivers,
    EnrichmentRow,
    EvidenceCard,
    SampleRecord,
    Score,
)

TOP_CONTRASTS = 4
TOP_CONTRAST_ROWS = 25
TOP_EDGE = 25
TOP_BARCODES = 4
QUESTIONS = {
    "sensitivity": "Before ATRA: is this sample likely to respond?",
    "response": "After ATRA: has this sample responded?",
}
TONES = {
    "sensitive": "yes",
    "responding": "yes",
    "intermediate": "half",
    "partial": "half",
    "resistant": "no",
    "not responding": "off",
    "no call": "none",
}
WORDS = {
    "sensitivity": ("sensitive", "intermediate", "no call", "resistant"),
    "response": ("responding", "partial", "no call", "not responding"),
}
ZONES = {"sensitivity": ("intermediate", "sensitive"), "response": ("partial", "responding")}
_KINDS = (
    "sensitivity", "response", "differentiation", "stemness", "pathway", "modifier", "marker",
    "subtype",
)  # fmt: skip
_PATHWAY = "pathway"
_SIBLINGS = "subtype"
_CHIPS = ("disease", "tissue", "material", "fusion", "timepoint", "group", "patient", "batch")
_LEVELS = {"zscore": "z-score", "relative": "log ratio"}
_DEPTH = "sequencing depth"


class ScoreGroup(NamedTuple):
    """All methods of one signature."""

    signature: str
    title: str
    kind: str
    scores: tuple[Score, ...]


def sample_view(record: SampleRecord) -> dict[str, Any]:
    """Template variables of a sample page.

    Parameters
    ----------
    record
        The record.

    Returns
    -------
    dict
        The record itself and its parts in order of display.
    """
    cards = {card.id: card for card in record.signatures}
    methods = sorted({score.method for score in record.scores})
    refused = _refused(record.scores, methods)
    methods = [method for method in methods if method not in refused]
    groups = _score_groups([s for s in record.scores if s.method in methods], cards)
    main = [group for group in groups if group.kind != _SIBLINGS]
    untested = _shared_reason(record.enrichment.sample)
    shown: list[EnrichmentRow] = []
    sibling_rows: list[EnrichmentRow] = []
    for row in record.enrichment.sample if not untested else ():
        (sibling_rows if _kind(row.signature, cards) == _SIBLINGS else shown).append(row)
    return {
        "record": record,
        "chips": _chips(record),
        "calls": [_call_card(record.calls.sensitivity), _call_card(record.calls.response)],
        "problems": [flag for flag in record.flags if flag.level != "pass"],
        "passes": [flag for flag in record.flags if flag.level == "pass"],
        "others": [call for call in record.models if not call.primary],
        "methods": methods,
        "refused": refused,
        "level": _LEVELS.get(record.provenance.inputs[0].platform, "log2 level"),
        "panel": figures.score_panel(_panel([g for g in main if g.kind != _PATHWAY]), methods),
        "pathway_panel": figures.score_panel(
            _panel([g for g in main if g.kind == _PATHWAY]), methods
        ),
        "groups": main,
        "sibling_groups": [group for group in groups if group.kind == _SIBLINGS],
        "drivers": _driver_blocks(record),
        "untested": untested,
        "enrichment": shown,
        "sibling_enrichment": sibling_rows,
        "cards": [card for card in record.signatures if card.kind != _SIBLINGS],
        "sibling_cards": [card for card in record.signatures if card.kind == _SIBLINGS],
        **contrast_view(record.enrichment.contrasts),
    }


def _chips(record: SampleRecord) -> list[tuple[str, str]]:
    """Name the facts of a sample that a reader needs before its calls."""
    source = record.provenance.inputs[0]
    depth = [str(flag.value) for flag in record.flags if flag.flag == _DEPTH]
    given = [(name, record.metadata.get(name, "")) for name in _CHIPS]
    read = [("species", source.species), ("values", source.scale_in_words)]
    return [(name, text) for name, text in [*given, *read, *(("depth", d) for d in depth)] if text]


def _refused(scores: Sequence[Score], methods: Sequence[str]) -> dict[str, str]:
    """Methods that scored nothing, all for one reason, with that reason."""
    reasons = {m: _shared_reason([s for s in scores if s.method == m]) for m in methods}
    return {method: reason for method, reason in reasons.items() if reason}


def _shared_reason(rows: Sequence[Score | EnrichmentRow]) -> str:
    """Give the reason that all rows share, empty where one has none or another."""
    reasons = {row.reason for row in rows}
    return reasons.pop() if len(reasons) == 1 else ""


def contrast_view(contrasts: Sequence[Contrast]) -> dict[str, Any]:
    """Template variables of the contrast section: the strongest rows of the first contrasts."""
    return {
        "contrasts": [
            {
                "name": contrast.contrast,
                "rows": [_edge_row(row) for row in contrast.rows[:TOP_CONTRAST_ROWS]],
                "n_rows": len(contrast.rows),
                "untested": _shared_reason(contrast.rows),
            }
            for contrast in contrasts[:TOP_CONTRASTS]
        ],
        "n_contrasts": len(contrasts),
    }


def index_view(rows: Sequence[IndexRow], contrasts: Sequence[Contrast]) -> dict[str, Any]:
    """Template variables of the index: rows in order, and how often each call was made."""
    in_order = ordered(rows)
    tallies: dict[str, Counter[str]] = {
        "sensitivity": Counter(row.sensitivity for row in in_order),
        "response": Counter(row.response for row in in_order),
    }
    return {
        "rows": in_order,
        "tallies": [
            (question, [(word, TONES[word], count[word]) for word in WORDS[question]])
            for question, count in tallies.items()
        ],
        **contrast_view(contrasts),
    }


def _call_card(call: Any) -> dict[str, Any]:
    middle, upper = ZONES[call.question]
    zones = [(middle, call.threshold_low), (upper, call.threshold_high)]
    return {
        "call": call,
        "question": QUESTIONS[call.question],
        "tone": TONES[call.call],
        "shape": figures.call_shape(TONES[call.call]),
        "figure": figures.call_interval(call),
        "zones": [(word, value) for word, value in zones if value is not None],
    }


def _kind(signature: str, cards: dict[str, EvidenceCard]) -> str:
    return cards[signature].kind if signature in cards else ""


def _score_groups(scores: Sequence[Score], cards: dict[str, EvidenceCard]) -> list[ScoreGroup]:
    by_signature: dict[str, list[Score]] = {}
    for score in scores:
        by_signature.setdefault(score.signature, []).append(score)
    groups = [
        ScoreGroup(
            name, cards[name].title if name in cards else "", _kind(name, cards), tuple(rows)
        )
        for name, rows in by_signature.items()
    ]

    def order(group: ScoreGroup) -> tuple[int, str]:
        place = _KINDS.index(group.kind) if group.kind in _KINDS else len(_KINDS)
        return place, group.signature

    return sorted(groups, key=order)


def _panel(groups: Sequence[ScoreGroup]) -> list[figures.PanelRow]:
    return [
        figures.PanelRow(
            group.signature,
            group.kind if any(score.z is not None for score in group.scores) else "not scored",
            tuple(figures.Dot(score.method, score.z) for score in group.scores),
        )
        for group in groups
    ]


def _driver_blocks(record: SampleRecord) -> list[dict[str, Any]]:
    calls: dict[str, Call] = {call.model: call for call in record.models}

    def order(part: Drivers) -> tuple[bool, str]:
        call = calls.get(part.model)
        return (call is None or not call.primary, part.model)

    return [
        {
            "part": part,
            "call": calls.get(part.model),
            "top": [
                (gene, figures.contribution_bar(gene, abs(part.genes[0].contribution)))
                for gene in part.genes[:TOP_DRIVERS]
            ],
            "barcode": figures.rank_barcode(_barcodes(part)),
            "lacking": [entry for entry in part.sets if entry.missing],
        }
        for part in sorted(record.drivers, key=order)
    ]


def _barcodes(part: Drivers) -> list[tuple[str, list[float]]]:
    largest = sorted(
        (entry for entry in part.sets if entry.n_matched),
        key=lambda entry: (-abs(entry.contribution), entry.set),
    )
    ranks: dict[str, list[float]] = {}
    for gene in part.genes:
        ranks.setdefault(gene.set, []).append(gene.rank)
    return [
        (f"{entry.set}: {written(entry.contribution, 'part')}", ranks[entry.set])
        for entry in largest[:TOP_BARCODES]
    ]


def _edge_row(row: EnrichmentRow) -> dict[str, Any]:
    return {"row": row, "edge": row.leading_edge[:TOP_EDGE]}
