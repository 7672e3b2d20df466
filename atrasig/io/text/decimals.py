"""Decimal marks: 1.5 or 1,5, and commas or points that only group digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import FormatError
from atrasig.io.cells import NUMBER_LIKE, Array, is_mostly_numbers
from atrasig.io.options import Decimal

Mark = Literal["point", "comma"]

_FEW, _LARGEST_LOG2, _PROBED = 5, 40.0, 2000
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_ONE_COMMA = rf"[+-]?\d*,\d+{_EXPONENT}"
_THREE_DIGITS = r"[+-]?[1-9]\d{0,2},\d{3}"
_POINT_OR_GROUPS = r".*(?:\.|,.*,).*"
_GROUPED = {
    "point": r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?",
    "comma": r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?",
}


@dataclass(frozen=True)
class Settled:
    """Texts with decimal points.

    Parameters
    ----------
    mark
        Decimal mark of the file.
    texts
        Columns by place; those of numbers rewritten with a decimal point and without groups.
    grouped
        Number of cells whose digits were grouped.
    """

    mark: Mark
    texts: dict[int, pd.Series]
    grouped: int


def settle_decimals(
    texts: dict[int, pd.Series],
    *,
    stated: Decimal,
    separator: str,
    points_seen: Callable[[], bool],
    where: str,
) -> Settled:
    """Decide the decimal mark and rewrite the columns of numbers that do not have a point.

    Parameters
    ----------
    texts
        Columns that cannot be read as numbers with a decimal point, by place.
    stated
        What the user says.
    separator
        Separator of the columns; where it is a comma, a decimal comma must be stated.
    points_seen
        Tells whether other columns of the table hold decimal points; asked only where it matters.
    where
        File, for messages.

    Raises
    ------
    FormatError
        If every comma is followed by exactly three digits and nothing tells what it means, or a
        cell contradicts a stated comma.
    """
    bare = {place: column.str.strip() for place, column in texts.items()}
    of_numbers = {place: cells for place, cells in bare.items() if is_mostly_numbers(cells)}
    if stated != "comma":
        of_numbers = {p: c for p, c in of_numbers.items() if c.str.contains(",", regex=False).any()}
    mark = _decide(of_numbers, separator, points_seen, where) if stated == "auto" else stated
    grouped = 0
    rewritten = dict(texts)
    for place, cells in of_numbers.items():
        rewritten[place], n_grouped = _with_point(cells, texts[place], mark, where)
        grouped += n_grouped
    return Settled(mark, rewritten, grouped)


def refuse_grouping_points(numbers: Array, where: str) -> None:
    """Refuse numbers whose decimal points look like marks of thousands (``1.234``).

    Parameters
    ----------
    numbers
        Shape (columns, rows), as read with a decimal point.
    where
        File, for messages.

    Raises
    ------
    FormatError
        If there are whole numbers too large for logarithms but none from 1000, and the fractions
        are above 1 and have three digits, as where thousands are set apart.
    """
    if _points_may_group(numbers[:, :_PROBED]) and _points_may_group(numbers):
        given = numbers[np.isfinite(numbers)]
        raise FormatError(
            f"{given[given != np.floor(given)][0]:.3f} may be a thousand or a fraction: there are "
            "whole numbers up to 999, and fractions of three digits alone",
            where=where,
            fix="Say which: --decimal point, or --decimal comma if points group the digits.",
        )


def _points_may_group(numbers: Array) -> bool:
    given = numbers[np.isfinite(numbers)]
    is_whole = given == np.floor(given)
    fractions = given[~is_whole]
    if fractions.size < _FEW or not _LARGEST_LOG2 < given[is_whole].max(initial=0.0) < 1000:
        return False
    in_range = fractions.min() > 1 and fractions.max() < 1000
    three_digits = (np.round(fractions * 1000) / 1000 == fractions).all()
    # A third digit of 0 cannot be seen any more, which befalls one in ten.
    rarely_fewer = np.mean(np.round(fractions * 100) / 100 == fractions) < 0.5
    return bool(in_range and three_digits and rarely_fewer)


def _decide(
    columns: dict[int, pd.Series], separator: str, points_seen: Callable[[], bool], where: str
) -> Mark:
    if not columns:
        return "point"
    cells = pd.concat(list(columns.values()), ignore_index=True)
    cells = cells[cells.str.fullmatch(NUMBER_LIKE)]
    if _matches(cells, _POINT_OR_GROUPS).any() or points_seen():
        return "point"
    ambiguous = _matches(cells, _THREE_DIGITS)
    certain = _matches(cells, _ONE_COMMA) & ~ambiguous
    if certain.any() and separator != ",":
        return "comma"
    if ambiguous.any() and not certain.any():
        shown = cells.iloc[int(np.flatnonzero(ambiguous)[0])]
        raise FormatError(
            f"{shown!r} may be a thousand or a fraction: every comma in the numbers is followed "
            "by exactly three digits",
            where=where,
            fix="Say which: --decimal comma, or --decimal point if commas group the digits.",
        )
    return "point"


def _with_point(
    cells: pd.Series, written: pd.Series, mark: Mark, where: str
) -> tuple[pd.Series, int]:
    group = "," if mark == "point" else "."
    grouped = _matches(cells, _GROUPED[mark])
    numbers = _matches(cells, NUMBER_LIKE)
    plain = cells.where(~grouped, cells.str.replace(group, "", regex=False))
    if mark == "comma":
        contrary = numbers & plain.str.contains(".", regex=False).to_numpy(dtype=bool)
        if contrary.any():
            raise FormatError(
                f"{cells.iloc[int(np.flatnonzero(contrary)[0])]!r} has a decimal point, though "
                "the decimal mark was stated to be a comma",
                where=where,
                fix="State --decimal point, or write all numbers alike.",
            )
        plain = plain.str.replace(",", ".", regex=False)
    rewritten = numbers & (plain != cells).to_numpy(dtype=bool)
    return written.where(~rewritten, plain), int(grouped.sum())


def _matches(cells: pd.Series, pattern: str) -> NDArray[np.bool_]:
    return cells.str.fullmatch(pattern).to_numpy(dtype=bool)
