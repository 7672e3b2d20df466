"""The samples of a run for its index: a few rows to list, and of every sample what is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from atrasig.report.index import IndexRow, ordered
from atrasig.report.record import ResponseWord, SensitivityWord

LISTED = 10_000
"""Samples that an index lists. Its page grows by 0.6 kB with each, and a browser reads it whole."""

Value = TypeVar("Value")


class Brief(NamedTuple):
    """What counts and figures need of a sample, under the names of `IndexRow`.

    It takes a fifth of the memory of a row, since equal texts and groups are held once.
    """

    sample: str
    matrix: str
    disease: str
    groups: Mapping[str, str]
    sensitivity: SensitivityWord
    sensitivity_model: str
    sensitivity_score: float | None
    response: ResponseWord
    response_model: str
    response_score: float | None
    n_fail: int
    n_warn: int
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    score_method: str
    scores: Mapping[str, float | None]
    has_page: bool


@dataclass(frozen=True)
class Overview:
    """Samples of a run, in the order of the index.

    Parameters
    ----------
    rows
        The first samples in that order, to be listed.
    briefs
        All samples.
    """

    rows: tuple[IndexRow, ...]
    briefs: tuple[Brief, ...]

    @classmethod
    def of(cls, rows: Iterable[IndexRow], at_most: int = LISTED) -> Overview:
        """Look through index rows once; of those that are not listed only the brief is kept.

        Parameters
        ----------
        rows
            One row a sample, in any order.
        at_most
            Samples to list.
        """
        kept: list[IndexRow] = []
        briefs: list[Brief] = []
        shared = _Shared()
        for row in rows:
            briefs.append(shared.brief(row))
            kept.append(row)
            if len(kept) >= 2 * at_most:
                kept = ordered(kept)[:at_most]
        return cls(tuple(ordered(kept)[:at_most]), tuple(ordered(briefs)))

    @property
    def n_rows(self) -> int:
        """Number of samples, listed or not."""
        return len(self.briefs)

    @property
    def n_without_page(self) -> int:
        """Number of samples without a page of their own."""
        return sum(not brief.has_page for brief in self.briefs)


class _Shared:
    """Makes briefs that hold equal texts once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._checks: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._groups: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}

    def brief(self, row: IndexRow) -> Brief:
        text = self._text
        return Brief(
            row.sample,
            text(row.matrix),
            text(row.disease),
            self._groups.setdefault(tuple(row.groups.items()), row.groups),
            row.sensitivity,
            text(row.sensitivity_model),
            row.sensitivity_score,
            row.response,
            text(row.response_model),
            row.response_score,
            row.n_fail,
            row.n_warn,
            self._checks.setdefault(row.failed, row.failed),
            self._checks.setdefault(row.warned, row.warned),
            text(row.score_method),
            {text(name): score for name, score in row.scores.items()},
            bool(row.page),
        )

    def _text(self, text: str) -> str:
        return self._texts.setdefault(text, text)
