"""Gene fusions as written by users, read into ``A::B``."""

from __future__ import annotations

import re

from atrasig.errors import InputError

_DASHES = re.compile("[\u2010-\u2015\u2212]")
_GENE = r"[A-Z][A-Z0-9.@]*"
_HYPHENATED = rf"{_GENE}(?:-[A-Z0-9.@]+)*"
_STRICT = re.compile(rf"({_HYPHENATED})::({_HYPHENATED})")
_LOOSE = re.compile(rf"({_GENE})\s*(?:--|-|/)\s*({_GENE})")
# Papers print RARA as RAR with a Greek letter; upper case would turn it into a Greek capital.
_GREEK = str.maketrans({"α": "A", "β": "B", "γ": "G"})


def parse_fusions(text: str) -> tuple[str, ...]:
    """Read one or several fusions.

    Parameters
    ----------
    text
        Fusions separated by ``;``. Each is ``A::B``, or ``A-B``, ``A--B`` or ``A/B`` where neither
        gene has a hyphen.

    Returns
    -------
    tuple of str
        ``A::B`` in upper case, in the order given, each once. Gene names stay as given: an alias
        is not replaced by the approved symbol.

    Raises
    ------
    InputError
        If a part is no pair of genes.
    """
    parts = [part.strip() for part in text.split(";")]
    return tuple(dict.fromkeys(_parse_one(part) for part in parts if part))


def _parse_one(part: str) -> str:
    plain = _DASHES.sub("-", part).translate(_GREEK).upper()
    found = _STRICT.fullmatch(plain) or _LOOSE.fullmatch(plain)
    if found is None:
        raise InputError(
            f"{part!r} is no pair of genes",
            fix="Write it as PML::RARA, several as PML::RARA;ETV6::RUNX1; leave it empty if none.",
        )
    return f"{found[1]}::{found[2]}"
