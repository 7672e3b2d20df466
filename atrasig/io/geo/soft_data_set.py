"""Data sets (GDS) of GEO: a table with a gene for each probe, and the subsets of its samples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.geo.metadata import sample_metadata
from atrasig.io.geo.soft_file import Entity
from atrasig.io.identifiers import unnamed_probe
from atrasig.io.table import RawMatrix
from atrasig.io.text.rows import SampleValues

_SAMPLE_COLUMN = re.compile(r"GSM\d+")
_DESCRIBED = re.compile(r"Value for GSM\d+: (.*?)(?:; src: (.*))?")
_PROBE, _IDENTIFIER = "ID_REF", "IDENTIFIER"
# "count" in value_type says how GEO files the signal of an array; it is no scale.
_FACTS = ("platform", "value_type", "reference_series", "sample_organism")


def read_data_set(
    table: Entity, described: Sequence[Entity], path: Path, *, keep_probes: bool
) -> RawMatrix:
    """Turn a data set into a matrix.

    Parameters
    ----------
    table
        Entity that holds the table.
    described
        Entities above it: attributes of the data set, and subsets, which go to ``obs``.
    path
        File, for messages.
    keep_probes
        Whether probes keep their ids; otherwise the data set's own genes name them.

    Raises
    ------
    FormatError
        If the table is none of a data set, or a value is not a number.
    """
    header = table.header()
    places = [place for place, name in enumerate(header) if _SAMPLE_COLUMN.fullmatch(name)]
    if header[:2] != [_PROBE, _IDENTIFIER] or not places:
        raise FormatError(
            f"The table of a data set begins with {_PROBE}, {_IDENTIFIER} and samples",
            where=f"{path}, line {table.first_line}",
            fix="Download the file again.",
        )
    samples = [header[place] for place in places]
    text: dict[int, list[str]] = {p: [] for p in range(len(header)) if p not in places}
    values = SampleValues(samples)
    for number, row in table.rows(path):

        def where(place: int, row: list[str] = row, number: int = number) -> str:
            return f"{path}, line {number}, probe {row[0]!r}, sample {samples[place]!r}"

        values.add([row[place] for place in places], where)
        for place, column in text.items():
            column.append(row[place].strip())
    facts = _facts([*described, table])
    genes = text[0] if keep_probes else _genes(text[0], text[1], facts)
    annotation = pd.DataFrame({header[p]: column for p, column in text.items()}, dtype=object)
    obs = _subsets(samples, described, table, facts)
    return RawMatrix(
        values.matrix(), samples, genes, annotation, facts, obs=obs, faults=values.faults
    )


def _genes(probes: list[str], genes: list[str], facts: dict[str, str | int]) -> list[str]:
    """Gene of each probe; GEO repeats the probe, or writes ``--Control``, where it knows none."""
    without = [
        not gene or gene.startswith("--") or gene == probe
        for probe, gene in zip(probes, genes, strict=True)
    ]
    facts["identifier_column"] = _IDENTIFIER
    facts["probes_without_symbol"] = sum(without)
    return [
        unnamed_probe(probe) if none else gene
        for probe, gene, none in zip(probes, genes, without, strict=True)
    ]


def _facts(entities: Sequence[Entity]) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"orientation": "genes in rows", "identifier_column": _PROBE}
    for entity in entities:
        if entity.kind == "DATASET":
            facts["geo_dataset"] = entity.name
            facts |= {f"geo_{key}": entity.get(key) for key in _FACTS if entity.get(key)}
    return facts


def _subsets(
    samples: Sequence[str], described: Sequence[Entity], table: Entity, facts: dict[str, str | int]
) -> pd.DataFrame:
    attributes: dict[str, dict[str, str]] = {}
    for name in samples:
        found = _DESCRIBED.fullmatch(table.columns.get(name, ""))
        attributes[name] = {"title": found[1], "source_name": found[2] or ""} if found else {}
    absent = 0
    for subset in (entity for entity in described if entity.kind == "SUBSET"):
        kind, text = subset.get("type") or "subset", subset.get("description")
        for name in filter(None, map(str.strip, subset.get("sample_id").split(","))):
            if name not in attributes:
                absent += 1
                continue
            before = attributes[name].get(kind)
            attributes[name][kind] = f"{before}; {text}" if before else text
    facts["subset_samples_not_in_table"] = absent
    return sample_metadata([list(attributes[name].items()) for name in samples])
