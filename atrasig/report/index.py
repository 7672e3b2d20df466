"""Rows of the cohort index: what the manifest of a block of pages holds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from atrasig.errors import InputError
from atrasig.files import write_tsv
from atrasig.report.part import Number, Part, Text
from atrasig.report.record import ResponseWord, SampleRecord, SensitivityWord

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERS = (
    "sensitivity_score", "sensitivity_low", "sensitivity_high",
    "response_score", "response_low", "response_high",
)  # fmt: skip
_WORD_ORDER = {"sensitive": 0, "intermediate": 1, "no call": 2, "resistant": 3}


class IndexRow(Part):
    """One sample of the index; ``page`` is its HTML file relative to the results folder."""

    sample: str
    page: str
    matrix: Text
    disease: Text
    sensitivity: SensitivityWord
    sensitivity_score: Number
    sensitivity_low: Number
    sensitivity_high: Number
    sensitivity_reason: Text
    response: ResponseWord
    response_score: Number
    response_low: Number
    response_high: Number
    response_reason: Text
    n_fail: int
    n_warn: int


def index_row(record: SampleRecord) -> IndexRow:
    """Index row of a record."""
    sensitivity, response = record.calls.sensitivity, record.calls.response
    return IndexRow(
        sample=record.id,
        page=f"samples/{record.file}.html",
        matrix=record.matrix,
        disease=record.metadata.get("disease", ""),
        sensitivity=sensitivity.call,
        sensitivity_score=sensitivity.score,
        sensitivity_low=sensitivity.low,
        sensitivity_high=sensitivity.high,
        sensitivity_reason=sensitivity.reason,
        response=response.call,
        response_score=response.score,
        response_low=response.low,
        response_high=response.high,
        response_reason=response.reason,
        n_fail=record.flag_counts.failed,
        n_warn=record.flag_counts.warned,
    )


def ordered(rows: Iterable[IndexRow]) -> list[IndexRow]:
    """Rows by sensitivity call (sensitive first), then falling score, then name."""

    def key(row: IndexRow) -> tuple[int, bool, float, str]:
        score = row.sensitivity_score
        return (_WORD_ORDER[row.sensitivity], score is None, -(score or 0.0), row.sample)

    return sorted(rows, key=key)


def write_manifest(rows: Sequence[IndexRow], path: str | Path) -> None:
    """Write index rows as a TSV with one column a field of `IndexRow`."""
    frame = pd.DataFrame([row.model_dump() for row in rows], columns=list(IndexRow.model_fields))
    frame[list(_NUMBERS)] = frame[list(_NUMBERS)].astype(float)
    write_tsv(path, frame)


def read_manifest(path: str | Path) -> list[IndexRow]:
    """Read index rows that `write_manifest` wrote.

    Parameters
    ----------
    path
        The TSV.

    Returns
    -------
    list of IndexRow
        In the order of the file.

    Raises
    ------
    InputError
        If a column is missing or unknown.
    """
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    if list(frame.columns) != list(IndexRow.model_fields):
        raise InputError(
            "The columns are not those of a page manifest",
            where=Path(path).name,
            fix="Write it again with `atrasig report`.",
        )
    return [
        IndexRow.model_validate(
            {
                name: None if name in _NUMBERS and value == "NA" else value
                for name, value in row.items()
            }
        )
        for row in frame.to_dict("records")
    ]
