"""What a page shows of a record, in which order; the only numbers made are lengths of lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from markupsafe import Markup

from atrasig.report import figures
from atrasig.report.downloads import downloads
from atrasig.report.forest import ForestRow, forest
from atrasig.report.hypotheses import hypotheses_view
from atrasig.report.numbers import written
from atrasig.report.pairs import Pair
from atrasig.report.parameters import command
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
from atrasig.report.role_view import role_panels, sample_rows
from atrasig.report.room import Room
from atrasig.report.score_view import BACKGROUND, SIBLINGS, kind_of, score_view, shared_reason
from atrasig.report.standing import Standing
from atrasig.report.strips import cohort_strip, reference_strip, running_figure
from atrasig.signatures import RoleSignature, load_roles

TOP_CONTRASTS = 4
TOP_CONTRAST_ROWS = 25
TOP_EDGE = 25
PAGE_CONTRAST_ROWS, PAGE_EDGE = 5, 12
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


def sample_view(record: SampleRecord, room: Room) -> dict[str, Any]:
    """Template variables of a sample page.

    Parameters
    ----------
    record
        The record.
    room
        How much of its long lists is shown.

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
        "enrichment": _strongest([row for row in rows if _is_shown(row, cards)], room.enrichment),
        "n_enrichment": len(rows),
        "walks": [running_figure(found) for found in record.enrichment.running],
        "cards": [card for card in record.signatures if _is_behind(card, own)],
        "other_lists": _grouped(others[: room.lists]),
        "n_other_lists": len(others),
        "max_lists": room.lists,
        "places": [_place(found, record) for found in record.standing],
        "methods_text": methods_paragraph(record),
        "limits": limits(record),
        "works": works_to_cite(record),
        "command": command(record.provenance),
        "downloads": downloads(record, room.rows),
        "roles": role_panels(sample_rows(record, _roles()), "z"),
        "pair_figure": _pair_figure(record.pairs),
        "mark_shapes": figures.mark_shapes(),
        **score_view(record, cards, room),
        **hypotheses_view(record.hypotheses),
        **contrast_view(record.enrichment.contrasts, PAGE_CONTRAST_ROWS, PAGE_EDGE),
    }


@cache
def _roles() -> tuple[RoleSignature, ...]:
    return tuple(load_roles())


def _is_shown(row: EnrichmentRow, cards: dict[str, EvidenceCard]) -> bool:
    return kind_of(row.signature, cards) not in BACKGROUND


def _strongest(rows: Sequence[EnrichmentRow], at_most: int) -> list[EnrichmentRow]:
    """Keep as many rows as a page shows, those furthest from the centre of the null."""
    kept = {id(row) for row in sorted(rows, key=lambda row: -abs(row.z or 0.0))[:at_most]}
    return [row for row in rows if id(row) in kept]


def _is_behind(card: EvidenceCard, own: Collection[str]) -> bool:
    """Tell whether a list gets a whole card: one behind a call, or on the questions asked."""
    return card.kind in QUESTIONS or (card.id in own and card.kind != SIBLINGS)


def _grouped(cards: Sequence[EvidenceCard]) -> list[dict[str, Any]]:
    """Put lists of one kind and licence together, those of one source beside each other."""
    groups: dict[tuple[str, str], dict[str, list[EvidenceCard]]] = {}
    for card in cards:
        sources = groups.setdefault((card.kind, card.licence), {})
        sources.setdefault(_source(card.source), []).append(card)
    return [
        {"kind": kind, "licence": licence, "sources": sorted(sources.items())}
        for (kind, licence), sources in sorted(groups.items())
    ]


def _source(source: dict[str, str]) -> str:
    """Name a source by its shortest identifier."""
    if "doi" in source:
        return f"doi:{source['doi']}"
    if "pmid" in source:
        return f"PMID {source['pmid']}"
    return source.get("citation") or "; ".join(source.values())


def _place(found: Standing, record: SampleRecord) -> dict[str, Any]:
    return {
        "standing": found,
        "reference": reference_strip(found),
        "cohort": cohort_strip(found, _zones(getattr(record.calls, found.question))),
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


def _call_card(call: Any) -> dict[str, Any]:
    zones = _zones(call)
    return {
        "call": call,
        "question": QUESTIONS[call.question],
        "tone": TONES[call.call],
        "shape": figures.call_shape(TONES[call.call]),
        "figure": figures.call_interval(call, zones),
        "zones": zones,
    }


def _zones(call: Any) -> list[tuple[str, float]]:
    """Words that a model says from a stated score on, the middle one first."""
    stated = zip(ZONES[call.question], (call.threshold_low, call.threshold_high), strict=True)
    return [(word, value) for word, value in stated if value is not None]


def _pair_figure(pairs: Sequence[Pair]) -> Markup:
    """Draw the deltas of a patient with their controls."""
    rows = []
    for pair in pairs:
        own = (pair.model, pair.delta, pair.low, pair.high, True)
        control = (pair.control, pair.control_delta, pair.control_low, pair.control_high, False)
        for name, delta, low, high, marked in (own, control):
            if delta is not None and low is not None and high is not None:
                note = written(delta, "score") if marked else f"control, {written(delta, 'score')}"
                rows.append(ForestRow(name, delta, low, high, note, marked))
    title = "Before and after: shift of each model and of its control"
    return forest(rows, title, "delta, mean shift of normalised rank", ratio=False)


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


def _barcodes(part: Drivers) -> list[figures.GeneSet]:
    largest = sorted(
        (entry for entry in part.sets if entry.n_matched),
        key=lambda entry: (-abs(entry.contribution), entry.set),
    )
    ranked: dict[str, list[tuple[str, float]]] = {}
    for gene in part.genes:
        if gene.rank is not None:
            ranked.setdefault(gene.set, []).append((gene.gene, gene.rank))
    return [
        figures.GeneSet(
            f"{entry.set}: {written(entry.contribution, 'part')}", tuple(ranked[entry.set])
        )
        for entry in largest[:TOP_BARCODES]
        if entry.set in ranked
    ]


def _edge_row(row: EnrichmentRow, n_edge: int) -> dict[str, Any]:
    return {"row": row, "edge": row.leading_edge[:n_edge]}
