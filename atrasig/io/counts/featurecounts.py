"""Counts of featureCounts, whose columns are named by the alignments they were made from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.counts.named_columns import Columns, has_header, read_columns
from atrasig.io.counts.quantified import choose_quantity
from atrasig.io.format import Format
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

_PLACES = ("Chr", "Start", "End", "Strand")
_ALIGNMENT = re.compile(r"\.(?:bam|sam|cram)$", re.IGNORECASE)
_STEP = re.compile(
    r"(?:[._-]?Aligned(?:\.sortedByCoord)?\.out|(?:^|[._-])(?:(?:coord)?sorted|sort|markdup|mdup|dedup"
    r"|rmdup|umi_dedup|accepted_hits))$",
    re.IGNORECASE,
)


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read counts of one or several samples.

    Parameters
    ----------
    path
        Table of featureCounts, whole or without the places of the genes. Columns that are named
        as alignments are samples; where none is, all columns of numbers behind ``Length``.
    options
        ``samples``: decide between the names that a column can have, see :func:`short_names`.

    Returns
    -------
    RawMatrix
        ``obs["column"]`` holds the names of the columns as they stand in the file.

    Raises
    ------
    FormatError
        If a row is cut short, a field is no count, or there is no column of counts.
    """
    choose_quantity(options, ["counts"], path)
    columns = read_columns(path)
    names = list(columns.texts)
    after = names[names.index("Length") + 1 :]
    counted = [name for name in after if _ALIGNMENT.search(name)] or [
        name for name in after if _is_numeric(columns, name)
    ]
    if not counted:
        raise FormatError(
            "No column behind Length holds counts", where=str(path), fix="Write the table again."
        )
    values = np.stack([columns.counts(name) for name in counted])
    kept = columns.annotation("Length", *(name for name in after if name not in counted))
    genes = columns.names("Geneid")
    facts: dict[str, str | int] = {
        "orientation": "genes in rows",
        "quantity": "counts",
        "declared_scale": "counts",
        "ignored_columns": len(columns.annotation(*_PLACES)),
    }
    return RawMatrix(
        values,
        short_names(counted, options.samples),
        genes,
        pd.DataFrame(kept, index=range(len(genes)), dtype=object),
        facts,
        obs=pd.DataFrame({"column": counted}, dtype=object),
    )


def short_names(columns: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    """Name samples by the alignments that their columns are named after.

    Parameters
    ----------
    columns
        Names as in the file, often paths.
    wanted
        Names of a sheet, where there is one.

    Returns
    -------
    list of str
        The first of these that are distinct and have the names of the sheet among them: the file
        name without its endings (``.sorted.bam``); the name of its folder, for
        ``sample/Aligned.out.bam``; the file name; the whole column.
    """
    paths = [PurePosixPath(column.strip().replace("\\", "/")) for column in columns]
    stems = [_without_steps(path.name) for path in paths]
    choices = [stems, [path.parent.name for path in paths], [path.name for path in paths]]
    for names in choices:
        distinct = all(names) and len(set(names)) == len(names)
        if distinct and (wanted is None or set(wanted) <= set(names)):
            return names
    if wanted is not None and not set(wanted) <= set(columns):
        return short_names(columns, None)
    return list(columns)


def _without_steps(name: str) -> str:
    stem = _ALIGNMENT.sub("", name)
    if stem == name:
        return name
    while (shorter := _STEP.sub("", stem)) != stem:
        stem = shorter
    return stem


def _is_numeric(columns: Columns, name: str) -> bool:
    try:
        return not np.isnan(columns.numbers(name)).all()
    except FormatError:
        return False


FORMAT = Format("featurecounts", "featureCounts", has_header("Geneid", "Length"), read)
