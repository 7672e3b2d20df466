"""Signature files: the shipped library, users' YAML and GMT files, markers and fusion statements.

Every file is validated whole: all its faults are reported together, each with its line and how to
mend it. The format is described in ``signatures/README.md``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError

from atrasig.errors import SignatureError
from atrasig.files import data_path
from atrasig.signatures.collection import SignatureSet
from atrasig.signatures.gmt import approve_symbols, read_gmt, write_gmt
from atrasig.signatures.located import content_faults, read_located, schema_faults, unusable
from atrasig.signatures.model import (
    NO_LICENCE,
    Context,
    FrozenRecord,
    Signature,
    SignatureGene,
    Source,
    table_hash,
)

__all__ = [
    "NO_LICENCE",
    "NO_LICENCE_FOLDER",
    "Context",
    "FusionStatement",
    "Marker",
    "Signature",
    "SignatureGene",
    "SignatureSet",
    "Source",
    "load_fusions",
    "load_markers",
    "load_signatures",
    "load_with_shipped",
    "read_gmt",
    "read_signature",
    "table_hash",
    "write_gmt",
]

NO_LICENCE_FOLDER = "no_licence_stated"
_MARKERS = "markers.yaml"
_ENDINGS = (".yaml", ".yml", ".gmt", ".gmt.gz")
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


def load_signatures(paths: Sequence[str | Path] | str | Path | None = None) -> SignatureSet:
    """Load the shipped signatures, or those of YAML and GMT files.

    Parameters
    ----------
    paths
        Files or folders; None loads the shipped set. In a folder, every ``.yaml``, ``.yml``,
        ``.gmt`` and ``.gmt.gz`` file directly in it and in its subfolder ``no_licence_stated`` is
        read, except ``markers.yaml``; other subfolders are left alone. Symbols of these files are
        mapped to approved ones, and what was printed is kept.

    Returns
    -------
    SignatureSet
        Sorted by id, whatever the order of `paths`.

    Raises
    ------
    SignatureError
        If a file is missing or faulty, or two signatures share an id.
    """
    if paths is None:
        return _shipped()
    listed = [paths] if isinstance(paths, (str, Path)) else list(paths)
    files = list(dict.fromkeys(file for path in listed for file in _signature_files(Path(path))))
    origins: dict[str, Path] = {}
    signatures: list[Signature] = []
    for file in files:
        for signature in _read_user_file(file):
            if signature.id in origins:
                raise SignatureError(
                    f"Signature id {signature.id} is used twice",
                    where=f"{origins[signature.id]} and {file}",
                    fix="Rename or remove one of them.",
                )
            origins[signature.id] = file
            signatures.append(signature)
    return SignatureSet(signatures)


def load_with_shipped(paths: Sequence[str | Path] = ()) -> SignatureSet:
    """Load the shipped signatures and a user's own beside them.

    Parameters
    ----------
    paths
        Files or folders, as for `load_signatures`.

    Returns
    -------
    SignatureSet
        Both together.

    Raises
    ------
    SignatureError
        If a file is missing or faulty, or a signature has the id of a shipped one and other genes.
    """
    return _shipped().with_added(load_signatures(paths) if paths else ())


def load_markers() -> tuple[Marker, ...]:
    """Load the marker genes shown on reports, in the order of ``signatures/markers.yaml``."""
    return _records(data_path("signatures") / _MARKERS, Marker, "markers")


def load_fusions() -> tuple[FusionStatement, ...]:
    """Load the statements on RARA fusions, in the order of ``signatures/evidence/fusions.yaml``."""
    return _records(
        data_path("signatures") / "evidence" / "fusions.yaml", FusionStatement, "fusions"
    )


def read_signature(path: str | Path) -> Signature:
    """Read one signature from YAML exactly as written.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Signature
        With the symbols of the file; `load_signatures` maps a user's symbols to approved ones.

    Raises
    ------
    SignatureError
        If the file cannot be read or breaks the format. All faults are reported together.
    """
    path = Path(path)
    raw, faults = read_located(path)
    signature: Signature | None = None
    try:
        signature = Signature.model_validate(raw)
    except ValidationError as error:
        faults += schema_faults(error, raw)
    faults += content_faults(raw)
    if faults or signature is None:
        raise unusable(path, faults)
    return signature


@cache
def _shipped() -> SignatureSet:
    root = data_path("signatures")
    return SignatureSet(read_signature(file) for file in _folder_files(root))


def _read_user_file(path: Path) -> SignatureSet:
    if path.suffix in {".yaml", ".yml"}:
        from atrasig.genes import load_gene_table

        return SignatureSet([approve_symbols(read_signature(path), load_gene_table())])
    return read_gmt(path)


def _signature_files(path: Path) -> list[Path]:
    if path.is_dir():
        files = _folder_files(path)
        if not files:
            raise SignatureError(
                "The folder has no signature files",
                where=str(path),
                fix=f"Add files ending in {', '.join(_ENDINGS)}.",
            )
        return files
    if not path.is_file():
        raise SignatureError("No such file or folder", where=str(path), fix="Check the path.")
    if not path.name.endswith(_ENDINGS):
        raise SignatureError(
            "Not a signature file", where=str(path), fix=f"Use {', '.join(_ENDINGS)}."
        )
    return [path]


def _folder_files(folder: Path) -> list[Path]:
    found = [*folder.glob("*"), *(folder / NO_LICENCE_FOLDER).glob("*")]
    return sorted(
        file
        for file in found
        if file.is_file() and file.name.endswith(_ENDINGS) and file.name != _MARKERS
    )


def _records(path: Path, model: type[_RecordT], key: str) -> tuple[_RecordT, ...]:
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
