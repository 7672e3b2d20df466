"""Rows of text, as formats with a fixed layout hold them: fields, numbers, a matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from atrasig.errors import AtrasigError, FormatError
from atrasig.failures import is_minority
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
    place = next(place for place, text in enumerate(fields) if not _is_number(text))
    raise _no_number(fields[place], where(place))


@dataclass
class SampleValues:
    """Values of samples, taken in gene by gene.

    Parameters
    ----------
    names
        Names of the samples.
    faults
        Samples with a field that is no number, each with the first such field.
    """

    names: Sequence[str]
    faults: dict[str, AtrasigError] = field(default_factory=dict)
    _genes: list[np.ndarray] = field(default_factory=list)

    def add(self, fields: Sequence[str], where: Callable[[int], str]) -> None:
        """Take in a gene: one field a sample.

        Raises
        ------
        FormatError
            If more than half of the samples have a field that is no number by now: the first
            such.
        """
        try:
            self._genes.append(read_numbers(self._but_faulty(fields), where))
        except FormatError:
            self._note(fields, where)
            self._genes.append(read_numbers(self._but_faulty(fields), where))

    def matrix(self) -> np.ndarray:
        """Array of shape (samples, genes); a row of NaN for a sample with a fault."""
        if not self._genes:
            return np.empty((len(self.names), 0))
        values = np.stack(self._genes, axis=1)
        values[[name.strip() in self.faults for name in self.names]] = np.nan
        return values

    def _but_faulty(self, fields: Sequence[str]) -> Sequence[str]:
        if not self.faults:
            return fields
        return [
            "" if name.strip() in self.faults else text
            for name, text in zip(self.names, fields, strict=True)
        ]

    def _note(self, fields: Sequence[str], where: Callable[[int], str]) -> None:
        for place, (name, text) in enumerate(zip(self.names, fields, strict=True)):
            if not _is_number(text):
                self.faults.setdefault(name.strip(), _no_number(text, where(place)))
        if not is_minority(len(self.faults), len(self.names)):
            raise next(iter(self.faults.values()))


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


def _no_number(text: str, where: str) -> FormatError:
    return FormatError(
        f"{text!r} is not a number",
        where=where,
        fix="Leave a missing value empty or NA; use a decimal point.",
    )
