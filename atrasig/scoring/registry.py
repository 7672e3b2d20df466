"""The registry of scoring methods.

A method is one module with one ``METHOD`` and one line in :data:`METHODS`.
"""

from __future__ import annotations

from collections.abc import Sequence

from atrasig.errors import UsageError
from atrasig.scoring import singscore, ssgsea, zscore
from atrasig.scoring.method import Method

METHODS: dict[str, Method] = {
    method.name: method for method in (singscore.METHOD, ssgsea.METHOD, zscore.METHOD)
}


def get_methods(names: str | Sequence[str]) -> tuple[Method, ...]:
    """Look up scoring methods by name.

    Parameters
    ----------
    names
        One name or several, in the order of the results.

    Raises
    ------
    UsageError
        If a name is unknown or given twice, or none is given.
    """
    wanted = [names] if isinstance(names, str) else list(names)
    known = ", ".join(sorted(METHODS))
    if not wanted or len(set(wanted)) != len(wanted):
        raise UsageError("Name each scoring method once", fix=f"Known methods: {known}.")
    unknown = [name for name in wanted if name not in METHODS]
    if unknown:
        raise UsageError(
            f"Unknown scoring method {', '.join(map(repr, unknown))}",
            fix=f"Known methods: {known}.",
        )
    return tuple(METHODS[name] for name in wanted)
