"""The text of a configuration file: safe YAML with line numbers, no key twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from atrasig.errors import ConfigError, Fault

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """Read a YAML mapping and the line of every key.

    Parameters
    ----------
    path
        YAML file; an empty one is an empty mapping.

    Returns
    -------
    values : dict
        The mapping.
    lines : dict
        Line (from 1) by dotted key.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not YAML, is no mapping or holds a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=_LOADER)
        values = yaml.load(text, Loader=_LOADER)
    except OSError as error:
        raise _unreadable(path, 0, f"cannot be read: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, 0, "is not UTF-8 text; save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise _unreadable(path, _line(error), f"is not YAML: {_problem(error)}") from error
    if values is None:
        return {}, {}
    if not isinstance(values, dict):
        raise _unreadable(path, 1, "must be a mapping of keys to values, such as 'seed: 1'")
    lines: dict[str, int] = {}
    repeated = _collect(node, "", lines)
    if repeated:
        raise ConfigError("The configuration has faults", repeated, where=str(path))
    return values, lines


def _collect(node: yaml.Node | None, prefix: str, lines: dict[str, int]) -> list[Fault]:
    faults: list[Fault] = []
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        dotted = f"{prefix}{key.value}" if isinstance(key.value, str) else f"{prefix}(key)"
        line = key.start_mark.line + 1
        if dotted in lines:
            text = f"is already set on row {lines[dotted]}; keep one"
            faults.append(Fault(line, dotted, text))
        lines.setdefault(dotted, line)
        faults += _collect(value, f"{dotted}.", lines)
    return faults


def _line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark else 0


def _problem(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return f"{problem}; check indentation, colons and quotes"


def _unreadable(path: Path, line: int, message: str) -> ConfigError:
    fault = Fault(line, "(file)", message)
    return ConfigError("The configuration cannot be read", [fault], where=str(path))
