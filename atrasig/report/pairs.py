"""Pairs of a patient's samples, and the tests of a cohort, as a page shows them."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from atrasig.report.part import Count, Number, Part, Text
from atrasig.report.tables import GroupedTable


class Pair(Part):
    """Exposed against baseline samples of one patient, by one model.

    ``delta`` is the mean shift of normalised rank with the interval named by ``interval_kind``;
    the control is a list that moves without the drug too.
    """

    patient: str
    model: str
    baseline: Text
    exposed: Text
    delta: Number
    low: Number
    high: Number
    interval_kind: Text
    n_genes: Count
    n_matched: Count
    control: Text
    control_delta: Number
    control_low: Number
    control_high: Number
    specificity: Text
    reason: Text


class PairTest(Part):
    """Mean delta of the pairs of one matrix by one model, and what it was tested by."""

    matrix: Text
    model: str
    n_patients: Count
    n_samples: Count
    n_without: Count
    effect: Number
    low: Number
    high: Number
    statistic: Number
    df: Number
    p: Number
    q: Number
    method: Text
    control: Text
    control_effect: Number
    control_low: Number
    control_high: Number
    reason: Text


class PairView(NamedTuple):
    """What the index shows of the pairs of a run: the first ones, their tests, and how many."""

    pairs: tuple[Pair, ...] = ()
    tests: tuple[PairTest, ...] = ()
    n_pairs: int = 0
    n_tests: int = 0


NO_PAIRS = PairView()


def pairs_of(frame: pd.DataFrame | None) -> GroupedTable:
    """Rows of the table of pairs by patient, to be looked up."""
    columns = tuple(name for name in Pair.model_fields if name != "patient")
    return GroupedTable(frame, "patient", columns, name="pairs")


def pairs_of_patient(table: GroupedTable, patient: str) -> tuple[Pair, ...]:
    """Pairs of one patient, none for an empty name."""
    rows = table.rows(patient.strip())
    return tuple(Pair.model_validate({"patient": patient.strip(), **row}) for row in rows)


def pair_parts(frame: pd.DataFrame) -> tuple[Pair, ...]:
    """Rows of a table of pairs, in its order."""
    return tuple(Pair.model_validate(row) for row in _rows(frame, Pair))


def pair_test_parts(frame: pd.DataFrame) -> tuple[PairTest, ...]:
    """Rows of a table of tests of pairs, in its order."""
    return tuple(PairTest.model_validate(row) for row in _rows(frame, PairTest))


def _rows(frame: pd.DataFrame, part: type[Part]) -> list[dict[str, object]]:
    names = [str(name) for name in part.model_fields]
    values = [frame[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
