"""TSV and CSV matrices, plain or gzip-compressed."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.genes import looks_like_gene_ids
from atrasig.io.table import RawMatrix

MISSING = ("", "NA", "NaN", "nan", "N/A", "null", "NULL", "None")
_PROBED_NAMES = 400


@contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """Open a plain or gzip-compressed UTF-8 text.

    Raises
    ------
    FormatError
        If the compressed data are damaged or the text is not UTF-8.
    """
    with path.open("rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
    opener = gzip.open if compressed else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as handle:
            yield handle  # type: ignore[misc]
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(
            "The gzip file is damaged", where=str(path), fix="Download or compress it again."
        ) from error
    except UnicodeDecodeError as error:
        raise FormatError(
            f"The text is not UTF-8 (byte {error.start})", where=str(path), fix="Save it as UTF-8."
        ) from error


def read(path: Path, samples: Sequence[str] | None) -> RawMatrix:
    """Read a delimited matrix.

    Parameters
    ----------
    path
        TSV or CSV; leading lines that start with ``#`` or ``!`` are skipped and counted. Genes may
        stand in rows or columns: the side on which more names are known gene identifiers.
    samples
        Columns to read as samples; others become annotation or are counted as ignored.

    Raises
    ------
    FormatError
        If a line has too many or too few fields, a header repeats, or a value is not a number.
    """
    with open_text(path) as handle:
        skipped, header, separator = _header(handle, path)
    frame = _parse(path, skipped, separator, header)
    return matrix_from_frame(frame, samples, {"comment_lines": skipped}, path)


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
    """
    row_names = [str(name) for name in frame.iloc[:, 0]]
    numeric = [
        place
        for place in range(1, frame.shape[1])
        if pd.api.types.is_numeric_dtype(frame.dtypes.iloc[place])
    ]
    column_names = [str(frame.columns[place]) for place in numeric]
    if samples is None:
        in_columns = looks_like_gene_ids(column_names[:_PROBED_NAMES])
        genes_in_columns = in_columns > looks_like_gene_ids(row_names[:_PROBED_NAMES])
    else:
        wanted = set(samples)
        genes_in_columns = bool(wanted & set(row_names)) and not wanted & set(column_names)
    if genes_in_columns:
        return _samples_in_rows(frame, numeric, dict(facts), path)
    return _genes_in_rows(frame, samples, dict(facts), path)


def _header(handle: IO[str], path: Path) -> tuple[int, list[str], str]:
    skipped = 0
    for line in handle:
        if line.strip() and not line.startswith(("#", "!")):
            separator = "\t" if "\t" in line else ","
            fields = next(csv.reader(io.StringIO(line), delimiter=separator))
            return skipped, [field.strip() for field in fields], separator
        skipped += 1
    raise FormatError("There is no header line", where=str(path), fix="Give a header with names.")


def _parse(path: Path, skipped: int, separator: str, header: list[str]) -> pd.DataFrame:
    repeated = [name for name, times in Counter(header).items() if times > 1 and name]
    if repeated:
        raise FormatError(
            f"Column name {repeated[0]!r} stands {header.count(repeated[0])} times in the header",
            where=f"{path}, line {skipped + 1}",
            fix="Give each column a name of its own.",
        )
    try:
        with open_text(path) as handle:
            frame = pd.read_csv(
                handle, sep=separator, skiprows=skipped + 1, header=None, index_col=False,
                na_values=list(MISSING), keep_default_na=False, low_memory=False,
            )  # fmt: skip
    except pd.errors.EmptyDataError as error:
        raise FormatError(
            "There is no line below the header", where=str(path), fix="Give values."
        ) from error
    except pd.errors.ParserError as error:
        raise FormatError(
            f"The lines do not have equal numbers of fields: {error}",
            where=str(path),
            fix="Give every line one field a column.",
        ) from error
    names = header if frame.shape[1] == len(header) else ["", *header]
    if frame.shape[1] != len(names):
        raise FormatError(
            f"The header has {len(header)} fields, the lines have {frame.shape[1]}",
            where=f"{path}, line {skipped + 1}",
            fix="Give one header field a column (or one fewer, when the row names have none).",
        )
    if frame.shape[1] < 2:
        raise FormatError(
            "There is only one column",
            where=str(path),
            fix="Separate columns with tabs or commas.",
        )
    frame.columns = pd.Index(names, dtype=object)
    return frame


