"""The lines of SOFT: entities with attributes, described columns and a table each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.geo.metadata import Attributes
from atrasig.io.text.rows import check_width, padded, tab_rows


@dataclass
class Entity:
    """What follows one line ``^KIND = name``.

    Parameters
    ----------
    kind, name
        Kind in capitals, and name.
    attributes
        Texts of the lines ``!kind_attribute``, without the kind.
    columns
        What the lines ``#column`` say of the columns of the table.
    table, first_line
        Lines of the table, header first, and the number of the first.
    """

    kind: str
    name: str
    attributes: Attributes = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    table: list[str] = field(default_factory=list)
    first_line: int = 0

    def get(self, name: str) -> str:
        """Text of an attribute; ``""`` without it."""
        return next((text for key, text in self.attributes if key == name), "")

    def header(self) -> list[str]:
        """Names of the columns of the table."""
        return next((list(map(str.strip, row)) for _, row in self._split()), [])

    def rows(self, path: Path) -> Iterator[tuple[int, list[str]]]:
        """Rows of the table with their line numbers, each as wide as the header.

        Raises
        ------
        FormatError
            If a row is wider.
        """
        width = len(self.header())
        for place, (number, row) in enumerate(self._split()):
            if place:
                row = padded(row, width)
                check_width(row, width, number, path)
                yield number, row

    def frame(self, path: Path) -> pd.DataFrame:
        """Table as text."""
        cells = [[text.strip() for text in row] for _, row in self.rows(path)]
        return pd.DataFrame(cells, columns=pd.Index(self.header(), dtype=object), dtype=object)

    def _split(self) -> Iterator[tuple[int, list[str]]]:
        return tab_rows(self.table, self.first_line)


def entities(lines: Iterable[str], path: Path) -> Iterator[Entity]:
    """Read the entities of a file one by one.

    Raises
    ------
    FormatError
        If a line belongs to none, or a table has no end.
    """
    entity: Entity | None = None
    numbered = enumerate(lines, start=1)
    for number, raw in numbered:
        line = raw.rstrip("\r\n")
        mark, (name, text) = line[:1], _pair(line[1:])
        if mark == "^":
            if entity is not None:
                yield entity
            entity = Entity(name.upper(), text)
        elif entity is None or (mark not in ("!", "#") and line.strip()):
            raise FormatError(
                f"{line[:40]!r} stands outside of a table",
                where=f"{path}, line {number}",
                fix="Download the file again.",
            )
        elif mark == "!" and name.endswith("_table_begin"):
            entity.first_line = number + 1
            entity.table = _table(numbered, name.replace("_begin", "_end"), number, path)
        elif mark == "!":
            prefix = f"{entity.kind}_"
            key = name[len(prefix) :] if name.upper().startswith(prefix) else name
            entity.attributes.append((key, text))
        elif mark == "#":
            entity.columns[name] = text
    if entity is not None:
        yield entity


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


def _table(numbered: Iterator[tuple[int, str]], end: str, begin: int, path: Path) -> list[str]:
    table: list[str] = []
    for _, line in numbered:
        if line.startswith("!") and line[1:].strip() == end:
            return table
        table.append(line)
    raise FormatError(
        f"The table that begins on line {begin} has no line !{end}: the file is cut short",
        where=str(path),
        fix="Download it again.",
    )
