"""Tables in, plain rows out: each frame is grouped once and never scanned again."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Row = dict[str, Any]


class GroupedTable:
    """Rows of a table by one key column, in the order of the table.

    Parameters
    ----------
    frame
        The table; None stands for a table without rows.
    key
        Column that is looked up.
    columns
        Columns that every row must have.
    optional
        Columns that are handed on where the table has them.
    name
        What to call the table in an error.

    Raises
    ------
    UsageError
        If a column is missing.
    """

    def __init__(
        self,
        frame: pd.DataFrame | None,
        key: str,
        columns: Sequence[str],
        *,
        optional: Sequence[str] = (),
        name: str,
    ) -> None:
        frame = pd.DataFrame(columns=[key, *columns]) if frame is None else frame
        missing = [column for column in (key, *columns) if column not in frame.columns]
        if missing:
            raise UsageError(
                f"The table of {name} lacks the columns {', '.join(missing)}",
                fix="Hand over the table as its stage wrote it.",
            )
        kept = [*columns, *(column for column in optional if column in frame.columns)]
        self._columns: dict[str, NDArray[Any]] = {
            column: frame[column].to_numpy() for column in kept
        }
        self._indices: dict[Hashable, NDArray[np.intp]] = {
            group: np.asarray(rows)
            for group, rows in frame.groupby(key, sort=False, observed=True).indices.items()
        }

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(str(group) for group in self._indices))

    def rows(self, key: str) -> list[Row]:
        """Rows of one key as dictionaries of plain Python values; empty if there are none."""
        index = self._indices.get(key)
        if index is None:
            return []
        values = [column[index].tolist() for column in self._columns.values()]
        return [dict(zip(self._columns, row, strict=True)) for row in zip(*values, strict=True)]


def plain(value: Any) -> Any:
    """Value as JSON can hold it: numpy scalars and arrays unpacked, NaN as None, keys as text.

    Parameters
    ----------
    value
        A scalar, an array, a sequence or a mapping of such, as h5ad gives them back.

    Returns
    -------
    object
        None, bool, int, float, str, list or dict.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return [plain(item) for item in sorted(value, key=str)]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def as_mapping(value: Any) -> dict[str, Any]:
    """Turn a model, a mapping or a text into a dictionary; a text becomes ``{"text": ...}``."""
    if hasattr(value, "model_dump"):
        return dict(value.model_dump())
    if isinstance(value, Mapping):
        return dict(value)
    return {"text": value}


def as_texts(value: Any) -> dict[str, str]:
    """Give the filled entries of a model, mapping or text as text; lists joined by ``; ``."""
    texts: dict[str, str] = {}
    for key, item in as_mapping(value).items():
        item = plain(item)
        text = "; ".join(map(str, item)) if isinstance(item, list) else str(item)
        if item is not None and text:
            texts[str(key)] = text
    return texts


def as_lines(value: Any) -> tuple[str, ...]:
    """None, a text or a sequence of texts as a tuple of texts."""
    if value is None or value == "":
        return ()
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value)
