"""From a table with names in its first column to a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from atrasig.errors import FormatError
from atrasig.genes import looks_like_gene_ids
from atrasig.io.table import RawMatrix, as_text, missing_samples

MISSING = ("", "NA", "NaN", "nan", "N/A", "null", "NULL", "None")
"""Cells that are read as missing values."""
_PROBED_NAMES = 400


def matrix_from_frame(
    frame: pd.DataFrame, samples: Sequence[str] | None, facts: dict[str, str | int], path: Path
) -> RawMatrix:
    """Turn a table into a matrix, deciding on which side the genes stand.

    Parameters
    ----------
    frame
        First column the names of the rows; then samples and annotation, or genes.
    samples
        Names to read as samples, where they are known.
    facts
        What the reader has found so far; orientation and counts are added.
    path
        File, for messages.

    Raises
    ------
    FormatError
        If a cell of a sample is not a number, or a column of numbers has no name.
    InputError
        If a named sample is not in the table.
    """
    frame, n_empty = _drop_empty_columns(frame)
    facts = facts | {"empty_columns": n_empty}
    if frame.shape[1] < 2:
        raise FormatError(
            "There is only one column",
            where=str(path),
            fix="Give a column of names and at least one column of values.",
        )
    if _genes_in_columns(frame, samples):
        return _samples_in_rows(frame, facts, path)
    return _genes_in_rows(frame, samples, facts, path)


def choose_identifiers(
    candidates: dict[str, pd.Series], facts: dict[str, str | int]
) -> tuple[list[str], pd.DataFrame]:
    """Choose the column whose names are known genes most often.

    Parameters
    ----------
    candidates
        Columns of text by name; where several draw, the first is taken.
    facts
        Gets ``identifier_column``.

    Returns
    -------
    identifiers : list of str
        The chosen column.
    annotation : pandas.DataFrame
        The others.
    """
    known = {n: looks_like_gene_ids(list(c.iloc[:_PROBED_NAMES])) for n, c in candidates.items()}
    best = max(candidates, key=known.__getitem__)
    facts["identifier_column"] = best
    others = {name: list(column) for name, column in candidates.items() if name != best}
    identifiers = [_plain(text) for text in candidates[best]]
    return identifiers, pd.DataFrame(others, index=range(len(identifiers)), dtype=object)


def to_numbers(cells: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Read cells as numbers.

    Parameters
    ----------
    cells
        Numbers or texts.

    Returns
    -------
    numbers : numpy.ndarray
        float64, NaN where missing or wrong.
    wrong : numpy.ndarray
        bool, True where a cell is neither a number nor missing.
    """
    if _is_numeric(cells.dtype):
        return cells.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(len(cells), dtype=bool)
    text = as_text(cells).str.strip()
    text = text.mask(text.isin(MISSING), "nan")
    wrong = (pd.to_numeric(text, errors="coerce").isna() & (text != "nan")).to_numpy(dtype=bool)
    # float() reads every digit; pandas may be off by one in the last bit.
    return text.mask(wrong, "nan").to_numpy(dtype=object).astype(np.float64), wrong


