"""Validation errors of a configuration, as located faults with near matches."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from atrasig.errors import Fault


def faults_of(
    error: ValidationError, model: type[BaseModel], lines: Mapping[str, int]
) -> list[Fault]:
    """Turn the errors of a validation into faults.

    Parameters
    ----------
    error
        What the model raised.
    model
        The model that was validated.
    lines
        Line of the file by dotted key; empty where there is no file.

    Returns
    -------
    list of Fault
        One an error; the column is the dotted key.
    """
    faults = []
    for item in error.errors(include_url=False):
        parts = [str(part) for part in item["loc"] if part != "[key]"]
        key = ".".join(parts)
        faults.append(Fault(_line(parts, lines), key or "(file)", _message(item, parts, model)))
    return faults


def _line(parts: Sequence[str], lines: Mapping[str, int]) -> int:
    """Line of the key, or of the nearest key above it."""
    for end in range(len(parts), 0, -1):
        found = lines.get(".".join(parts[:end]))
        if found:
            return found
    return 0


def _message(item: Mapping[str, Any], parts: Sequence[str], model: type[BaseModel]) -> str:
    if item["type"] == "extra_forbidden":
        known = list(_section(model, parts[:-1]).model_fields)
        near = difflib.get_close_matches(parts[-1].casefold(), known, n=3)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        return f"unknown key; {hint}Known here: {', '.join(known)}"
    if item["input"] is None:
        return "is empty; give a value or delete the line"
    if item["type"] == "value_error":
        return str(item["ctx"]["error"])
    text = item["msg"].removeprefix("Input ")
    return f"{text}, not {item['input']!r}" if parts else text


def _section(model: type[BaseModel], parts: Sequence[str]) -> type[BaseModel]:
    for part in parts:
        inner = model.model_fields[part].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return model
