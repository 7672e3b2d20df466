"""What an importer hands over: gene lists as written, each gene with the place it was read at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from atrasig.errors import FormatError, SignatureError
from atrasig.io.compression import open_text

Cell = str
Row = tuple[int, list[Cell]]
MAX_TEXT = 512 * 2**20
"""Twice the whole of MSigDB as XML."""


@dataclass(frozen=True)
class DraftGene:
    """One gene as written.

    Parameters
    ----------
    text
        Symbol or identifier.
    place
        Where it stands: ``row 5``, ``line 2, gene 7``.
    direction
        ``up``, ``down``, or empty where the file gives none.
    weight
        Signed coefficient, None where the file gives none.
    note, source, printed
        As in a signature; empty where the file gives none.
    """

    text: str
    place: str
    direction: str = ""
    weight: float | None = None
    note: str = ""
    source: str = ""
    printed: str = ""


@dataclass(frozen=True)
class Draft:
    """One gene list as written.

    Parameters
    ----------
    name
        Its name in the file, empty where the file names none.
    genes
        At least one.
    header
        Fields of a signature that the file states (``title``, ``source``, ...).
    notes
        What the reader left aside.
    """

    name: str
    genes: tuple[DraftGene, ...]
    header: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_text(path: Path) -> str:
    """Read a text, packed or not, of a bounded size.

    Raises
    ------
    SignatureError
        If it is larger than any collection of gene sets.
    FormatError
        If it is damaged or not UTF-8 or UTF-16.
    """
    with open_text(path) as handle:
        text = handle.read(MAX_TEXT + 1)
    if len(text) > MAX_TEXT:
        raise SignatureError(
            f"The file holds more than {MAX_TEXT >> 20} MiB of text",
            where=str(path),
            fix="Keep the gene sets that are needed.",
        )
    return text.removeprefix("\ufeff")


def chunks(handle: IO[str], size: int = 1 << 20) -> Iterator[str]:
    """Read a text piece by piece."""
    while piece := handle.read(size):
        yield piece


def unreadable(path: Path, what: str, fix: str) -> FormatError:
    """Make the error for a file that is not what its content claims to be."""
    return FormatError(what, where=str(path), fix=fix)


def refused(path: Path, what: str, faults: list[str]) -> SignatureError:
    """Make the error that lists all faults of an imported file."""
    listing = "\n".join(f"  - {fault}" for fault in faults)
    return SignatureError(what, where=str(path), fix=f"All faults found:\n{listing}")
