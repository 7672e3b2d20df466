"""From the identifiers of a matrix to approved human symbols."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from atrasig.genes.forms import as_text, looks_like_probe
from atrasig.genes.lookup import Hit, Lookup
from atrasig.genes.probes import choose_chip

KINDS = (
    "ensembl",
    "entrez",
    "symbol",
    "alias",
    "composite",
    "excel_date",
    "probe",
    "mouse",
    "ambiguous",
    "unmapped",
)
"""What an identifier can be; ``alias`` stands for previous symbols too."""
MOUSE_OVER_HUMAN = 2
"""A list is of mouse if more than this many ids are known as mouse for each known as human."""

Texts = np.ndarray[Any, np.dtype[np.object_]]


@dataclass(frozen=True, eq=False)
class Resolution:
    """Identifiers turned into approved human symbols.

    Parameters
    ----------
    symbols
        Object array, one entry an id in the order given: the approved symbol, or for an id that
        names no gene of the table or several its own text (an Ensembl id without its version).
    kinds
        Object array, one entry an id: one of :data:`KINDS`.
    counts
        Number of ids of each kind; every kind is present, so the values add up to the ids.
    kind
        The commonest kind among the ids that were mapped; ``unmapped`` only if none was.
    species
        ``human`` or ``mouse``, of the list as a whole.
    conflicting
        Number of composite ids whose id and name are of different genes; the id decided.
    chip
        Name of the array whose probes were mapped; empty where none were.
    """

    symbols: Texts
    kinds: Texts
    counts: dict[str, int]
    kind: str
    species: str = "human"
    conflicting: int = 0
    chip: str = ""

    def renamed(self, names: Mapping[str, str]) -> tuple[Resolution, int]:
        """Call genes by other symbols.

        Parameters
        ----------
        names
            Symbol to the symbol used instead. Ids that name no gene, or several, stay as they are.

        Returns
        -------
        Resolution
            The same with other symbols.
        int
            Number of genes that were given another symbol.
        """
        known = np.isin(self.kinds.astype(str), ("ambiguous", "unmapped"), invert=True)
        changed = np.array([symbol in names for symbol in self.symbols], dtype=bool) & known
        symbols = self.symbols.copy()
        symbols[changed] = [names[symbol] for symbol in self.symbols[changed]]
        return replace(self, symbols=symbols), len(set(self.symbols[changed]))


def resolve(ids: Sequence[object], human: Lookup, mouse: Callable[[], Lookup]) -> Resolution:
    """Turn identifiers of any mixture of kinds into approved human symbols.

    Parameters
    ----------
    ids
        Identifiers; a missing value counts as an empty, unmapped id.
    human
        Names and ids of human genes.
    mouse
        Gives those of mouse, with human symbols; asked only where most ids are not human.

    Returns
    -------
    Resolution
        One entry an id, in the order given.
    """
    texts = [as_text(value) for value in ids]
    hits = [human.find(text) for text in texts]
    if is_mouse(texts, hits, mouse):
        return _as_resolution([mouse().find(text) for text in texts], "mouse", "")
    hits, chip = _with_probes(texts, hits, human)
    return _as_resolution(hits, "human", chip)


def is_mouse(texts: Sequence[str], hits: Sequence[Hit], mouse: Callable[[], Lookup]) -> bool:
    """Whether clearly more ids are known as mouse than as human.

    Parameters
    ----------
    texts
        Identifiers.
    hits
        What they are as human ones. An Ensembl id counts by its prefix even where its gene is not
        in the table.
    mouse
        Gives the names and ids of mouse.
    """
    foreign = [
        text
        for text, hit in zip(texts, hits, strict=True)
        if hit.kind == "unmapped" and text and not text.startswith("ENSG")
    ]
    n_human = sum(map(bool, texts)) - len(foreign)
    if len(foreign) <= MOUSE_OVER_HUMAN * n_human:
        return False
    n_mouse = sum(text.startswith("ENSMUSG") or mouse().find(text).known for text in foreign)
    return n_mouse > MOUSE_OVER_HUMAN * n_human


def _with_probes(texts: Sequence[str], hits: list[Hit], human: Lookup) -> tuple[list[Hit], str]:
    places = [
        place
        for place, text in enumerate(texts)
        if hits[place].kind == "unmapped" and looks_like_probe(text)
    ]
    chip = choose_chip([texts[place] for place in places])
    if chip is None:
        return hits, ""
    for place in places:
        hits[place] = chip.find(texts[place], human)
    return hits, chip.name


def _as_resolution(hits: Sequence[Hit], species: str, chip: str) -> Resolution:
    symbols = np.empty(len(hits), dtype=object)
    kinds = np.empty(len(hits), dtype=object)
    symbols[:] = [hit.symbol for hit in hits]
    kinds[:] = [hit.kind for hit in hits]
    found = Counter(hit.kind for hit in hits)
    counts = {kind: found[kind] for kind in KINDS}
    mapped = [kind for kind in KINDS[:-2] if counts[kind]]
    return Resolution(
        symbols,
        kinds,
        counts,
        max(mapped, key=counts.__getitem__, default="unmapped"),
        species,
        sum(hit.conflicting for hit in hits),
        chip,
    )
