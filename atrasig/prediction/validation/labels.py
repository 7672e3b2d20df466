"""What is known of samples beside their expression: labels, measured responses, groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.errors import Fault, InputError, SheetError, UsageError
from atrasig.sheet import SampleRow, SampleSheet, read_sheet
from atrasig.sheet.rules import check_cells, check_ids, group_faults
from atrasig.sheet.text import Record, read_records

MISSING = frozenset({"", "na", "n/a", "nan"})
"""Cells that stand for nothing known, in any case."""
_LISTED = 8
_NO_MATRIX = "-"


@dataclass(frozen=True)
class Truth:
    """Columns that hold the truth a model is compared with.

    Parameters
    ----------
    label, positive
        Column of labels, and the label that the model's positive call speaks of; every other
        label is negative.
    response
        Column of a measured response.
    group
        Column of groups (lineage, batch, ...) within which figures are given too.

    Raises
    ------
    UsageError
        If there is neither a label nor a response, or a label without its positive value.
    """

    label: str = ""
    positive: str = ""
    response: str = ""
    group: str = ""

    def __post_init__(self) -> None:
        if not self.label and not self.response:
            raise UsageError(
                "There is nothing to compare the model with",
                fix="Name a column of labels (--label, --positive) or of responses (--response).",
            )
        if bool(self.label) != bool(self.positive):
            raise UsageError(
                "A column of labels and its positive value belong together",
                fix="Give both --label and --positive.",
            )

    def read(self, known: pd.DataFrame) -> pd.DataFrame:
        """Read the truth of every sample.

        Parameters
        ----------
        known
            One row a sample.

        Returns
        -------
        pandas.DataFrame
            Same rows: ``label`` and ``group`` as text (empty where missing), ``positive`` (True,
            False or None), ``response`` (NaN where missing).

        Raises
        ------
        UsageError
            If a column is not there, or no sample has the positive label.
        InputError
            If a response is no finite number.
        """
        label, group = (self._text(known, name) for name in (self.label, self.group))
        values = sorted(set(label) - {""})
        if self.label and self.positive not in values:
            raise UsageError(
                f"No sample has {self.positive!r} in the column {self.label!r}",
                fix=f"Its values are: {_listed(values) or 'all empty'}.",
            )
        positive = (label == self.positive).astype(object).where(label != "", None)
        response = self._numbers(known)
        columns = {"label": label, "positive": positive, "response": response, "group": group}
        return pd.DataFrame(columns, index=known.index)

    def _text(self, known: pd.DataFrame, column: str) -> pd.Series:
        if not column:
            return pd.Series("", index=known.index, dtype=object)
        if column not in known:
            raise UsageError(
                f"There is no column {column!r}",
                fix=f"The columns are: {_listed(list(map(str, known.columns)), 40)}.",
            )
        cells = known[column]
        text = cells.where(cells.notna(), "").astype(str).str.strip().astype(object)
        return text.where(~text.str.casefold().isin(MISSING), "")

    def _numbers(self, known: pd.DataFrame) -> pd.Series:
        text = self._text(known, self.response)
        numbers = pd.to_numeric(text.where(text != "", None), errors="coerce").astype(np.float64)
        odd = (text != "") & ~np.isfinite(numbers)
        if odd.any():
            first = text.index[odd][0]
            raise InputError(
                f"{int(odd.sum())} cells of the column {self.response!r} are no finite numbers",
                where=f"sample {str(first)!r}: {text[first]!r}",
                fix="Write numbers with a point, and nothing where there is none.",
            )
        return numbers


def _listed(values: list[str], most: int = _LISTED) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(map(repr, values[:most])) + more


def read_label_sheet(path: str | Path, *, sample: str = "sample") -> SampleSheet:
    """Read a sample sheet, or a table of labels without a column ``matrix``.

    Parameters
    ----------
    path
        TSV or CSV. Columns of the sample sheet (disease, material, timepoint, ...) mean what they
        mean there; all others are kept.
    sample
        Column of sample ids, where it has another name; a column ``matrix`` is then not looked at.

    Returns
    -------
    SampleSheet
        ``columns`` holds ``matrix`` where the table names matrices.

    Raises
    ------
    SheetError
        With every fault of the table, located by line and column.
    """
    location = Path(path)
    columns, records, faults = read_records(location)
    if "matrix" in columns and sample == "sample":
        return read_sheet(location)
    if sample != "sample":
        records, faults = _named(records, faults, columns, sample)
    faults = [fault for fault in faults if fault.column != "matrix"]
    rows = [Record(r.line, {**r.cells, "matrix": _NO_MATRIX}) for r in records]
    cells, found = check_cells(rows)
    faults += group_faults([*found, *check_ids(rows)])
    if faults:
        raise SheetError("The table of labels has faults", faults, where=str(location))
    return SampleSheet(
        rows=tuple(SampleRow.model_validate(cell) for cell in cells),
        path=location,
        columns=tuple(name for name in dict.fromkeys(["sample", *columns]) if name != "matrix"),
        folder=location.parent,
    )


def _named(
    records: list[Record], faults: list[Fault], columns: tuple[str, ...], sample: str
) -> tuple[list[Record], list[Fault]]:
    """Take the sample ids from another column."""
    if sample not in columns:
        text = f"column is missing; found: {', '.join(map(repr, columns))}"
        return records, [*faults, Fault(0, sample, text)]
    renamed = [Record(r.line, {**r.cells, "sample": r.cells[sample]}) for r in records]
    return renamed, [fault for fault in faults if fault.column != "sample"]
