"""The cases: which tools run on which input, and what ratio is required."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmarks.inputs import Spec

GENES = 20_000
MEMORY_ALLOWANCE_MB = 300.0


@dataclass(frozen=True)
class Rival:
    """A peer's call beside ours.

    Parameters
    ----------
    tool
        ``package:method``.
    ours
        Our call.
    required
        How many times less processor time ours must take; ``None`` where nothing is required.
    same
        ``equal``: both compute the same score, and the largest difference is told. ``alike``:
        both follow one publication with different random draws or conventions, and the
        correlation is told. ``turned``: equal up to the sign of a set. ``other``: different
        scores for the same purpose.
    """

    tool: str
    ours: str
    required: float | None = None
    same: Literal["equal", "turned", "alike", "other"] = "equal"


@dataclass(frozen=True)
class Case:
    """One input and the calls made on it."""

    name: str
    spec: Spec
    rivals: tuple[Rival, ...]
    memory: bool = False  # whether our peak must stay below the input and an allowance


@dataclass(frozen=True)
class Growth:
    """One call on inputs that grow in one dimension, beside a peer's where that is bearable."""

    name: str
    ours: str
    peer: str
    specs: tuple[Spec, ...]
    peer_up_to: int  # the last of `specs` on which the peer runs
    unit: Literal["n_samples", "n_sets", "n_genes"]


def bulk(n_samples: int, n_sets: int, n_genes: int = GENES) -> Spec:
    """Describe a bulk matrix."""
    return Spec("bulk", n_samples, n_genes, n_sets)


def cells(n_cells: int) -> Spec:
    """Describe a matrix of cells."""
    return Spec("cells", n_cells, GENES, 50)


CASES = (
    Case(
        "ssgsea_1000x50",
        bulk(1000, 50),
        (
            Rival("gseapy:ssgsea", "atrasig:ssgsea", 60),
            Rival("gseapy:ssgsea", "atrasig:ssgsea/tidy"),
        ),
        memory=True,
    ),
    Case("ssgsea_200x5000", bulk(200, 5000), (Rival("gseapy:ssgsea", "atrasig:ssgsea", 200),)),
    Case("gsva_1000x50", bulk(1000, 50), (Rival("gseapy:gsva", "atrasig:gsva", 40),)),
    Case(
        "singscore_100x50",
        bulk(100, 50),
        (
            Rival("R:singscore", "atrasig:singscore", 15),
            Rival("R:singscore_score", "atrasig:singscore"),
            Rival("gseapy:ssgsea", "atrasig:singscore", same="other"),
        ),
    ),
    Case(
        "aucell_1000x50",
        bulk(1000, 50),
        (
            Rival("decoupler:aucell", "atrasig:aucell", 20),
            Rival("decoupler:aucell", "atrasig:aucell/tidy"),
        ),
    ),
    Case(
        "ulm_1000x50",
        bulk(1000, 50),
        (
            Rival("decoupler:ulm", "atrasig:ulm", 2),
            Rival("decoupler:ulm", "atrasig:ulm/tidy"),
        ),
    ),
    Case(
        "cells_10000x50",
        cells(10_000),
        (
            Rival("pyucell:ucell", "atrasig:ucell", 45),
            Rival("scanpy:score_genes", "atrasig:ucell", 45, same="other"),
            Rival("scanpy:score_genes", "atrasig:control_genes", same="alike"),
            Rival("decoupler:aucell", "atrasig:aucell", same="alike"),
            Rival("decoupler:ulm", "atrasig:ulm"),
        ),
    ),
    Case(
        "gsva_package_100x50",
        bulk(100, 50),
        (
            Rival("R:ssgsea", "atrasig:ssgsea"),
            Rival("R:gsva", "atrasig:gsva"),
            Rival("R:zscore", "atrasig:zscore"),
            Rival("R:plage", "atrasig:plage", same="turned"),
            Rival("gseapy:ssgsea", "atrasig:ssgsea"),
            Rival("gseapy:gsva", "atrasig:gsva"),
            Rival("pyucell:ucell", "atrasig:ucell"),
            Rival("decoupler:aucell", "atrasig:aucell"),
        ),
    ),
)

GROWTHS = (
    Growth(
        "samples, ssGSEA",
        "atrasig:ssgsea",
        "gseapy:ssgsea",
        tuple(bulk(n, 50) for n in (100, 300, 1000)),
        3,
        "n_samples",
    ),
    Growth(
        "samples, GSVA",
        "atrasig:gsva",
        "gseapy:gsva",
        tuple(bulk(n, 50) for n in (100, 300, 1000)),
        3,
        "n_samples",
    ),
    Growth(
        "sets, ssGSEA",
        "atrasig:ssgsea",
        "gseapy:ssgsea",
        tuple(bulk(200, n) for n in (50, 500, 5000)),
        3,
        "n_sets",
    ),
    Growth(
        "genes, ssGSEA",
        "atrasig:ssgsea",
        "gseapy:ssgsea",
        tuple(bulk(100, 50, n) for n in (5_000, 10_000, 20_000, 60_000)),
        4,
        "n_genes",
    ),
    Growth(
        "cells, UCell",
        "atrasig:ucell",
        "pyucell:ucell",
        tuple(cells(n) for n in (1_000, 10_000, 100_000)),
        2,
        "n_samples",
    ),
)
