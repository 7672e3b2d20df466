"""A store of computed tables that threads share and that does not outgrow its limit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeVar, cast

import numpy as np

Table = TypeVar("Table")


class Store:
    """Tables by key; those not asked for longest are forgotten when there are too many bytes.

    Parameters
    ----------
    max_bytes
        Most bytes of arrays that are kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._tables: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    @property
    def n_bytes(self) -> int:
        """Bytes of the arrays that are kept."""
        return self._n_bytes

    def find(self, key: Hashable, make: Callable[[], Table]) -> Table:
        """Look a table up, or make and keep it.

        Parameters
        ----------
        key
            What the table depends on.
        make
            Makes it. Two threads that want the same table at once may both make it.
        """
        with self._lock:
            if key in self._tables:
                self._tables.move_to_end(key)
                return cast(Table, self._tables[key])
        made = make()
        with self._lock:
            if key not in self._tables:
                self._tables[key] = made
                self._n_bytes += _bytes_of(made)
            while self._n_bytes > self._max_bytes:
                self._n_bytes -= _bytes_of(self._tables.popitem(last=False)[1])
        return made


def _bytes_of(table: Any) -> int:
    """Bytes of the arrays in a table, which is an array, or a tuple or dataclass of tables."""
    if isinstance(table, np.ndarray):
        return table.nbytes
    if isinstance(table, tuple):
        return sum(map(_bytes_of, table))
    if is_dataclass(table):
        return sum(_bytes_of(getattr(table, field.name)) for field in fields(table))
    return 0
