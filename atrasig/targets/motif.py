"""Response elements: pairs of half-sites, their mismatches, and how many chance would give.

A window of a sequence is read as a number in base 5 (A, C, G, T, unknown), so that one table holds
the mismatches of every possible window to the half-site on each strand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from atrasig.errors import UsageError

HALF_SITE = "RGKTCA"
"""Consensus half-site of retinoic acid response elements, (A/G)G(G/T)TCA."""
DIRECT = (1, 2, 5)
"""Spacers of the direct repeats that retinoic acid receptors bind."""
UNKNOWN = 4
"""Code of a base that is not known; A, C, G and T are 0 to 3."""
BASES_OF = {
    "A": "A", "C": "C", "G": "G", "T": "T", "U": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT",
    "K": "GT", "M": "AC", "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
"""Bases that each letter of the IUPAC code stands for."""
_BASES = "ACGT"
_NEVER = 100
_SHORTEST, _LONGEST, _MAX_SPACER = 3, 8, 100

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Arrangement:
    """Two half-sites in one orientation, a number of bases apart.

    Parameters
    ----------
    kind
        ``DR`` direct (→ →), ``IR`` inverted (→ ←) or ``ER`` everted repeat (← →).
    spacer
        Number of bases between the half-sites.
    """

    kind: str
    spacer: int

    @property
    def name(self) -> str:
        """Short name, such as ``DR5``."""
        return f"{self.kind}{self.spacer}"


@dataclass(frozen=True)
class Motif:
    """What counts as a response element.

    Parameters
    ----------
    half_site
        Half-site in the IUPAC code, 3 to 8 letters.
    direct, inverted, everted
        Spacers of each kind of repeat, in bases.
    mismatches
        Mismatches allowed in each half-site.
    total_mismatches
        Mismatches allowed in both half-sites together; twice `mismatches` where None.

    Raises
    ------
    UsageError
        If the half-site is not of the IUPAC code, no spacer is given, or a number is out of range.
    """

    half_site: str = HALF_SITE
    direct: Sequence[int] = field(default=DIRECT)
    inverted: Sequence[int] = ()
    everted: Sequence[int] = ()
    mismatches: int = 0
    total_mismatches: int | None = None

    def __post_init__(self) -> None:
        site = self.half_site
        if not _SHORTEST <= len(site) <= _LONGEST or set(site) - BASES_OF.keys():
            raise UsageError(
                f"{site!r} is no half-site",
                fix=f"Give {_SHORTEST} to {_LONGEST} upper-case letters of the IUPAC code, "
                f"such as {HALF_SITE}.",
            )
        if not self.arrangements:
            raise UsageError("No spacer is given", fix="Give spacers of direct repeats, or others.")
        if any(not 0 <= one.spacer <= _MAX_SPACER for one in self.arrangements):
            raise UsageError(
                "A spacer is out of range", fix=f"Give spacers of 0 to {_MAX_SPACER} bases."
            )
        if not 0 <= self.mismatches < len(site) or self.allowed < 0:
            raise UsageError(
                f"{self.mismatches} mismatches cannot be allowed in a half-site of {len(site)}",
                fix="Allow 0, 1 or 2.",
            )

    @cached_property
    def arrangements(self) -> tuple[Arrangement, ...]:
        """Arrangements looked for, each once: direct, inverted, everted; by spacer."""
        sides = {"DR": self.direct, "IR": self.inverted, "ER": self.everted}
        return tuple(
            Arrangement(kind, spacer)
            for kind, spacers in sides.items()
            for spacer in sorted(set(spacers))
        )

    @property
    def allowed(self) -> int:
        """Mismatches allowed in an element."""
        return 2 * self.mismatches if self.total_mismatches is None else self.total_mismatches

    def length(self, arrangement: Arrangement) -> int:
        """Bases from the first of one half-site to the last of the other."""
        return 2 * len(self.half_site) + arrangement.spacer


def encode(sequence: str) -> Codes:
    """Code a sequence: A, C, G, T (or U) as 0 to 3 in either case, any other letter as unknown."""
    table = bytearray([UNKNOWN] * 256)
    for code, base in enumerate(_BASES):
        table[ord(base)] = table[ord(base.lower())] = code
    table[ord("U")] = table[ord("u")] = _BASES.index("T")
    return np.frombuffer(sequence.encode("ascii", "replace").translate(bytes(table)), np.uint8)


def decode(codes: Codes) -> str:
    """Write codes as upper-case letters, ``N`` for an unknown base."""
    return np.frombuffer(b"ACGTN", np.uint8)[codes].tobytes().decode("ascii")


def reverse_complement(codes: Codes) -> Codes:
    """Codes of the other strand, in its own direction."""
    return np.array([3, 2, 1, 0, UNKNOWN], np.uint8)[codes[::-1]]


def _fits(half_site: str) -> NDArray[np.bool_]:
    """Tell which bases each letter stands for, shape (letters, 4)."""
    return np.array([[base in BASES_OF[letter] for base in _BASES] for letter in half_site])


@lru_cache(maxsize=8)
def window_mismatches(half_site: str) -> tuple[Codes, Codes]:
    """Mismatches of every window to a half-site.

    Parameters
    ----------
    half_site
        IUPAC letters.

    Returns
    -------
    tuple of numpy.ndarray
        For the half-site and for its reverse complement: uint8, one entry a window of the same
        length, read as a number in base 5. A window with an unknown base never fits (100 or more).
    """
    n = len(half_site)
    fits = _fits(half_site)
    both = []
    for allowed in (fits, fits[::-1, ::-1]):
        cost = np.zeros(1, dtype=np.int64)
        for place in range(n):
            at_base = np.append(~allowed[place], False).astype(np.int64)
            at_base[UNKNOWN] = _NEVER
            cost = (cost[:, None] + at_base).ravel()
        both.append(np.minimum(cost, 2 * _NEVER).astype(np.uint8))
    return both[0], both[1]


def expected_elements(motif: Motif, composition: NDArray[np.int64]) -> NDArray[np.float64]:
    """Elements that sequences of independent bases would hold.

    Parameters
    ----------
    motif
        What counts as an element.
    composition
        Numbers of A, C, G, T and unknown bases, shape (sequences, 5): their shares in a sequence
        are the probabilities of its bases.

    Returns
    -------
    numpy.ndarray
        Expected number of places of each arrangement over all sequences, shape (arrangements,). A
        place that fits on both strands counts once, as :func:`atrasig.targets.scan.scan` reports
        it.
    """
    sizes = composition.sum(axis=1)
    shares = composition[:, :UNKNOWN] / np.maximum(sizes, 1)[:, None]
    joint = _joint_mismatches(motif.half_site, shares).reshape(len(sizes), -1)
    expected = []
    for one in motif.arrangements:
        chance = np.einsum("si,ij,sj->s", joint, _fitting(motif, one.kind), joint)
        expected.append((np.maximum(sizes - motif.length(one) + 1, 0) * chance).sum())
    return np.array(expected)


def _joint_mismatches(half_site: str, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of a mismatches to the half-site and b to its reverse complement.

    Shape (sequences, a, b), of a window whose bases are independent and known.
    """
    n = len(half_site)
    fits = _fits(half_site)
    joint = np.zeros((len(shares), n + 1, n + 1))
    joint[:, 0, 0] = 1
    for place in range(n):
        following = np.zeros_like(joint)
        for base in range(len(_BASES)):
            a = int(not fits[place, base])
            b = int(not fits[n - 1 - place, len(_BASES) - 1 - base])
            moved = joint[:, : n + 1 - a, : n + 1 - b] * shares[:, base, None, None]
            following[:, a:, b:] += moved
        joint = following
    return joint


def _fitting(motif: Motif, kind: str) -> NDArray[np.float64]:
    """Tell which mismatches of two windows make an element: 1 or 0, shape (a and b, a and b)."""
    n = len(motif.half_site) + 1
    a1, b1, a2, b2 = (np.asarray(axis) for axis in np.indices((n,) * 4))

    def fits(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
        each = (first <= motif.mismatches) & (second <= motif.mismatches)
        return each & (first + second <= motif.allowed)

    if kind == "DR":
        found = fits(a1, a2) | fits(b1, b2)
    else:
        found = fits(a1, b2) if kind == "IR" else fits(b1, a2)
    return found.reshape(n * n, n * n).astype(float)
