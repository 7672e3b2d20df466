"""Rows of text, as formats with a fixed layout hold them: fields, numbers, a matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from atrasig.errors import FormatError
from atrasig.io.cells import MISSING

_MISSING = frozenset(MISSING)


def tab_rows(lines: Iterable[str], first: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Split lines at tabs.

    Parameters
    ----------
    lines
        Lines with or without their ends.
    first
        Number of the first of them.

    Yields
    ------
    tuple of int and list of str
        Line number and fields; lines without text are passed over.
    """
    for number, line in enumerate(lines, start=first):
        if line.strip():
            yield number, line.rstrip("\r\n").split("\t")


def read_numbers(fields: Sequence[str], where: Callable[[int], str]) -> np.ndarray:
    """Read fields as numbers, to the last digit.

    Parameters
    ----------
    fields
        Texts; an empty one and the words of :data:`atrasig.io.cells.MISSING` are missing values.
    where
        Place of a field in the file, for the message.

    Returns
    -------
    numpy.ndarray
        float64, NaN where missing.

    Raises
    ------
    FormatError
        If a field is neither a number nor missing.
    """
    # Python reads 1_000 as a number, and no program writes one so.
    if "_" not in "".join(fields):
        for texts in (fields, ["nan" if f.strip() in _MISSING else f for f in fields]):
            try:
                return np.array(texts, dtype=np.float64)
            except ValueError:
                continue
    place = next(place for place, field in enumerate(fields) if not _is_number(field))
    raise FormatError(
        f"{fields[place]!r} is not a number",
        where=where(place),
        fix="Leave a missing value empty or NA; use a decimal point.",
    )


def as_samples(rows: Sequence[np.ndarray], n_samples: int) -> np.ndarray:
    """Turn genes, each with one value a sample, into an array of shape (samples, genes)."""
    return np.stack(rows, axis=1) if rows else np.empty((n_samples, 0))


def padded(fields: list[str], width: int) -> list[str]:
    """Fill a row whose trailing empty fields were left out."""
    return fields + [""] * (width - len(fields))


def check_width(fields: Sequence[str], width: int, number: int, path: Path) -> None:
    """Refuse a row with too few fields, or with text beyond the last one.

    Raises
    ------
    FormatError
        With the line's number.
    """
    if len(fields) < width or any(field.strip() for field in fields[width:]):
        raise FormatError(
            f"The line has {len(fields)} fields, {width} are needed",
            where=f"{path}, line {number}",
            fix="Export or download the file again.",
        )


def _is_number(field: str) -> bool:
    text = field.strip()
    if text in _MISSING:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
