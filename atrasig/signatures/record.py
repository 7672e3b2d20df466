"""What every file of records shares: one list of entries, each told once, read with its lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

from pydantic import Field, ValidationError

from atrasig.signatures.located import LocatedMapping, read_located, schema_faults, unusable
from atrasig.signatures.model import FrozenRecord

Text = Annotated[str, Field(min_length=1)]
SourceText = Annotated[str, Field(pattern=r"doi:10\.|https?://|PMID \d|GSE\d")]


class Record(FrozenRecord):
    """An entry of a file, of which the fields `identity` are told once in it."""

    identity: ClassVar[tuple[str, ...]]

    @property
    def subject(self) -> str:
        """What the entry is about."""
        return ", ".join(getattr(self, name) for name in self.identity)


_RecordT = TypeVar("_RecordT", bound=Record)


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
            # What a record says as a whole has no field whose line could be named.
            faults += [(entry.line, _whole(f["msg"])) for f in error.errors() if not f["loc"]]
            continue
        if record.subject in told:
            faults.append((entry.line, f"{record.subject} is listed twice; keep one"))
        told.add(record.subject)
        records.append(record)
    if faults:
        raise unusable(path, faults)
    return tuple(records)


def _whole(message: str) -> str:
    return f"{message.removeprefix('Value error, ')}; correct the entry"
