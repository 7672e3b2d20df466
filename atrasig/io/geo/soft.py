"""SOFT, the text format of GEO: data sets (GDS), samples (GSM) and families (GSE, GPL).

The lines are read here, so that a fault is named by its line and a table that is cut short is not
taken for a whole one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.errors import AtrasigError, FormatError
from atrasig.io.compression import open_text
from atrasig.io.format import Format, Head
from atrasig.io.geo.metadata import Attributes, n_channels, no_values, sample_metadata
from atrasig.io.geo.platform import check_known, name_probes
from atrasig.io.geo.soft_data_set import read_data_set
from atrasig.io.geo.soft_file import Entity, entities
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix, missing_samples
from atrasig.io.text.rows import read_numbers

_PROBE, _VALUE = "ID_REF", "VALUE"


@dataclass(frozen=True)
class _Sample:
    """A sample of a family, its table reduced to probes and values; these are NaN with a fault."""

    name: str
    attributes: Attributes
    probes: list[str]
    values: np.ndarray
    ignored: list[str]
    description: str
    fault: AtrasigError | None

    def get(self, name: str) -> str:
        """Text of an attribute; ``""`` without it."""
        return next((text for key, text in self.attributes if key == name), "")


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read a SOFT file.

    Parameters
    ----------
    path
        GDS, GSM or family file; may be packed. Attributes of samples and subsets of a data set go
        to ``obs``; the platform table of a family names the probes.
    options
        ``samples``: samples of a family whose tables are read; ``platform``: with it, probes keep
        their ids.

    Raises
    ------
    FormatError
        If there is no table or it is cut short, a value is not a number, samples lie on several
        platforms, or the probes are not known and no platform table comes with them.
    InputError
        If a named sample is not in the file.
    """
    with open_text(path) as handle:
        samples: list[_Sample] = []
        others: list[Entity] = []
        passed: list[str] = []
        for entity in entities(handle, path):
            if entity.kind == "DATASET" and entity.table:
                keep = options.platform is not None
                return read_data_set(entity, others, path, keep_probes=keep)
            if entity.kind != "SAMPLE":
                others.append(entity)
            elif options.samples is None or entity.name in options.samples:
                samples.append(_sample(entity, path))
            else:
                passed.append(entity.name)
    _check_presence([sample.name for sample in samples], passed, others, options, path)
    return _family(samples, others, options, path)


def _check_presence(
    read: list[str], passed: list[str], others: list[Entity], options: ReadOptions, path: Path
) -> None:
    wanted = list(options.samples or ())
    absent = [name for name in wanted if name not in read]
    if absent:
        raise missing_samples(absent, len(wanted), [*read, *passed], str(path))
    if not read:
        kinds = ", ".join(dict.fromkeys(entity.kind.lower() for entity in others))
        raise FormatError(
            f"The file holds no sample, only {kinds}",
            where=str(path),
            fix="Give the GDS, GSM or family file; a platform table belongs to --platform.",
        )


def _sample(entity: Entity, path: Path) -> _Sample:
    header = entity.header()
    if not header:
        files = [text for key, text in entity.attributes if key.startswith("supplementary_file")]
        raise no_values(path, files)
    if _PROBE not in header or _VALUE not in header:
        raise FormatError(
            f"The table of sample {entity.name!r} has no column {_PROBE} or {_VALUE}; it has "
            f"{', '.join(map(repr, header))}",
            where=f"{path}, line {entity.first_line}",
            fix="Give a table in which these are named.",
        )
    probe, value = header.index(_PROBE), header.index(_VALUE)
    found = [(line, row[probe].strip(), row[value]) for line, row in entity.rows(path)]
    if not found:
        files = [text for key, text in entity.attributes if key.startswith("supplementary_file")]
        raise no_values(path, files)

    def where(place: int) -> str:
        line, name, _ = found[place]
        return f"{path}, line {line}, probe {name!r}, sample {entity.name!r}"

    fault = None
    try:
        values = read_numbers([text for _, _, text in found], where)
    except FormatError as error:
        values, fault = np.full(len(found), np.nan), error
    return _Sample(
        entity.name,
        entity.attributes,
        [name for _, name, _ in found],
        values,
        [name for name in header if name not in (_PROBE, _VALUE)],
        entity.columns.get(_VALUE, ""),
        fault,
    )


def _family(
    read: list[_Sample], others: list[Entity], options: ReadOptions, path: Path
) -> RawMatrix:
    faults = {sample.name: sample.fault for sample in read if sample.fault is not None}
    samples = [sample for sample in read if sample.fault is None]
    if not samples:
        raise next(iter(faults.values()))
    platform = _common_platform(samples, path)
    probes, values = _aligned(samples, path)
    facts = _facts(samples) | {"geo_platform": platform}
    genes = probes
    described = [e for e in others if e.kind == "PLATFORM" and e.name == platform and e.table]
    if options.platform is None and described:
        genes = name_probes(probes, described[0].frame(path), facts)
    elif options.platform is None:
        check_known(probes, platform, path)
    return RawMatrix(
        values,
        [sample.name for sample in samples],
        genes,
        pd.DataFrame({_PROBE: probes}, dtype=object),
        facts,
        obs=sample_metadata([sample.attributes for sample in samples]),
        faults=faults,
    )


def _facts(samples: Sequence[_Sample]) -> dict[str, str | int]:
    columns = list(dict.fromkeys(name for sample in samples for name in sample.ignored))
    facts: dict[str, str | int] = {
        "orientation": "genes in rows",
        "identifier_column": _PROBE,
        "channels": n_channels([sample.attributes for sample in samples]),
        "ignored_columns": sum(len(sample.ignored) for sample in samples),
        "ignored_column_names": ", ".join(columns),
    }
    meanings = dict.fromkeys(sample.description for sample in samples if sample.description)
    return facts | ({"value_description": "; ".join(meanings)} if meanings else {})


def _common_platform(samples: Sequence[_Sample], path: Path) -> str:
    found = Counter(sample.get("platform_id") for sample in samples)
    if len(found) > 1:
        raise FormatError(
            "The samples lie on several platforms: "
            + ", ".join(f"{name or 'none named'} ({n})" for name, n in found.items()),
            where=str(path),
            fix="Name the samples of one platform in a sheet.",
        )
    return next(iter(found))


def _aligned(samples: Sequence[_Sample], path: Path) -> tuple[list[str], np.ndarray]:
    """Probes of all samples in order of appearance, and values (samples, probes)."""
    first = samples[0].probes
    if all(sample.probes == first for sample in samples):
        return first, np.stack([sample.values for sample in samples])
    place = {p: n for n, p in enumerate(dict.fromkeys(p for s in samples for p in s.probes))}
    values = np.full((len(samples), len(place)), np.nan)
    for row, sample in enumerate(samples):
        if len(set(sample.probes)) < len(sample.probes):
            raise FormatError(
                f"Probes repeat in sample {sample.name!r}, and the samples have different probes",
                where=str(path),
                fix="Give a file in which every probe stands once.",
            )
        values[row, [place[probe] for probe in sample.probes]] = sample.values
    return list(place), values


def _recognises(head: Head) -> bool:
    first = next((line for line in head.lines if line.strip()), "")
    return re.match(r"\^[A-Za-z]+\s*=", first) is not None


FORMAT = Format("soft", "GEO SOFT: data set (GDS), sample (GSM) or family", _recognises, read)
