"""A table whose columns are known to be numbers or text, before it is known what they mean."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from atrasig.io.table import as_text

MISSING = ("", "NA", "NaN", "nan", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "None")
"""Cells that are read as missing values."""
NUMBER_LIKE = (
    r"[+-]?(?:\d+[.,]?\d*|[.,]\d+|[1-9]\d{0,2}(?:[.,]\d{3})+(?:[.,]\d*)?)(?:[eE][+-]?\d+)?"
)
"""Pattern of numbers with either decimal mark, their digits grouped or not."""
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cells:
    """Columns of a table, the first of them the names of the rows.

    Parameters
    ----------
    header
        Name of every column, ``""`` where it has none.
    numbers
        Shape (columns of numbers, rows), NaN where missing.
    number_places
        Places in the header of the columns of numbers, ascending.
    texts
        The other columns by place: texts, ``""`` where missing. Place 0 is always among them.
    """

    header: list[str]
    numbers: Array
    number_places: list[int]
    texts: dict[int, pd.Series]

    @classmethod
    def of_frame(cls, frame: pd.DataFrame) -> Cells:
        """Take the columns of a data frame, the first of them the names of the rows."""
        found: dict[int, Array] = {}
        texts = {0: as_text(frame.iloc[:, 0])}
        for place in range(1, frame.shape[1]):
            column = frame.iloc[:, place]
            if _is_numeric(column.dtype):
                found[place] = to_numbers(column)[0]
            else:
                texts[place] = as_text(column)
        header = [name_text(name) for name in frame.columns]
        return cls.of_columns(header, np.empty((0, len(frame))), [], found, texts)

    @classmethod
    def of_columns(
        cls,
        header: Sequence[str],
        numbers: Array,
        number_places: Sequence[int],
        found: dict[int, Array],
        texts: dict[int, pd.Series],
    ) -> Cells:
        """Join a block of numbers, further columns of numbers, and texts that may be numbers."""
        words, read = {0: texts[0]}, dict(found)
        for place in sorted(texts.keys() - {0}):
            values, wrong = to_numbers(texts[place])
            if wrong.any() or np.isnan(values).all():
                words[place] = texts[place]
            else:
                read[place] = values
        if read:
            every = dict(zip(number_places, numbers, strict=True)) | read
            number_places = sorted(every)
            numbers = np.stack([every[place] for place in number_places])
        return cls(list(header), numbers, list(number_places), words)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.texts[0])

    @property
    def row_names(self) -> list[str]:
        """Names of the rows without surrounding blanks."""
        return self.names_in(0)

    def names_in(self, place: int) -> list[str]:
        """Texts of a column without surrounding blanks."""
        return [str(name).strip() for name in self.texts[place]]

    def column(self, place: int) -> Array:
        """Give a column of numbers, shape (rows,)."""
        column: Array = self.numbers[bisect_left(self.number_places, place)]
        return column

    def stack(self, places: Sequence[int]) -> Array:
        """Give columns of numbers, shape (columns, rows); all of them without a copy."""
        if list(places) == self.number_places:
            return self.numbers
        row_of = {place: row for row, place in enumerate(self.number_places)}
        chosen: Array = self.numbers[[row_of[place] for place in places]]
        return chosen

    def title(self, place: int) -> str:
        """Name of a column, or its position where it has none."""
        return self.header[place] or f"column {place + 1}"

    def rows_where(self, kept: Sequence[bool]) -> Cells:
        """Keep some rows."""
        chosen = np.asarray(kept, dtype=bool)
        texts = {p: text[chosen].reset_index(drop=True) for p, text in self.texts.items()}
        return Cells(self.header, self.numbers[:, chosen], self.number_places, texts)

    def named_by(self, place: int) -> Cells:
        """Exchange a column of texts with the first, so that it names the rows."""
        header, texts = list(self.header), dict(self.texts)
        header[0], header[place] = header[place], header[0]
        texts[0], texts[place] = texts[place], texts[0]
        return Cells(header, self.numbers, self.number_places, texts)

    def without_empty(self) -> tuple[Cells, int]:
        """Drop the columns without name and value that a separator at the end of lines makes."""
        empty = {place for place in range(1, len(self.header)) if self.is_empty(place)}
        if not empty:
            return self, 0
        kept = [place for place in range(len(self.header)) if place not in empty]
        return self.only(kept), len(empty)

    def only(self, places: Sequence[int]) -> Cells:
        """Keep some columns, ascending, the first among them."""
        now = {place: number for number, place in enumerate(places)}
        numbers = [place for place in self.number_places if place in now]
        return Cells(
            [self.header[place] for place in places],
            self.stack(numbers),
            [now[place] for place in numbers],
            {now[place]: text for place, text in self.texts.items() if place in now},
        )

    def is_empty(self, place: int) -> bool:
        """Whether a column has neither name nor value."""
        place = range(len(self.header))[place]
        if self.header[place]:
            return False
        if place in self.texts:
            return bool((self.texts[place].str.strip() == "").all())
        return bool(np.isnan(self.column(place)).all())


def to_numbers(cells: pd.Series) -> tuple[Array, NDArray[np.bool_]]:
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


def is_mostly_numbers(cells: pd.Series) -> bool:
    """Whether most cells of a column of text are numbers: then it is no annotation."""
    text = cells.str.strip()
    given = text[~text.isin(MISSING)]
    numbers = given.str.fullmatch(NUMBER_LIKE) | pd.to_numeric(given, errors="coerce").notna()
    return len(given) > 0 and bool(numbers.mean() > 0.5)


def name_text(name: object) -> str:
    """Text of a name without surrounding blanks; a whole number of a spreadsheet has no point."""
    if isinstance(name, float) and name.is_integer():
        return str(int(name))
    return str(name).strip()


def _is_numeric(dtype: Any) -> bool:
    return is_numeric_dtype(dtype) and not is_bool_dtype(dtype)
