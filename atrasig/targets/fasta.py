"""Sequences of a FASTA file, one record at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from atrasig.errors import FormatError
from atrasig.io.compression import open_bytes
from atrasig.targets.motif import BASES_OF, UNKNOWN, Codes

MIN_KNOWN = 0.5
"""Share of A, C, G, T, U and N below which a record is no nucleic acid: proteins use most letters
of the IUPAC code too."""
_WRONG, _AMBIGUOUS = 255, UNKNOWN + 1
_CHECKED_FROM = 20
_BLANKS = b" \t\r\n"


def _letter_codes() -> bytes:
    table = bytearray([_WRONG] * 256)
    for letter, bases in BASES_OF.items():
        code = "ACGT".index(bases) if len(bases) == 1 else _AMBIGUOUS
        for sign in (letter, letter.lower()):
            table[ord(sign)] = UNKNOWN if letter == "N" else code
    return bytes(table)


_CODES = _letter_codes()


@dataclass(frozen=True, eq=False)
class Record:
    """One sequence.

    Parameters
    ----------
    name
        First word of its header.
    header
        The whole header, without ``>``.
    codes
        Bases as :func:`atrasig.targets.motif.encode` codes them.
    """

    name: str
    header: str
    codes: Codes


def read_fasta(path: Path) -> Iterator[Record]:
    """Read sequences one after the other; only one of them is held.

    Parameters
    ----------
    path
        FASTA of nucleic acid, packed or not. Lower case (soft-masked) is sequence like any other;
        U is read as T; a letter for several bases is an unknown base.

    Yields
    ------
    Record
        In the order of the file.

    Raises
    ------
    FormatError
        If the file is no FASTA of nucleic acid, or a record has no name, no sequence, or the name
        of another one.
    """
    seen: set[str] = set()
    for header, line, letters in _raw_records(path):
        where = f"{path}, line {line}"
        name = header.split(maxsplit=1)[0] if header.split() else ""
        if not name:
            raise FormatError("A record has no name", where=where, fix="Write it after the >.")
        if name in seen:
            raise FormatError(
                f"Two records are called {name!r}",
                where=where,
                fix="Give every sequence a name of its own, such as GENE::chr1:100-3100(+).",
            )
        seen.add(name)
        yield Record(name, header, _checked(letters, name, where))
    if not seen:
        raise FormatError("There is no sequence", where=str(path), fix="Give a FASTA file.")


def _raw_records(path: Path) -> Iterator[tuple[str, int, bytearray]]:
    """Header, its line number, and the letters of every record."""
    header, at, letters = None, 0, bytearray()
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, start=1):
            if line.startswith(b">"):
                if header is not None:
                    yield header, at, letters
                header = line[1:].decode("utf-8", "replace").strip()
                at, letters = number, bytearray()
            elif header is not None:
                letters += line.translate(None, _BLANKS)
            elif line.strip():
                raise FormatError(
                    "The file is no FASTA: its first line does not begin with >",
                    where=f"{path}, line {number}",
                    fix="Convert it to FASTA.",
                )
    if header is not None:
        yield header, at, letters


def _checked(letters: bytearray, name: str, where: str) -> Codes:
    """Codes of a record's letters."""
    if not letters:
        raise FormatError(
            f"Record {name!r} has no sequence", where=where, fix="Export the file again."
        )
    codes = np.frombuffer(letters.translate(_CODES), dtype=np.uint8)
    highest = codes.max()
    if highest == _WRONG:
        place = int(np.argmax(codes == _WRONG))
        raise FormatError(
            f"Base {place + 1} of record {name!r} is {chr(letters[place])!r}, no letter of nucleic "
            "acid",
            where=where,
            fix="Give DNA sequences without gaps.",
        )
    if highest <= UNKNOWN:
        return codes
    ambiguous = codes == _AMBIGUOUS
    if len(codes) >= _CHECKED_FROM and ambiguous.mean() > 1 - MIN_KNOWN:
        raise FormatError(
            f"{ambiguous.mean():.0%} of the letters of record {name!r} are none of A, C, G, T, U "
            "and N",
            where=where,
            fix="Give DNA sequences, not those of proteins.",
        )
    return np.where(ambiguous, np.uint8(UNKNOWN), codes)