def _drop_empty_columns(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Drop the columns without name and value that a separator at the end of lines makes."""
    kept = [
        place
        for place, name in enumerate(frame.columns)
        if place == 0 or name != "" or bool(frame.iloc[:, place].notna().any())
    ]
    dropped = frame.shape[1] - len(kept)
    return (frame.iloc[:, kept] if dropped else frame), dropped


def _genes_in_columns(frame: pd.DataFrame, samples: Sequence[str] | None) -> bool:
    rows = [str(name).strip() for name in frame.iloc[:, 0]]
    if samples is not None:
        wanted = set(samples)
        if wanted & set(frame.columns[1:]):
            return False
        if wanted & set(rows):
            return True
    columns = [str(frame.columns[place]) for place in _numeric_places(frame)]
    in_columns = looks_like_gene_ids(columns[:_PROBED_NAMES])
    return in_columns > looks_like_gene_ids(rows[:_PROBED_NAMES])


def _numeric_places(frame: pd.DataFrame) -> list[int]:
    dtypes = list(frame.dtypes)
    return [place for place in range(1, frame.shape[1]) if _is_numeric(dtypes[place])]


def _is_numeric(dtype: Any) -> bool:
    return is_numeric_dtype(dtype) and not is_bool_dtype(dtype)


def _genes_in_rows(
    frame: pd.DataFrame, samples: Sequence[str] | None, facts: dict[str, str | int], path: Path
) -> RawMatrix:
    rows = frame.iloc[:, 0]
    text = {str(frame.columns[0]) or "column 1": as_text(rows)}
    wanted = None if samples is None else set(samples)
    values, names, present = [], [], []
    for place in range(1, frame.shape[1]):
        name, column = str(frame.columns[place]), frame.iloc[:, place]
        is_sample = _is_sample(column)
        present += [name] if is_sample else []
        if is_sample if wanted is None else name in wanted:
            values.append(_numbers(column, name or f"column {place + 1}", rows, path))
            names.append(_named(name, place, path))
        elif not _is_numeric(column.dtype):
            text[name or f"column {place + 1}"] = as_text(column)
    if wanted is not None and not wanted <= set(names):
        raise missing_samples(sorted(wanted - set(names)), len(wanted), present, str(path))
    facts["orientation"] = "genes in rows"
    facts["ignored_columns"] = frame.shape[1] - len(names) - len(text)
    identifiers, annotation = choose_identifiers(text, facts)
    matrix = np.stack(values) if values else np.empty((0, len(frame)))
    return RawMatrix(matrix, names, identifiers, annotation, facts)


def _named(name: str, place: int, path: Path) -> str:
    if not name:
        raise FormatError(
            f"Column {place + 1} holds numbers and has no name",
            where=str(path),
            fix="Name every sample in the header.",
        )
    return name


def _is_sample(column: pd.Series) -> bool:
    if _is_numeric(column.dtype):
        return True
    numbers, _ = to_numbers(column)
    # A column in which most cells are numbers is a sample with a fault, not an annotation.
    return bool((~np.isnan(numbers)).sum() * 2 > column.notna().sum() > 0)


def _plain(identifier: str) -> str:
    text = identifier.strip()
    # A column of whole numbers with one gap is read as 7105.0.
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def _numbers(column: pd.Series, name: str, rows: pd.Series, path: Path) -> np.ndarray:
    numbers, wrong = to_numbers(column)
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise FormatError(
            f"{str(column.iloc[place])!r} is not a number"
            + (f"; {int(wrong.sum())} such cells in the column" if wrong.sum() > 1 else ""),
            where=f"{path}, row {str(rows.iloc[place])!r}, column {name!r}",
            fix="Leave a missing value empty or NA; use a decimal point. If the column is no "
            "sample, name the samples in a sheet.",
        )
    return numbers


def _samples_in_rows(frame: pd.DataFrame, facts: dict[str, str | int], path: Path) -> RawMatrix:
    numeric = _numeric_places(frame)
    for place in sorted(set(range(1, frame.shape[1])) - set(numeric)):
        column = frame.iloc[:, place]
        if _is_sample(column):
            _numbers(column, str(frame.columns[place]), frame.iloc[:, 0], path)
    facts["orientation"] = "samples in rows"
    facts["ignored_columns"] = frame.shape[1] - 1 - len(numeric)
    matrix = frame.iloc[:, numeric].to_numpy(dtype=np.float64, na_value=np.nan)
    genes = [_named(str(frame.columns[place]), place, path) for place in numeric]
    rows = [str(name).strip() for name in frame.iloc[:, 0]]
    return RawMatrix(matrix, rows, genes, pd.DataFrame(index=range(len(genes))), facts)
