"""Rows of the cohort index: what the manifest of a block of pages holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pandas as pd

from atrasig.errors import InputError
from atrasig.files import safe_name, write_tsv
from atrasig.report.index_scores import key_scores
from atrasig.report.part import Number, Part, Text
from atrasig.report.parts import call_parts, flag_parts
from atrasig.report.record import (
    Calls,
    Flag,
    ResponseWord,
    SampleRecord,
    SensitivityCall,
    SensitivityWord,
)
from atrasig.report.tables import GroupedTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anndata import AnnData

_NUMBERS = (
    "sensitivity_score", "sensitivity_low", "sensitivity_high",
    "response_score", "response_low", "response_high",
)  # fmt: skip
_NESTED = ("groups", "failed", "warned", "scores")
"""Fields that a manifest holds as JSON."""
_WORD_ORDER = {"sensitive": 0, "intermediate": 1, "no call": 2, "resistant": 3}
GROUP_COLUMNS = ("group", "timepoint", "condition")
"""Columns of a sheet that put samples into groups, beside the disease."""


class _Sample(Protocol):
    """Fields that the order of the index follows."""

    @property
    def sample(self) -> str: ...
    @property
    def n_fail(self) -> int: ...
    @property
    def sensitivity(self) -> SensitivityWord: ...
    @property
    def sensitivity_score(self) -> float | None: ...


Sample = TypeVar("Sample", bound=_Sample)


class IndexRow(Part):
    """One sample of the index; ``page`` is its HTML file relative to the results folder.

    It is empty for a sample without a page.

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
    """Index row of a record, whose page lies where :func:`atrasig.report.write_sample` puts it."""
    scores: dict[str, dict[str, float | None]] = {}
    for score in record.scores:
        scores.setdefault(score.method, {})[score.signature] = score.score
    kinds = {card.id: card.kind for card in record.signatures}
    row = _row(record.id, record.matrix, record.metadata, record.calls, record.flags)
    method, chosen = key_scores(scores, kinds)
    page = page_of(record.id)
    return row.model_copy(update={"page": page, "score_method": method, "scores": chosen})


def page_of(sample: str) -> str:
    """Page of a sample relative to the results folder."""
    return f"samples/{safe_name(sample)}.html"


def is_flagged(row: IndexRow) -> bool:
    """Whether a reviewer has something to look at.

    That is a check that failed; any call of sensitivity; or a call of response, unless it only
    says that a sample which is not declared exposed does not respond.
    """
    is_exposed = row.groups.get("timepoint") == "exposed"
    expected = {"no call"} if is_exposed else {"no call", "not responding"}
    return bool(row.n_fail) or row.sensitivity != "no call" or row.response not in expected


def index_rows(
    expr: AnnData,
    *,
    scores: pd.DataFrame,
    calls: pd.DataFrame,
    flags: pd.DataFrame,
    kinds: Mapping[str, str],
    samples: Sequence[str],
) -> Iterator[IndexRow]:
    """Index rows of samples without their records, as :func:`index_row` makes them of these.

    Parameters
    ----------
    expr
        Harmonised matrix; only its annotation is looked at.
    scores, calls, flags
        Tables with rows of these samples.
    kinds
        Kind of each signature.
    samples
        Names of the samples, in the order wanted.

    Yields
    ------
    IndexRow
        Without a page.

    Raises
    ------
    UsageError
        If a sample has not exactly one primary call a question.
    """
    given = {
        "scores": GroupedTable(scores, "sample", ("signature", "method", "score"), name="scores"),
        "calls": GroupedTable(
            calls, "sample", _columns(calls, "sample", SensitivityCall), name="calls"
        ),
        "flags": GroupedTable(flags, "sample", _columns(flags, "sample", Flag), name="flags"),
    }
    matrix = str(expr.uns["atrasig"].get("matrix", ""))
    obs = expr.obs.loc[
        list(samples), [name for name in ("disease", *GROUP_COLUMNS) if name in expr.obs]
    ].astype(object)
    for sample, values in zip(samples, obs.to_dict("records"), strict=True):
        facts = {str(k): str(v) for k, v in values.items() if not pd.isna(v) and str(v)}
        found, _ = call_parts(sample, given["calls"].rows(sample))
        flagged, _ = flag_parts(given["flags"].rows(sample))
        by_method: dict[str, dict[str, float | None]] = {}
        for row in given["scores"].rows(sample):
            known = not pd.isna(row["score"])
            own = by_method.setdefault(row["method"], {})
            own[row["signature"]] = float(row["score"]) if known else None
        method, chosen = key_scores(by_method, kinds)
        line = _row(sample, matrix, facts, found, flagged)
        yield line.model_copy(update={"score_method": method, "scores": chosen})


def _columns(frame: pd.DataFrame, key: str, part: type[Part]) -> list[str]:
    return [name for name in frame.columns if name != key and name in part.model_fields]


def _row(
    sample: str, matrix: str, facts: Mapping[str, str], calls: Calls, flags: Sequence[Flag]
) -> IndexRow:
    failed = tuple(flag.flag for flag in flags if flag.level == "fail")
    warned = tuple(flag.flag for flag in flags if flag.level == "warn")
    sensitivity, response = calls.sensitivity, calls.response
    return IndexRow(
        sample=sample,
        page="",
        matrix=matrix,
        disease=facts.get("disease", ""),
        groups={name: facts[name] for name in GROUP_COLUMNS if name in facts},
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
        n_fail=len(failed),
        n_warn=len(warned),
        failed=failed,
        warned=warned,
        score_method="",
        scores={},
    )


def ordered(rows: Iterable[Sample]) -> list[Sample]:
    """Rows with failed checks first, then by sensitivity call, falling score, and name.

    Parameters
    ----------
    rows
        Index rows, or what has their fields.
    """

    def key(row: Sample) -> tuple[bool, int, bool, float, str]:
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
