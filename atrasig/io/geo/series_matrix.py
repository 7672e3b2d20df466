"""The series matrix of GEO: a table of values below what is known of the series and its samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.compression import open_text
from atrasig.io.format import Format, Head
from atrasig.io.geo.metadata import Attributes, n_channels, no_values, sample_metadata
from atrasig.io.geo.platform import check_known
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix
from atrasig.io.text.rows import SampleValues, check_width, tab_rows

_BEGIN, _END = "!series_matrix_table_begin", "!series_matrix_table_end"
_FACTS = {"geo_accession": "geo_series", "platform_id": "geo_platform"}


@dataclass
class _Head:
    """The lines above the table."""

    series: list[tuple[str, str]] = field(default_factory=list)
    samples: list[tuple[int, str, list[str]]] = field(default_factory=list)

    @property
    def supplementary(self) -> list[str]:
        """Addresses of the files that hold what the table does not."""
        files = [text for name, text in self.series if name == "supplementary_file"]
        for _, name, texts in self.samples:
            files += texts if name.startswith("supplementary_file") else []
        return files


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read a series matrix.

    Parameters
    ----------
    path
        Series matrix as GEO gives it; may be packed. Every ``!Sample_`` line goes to ``obs``.
    options
        ``platform``: without it, the probes must be known by themselves.

    Raises
    ------
    FormatError
        If there is no table, it has no row (sequencing: the values are in supplementary files)
        or no end, the lines contradict each other, or the probes are not known.
    """
    with open_text(path) as handle:
        rows = tab_rows(handle)
        head = _read_head(rows, path)
        number, header = next(rows, (0, [""]))
        names = [_unquoted(name) for name in header[1:]]
        values = SampleValues(names)
        identifiers = _body(rows, values, path)
    if not identifiers:
        raise no_values(path, head.supplementary)
    facts = _facts(head)
    if options.platform is None:
        check_known(identifiers, str(facts.get("geo_platform", "")), path)
    return RawMatrix(
        values.matrix(),
        names,
        identifiers,
        pd.DataFrame(index=range(len(identifiers))),
        facts,
        obs=_metadata(head, names, f"{path}, line {number}", path),
        faults=values.faults,
    )


def _read_head(rows: Iterator[tuple[int, list[str]]], path: Path) -> _Head:
    head = _Head()
    for number, (name, *texts) in rows:
        if name.strip() == _BEGIN:
            return head
        if name.startswith("!Series_"):
            head.series += [(name.removeprefix("!Series_"), _unquoted(text)) for text in texts]
        elif name.startswith("!Sample_"):
            head.samples.append(
                (number, name.removeprefix("!Sample_"), list(map(_unquoted, texts)))
            )
        else:
            raise FormatError(
                f"{name[:40]!r} is no line of a series matrix",
                where=f"{path}, line {number}",
                fix="Download the file again.",
            )
    raise no_values(path, head.supplementary)


def _body(rows: Iterator[tuple[int, list[str]]], values: SampleValues, path: Path) -> list[str]:
    """Read the rows: their names; their values are added to those of the samples."""
    identifiers: list[str] = []
    names = values.names
    for number, row in rows:
        if row[0].strip() == _END:
            return identifiers
        check_width(row, 1 + len(names), number, path)

        def where(place: int, row: list[str] = row, number: int = number) -> str:
            return f"{path}, line {number}, row {_unquoted(row[0])!r}, sample {names[place]!r}"

        identifiers.append(_unquoted(row[0]))
        values.add([_unquoted(text) for text in row[1 : 1 + len(names)]], where)
    raise FormatError(
        f"The table ends after {len(identifiers)} rows without {_END}: the file is cut short",
        where=str(path),
        fix="Download it again.",
    )


def _metadata(head: _Head, names: list[str], where: str, path: Path) -> pd.DataFrame:
    samples: list[Attributes] = [[] for _ in names]
    for number, name, texts in head.samples:
        if len(texts) != len(names):
            raise FormatError(
                f"!Sample_{name} holds {len(texts)} texts, the table has {len(names)} samples",
                where=f"{path}, line {number}",
                fix="Download the file again.",
            )
        if name == "geo_accession" and texts != names:
            raise FormatError(
                f"The samples of the table are not those of !Sample_geo_accession on line {number}",
                where=where,
                fix="Download the file again.",
            )
        for attributes, text in zip(samples, texts, strict=True):
            attributes.append((name, text))
    return sample_metadata(samples)


def _facts(head: _Head) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"orientation": "genes in rows", "identifier_column": "ID_REF"}
    for name, fact in _FACTS.items():
        found = list(dict.fromkeys(text for key, text in head.series if key == name))
        if found:
            facts[fact] = ", ".join(found)
    facts["channels"] = n_channels([[(name, "") for _, name, _ in head.samples]])
    return facts


def _unquoted(text: str) -> str:
    """Take off the quotation marks around a text; those within it are not doubled by GEO."""
    stripped = text.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] == '"':
        return stripped[1:-1].strip()
    return stripped


def _recognises(head: Head) -> bool:
    first = next((line for line in head.lines if line.strip()), "")
    return first.startswith(("!Series_", _BEGIN))


FORMAT = Format("series-matrix", "GEO series matrix", _recognises, read)
