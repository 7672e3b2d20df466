"""Which of our methods each peer's call is compared with, and how near they must be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """A peer's call and ours.

    Parameters
    ----------
    peer, ours
        ``package:method``.
    tolerance
        Largest difference where no values tie, relative to the largest score; ``None`` where the
        scores are alike only.
    why
        What the tolerance rests on.
    turned
        Whether the sign of a set's scores is arbitrary.
    """

    peer: str
    ours: str
    tolerance: float | None
    why: str = ""
    turned: bool = False

    @property
    def ours_tidy(self) -> str:
        """Our call with a table in float64."""
        return f"{self.ours}/tidy" if self.ours.startswith("atrasig:") else self.ours


REFERENCES = (
    Pair("reference:ssgsea", "atrasig:ssgsea", 1e-12, "extended precision"),
    Pair("reference:gsva", "atrasig:gsva", 1e-4, "genes nearly tie over few samples"),
    Pair("reference:gsva", "R:gsva", None, "what the table costs"),
    Pair("reference:gsva", "gseapy:gsva", None, "what the table costs"),
)
"""The published formula written out, and who is near it where nothing ties."""

PAIRS = (
    Pair("gseapy:ssgsea", "atrasig:ssgsea", 1e-12),
    Pair("R:ssgsea", "atrasig:ssgsea", 1e-12),
    Pair("gseapy:gsva", "atrasig:gsva", 2e-3, "gseapy's kernel is a table with steps of 1e-3"),
    Pair("R:gsva", "atrasig:gsva", 2e-3, "R's kernel is a table with steps of 1e-3"),
    Pair("R:zscore", "atrasig:zscore", 1e-12),
    Pair("R:plage", "atrasig:plage", 1e-8, "up to its sign", turned=True),
    Pair("R:singscore", "atrasig:singscore", 1e-12),
    Pair("decoupler:aucell", "atrasig:aucell", 1e-12),
    Pair("decoupler:ulm", "atrasig:ulm", 1e-9),
    Pair("pyucell:ucell", "atrasig:ucell", 1e-6, "pyucell computes in float32"),
    Pair("scanpy:score_genes", "atrasig:control_genes", None, "its control genes are drawn"),
)
