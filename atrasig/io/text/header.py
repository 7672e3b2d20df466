"""Which of the first rows of a table is its header, below titles and rows of groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from atrasig.errors import FormatError
from atrasig.genes import load_gene_table
from atrasig.io.cells import MISSING, NUMBER_LIKE

MOST_UNNAMED = 16_384
"""More columns without a name, the width of a worksheet, are no oversight."""

_NUMBER = re.compile(NUMBER_LIKE)
_MISSING = frozenset(MISSING)


def header_place(rows: Iterable[Sequence[str]]) -> int:
    """Find the header among the first rows of a table.

    Parameters
    ----------
    rows
        Fields of the first rows.

    Returns
    -------
    int
        Of the rows above the first that holds a number, the one with the most different words:
        a title fills one field, and a row of groups says the same of many samples. The first
        where several draw, or where no number is below. Below mere titles it is the first row
        with a number, where that is a name (``1001``) and not the value of a gene.
    """
    words: list[int] = []
    for row in rows:
        if _holds_number(row):
            is_header = max(words, default=0) < 2 and not holds_values(row)
            return len(words) if is_header else words.index(max(words)) if words else 0
        words.append(_n_words(row))
    return 0


def holds_values(row: Sequence[str]) -> bool:
    """Whether a row holds the name of a gene, or of a counter, and numbers."""
    first, numbers = row[0].strip(), [field for field in row[1:] if field.strip()]
    if not numbers or not all(map(_is_number, numbers)):
        return False
    return first.startswith(("__", "N_")) or load_gene_table().resolve([first]).kind != "unmapped"


def refuse_unnamed(header: Sequence[str], where: str) -> None:
    """Refuse a header of very many empty fields.

    Raises
    ------
    FormatError
        If more fields are empty than a worksheet has columns.
    """
    unnamed = sum(not name for name in header)
    if unnamed > MOST_UNNAMED:
        raise FormatError(
            f"{unnamed:,} of {len(header):,} columns have no name and are no samples",
            where=where,
            fix="Remove the empty columns, or name every column in the header.",
        )


def _holds_number(row: Sequence[str]) -> bool:
    return any(map(_is_number, row[1:]))


def _is_number(field: str) -> bool:
    return _NUMBER.fullmatch(field.strip()) is not None


def _n_words(row: Sequence[str]) -> int:
    return len({field.strip() for field in row} - _MISSING)
