"""What a page shows of a record, in which order; the only numbers made are lengths of lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from atrasig.report import figures
from atrasig.report.downloads import downloads
from atrasig.report.hypotheses import hypotheses_view
from atrasig.report.index import IndexRow, ordered
from atrasig.report.numbers import written
from atrasig.report.parts import TOP_DRIVERS
from atrasig.report.prose import limits, lists_behind_calls, methods_paragraph, works_to_cite
from atrasig.report.record import (
    Call,
    Contrast,
    Drivers,
    EnrichmentRow,
    EvidenceCard,
    SampleRecord,
)
from atrasig.report.role_view import contrast_rows, role_panel, sample_rows
from atrasig.report.score_view import BACKGROUND, SIBLINGS, kind_of, score_view, shared_reason
from atrasig.report.standing import Standing
from atrasig.report.strips import cohort_strip, reference_strip, running_figure
from atrasig.signatures import load_roles

TOP_CONTRASTS = 4
TOP_CONTRAST_ROWS = 25
TOP_EDGE = 25
TOP_ENRICHMENT = 60
TOP_LISTS = 150
PAGE_CONTRAST_ROWS, PAGE_EDGE = 10, 12
"""On a sample page: contrasts are the same for all samples, and stand whole on the index."""
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
    rows: list[EnrichmentRow] = [] if untested else list(record.enrichment.sample)
    own = lists_behind_calls(record)
    others = [card for card in record.signatures if not _is_behind(card, own)]
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
        "enrichment": _strongest([row for row in rows if _is_shown(row, cards)]),
        "n_enrichment": len(rows),
        "walks": [running_figure(found) for found in record.enrichment.running],
        "cards": [card for card in record.signatures if _is_behind(card, own)],
        "other_lists": _grouped(others[:TOP_LISTS]),
        "n_other_lists": len(others),
        "max_lists": TOP_LISTS,
        "places": [_place(found, record) for found in record.standing],
        "methods_text": methods_paragraph(record),
        "limits": limits(record),
        "works": works_to_cite(record),
        "downloads": downloads(record),
        "roles": role_panel(
            sample_rows(record, load_roles()), "z", "The five roles of ATRA in this sample"
        ),
        **score_view(record, cards),
        **hypotheses_view(record.hypotheses),
        **contrast_view(record.enrichment.contrasts, PAGE_CONTRAST_ROWS, PAGE_EDGE),
    }


def _is_shown(row: EnrichmentRow, cards: dict[str, EvidenceCard]) -> bool:
    return kind_of(row.signature, cards) not in BACKGROUND


def _strongest(rows: Sequence[EnrichmentRow]) -> list[EnrichmentRow]:
    """Keep as many rows as a page shows, those furthest from the centre of the null."""
    kept = sorted(rows, key=lambda row: -abs(row.z or 0.0))[:TOP_ENRICHMENT]
    return [row for row in rows if row in kept]


def _is_behind(card: EvidenceCard, own: Collection[str]) -> bool:
    """Tell whether a list gets a whole card: one behind a call, or on the questions asked."""
    return card.kind in QUESTIONS or (card.id in own and card.kind != SIBLINGS)


def _grouped(cards: Sequence[EvidenceCard]) -> list[dict[str, Any]]:
    """Put lists of one kind, source and licence together."""
    groups: dict[tuple[str, str, str], list[EvidenceCard]] = {}
    for card in cards:
        groups.setdefault((card.kind, _source(card.source), card.licence), []).append(card)
    return [
        {"kind": kind, "source": source, "licence": licence, "cards": own}
        for (kind, source, licence), own in sorted(groups.items())
    ]


def _source(source: dict[str, str]) -> str:
    """Name a source by its shortest identifier."""
    if "doi" in source:
        return f"doi:{source['doi']}"
    if "pmid" in source:
        return f"PMID {source['pmid']}"
    return source.get("citation") or "; ".join(source.values())


def _place(found: Standing, record: SampleRecord) -> dict[str, Any]:
    call = getattr(record.calls, found.question)
    stated = [call.threshold_low, call.threshold_high]
    return {
        "standing": found,
        "reference": reference_strip(found),
        "cohort": cohort_strip(found, [value for value in stated if value is not None]),
    }


def _chips(record: SampleRecord) -> list[tuple[str, str]]:
    """Name the facts of a sample that a reader needs before its calls."""
    source = record.provenance.inputs[0]
    depth = [str(flag.value) for flag in record.flags if flag.flag == _DEPTH]
    given = [(name, record.metadata.get(name, "")) for name in _CHIPS]
    read = [("species", source.species), ("values", source.scale_in_words)]
    return [(name, text) for name, text in [*given, *read, *(("depth", d) for d in depth)] if text]


def contrast_view(
    contrasts: Sequence[Contrast], n_rows: int = TOP_CONTRAST_ROWS, n_edge: int = TOP_EDGE
) -> dict[str, Any]:
    """Template variables of the contrast section: the strongest rows of the first contrasts."""
    return {
        "contrasts": [
            {
                "name": contrast.contrast,
                "rows": [_edge_row(row, n_edge) for row in contrast.rows[:n_rows]],
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
        "role_panels": [
            (one.contrast, role_panel(contrast_rows(one, load_roles()), "NES", one.contrast))
            for one in contrasts[:TOP_CONTRASTS]
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


def _edge_row(row: EnrichmentRow, n_edge: int) -> dict[str, Any]:
    return {"row": row, "edge": row.leading_edge[:n_edge]}
