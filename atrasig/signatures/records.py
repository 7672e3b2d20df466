"""Records beside the signatures: markers, statements on RARA fusions, modifiers of the effect."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field

from atrasig.files import data_path
from atrasig.signatures.evidence_records import (
    Combination,
    CombinationClass,
    Finding,
    Reference,
    Trial,
)
from atrasig.signatures.model import AtraRole
from atrasig.signatures.record import Record, SourceText, Text, read_records

MARKERS = "markers.yaml"
_SEPARATORS = re.compile(r"::|[-/\u2010-\u2014]")


class Marker(Record):
    """A gene shown by name on every report.

    Parameters
    ----------
    gene, label
        Approved symbol and the name readers know (``CD11b``).
    role
        What it marks, in plain words.
    direction
        Under ATRA: ``up``, ``down``, or ``measured`` where the source read gives no sign.
    source
        Address or citation of what was read.
    atra_roles
        Roles of ATRA it stands for; none for the retinoid receptors and enzymes.
    note
        Context and cautions.
    """

    identity = ("gene",)

    gene: Text
    label: Text
    role: Text
    direction: Literal["up", "down", "measured"]
    source: Text
    atra_roles: tuple[AtraRole, ...] = ()
    note: str = ""


class FusionStatement(Record):
    """What is published on the ATRA response of leukaemia with one RARA fusion.

    Parameters
    ----------
    fusion
        ``PARTNER::RARA`` with approved symbols.
    synonyms
        Other spellings, as printed in sources.
    direction
        ``sensitive`` or ``resistant``.
    evidence
        What the direction rests on, in plain words.
    n
        Patients behind it, None where the source read gives no number.
    contradicting
        Findings that speak against it.
    source
        Citations or addresses, ``;``-separated.
    """

    identity = ("fusion",)

    fusion: str = Field(pattern=r"^[A-Z0-9-]+::[A-Z0-9-]+$")
    synonyms: tuple[str, ...] = ()
    direction: Literal["sensitive", "resistant"]
    evidence: Text
    n: int | None = Field(default=None, gt=0)
    contradicting: tuple[Text, ...] = ()
    source: SourceText

    def matches(self, text: str) -> bool:
        """Tell whether `text` names this fusion (any case; joined by ``::``, ``-`` or ``/``)."""
        names = {_fusion_key(name) for name in (self.fusion, *self.synonyms)}
        return _fusion_key(text) in names


class Modifier(Record):
    """What is published on one gene that changes the effect of ATRA in one disease.

    Parameters
    ----------
    gene
        Approved symbol.
    event
        What is the matter with the gene. ``expression`` is high expression; ``activity`` is raised
        activity, or is shown by an inhibitor; ``status`` is a clinical marker.
    direction
        Of the event: ``sensitises``, ``resists``, or ``marker``: ATRA changes the gene or it is a
        target of a combination, and nothing is said on sensitivity.
    effect
        What the direction is about; None for the response to ATRA itself.
    disease
        Where it was found.
    grade
        Strongest evidence that was read.
    evidence
        What the direction rests on, in plain words.
    n
        Patients, cell lines or cases as `grade` says, None where no number was read.
    contradicting
        Findings that speak against it.
    source
        Citations or addresses, ``;``-separated.
    """

    identity = ("gene", "event", "disease")

    gene: Text
    event: Literal[
        "expression",
        "low expression",
        "loss",
        "mutation",
        "translocation",
        "isoform",
        "activity",
        "status",
    ]
    direction: Literal["sensitises", "resists", "marker"]
    effect: Text | None = None
    disease: Text
    grade: Literal["patients", "animals", "cell lines", "review statement"]
    evidence: Text
    n: int | None = Field(default=None, gt=0)
    contradicting: tuple[Text, ...] = ()
    source: SourceText


class RoleSignature(Record):
    """A signature that stands for one of the five roles of ATRA.

    Parameters
    ----------
    role, signature
        The role, and the id of a shipped signature.
    direction
        Of the signature's score after ATRA: ``up``, ``down``, or ``measured`` where the review
        states none.
    evidence
        What the direction rests on, in plain words.
    contradicting
        Findings that speak against it.
    source
        Citation of the review.
    """

    identity = ("role", "signature")

    role: AtraRole
    signature: Text
    direction: Literal["up", "down", "measured"]
    evidence: Text
    contradicting: tuple[Text, ...] = ()
    source: SourceText


RECORDS: dict[str, type[Record]] = {
    "roles": RoleSignature,
    "markers": Marker,
    "fusions": FusionStatement,
    "modifiers": Modifier,
    "references": Reference,
    "findings": Finding,
    "classes": CombinationClass,
    "combinations": Combination,
    "trials": Trial,
}
"""What a file of records holds, by its name and the name of its list."""


def load_markers() -> tuple[Marker, ...]:
    """Load the marker genes shown on reports, in the order of ``signatures/markers.yaml``."""
    return read_records(data_path("signatures") / MARKERS, Marker, "markers")


def load_fusions() -> tuple[FusionStatement, ...]:
    """Load the statements on RARA fusions, in the order of ``signatures/evidence/fusions.yaml``."""
    return read_records(_evidence("fusions"), FusionStatement, "fusions")


def load_modifiers() -> tuple[Modifier, ...]:
    """Load the modifiers, in the order of ``signatures/evidence/modifiers.yaml``."""
    return read_records(_evidence("modifiers"), Modifier, "modifiers")


def load_roles() -> tuple[RoleSignature, ...]:
    """Load the panel of the five roles, in the order of ``signatures/evidence/roles.yaml``."""
    return read_records(_evidence("roles"), RoleSignature, "roles")


def _evidence(name: str) -> Path:
    return data_path("signatures") / "evidence" / f"{name}.yaml"


def _fusion_key(text: str) -> str:
    return "::".join(part.strip().casefold() for part in _SEPARATORS.split(text))
