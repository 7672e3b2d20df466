"""YAML read with its line numbers, so that every fault of a file can be named where it stands."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from atrasig.errors import SignatureError
from atrasig.signatures.model import GeneRow, as_float, table_faults, table_hash

Fault = tuple[int, str]
MAX_BYTES = 16 * 2**20
"""A signature of every human gene, each with a note, is a tenth of this."""
MAX_DEPTH = 20
"""The parser follows nested values to any depth until the process dies."""
_SHOWN = 80
_BASE_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LocatedMapping(dict[str, Any]):
    """A YAML mapping that knows its line and those of its keys."""

    def __init__(self, line: int = 1) -> None:
        super().__init__()
        self.line = line
        self.key_lines: dict[str, int] = {}


class _Loader(_BASE_LOADER):  # type: ignore[misc, valid-type]
    """Safe loader that keeps line numbers and the keys given twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.faults: list[Fault] = []


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> Iterator[LocatedMapping]:
    mapping = LocatedMapping(node.start_mark.line + 1)
    yield mapping
    for key_node, value_node in node.value:
        key: Hashable = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            loader.faults.append((line, f"key {key!r} is not text; put it in quotes"))
        elif key in mapping:
            loader.faults.append((line, f"{key} is given twice; keep one"))
        else:
            mapping.key_lines[key] = line
            mapping[key] = loader.construct_object(value_node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


def read_located(path: Path) -> tuple[LocatedMapping, list[Fault]]:
    """Read a YAML mapping.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    tuple
        The mapping, and the faults of its keys (given twice, not text).

    Raises
    ------
    SignatureError
        If the file cannot be read or is not a YAML mapping.
    """
    text = _read_text(path)
    try:
        hostile = _unfit(text)
        if hostile:
            raise unusable(path, [hostile])
        loader = _Loader(text)
        raw = loader.get_single_data()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise unusable(path, [(line, f"not valid YAML: {problem}; correct this line")]) from error
    except ValueError as error:
        problem = f"a value looks like a date or a number and is none ({error}); put it in quotes"
        raise unusable(path, [(1, problem)]) from error
    if not isinstance(raw, LocatedMapping):
        raise unusable(path, [(1, "the file is not a YAML mapping; see signatures/README.md")])
    return raw, loader.faults


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise unusable(path, [(1, f"the file is larger than {MAX_BYTES >> 20} MiB; split it")])
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SignatureError(
            f"Cannot read the file: {error}", where=str(path), fix="Save it as UTF-8 text."
        ) from error


def _unfit(text: str) -> Fault | None:
    """First thing in a text that is valid YAML and would exhaust what reads it."""
    depth = 0
    for event in yaml.parse(text, Loader=_BASE_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            return line, "repeats a value by reference (*); write the value out"
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            return line, f"values are nested more than {MAX_DEPTH} deep; see signatures/README.md"
    return None


def content_faults(raw: LocatedMapping) -> list[Fault]:
    """List what is wrong between the genes of a signature, and with its hash."""
    entries = raw.get("genes")
    if not isinstance(entries, list):
        return []
    usable = [(entry, row) for entry in entries if (row := _row(entry)) is not None]
    rows = [row for _, row in usable]
    start = raw.key_lines.get("genes", raw.line)
    faults = [
        (start if index is None else usable[index][0].line, message)
        for index, message in table_faults(rows)
    ]
    stated, computed = raw.get("sha256"), table_hash(rows)
    if isinstance(stated, str) and stated not in ("", computed) and len(rows) == len(entries):
        mend = "restore the gene table, or raise version and write the new hash"
        message = f"sha256 is {stated} but the genes hash to {computed}; {mend}"
        faults.append((raw.key_lines["sha256"], message))
    return faults


def _row(entry: object) -> GeneRow | None:
    if not isinstance(entry, LocatedMapping):
        return None
    gene, direction, weight = entry.get("gene"), entry.get("direction"), entry.get("weight")
    number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
    if not isinstance(gene, str) or direction not in ("up", "down"):
        return None
    if weight is not None and not number:
        return None
    return gene, direction, None if weight is None else as_float(weight)


def schema_faults(error: ValidationError, raw: LocatedMapping) -> list[Fault]:
    """Turn pydantic's errors on fields of `raw` into located faults."""
    return [
        _schema_fault(fault["loc"], fault["type"], fault["msg"], raw)
        for fault in error.errors()
        if fault["loc"]
    ]


def _schema_fault(
    location: tuple[int | str, ...], kind: str, message: str, raw: LocatedMapping
) -> Fault:
    value: Any = raw
    line, names = 1, []
    for step in location:
        if isinstance(value, LocatedMapping):
            line = value.key_lines.get(str(step), value.line)
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
        names.append(_name(step, value))
    if isinstance(value, LocatedMapping):
        line = value.line
    place = ", ".join(names)
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return line, f"{place}: unknown key; remove it or correct its spelling"
    if kind == "missing":
        return line, f"{place}: missing; add it"
    wrong = f"{place}: {message[0].lower()}{message[1:]}, not {_shown(value)}"
    quotes = "" if isinstance(value, str) else " (put text that looks like a number in quotes)"
    return line, f"{wrong}; correct it{quotes}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _name(step: int | str, value: object) -> str:
    if isinstance(step, str):
        return step
    named = value.get("gene") or value.get("fusion") if isinstance(value, LocatedMapping) else None
    return f"{named or 'entry'} (number {step + 1})"


def unusable(path: Path, faults: Sequence[Fault]) -> SignatureError:
    """Make the error that lists all faults of a file."""
    listing = "\n".join(f"  - line {line}, {message}" for line, message in sorted(set(faults)))
    return SignatureError(
        "The signature file cannot be used", where=str(path), fix=f"All faults found:\n{listing}"
    )
