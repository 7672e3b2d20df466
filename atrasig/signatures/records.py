"""Records beside the signatures: markers, statements on RARA fusions, modifiers of the effect."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import Field, ValidationError

from atrasig.files import data_path
from atrasig.signatures.located import LocatedMapping, read_located, schema_faults, unusable
from atrasig.signatures.model import AtraRole, FrozenRecord

MARKERS = "markers.yaml"
_SEPARATORS = re.compile(r"::|[-/\u2010-\u2014]")
_Text = Annotated[str, Field(min_length=1)]
_Source = Annotated[str, Field(pattern=r"doi:10\.|https?://|PMID \d|GSE\d")]


class Record(FrozenRecord):
    """An entry of a file, of which the fields `identity` are told once in it."""

    identity: ClassVar[tuple[str, ...]]

    @property
    def subject(self) -> str:
        """What the entry is about."""
        return ", ".join(getattr(self, name) for name in self.identity)


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

    gene: _Text
    label: _Text
    role: _Text
    direction: Literal["up", "down", "measured"]
    source: _Text
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
    evidence: _Text
    n: int | None = Field(default=None, gt=0)
    contradicting: tuple[_Text, ...] = ()
    source: _Source

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

    gene: _Text
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
    effect: _Text | None = None
    disease: _Text
    grade: Literal["patients", "animals", "cell lines", "review statement"]
    evidence: _Text
    n: int | None = Field(default=None, gt=0)
    contradicting: tuple[_Text, ...] = ()
    source: _Source


_RecordT = TypeVar("_RecordT", bound=Record)

RECORDS: dict[str, type[Record]] = {
    "markers": Marker,
    "fusions": FusionStatement,
    "modifiers": Modifier,
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


def _evidence(name: str) -> Path:
    return data_path("signatures") / "evidence" / f"{name}.yaml"


def read_records(path: Path, model: type[_RecordT], key: str) -> tuple[_RecordT, ...]:
    """Read the list `key` of a YAML file, reporting all its faults at once.

    Raises
    ------
    SignatureError
        If the file cannot be read, has no such list, an entry breaks the schema, or two entries
        tell the same.
    """
    raw, faults = read_located(path)
    entries = raw.get(key)
    faults += [
        (line, f"{name}: unknown key; the file holds {key} alone")
        for name, line in raw.key_lines.items()
        if name != key
    ]
    records: list[_RecordT] = []
    told: set[str] = set()
    if not isinstance(entries, list) or not entries:
        faults.append((1, f"the file needs a list named {key}"))
        entries = []
    for entry in entries:
        if not isinstance(entry, LocatedMapping):
            faults.append((1, f"an entry of {key} is no mapping; see signatures/README.md"))
            continue
        try:
            record = model.model_validate(entry)
        except ValidationError as error:
            faults += schema_faults(error, entry)
            continue
        if record.subject in told:
            faults.append((entry.line, f"{record.subject} is listed twice; keep one"))
        told.add(record.subject)
        records.append(record)
    if faults:
        raise unusable(path, faults)
    return tuple(records)


def _fusion_key(text: str) -> str:
    return "::".join(part.strip().casefold() for part in _SEPARATORS.split(text))
