"""Parameters of a run that differ from the defaults of the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from atrasig.config import RunConfig


def changed_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the parameters that were not left at their defaults.

    Parameters
    ----------
    parameters
        As recorded, laid out as the configuration, all of it or a part.

    Returns
    -------
    dict
        Values by dotted key, in order of the keys. A key that the configuration does not have is
        among them unless it is empty.
    """
    defaults = dict(_flat(RunConfig().model_dump(mode="json")))
    return {
        key: value
        for key, value in sorted(_flat(parameters))
        if value != defaults.get(key, "" if value == "" else None)
    }


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", list(value) if isinstance(value, tuple) else value
