"""What a page shows of a record, in which order; the only numbers made are lengths of lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from atrasig.report import figures
from atrasig.report.index import IndexRow, ordered
from atrasig.report.numbers import written
from atrasig.report.parts import TOP_DRIVERS
from atrasig.report.record import (
    Call,
    Contrast,
    Drivers,
    EnrichmentRow,
    SampleRecord,
)
from atrasig.report.score_view import SIBLINGS, kind_of, score_view, shared_reason

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
_CHIPS = ("disease", "tissue", "material", "fusion", "timepoint", "group", "patient", "batch")
_LEVELS = {"zscore": "z-score", "relative": "log ratio"}
_DEPTH = "sequencing depth"


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
    untested = shared_reason(record.enrichment.sample)
    shown: list[EnrichmentRow] = []
    sibling_rows: list[EnrichmentRow] = []
    for row in record.enrichment.sample if not untested else ():
        (sibling_rows if kind_of(row.signature, cards) == SIBLINGS else shown).append(row)
    return {
        "record": record,
        "chips": _chips(record),
        "calls": [_call_card(record.calls.sensitivity), _call_card(record.calls.response)],
        "problems": [flag for flag in record.flags if flag.level != "pass"],
        "passes": [flag for flag in record.flags if flag.level == "pass"],
        "others": [call for call in record.models if not call.primary],
        "level": _LEVELS.get(record.provenance.inputs[0].platform, "log2 level"),
        "drivers": _driver_blocks(record),
        "untested": untested,
        "enrichment": shown,
        "sibling_enrichment": sibling_rows,
        "cards": [card for card in record.signatures if card.kind != SIBLINGS],
        "sibling_cards": [card for card in record.signatures if card.kind == SIBLINGS],
        **score_view(record, cards),
        **contrast_view(record.enrichment.contrasts),
    }


def _chips(record: SampleRecord) -> list[tuple[str, str]]:
    """Name the facts of a sample that a reader needs before its calls."""
    source = record.provenance.inputs[0]
    depth = [str(flag.value) for flag in record.flags if flag.flag == _DEPTH]
    given = [(name, record.metadata.get(name, "")) for name in _CHIPS]
    read = [("species", source.species), ("values", source.scale_in_words)]
    return [(name, text) for name, text in [*given, *read, *(("depth", d) for d in depth)] if text]


def contrast_view(contrasts: Sequence[Contrast]) -> dict[str, Any]:
    """Template variables of the contrast section: the strongest rows of the first contrasts."""
    return {
        "contrasts": [
            {
                "name": contrast.contrast,
                "rows": [_edge_row(row) for row in contrast.rows[:TOP_CONTRAST_ROWS]],
                "n_rows": len(contrast.rows),
                "untested": shared_reason(contrast.rows),
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
        ranks.setdefault(gene.set, []).extend([] if gene.rank is None else [gene.rank])
    return [
        (f"{entry.set}: {written(entry.contribution, 'part')}", ranks[entry.set])
        for entry in largest[:TOP_BARCODES]
    ]


def _edge_row(row: EnrichmentRow) -> dict[str, Any]:
    return {"row": row, "edge": row.leading_edge[:TOP_EDGE]}