def _genes_in_rows(
    frame: pd.DataFrame, samples: Sequence[str] | None, facts: dict[str, str | int], path: Path
) -> RawMatrix:
    wanted = set(frame.columns[1:]) if samples is None else set(samples)
    values, names, annotation = [], [], {}
    for place in range(1, frame.shape[1]):
        name, column = str(frame.columns[place]), frame.iloc[:, place]
        if name in wanted and _is_sample(column, required=samples is not None):
            values.append(_numbers(column, name, frame.iloc[:, 0], path))
            names.append(name)
        elif not pd.api.types.is_numeric_dtype(column):
            annotation[name] = column.astype(object).where(column.notna(), "").astype(str)
    identifiers, annotation = _choose_identifiers(frame.iloc[:, 0], annotation, facts)
    facts["orientation"] = "genes in rows"
    facts["ignored_columns"] = frame.shape[1] - 1 - len(names) - len(annotation)
    matrix = np.ascontiguousarray(np.column_stack(values).T) if values else np.empty((0, len(frame)))
    return RawMatrix(matrix, names, identifiers, pd.DataFrame(annotation), facts)


def _is_sample(column: pd.Series, *, required: bool) -> bool:
    if required or pd.api.types.is_numeric_dtype(column):
        return True
    parsed = pd.to_numeric(column, errors="coerce")
    # A column in which most cells are numbers is a sample with a fault, not an annotation.
    return bool(parsed.notna().sum() * 2 > column.notna().sum() > 0)


def _choose_identifiers(
    first: pd.Series, annotation: dict[str, pd.Series], facts: dict[str, str | int]
) -> tuple[list[str], dict[str, pd.Series]]:
    """The column whose names are known genes most often; the first column where they draw."""
    candidates = {"": first.astype(object).where(first.notna(), "").astype(str)} | annotation
    known = {n: looks_like_gene_ids(list(c.iloc[:_PROBED_NAMES])) for n, c in candidates.items()}
    best = max(candidates, key=lambda name: (known[name], name == ""))
    facts["identifier_column"] = best or str(first.name or "first column")
    kept = {name: column for name, column in annotation.items() if name != best}
    return [_plain(text) for text in candidates[best]], kept


def _plain(identifier: str) -> str:
    text = identifier.strip()
    # A column of whole numbers with one gap is read as 7105.0.
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def _numbers(column: pd.Series, name: str, rows: pd.Series, path: Path) -> np.ndarray:
    if pd.api.types.is_bool_dtype(column):
        column = column.astype(object)
    parsed = pd.to_numeric(column, errors="coerce")
    wrong = parsed.isna() & column.notna()
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        raise FormatError(
            f"{column.iloc[place]!r} is not a number"
            + (f"; {int(wrong.sum())} such cells in the column" if wrong.sum() > 1 else ""),
            where=f"{path}, row {rows.iloc[place]!r}, column {name!r}",
            fix="Leave a missing value empty or NA; use a decimal point.",
        )
    return parsed.to_numpy(dtype=np.float64)


def _samples_in_rows(
    frame: pd.DataFrame, numeric: list[int], facts: dict[str, str | int], path: Path
) -> RawMatrix:
    for place in range(1, frame.shape[1]):
        if place not in numeric and _is_sample(frame.iloc[:, place], required=False):
            _numbers(frame.iloc[:, place], str(frame.columns[place]), frame.iloc[:, 0], path)
    facts["orientation"] = "samples in rows"
    facts["ignored_columns"] = frame.shape[1] - 1 - len(numeric)
    matrix = frame.iloc[:, numeric].to_numpy(dtype=np.float64)
    genes = [str(frame.columns[c]) for c in numeric]
    rows = [str(v) for v in frame.iloc[:, 0]]
    return RawMatrix(matrix, rows, genes, pd.DataFrame(index=range(len(genes))), facts)
