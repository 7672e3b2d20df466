"""Rows of the cohort index: what the manifest of a block of pages holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from atrasig.errors import InputError
from atrasig.files import write_tsv
from atrasig.report.index_scores import key_scores
from atrasig.report.part import Number, Part, Text
from atrasig.report.record import ResponseWord, SampleRecord, SensitivityWord

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERS = (
    "sensitivity_score", "sensitivity_low", "sensitivity_high",
    "response_score", "response_low", "response_high",
)  # fmt: skip
_NESTED = ("groups", "failed", "warned", "scores")
"""Fields that a manifest holds as JSON."""
_WORD_ORDER = {"sensitive": 0, "intermediate": 1, "no call": 2, "resistant": 3}
GROUP_COLUMNS = ("group", "timepoint", "condition")
"""Columns of a sheet that put samples into groups, beside the disease."""


class IndexRow(Part):
    """One sample of the index; ``page`` is its HTML file relative to the results folder.

    ``groups`` holds the filled columns of `GROUP_COLUMNS`, ``failed`` and ``warned`` the names of
    the checks, and ``scores`` the score of each key signature by ``score_method``.
    """

    sample: str
    page: str
    matrix: Text
    disease: Text
    groups: dict[str, str]
    sensitivity: SensitivityWord
    sensitivity_model: Text
    sensitivity_score: Number
    sensitivity_low: Number
    sensitivity_high: Number
    sensitivity_reason: Text
    response: ResponseWord
    response_model: Text
    response_score: Number
    response_low: Number
    response_high: Number
    response_reason: Text
    n_fail: int
    n_warn: int
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    score_method: Text
    scores: dict[str, Number]


def index_row(record: SampleRecord) -> IndexRow:
    """Index row of a record."""
    sensitivity, response = record.calls.sensitivity, record.calls.response
    method, scores = key_scores(record)
    return IndexRow(
        sample=record.id,
        page=f"samples/{record.file}.html",
        matrix=record.matrix,
        disease=record.metadata.get("disease", ""),
        groups={name: record.metadata[name] for name in GROUP_COLUMNS if name in record.metadata},
        sensitivity=sensitivity.call,
        sensitivity_model=sensitivity.model,
        sensitivity_score=sensitivity.score,
        sensitivity_low=sensitivity.low,
        sensitivity_high=sensitivity.high,
        sensitivity_reason=sensitivity.reason,
        response=response.call,
        response_model=response.model,
        response_score=response.score,
        response_low=response.low,
        response_high=response.high,
        response_reason=response.reason,
        n_fail=record.flag_counts.failed,
        n_warn=record.flag_counts.warned,
        failed=tuple(flag.flag for flag in record.flags if flag.level == "fail"),
        warned=tuple(flag.flag for flag in record.flags if flag.level == "warn"),
        score_method=method,
        scores=scores,
    )


def ordered(rows: Iterable[IndexRow]) -> list[IndexRow]:
    """Rows with failed checks first, then by sensitivity call, falling score, and name."""

    def key(row: IndexRow) -> tuple[bool, int, bool, float, str]:
        score = row.sensitivity_score
        return (
            not row.n_fail,
            _WORD_ORDER[row.sensitivity],
            score is None,
            -(score or 0.0),
            row.sample,
        )

    return sorted(rows, key=key)


def write_manifest(rows: Sequence[IndexRow], path: str | Path) -> None:
    """Write index rows as a TSV with one column a field of `IndexRow`; nested fields as JSON."""
    frame = pd.DataFrame([_cells(row) for row in rows], columns=list(IndexRow.model_fields))
    frame[list(_NUMBERS)] = frame[list(_NUMBERS)].astype(float)
    write_tsv(path, frame)


def _cells(row: IndexRow) -> dict[str, Any]:
    cells = row.model_dump()
    cells["scores"] = {
        name: None if score is None else float(f"{score:.10g}")
        for name, score in row.scores.items()
    }
    return cells | {name: json.dumps(cells[name], ensure_ascii=False) for name in _NESTED}


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
        If a column is missing or unknown, or the file was cut short.
    """
    try:
        return _read_rows(path)
    except ValueError as error:  # of pandas, json and pydantic
        raise InputError(
            f"Cannot read as a page manifest: {error}",
            where=Path(path).name,
            fix="Write it again with `atrasig report`.",
        ) from error


def _read_rows(path: str | Path) -> list[IndexRow]:
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    if list(frame.columns) != list(IndexRow.model_fields):
        raise InputError(
            "The columns are not those of a page manifest",
            where=Path(path).name,
            fix="Write it again with `atrasig report`.",
        )
    return [
        IndexRow.model_validate({str(name): _value(str(name), text) for name, text in row.items()})
        for row in frame.to_dict("records")
    ]


def _value(name: str, text: str) -> Any:
    if name in _NESTED:
        return json.loads(text)
    return None if name in _NUMBERS and text == "NA" else text
