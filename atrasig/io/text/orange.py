"""Orange .tab: samples in rows, and for each column its type and its role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.errors import AtrasigError, FormatError
from atrasig.io.compression import open_text
from atrasig.io.format import Format, Head
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix, unique_names
from atrasig.io.text.rows import check_width, padded, read_numbers, tab_rows

# Words of the second and the third header row, and the letters that stand for them.
_TYPES = {"continuous": "c", "numeric": "c", "n": "c", "c": "c", "discrete": "d", "d": "d"}
_TYPES |= {"string": "s", "text": "s", "s": "s", "time": "t", "t": "t"}
_ROLES = {"": "", "class": "c", "c": "c", "meta": "m", "m": "m", "ignore": "i", "i": "i"}
_ROLES |= {"weight": "w", "w": "w"}
# The same two before the name in a single header row: mS#name.
_PREFIXED = re.compile(r"([mciw]?)([CDSTN]?)#(.+)")
_CERTAIN = re.compile(r"[mciw][CDSTN]#.")
_LONGEST_LINE = 1 << 24


@dataclass(frozen=True)
class _Column:
    """A column: its name, its type (c, d, s, t) and its role (class, meta, ignored, weight)."""

    name: str
    type: str = "c"
    role: str = ""

    @property
    def is_gene(self) -> bool:
        """Whether it holds values."""
        return self.type == "c" and not self.role


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read an Orange table.

    Parameters
    ----------
    path
        Three header rows (names, types, roles) or one whose names carry both (``mS#name``);
        samples in rows; may be packed. Classes, metas and whatever is no number go to ``obs``.
    options
        Not used here: the choice of samples is made once for every format.

    Returns
    -------
    RawMatrix
        Samples are named by the first column of distinct texts among the metas, or else numbered
        ``row1``, ``row2``, ...; the fact ``sample_names`` says which.

    Raises
    ------
    FormatError
        If the header rows are of no Orange table, there is no sample or no column of numbers, or
        a value is not a number.
    """
    with open_text(path) as handle:
        top = list(islice(handle, 3))
        columns, n_header = _columns(top, path)
        values, cells, wrong = _body(chain(top[n_header:], handle), columns, n_header, path)
    genes = [column.name for column in columns if column.is_gene]
    if not values or not genes:
        raise FormatError(
            f"The table has {len(values)} samples and {len(genes)} columns of numbers",
            where=str(path),
            fix="Give samples in rows and genes in continuous columns.",
        )
    facts: dict[str, str | int] = {
        "orientation": "samples in rows",
        "ignored_columns": sum(column.role == "i" for column in columns),
    }
    names = _sample_names(columns, cells, len(values), facts)
    titles = unique_names([columns[place].name or f"column {place + 1}" for place in cells])
    obs = pd.DataFrame(
        dict(zip(titles, cells.values(), strict=True)), index=range(len(values)), dtype=object
    )
    annotation = pd.DataFrame(index=range(len(genes)))
    faults = {names[row].strip(): fault for row, fault in wrong.items()}
    return RawMatrix(np.stack(values), names, genes, annotation, facts, obs=obs, faults=faults)


def _columns(top: Sequence[str], path: Path) -> tuple[list[_Column], int]:
    """Columns, and the number of header rows."""
    rows = [[field.strip() for field in line.rstrip("\r\n").split("\t")] for line in top]
    if _is_three_rows(rows):
        names, types, roles = (padded(row, len(rows[0])) for row in rows)
        words = zip(names, types, roles, strict=True)
        return [_Column(n, _TYPES.get(t.lower(), "d"), _role(r)) for n, t, r in words], 3
    if rows and any(map(_CERTAIN.match, rows[0])):
        matches = [_PREFIXED.fullmatch(name) for name in rows[0]]
        return [
            _Column(name)
            if match is None
            else _Column(match[3], _TYPES.get(match[2].lower(), "c"), match[1])
            for name, match in zip(rows[0], matches, strict=True)
        ], 1
    raise FormatError(
        "The first lines are no header of an Orange table",
        where=str(path),
        fix="Give names, types and roles on three lines, or names such as mS#sample on one.",
    )


def _is_three_rows(rows: Sequence[Sequence[str]]) -> bool:
    if len(rows) < 3 or not len(rows[0]) >= max(len(rows[1]), len(rows[2])) > 1:
        return False
    # A type may also be the list of its values: `yes no`.
    types = all(word.lower() in _TYPES or " " in word for word in rows[1])
    roles = all(_role(word) or not word for word in rows[2])
    return types and roles and any(word.lower() in _TYPES for word in rows[1])


def _role(words: str) -> str:
    """Letter of a role; further words on the column (``meta hidden=True``) are passed over."""
    found = [_ROLES[word] for word in words.lower().split() if word in _ROLES]
    return found[0] if found else ""


def _body(
    lines: Iterable[str], columns: Sequence[_Column], n_header: int, path: Path
) -> tuple[list[np.ndarray], dict[int, list[str]], dict[int, AtrasigError]]:
    """Values a sample, the texts of the columns for ``obs`` by place, and faults by sample."""
    genes = [place for place, column in enumerate(columns) if column.is_gene]
    kept = [p for p, column in enumerate(columns) if not column.is_gene and column.role != "i"]
    cells: dict[int, list[str]] = {place: [] for place in kept}
    values: list[np.ndarray] = []
    faults: dict[int, AtrasigError] = {}
    for number, fields in tab_rows(lines, first=n_header + 1):
        row = ["" if text.strip() == "?" else text for text in padded(fields, len(columns))]
        check_width(row, len(columns), number, path)

        def where(place: int, number: int = number) -> str:
            return f"{path}, line {number}, column {columns[genes[place]].name!r}"

        try:
            values.append(read_numbers([row[place] for place in genes], where))
        except FormatError as error:
            faults[len(values)] = error
            values.append(np.full(len(genes), np.nan))
        for place, column in cells.items():
            column.append(row[place].strip())
    return values, cells, faults


def _sample_names(
    columns: Sequence[_Column],
    cells: dict[int, list[str]],
    n_samples: int,
    facts: dict[str, str | int],
) -> list[str]:
    for place, texts in cells.items():
        distinct = len(set(texts)) == len(texts) and all(texts)
        if columns[place].type == "s" and columns[place].role == "m" and distinct:
            facts["sample_names"] = columns[place].name
            return texts
    facts["sample_names"] = "numbered in the order of the rows"
    return [f"row{number}" for number in range(1, n_samples + 1)]


def _recognises(head: Head) -> bool:
    if b"\t" not in head.content or not head.is_text:
        return False
    top = head.lines[:3] if len(head.lines) > 3 else _top(head.path)
    rows = [[field.strip() for field in line.rstrip("\r\n").split("\t")] for line in top]
    return _is_three_rows(rows) or any(map(_CERTAIN.match, rows[0] if rows else []))


def _top(path: Path) -> list[str]:
    """First lines of a file whose header is longer than its head: one of genes in columns."""
    try:
        with open_text(path) as handle:
            return [handle.readline(_LONGEST_LINE) for _ in range(3)]
    except FormatError:
        return []


FORMAT = Format("orange", "Orange .tab, samples in rows", _recognises, read)
