"""From a gene list as written to a signature: symbols approved, every decision stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from atrasig.curation.draft import Draft, refused
from atrasig.curation.symbols import Named, name_genes
from atrasig.signatures import NO_LICENCE, Signature
from atrasig.signatures.approval import NOT_IN_TABLE

if TYPE_CHECKING:
    from atrasig.genes import GeneTable

_SHOWN = 10


@dataclass(frozen=True)
class Finished:
    """A signature, and what a reader must know of how it was made of the file."""

    signature: Signature
    messages: tuple[str, ...]


def finish(draft: Draft, header: Mapping[str, Any], table: GeneTable, path: Path) -> Finished:
    """Make a signature of a gene list.

    Parameters
    ----------
    draft
        The list as written.
    header
        Fields of the signature; they go before those that the file states.
    table
        The gene table.
    path
        The file, for messages.

    Returns
    -------
    Finished
        The signature. Genes outside the table are kept under their own text; symbols that become
        one gene are counted once; both are stated.

    Raises
    ------
    SignatureError
        With every faulty gene: a date, a direction that is missing or contradicted, one gene with
        two weights, weights for some genes only; or if no gene is known at all.
    """
    named, faults = name_genes(draft.genes, table)
    named, messages, wrong = _directed(named)
    groups = _grouped(named)
    faults += wrong + _contradictions(groups) + _partial_weights(named)
    if not faults and not any(entry.known for entry in named):
        faults = [
            f"none of its {len(named)} members is a known gene, the first is {named[0].gene.text!r}"
        ]
    if faults:
        raise refused(path, f"The list {header.get('id') or draft.name} cannot be used", faults)
    messages = [*draft.notes, *messages, *_name_notes(named), *_merge_notes(groups)]
    first = [entries[0] for entries in groups.values()]
    merged = tuple(_merge_notes(groups))
    values: dict[str, Any] = {**_defaults(draft, path), **draft.header, **header}
    if any(entry.gene.weight is not None for entry in first):
        messages += [] if "scale" in header or "scale" in draft.header else [_SCALE_NOTE]
        values.setdefault("scale", "log2")
    values["limits"] = [*values.get("limits", ()), *merged]
    values["genes"] = [gene_record(entry) for entry in first]
    return Finished(as_signature(values, path), tuple(messages))


_SCALE_NOTE = "weights are taken to be for log2 expression; --scale rank if they are for ranks"


def _defaults(draft: Draft, path: Path) -> dict[str, Any]:
    name = draft.name or path.name
    return {
        "id": draft.name,
        "version": "1.0.0",
        "title": name,
        "kind": "pathway",
        "source": {"citation": f"not stated; imported from {path.name}"},
        "obtained": "published-list",
        "licence": NO_LICENCE,
    }


def as_signature(values: Mapping[str, Any], path: Path) -> Signature:
    """Validate the fields of a signature that was made of a file.

    Raises
    ------
    SignatureError
        With every field that does not hold.
    """
    try:
        return Signature.model_validate(dict(values))
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'the signature'}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise refused(path, "The signature is not valid", faults) from error


def gene_record(entry: Named) -> dict[str, Any]:
    """One gene of a signature: approved symbol, what was printed, notes."""
    gene = entry.gene
    made: dict[str, Any] = {"gene": entry.symbol, "direction": gene.direction}
    if gene.weight is not None:
        made["weight"] = gene.weight
    printed = gene.printed or gene.text
    if printed != entry.symbol:
        made["printed"] = printed
    notes = [gene.note] if gene.note else []
    if not entry.known and NOT_IN_TABLE not in gene.note:
        notes.append(NOT_IN_TABLE)
    if notes:
        made["note"] = "; ".join(notes)
    if gene.source:
        made["source"] = gene.source
    return made


def _directed(named: list[Named]) -> tuple[list[Named], list[str], list[str]]:
    """Give every gene a direction; messages and faults beside it."""
    without = [entry for entry in named if not entry.gene.direction]
    if not without:
        return named, [], []
    if len(without) < len(named):
        return named, [], [f"{entry.place}: it has no direction" for entry in without]
    note = "the file gives no direction; every gene counts as up"
    return [entry._replace(gene=replace(entry.gene, direction="up")) for entry in named], [note], []


def _grouped(named: Sequence[Named]) -> dict[str, list[Named]]:
    groups: dict[str, list[Named]] = {}
    for entry in named:
        groups.setdefault(entry.symbol, []).append(entry)
    return groups


def _contradictions(groups: Mapping[str, list[Named]]) -> list[str]:
    return [
        f"{symbol} has two directions or weights: {'; '.join(entry.place for entry in entries)}"
        for symbol, entries in groups.items()
        if len({(entry.gene.direction, entry.gene.weight) for entry in entries}) > 1
    ]


def _partial_weights(named: Sequence[Named]) -> list[str]:
    without = [entry for entry in named if entry.gene.weight is None]
    if not without or len(without) == len(named):
        return []
    return [f"{entry.place}: it has no weight, while others have one" for entry in without]


def _name_notes(named: Sequence[Named]) -> list[str]:
    renamed = [f"{e.place} is {e.symbol}" for e in named if e.known and e.symbol != e.gene.text]
    unknown = [entry.place for entry in named if not entry.known]
    notes = []
    if renamed:
        notes.append(f"{len(renamed)} names brought to approved symbols: {_some(renamed)}")
    if unknown:
        notes.append(
            f"{len(unknown)} names not in the gene table, kept as they are: {_some(unknown)}"
        )
    return notes


def _merge_notes(groups: Mapping[str, list[Named]]) -> list[str]:
    return [
        f"{len(entries)} entries are one gene, counted once: "
        f"{', '.join(entry.gene.text for entry in entries)} -> {symbol}"
        for symbol, entries in groups.items()
        if len(entries) > 1
    ]


def _some(texts: Sequence[str]) -> str:
    more = f"; and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return "; ".join(texts[:_SHOWN]) + more
