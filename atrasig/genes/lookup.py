"""From one identifier to one gene of one species."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

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


@dataclass(frozen=True)
class Lookup:
    """Names and ids of the genes of one species.

    Parameters
    ----------
    exact
        Name or id to what it is. Names of several genes are in it as ``ambiguous``.
    """

    exact: Mapping[str, Hit]

    def find(self, text: str) -> Hit:
        """Find the gene of an identifier in any form but that of a probe."""
        hit = self.exact.get(text)
        if hit is not None:
            return hit
        if text.startswith("ENS") and (match := ENSEMBL.fullmatch(text)):
            return self._ensembl(match[1], match[2] or "")
        if text[:1].isdigit() and (match := ENTREZ.fullmatch(text)):
            return self.exact.get(match[1], Hit(text, "unmapped"))
        return self._spelled(text) or self._composite(text) or Hit(text, "unmapped")

    def name(self, text: str) -> Hit:
        """Find the gene of a name, or of a date that a spreadsheet made of a name."""
        return self.exact.get(text) or self._spelled(text) or Hit(text, "unmapped")

    def _spelled(self, text: str) -> Hit | None:
        if (former := spelled_orf(text)) != text and former in self.exact:
            return self.exact[former]._replace(kind="alias")
        if (dashed := undotted(text)) != text and self._is_symbol(dashed):
            stem, _, last = text.rpartition(".")
            # ERV3.1 may be what R makes of a second ERV3.
            return None if last.isdecimal() and stem in self.exact else Hit(dashed, "alias")
        if (entrez := entrez_of_loc(text)) and entrez in self.exact:
            return self.exact[entrez]._replace(kind="alias")
        if names := names_of_date(text):
            hits = [self.exact[name] for name in names if name in self.exact]
            return _united(text, hits, "excel_date") if hits else None
        return None

    def _is_symbol(self, text: str) -> bool:
        hit = self.exact.get(text)
        return hit is not None and hit.kind == "symbol"

    def _ensembl(self, stem: str, par: str) -> Hit:
        known = "ENSG0" + stem[5:] if stem.startswith("ENSGR") else stem
        return self.exact.get(known, Hit(stem + par, "unmapped"))

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


def exact_hits(columns: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> dict[str, Hit]:
    """Join columns of names into one mapping.

    Parameters
    ----------
    columns
        Kind and pairs of (name, symbol), the least binding first: a name in a later column is no
        longer what an earlier one says. Within a column a name of several genes is ambiguous.

    Returns
    -------
    dict
        Name to :class:`Hit`.
    """
    found: dict[str, Hit] = {}
    for kind, pairs in columns:
        own: dict[str, Hit] = {}
        for name, symbol in pairs:
            if name in own and own[name].symbol != symbol:
                own[name] = Hit(name, "ambiguous")
            else:
                own.setdefault(name, Hit(symbol, kind))
        found.update(own)
    return found
