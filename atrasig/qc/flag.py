"""One quality flag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Facts = Mapping[Any, Any]
"""One row of a table by column name."""


@dataclass(frozen=True)
class Flag:
    """One check of one sample.

    Parameters
    ----------
    flag
        Name of the check.
    level
        ``pass``, ``warn`` or ``fail``.
    value, threshold
        What was found, and what it was held against.
    message
        What was looked at.
    consequence
        What follows; always given unless the level is ``pass``.
    """

    flag: str
    level: Literal["pass", "warn", "fail"]
    value: str
    threshold: str
    message: str
    consequence: str = ""

    def row(self, sample: str) -> tuple[str, ...]:
        """Row of the table of flags."""
        return (
            sample,
            self.flag,
            self.level,
            self.value,
            self.threshold,
            self.message,
            self.consequence,
        )
