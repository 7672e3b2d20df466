"""The registry of scoring methods.

A method is one module with one ``METHOD`` and one line in :data:`METHODS`.
"""

from __future__ import annotations

from collections.abc import Sequence

from atrasig.errors import UsageError
from atrasig.scoring.method import Method
from atrasig.scoring.methods import (
    aucell,
    control_genes,
    gsva,
    plage,
    singscore,
    ssgsea,
    stable,
    ucell,
    ulm,
    weighted,
    zscore,
)

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        *singscore.METHODS,
        *stable.METHODS,
        ssgsea.METHOD,
        ucell.METHOD,
        aucell.METHOD,
        ulm.METHOD,
        weighted.METHOD,
        zscore.METHOD,
        plage.METHOD,
        control_genes.METHOD,
        *gsva.METHODS,
    )
}


def get_methods(wanted: str | Method | Sequence[str | Method]) -> tuple[Method, ...]:
    """Look up scoring methods by name.

    Parameters
    ----------
    wanted
        One method or several, in the order of the results: names of the registry, or methods of
        your own.

    Raises
    ------
    UsageError
        If a name is unknown or given twice, or none is given.
    """
    listed = [wanted] if isinstance(wanted, str | Method) else list(wanted)
    names = [one if isinstance(one, str) else one.name for one in listed]
    known = f"Known methods: {', '.join(sorted(METHODS))}."
    if not names or len(set(names)) != len(names):
        raise UsageError("Name each scoring method once", fix=known)
    unknown = [one for one in listed if isinstance(one, str) and one not in METHODS]
    if unknown:
        raise UsageError(f"Unknown scoring method {', '.join(map(repr, unknown))}", fix=known)
    return tuple(METHODS[one] if isinstance(one, str) else one for one in listed)
