"""Records beside the signatures: marker genes and the published statements on RARA fusions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError

from atrasig.files import data_path
from atrasig.signatures.located import read_located, schema_faults, unusable
from atrasig.signatures.model import FrozenRecord

MARKERS = "markers.yaml"
_SEPARATORS = re.compile(r"::|[-/\u2010-\u2014]")
_RecordT = TypeVar("_RecordT", bound=FrozenRecord)


class Marker(FrozenRecord):
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
    note
        Context and cautions.
    """

    gene: str = Field(min_length=1)
    label: str = Field(min_length=1)
    role: str = Field(min_length=1)
    direction: Literal["up", "down", "measured"]
    source: str = Field(min_length=1)
    note: str = ""


class FusionStatement(FrozenRecord):
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

    fusion: str = Field(pattern=r"^[A-Z0-9-]+::[A-Z0-9-]+$")
    synonyms: tuple[str, ...] = ()
    direction: Literal["sensitive", "resistant"]
    evidence: str = Field(min_length=1)
    n: int | None = Field(default=None, gt=0)
    contradicting: tuple[str, ...] = ()
    source: str = Field(min_length=1)

    def matches(self, text: str) -> bool:
        """Tell whether `text` names this fusion (any case; joined by ``::``, ``-`` or ``/``)."""
        names = {_fusion_key(name) for name in (self.fusion, *self.synonyms)}
        return _fusion_key(text) in names


def load_markers() -> tuple[Marker, ...]:
    """Load the marker genes shown on reports, in the order of ``signatures/markers.yaml``."""
    return read_records(data_path("signatures") / MARKERS, Marker, "markers")


def load_fusions() -> tuple[FusionStatement, ...]:
    """Load the statements on RARA fusions, in the order of ``signatures/evidence/fusions.yaml``."""
    return read_records(
        data_path("signatures") / "evidence" / "fusions.yaml", FusionStatement, "fusions"
    )


def read_records(path: Path, model: type[_RecordT], key: str) -> tuple[_RecordT, ...]:
    """Read the list `key` of a YAML file, reporting all its faults at once.

    Raises
    ------
    SignatureError
        If the file cannot be read, has no such list, or an entry breaks the schema.
    """
    raw, faults = read_located(path)
    entries = raw.get(key)
    records: list[_RecordT] = []
    if not isinstance(entries, list) or not entries:
        faults.append((1, f"the file needs a list named {key}"))
        entries = []
    for entry in entries:
        try:
            records.append(model.model_validate(entry))
        except ValidationError as error:
            faults += schema_faults(error, entry)
    if faults:
        raise unusable(path, faults)
    return tuple(records)


def _fusion_key(text: str) -> str:
    return "::".join(part.strip().casefold() for part in _SEPARATORS.split(text))
