"""The numbers of a page as CSV in ``data:`` links, which work offline and without scripts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from atrasig.report.parts import TOP_DRIVERS
from atrasig.report.record import SampleRecord

_CALL = (
    "question", "model", "model_version", "primary", "call", "score", "low", "high",
    "threshold_low", "threshold_high", "percentile", "probability", "grade", "reason",
)  # fmt: skip
_SCORE = ("signature", "method", "score", "z", "p", "q", "n_matched", "n_genes", "reason")
_ENRICHED = ("signature", "direction", "es", "z", "p", "q", "n_matched", "n_genes", "reason")
_MARKER = ("gene", "direction", "value", "percentile")
_DRIVER = ("gene", "set", "rank", "contribution")
_FLAG = ("flag", "level", "value", "threshold")
_COMBINATION = ("combination", "status", "partner", "context", "grade", "n_patients", "citation")
_STANDING = (
    "gene", "side", "basis", "value", "percentile", "n_beyond", "n_reference", "p",
    "reference_kind",
)  # fmt: skip
DIGITS = 7
"""Significant digits of a number; the record holds all of them."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_.,:;()/?!*+@$=~-]+")
_RISKY = ("=", "+", "-", "@", "\t", "\r")


class Download(NamedTuple):
    """One file: its name, what it holds, its number of rows, and the link that carries it.

    The link is empty where the table is too long for a page.
    """

    name: str
    title: str
    n_rows: int
    link: str


def downloads(record: SampleRecord, max_rows: int) -> list[Download]:
    """Files with the numbers of a page.

    Parameters
    ----------
    record
        The record.
    max_rows
        Rows of a table that a page carries; longer ones stand in the tables of the run.

    Returns
    -------
    list of Download
        One a table that has rows. Missing values are empty.
    """
    combinations = record.hypotheses.entries
    tables: Iterable[tuple[str, str, Sequence[str], list[list[Any]]]] = (
        ("calls", "Calls of all models", _CALL, _rows(record.models, _CALL)),
        ("checks", "Checks", _FLAG, _rows(record.flags, _FLAG)),
        ("scores", "Scores of all signatures", _SCORE, _rows(record.scores, _SCORE)),
        ("markers", "Markers", _MARKER, _rows(record.markers, _MARKER)),
        (
            "genes",
            f"Leading {TOP_DRIVERS} genes of each model",
            ("model", *_DRIVER),
            [
                [part.model, *row]
                for part in record.drivers
                for row in _rows(part.genes[:TOP_DRIVERS], _DRIVER)
            ],
        ),
        (
            "enrichment",
            "Enrichment in this sample",
            _ENRICHED,
            _rows(record.enrichment.sample, _ENRICHED),
        ),
        (
            "hypotheses",
            "Combination hypotheses and their markers",
            (*_COMBINATION, *_STANDING),
            [
                [*_rows([entry], _COMBINATION)[0], *standing]
                for entry in combinations
                for standing in _rows(entry.markers, _STANDING) or [[None] * len(_STANDING)]
            ],
        ),
    )
    return [
        Download(
            f"{record.file}.{name}.csv",
            title,
            len(rows),
            data_link([list(columns), *rows]) if len(rows) <= max_rows else "",
        )
        for name, title, columns, rows in tables
        if rows
    ]


def _rows(parts: Iterable[Any], columns: Sequence[str]) -> list[list[Any]]:
    return [[getattr(part, column) for column in columns] for part in parts]


def data_link(rows: Sequence[Sequence[Any]]) -> str:
    """Put a table into a ``data:`` link as CSV.

    Parameters
    ----------
    rows
        Heading and rows. A text that a spreadsheet program would run as a formula gets an
        apostrophe before it.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_cell(v) for v in row] for row in rows])
    return "data:text/csv;charset=utf-8," + _UNSAFE.sub(_encoded, text.getvalue())


def _encoded(found: re.Match[str]) -> str:
    return _quoted(found[0])


@lru_cache(maxsize=1000)
def _quoted(text: str) -> str:
    return quote(text, safe="")


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value
