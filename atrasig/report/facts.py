"""Recorded facts as plain lines: what was decided first, then in one line what did not occur."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

LONGEST = 200
"""Characters of a text that a page shows; the record holds all of it."""
NONE_OF = "Looked for and not found"
_LABELS = {
    "array": "array recognised",
    "made_of": "found to be",
    "source": "values taken from",
    "floor_share": "share at the lowest value",
    "zero_share": "share of zeros",
    "integer_share": "share of whole numbers",
    "negative_share": "share below zero",
    "lowest_sum": "lowest sum of a sample",
    "highest_sum": "highest sum of a sample",
    "gene_mean": "typical mean of a gene",
    "gene_sd": "typical spread of a gene",
    "samples_of_multiples": "samples made of whole multiples",
    "samples_of_none": "samples not made of them",
    "tx2gene": "transcripts to genes",
}


def fact_lines(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Lay facts out as labels and texts.

    Parameters
    ----------
    facts
        Plain values by name, nested ones included, as a record holds them.

    Returns
    -------
    list of tuple
        Label and text, by label. Empty facts are left out; counts of 0 are named together at the
        end; texts and lists are cut at :data:`LONGEST` characters.
    """
    lines, absent = [], []
    for name, value in sorted(facts.items(), key=lambda item: label(item[0])):
        if value == 0 and not isinstance(value, (bool, float)):
            absent.append(label(name))
        elif text := written_fact(value):
            whole = isinstance(value, Mapping)
            lines.append((label(name).capitalize(), text if whole else _cut(text)))
    return [*lines, (NONE_OF, ", ".join(absent))] if absent else lines


def label(name: str) -> str:
    """Name of a fact in words."""
    return _LABELS.get(name, name.replace("_", " "))


def written_fact(value: Any) -> str:
    """Text of a value: numbers with separators, lists and mappings in one line, nothing if empty.

    Parameters
    ----------
    value
        A plain value.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _number(float(value))
    if isinstance(value, Mapping):
        parts = {label(str(key)): written_fact(item) for key, item in sorted(value.items())}
        return ", ".join(f"{key} {text}" for key, text in parts.items() if text not in ("", "0"))
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(written_fact, value)))
    return str(value)


def _number(value: float) -> str:
    if value == int(value) and math.isfinite(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _cut(text: str) -> str:
    return (
        text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} … (all of it in the record)"
    )
