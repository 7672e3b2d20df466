"""How identifiers are written: the forms of their text, without any table.

Every function here is pure: text in, parts out. Which gene the parts name is decided by
:mod:`atrasig.genes.lookup`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

ENSEMBL = re.compile(r"(ENS[A-Z]*\d{6,11})(?:\.\d+)?(_PAR_Y)?")
ENTREZ = re.compile(r"(\d+)(?:\.0*)?")
OTHER_ACCESSION = re.compile(r"(?:ENS[A-Z]*[TP]\d{11}|[NX][MR]_\d{6,9})(?:\.\d+)?(?:\||$)")
"""Transcripts and proteins of Ensembl (also the joined names of GENCODE), RefSeq transcripts."""

_ENSEMBL_GENE = re.compile(
    r"(?<![A-Za-z0-9])(ENS(?:[A-Z]{3,4})?(?:G|GR)\d{10,11}(?:\.\d+)?(?:_PAR_Y)?)(?![A-Za-z0-9])"
)
_MAYBE_COMPOSITE = re.compile(r"[|;,/(\[\s]|ENS")
_NAME_AND_ENTREZ = re.compile(r"([^|;,/()\[\]]*)(?:\((\d+)\)|\[(\d+)\]|\|(\d+))")
_BETWEEN_NAMES = re.compile(r"\s*(?:/{2,3}|[|;,])\s*")
_BETWEEN_PARTS = re.compile(r"[|;,:()\[\]\s]+")

_ORF = re.compile(r"(C(?:\d+|X|Y))ORF(\d.*)")
_LONGEST = 300
_LOC = re.compile(r"LOC(\d+)")

_MONTHS = {"MAR": 3, "SEP": 9, "DEC": 12}
_DAY_MONTH = re.compile(r"0?(\d{1,2})-(MAR|SEP|DEC)(?:-(?:\d{2}|\d{4}))?", re.IGNORECASE)
_MONTH_DAY = re.compile(r"(MAR|SEP|DEC)-0?(\d{1,2})", re.IGNORECASE)
_ISO_DATE = re.compile(r"\d{4}-(\d{2})-(\d{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_FORMER_SYMBOLS: Mapping[tuple[int, int], tuple[str, ...]] = {
    **{(3, day): (f"MARCH{day}",) for day in range(3, 12)},
    **{(3, day): (f"MARCH{day}", f"MARC{day}") for day in (1, 2)},
    **{(9, day): (f"SEPT{day}",) for day in range(1, 15)},
    (9, 15): ("SEP15",),
    (12, 1): ("DEC1",),
}


@dataclass(frozen=True)
class Composite:
    """An identifier made of several parts.

    Parameters
    ----------
    ids
        Its Ensembl or Entrez ids.
    names
        Its names.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]


def as_text(value: Any) -> str:
    """Text of an identifier without surrounding blanks; a missing value is an empty text."""
    if isinstance(value, str):
        return value.strip()
    if value is None or value is pd.NA or value != value:
        return ""
    return str(value).strip()


def composite(text: str) -> Composite | None:
    """Split an identifier that holds several.

    Parameters
    ----------
    text
        ``A1BG (1)``, ``(1)``, ``A1BG|1``, ``ENSG00000141510.18_TP53``, ``TP53;ENSG00000141510``,
        ``DDR1 /// MIR4640`` and the like. An underscore separates only beside an Ensembl id.

    Returns
    -------
    Composite or None
        The parts; None for one plain identifier, for transcripts and for texts of more than 300
        characters.
    """
    if len(text) > _LONGEST or not _MAYBE_COMPOSITE.search(text) or OTHER_ACCESSION.match(text):
        return None
    if ids := tuple(dict.fromkeys(_ENSEMBL_GENE.findall(text))):
        parts = _BETWEEN_PARTS.split(_ENSEMBL_GENE.sub(" ", text))
        names = tuple(part.strip("_-") for part in parts if part.strip("_-"))
        return Composite(ids, names)
    if match := _NAME_AND_ENTREZ.fullmatch(text):
        name = match[1].strip()
        return Composite((match[2] or match[3] or match[4],), (name,) if name else ())
    parts = [part for part in _BETWEEN_NAMES.split(text) if part]
    if len(parts) < 2 or any(" " in part for part in parts):
        return None
    return Composite((), tuple(dict.fromkeys(parts)))


def names_of_date(text: str) -> tuple[str, ...]:
    """Symbols that a spreadsheet turns into a date.

    Only families that once were approved symbols count: MARCH1 to MARCH11, MARC1 and MARC2,
    SEPT1 to SEPT14, SEP15 and DEC1. Day and month must be told apart by the form itself:
    ``6-Sep``, ``06-Sep-2023``, ``Sep-06``, ``2023-09-06 00:00:00``. ``09/06/2023`` has two readings
    and a serial number none, so they give nothing.

    Parameters
    ----------
    text
        An identifier.

    Returns
    -------
    tuple of str
        Former symbols; none where the text is no such date.
    """
    if match := _DAY_MONTH.fullmatch(text):
        key = _MONTHS[match[2].upper()], int(match[1])
    elif match := _MONTH_DAY.fullmatch(text):
        key = _MONTHS[match[1].upper()], int(match[2])
    elif match := _ISO_DATE.fullmatch(text):
        key = int(match[1]), int(match[2])
    else:
        return ()
    return _FORMER_SYMBOLS.get(key, ())


def is_date(text: str) -> bool:
    """Whether a name is one of the dates that spreadsheets make of symbols."""
    return bool(names_of_date(text))


def undotted(text: str) -> str:
    """Name as it was before R put dots for dashes: ``HLA.DRA`` is ``HLA-DRA``."""
    return text.replace(".", "-")


def spelled_orf(text: str) -> str:
    """Open reading frame in its approved spelling: ``C1ORF112`` is ``C1orf112``."""
    match = _ORF.fullmatch(text)
    return f"{match[1]}orf{match[2]}" if match else text


def entrez_of_loc(text: str) -> str:
    """Entrez id of an NCBI name of the form ``LOC643334``; empty for other names."""
    match = _LOC.fullmatch(text)
    return match[1] if match else ""


def looks_like_probe(text: str) -> bool:
    """Whether a text has the form of an Affymetrix or Illumina probe id."""
    return text.endswith("_at") or text.startswith("ILMN_")
