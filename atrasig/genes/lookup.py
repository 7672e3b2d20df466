"""From one identifier to one gene of one species."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from atrasig.genes.forms import (
    ENSEMBL,
    ENTREZ,
    Composite,
    composite,
    entrez_of_loc,
    names_of_date,
    spelled_orf,
    undotted,
)


class Hit(NamedTuple):
    """What an identifier was found to be.

    Parameters
    ----------
    symbol
        Approved human symbol, or the identifier itself where it names no gene or several.
    kind
        One of :data:`atrasig.genes.KINDS`.
    conflicting
        Whether it is composite and its parts name different genes.
    """

    symbol: str
    kind: str
    conflicting: bool = False

    @property
    def known(self) -> bool:
        """Whether it names exactly one gene."""
        return self.kind not in ("ambiguous", "unmapped")


@dataclass(frozen=True, eq=False)
class Lookup:
    """Names and ids of the genes of one species.

    They are kept in sorted arrays: a dict of them, with a :class:`Hit` each, would take more memory
    than scoring a block of samples does.

    Parameters
    ----------
    names
        Every name and id as the table writes it, sorted, of ``StringDType``.
    owners
        Approved symbol of the gene of each; None where several genes have the name.
    kinds
        Kind of each, as its place in `known_kinds`.
    known_kinds
        The kinds there are.
    """

    names: NDArray[Any]
    owners: tuple[str | None, ...]
    kinds: bytes
    known_kinds: tuple[str, ...]

    @classmethod
    def of(cls, columns: Iterable[tuple[str, Mapping[str, str | None]]]) -> Lookup:
        """Join columns of names.

        Parameters
        ----------
        columns
            Kind and owners (see :func:`sole_owners`), the least binding first: a name in a later
            column is no longer what an earlier one says.
        """
        known: list[str] = []
        owners: dict[str, str | None] = {}
        kinds: dict[str, int] = {}
        for kind, own in columns:
            owners.update(own)
            kinds.update(dict.fromkeys(own, len(known)))
            known.append(kind)
        names = sorted(owners)
        return cls(
            np.array(names, dtype=np.dtypes.StringDType()),
            tuple(owners[name] for name in names),
            bytes(kinds[name] for name in names),
            tuple(known),
        )

    def exact(self, text: str) -> Hit | None:
        """Find the gene of a name or id as the table writes it; None where it does not."""
        place = bisect_left(self.names, text)
        if place == len(self.names) or self.names[place] != text:
            return None
        owner = self.owners[place]
        if owner is None:
            return Hit(text, "ambiguous")
        return Hit(owner, self.known_kinds[self.kinds[place]])

    def is_symbol(self, text: str) -> bool:
        """Whether a text is an approved symbol."""
        hit = self.exact(text)
        return hit is not None and hit.kind == "symbol"

    def find(self, text: str) -> Hit:
        """Find the gene of an identifier in any form but that of a probe."""
        hit = self.exact(text)
        if hit is not None:
            return hit
        if text.startswith("ENS") and (match := ENSEMBL.fullmatch(text)):
            return self._ensembl(match[1], match[2] or "")
        if text[:1].isdigit() and (match := ENTREZ.fullmatch(text)):
            return self.exact(match[1]) or Hit(text, "unmapped")
        return self._spelled(text) or self._composite(text) or Hit(text, "unmapped")

    def name(self, text: str) -> Hit:
        """Find the gene of a name, or of a date that a spreadsheet made of a name."""
        return self.exact(text) or self._spelled(text) or Hit(text, "unmapped")

    def _spelled(self, text: str) -> Hit | None:
        if (former := spelled_orf(text)) != text and (hit := self.exact(former)):
            return hit._replace(kind="alias")
        if (dashed := undotted(text)) != text and self.is_symbol(dashed):
            stem, _, last = text.rpartition(".")
            # ERV3.1 may be what R makes of a second ERV3.
            return None if last.isdecimal() and self.exact(stem) else Hit(dashed, "alias")
        if (entrez := entrez_of_loc(text)) and (hit := self.exact(entrez)):
            return hit._replace(kind="alias")
        if names := names_of_date(text):
            hits = [hit for name in names if (hit := self.exact(name))]
            return _united(text, hits, "excel_date") if hits else None
        return None

    def _ensembl(self, stem: str, par: str) -> Hit:
        known = "ENSG0" + stem[5:] if stem.startswith("ENSGR") else stem
        return self.exact(known) or Hit(stem + par, "unmapped")

    def _composite(self, text: str) -> Hit | None:
        parts = composite(text)
        if parts is None:
            return None
        return self._identified(text, parts) if parts.ids else self._listed(text, parts)

    def _identified(self, text: str, parts: Composite) -> Hit | None:
        """Let the id decide; without a known id the name must be an approved symbol."""
        names = [hit for name in parts.names if (hit := self.name(name)).kind != "unmapped"]
        ids = [hit for part in parts.ids if (hit := self.find(part)).known]
        if not ids:
            approved = [hit for hit in names if hit.kind in ("symbol", "mouse")]
            return _united(text, approved, "composite") if approved else None
        found = _united(text, ids, "composite")
        differing = bool(names) and all(hit.known for hit in names)
        differing = differing and found.symbol not in {hit.symbol for hit in names}
        return found._replace(conflicting=found.known and differing)

    def _listed(self, text: str, parts: Composite) -> Hit | None:
        """Take several names for one gene, or as ambiguous as soon as one of them is known."""
        hits = [self.name(name) for name in parts.names]
        known = any(hit.kind != "unmapped" for hit in hits)
        return _united(text, hits, "composite") if known else None


def _united(text: str, hits: Iterable[Hit], kind: str) -> Hit:
    """One hit of several that must agree."""
    hits = list(hits)
    symbols = {hit.symbol for hit in hits}
    if len(symbols) == 1 and all(hit.known for hit in hits):
        return Hit(hits[0].symbol, kind)
    return Hit(text, "ambiguous")


def sole_owners(pairs: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """Say which gene has a name alone.

    Parameters
    ----------
    pairs
        Name and symbol of a gene that has it.

    Returns
    -------
    dict
        Name to symbol; None where several genes have the name.
    """
    owners: dict[str, str | None] = {}
    for name, symbol in pairs:
        if owners.setdefault(name, symbol) != symbol:
            owners[name] = None
    return owners
