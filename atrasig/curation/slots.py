"""Slots: published models that wait for the user's copy of their genes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from atrasig.curation.draft import Draft, refused
from atrasig.curation.finish import Finished, finish
from atrasig.curation.symbols import Named, name_genes
from atrasig.errors import SignatureError
from atrasig.prediction.kinds import SlotModel
from atrasig.prediction.loading import load_models
from atrasig.signatures import NO_LICENCE
from atrasig.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from atrasig.genes import GeneTable

_UNCHECKED = "The genes are the user's copy of the published list; they were not compared with it."


def load_slots() -> dict[str, SlotModel]:
    """Load the shipped slots by name."""
    return {model.signature: model for model in load_models() if isinstance(model, SlotModel)}


def find_slot(name: str) -> SlotModel:
    """Return the slot of a name.

    Raises
    ------
    SignatureError
        If there is none; names those there are.
    """
    slots = load_slots()
    if name not in slots:
        raise SignatureError(
            f"There is no slot {name!r}", fix=f"Slots: {', '.join(sorted(slots))}."
        )
    return slots[name]


def fill(
    slot: SlotModel, draft: Draft, table: GeneTable, path: Path, licence: str = ""
) -> Finished:
    """Make the signature of a slot of the user's table.

    Parameters
    ----------
    slot
        Its published number of genes and its source.
    draft
        The table as written; a weight is kept.
    table
        The gene table.
    path
        The file.
    licence
        Terms of the list, as far as the user states them.

    Returns
    -------
    Finished
        Signature with the name of the slot.

    Raises
    ------
    SignatureError
        With every row that is no known gene, has no direction, or is a gene that stands in another
        row too; and if the number of genes is not the published one.
    """
    named, faults = name_genes(draft.genes, table)
    faults += [f"{e.place}: no known gene, or a name of several" for e in named if not e.known]
    faults += [f"{e.place}: it has no direction" for e in named if not e.gene.direction]
    faults += _duplicates(named)
    if len(draft.genes) != slot.n_genes:
        faults.append(f"the table has {len(draft.genes)} rows of genes, {slot.n_genes} are needed")
    if faults:
        raise refused(path, f"The table does not fit the slot {slot.signature}", faults)
    vocabulary = load_vocabulary()
    header = {
        "id": slot.signature,
        "title": slot.title.partition(" (slot")[0],
        "kind": slot.question,
        "context": {"diseases": [vocabulary[name].name for name in slot.context.diseases]},
        "source": slot.published.model_dump(exclude_none=True),
        "derivation": f"brought by the user: {path.name}",
        "licence": licence or NO_LICENCE,
        "limits": [_UNCHECKED, *slot.limits, *(f"Reported: {text}" for text in slot.reported)],
    }
    return finish(draft, header, table, path)


def _duplicates(named: list[Named]) -> list[str]:
    counts = Counter(entry.symbol for entry in named)
    first: dict[str, Named] = {}
    faults = []
    for entry in named:
        if counts[entry.symbol] > 1 and entry.symbol in first:
            faults.append(
                f"{entry.place}: {entry.symbol} stands in {first[entry.symbol].place} too"
            )
        first.setdefault(entry.symbol, entry)
    return faults
