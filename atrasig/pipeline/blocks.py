"""Files of many blocks, named by one pattern: a command line holds no thousands of names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

_NUMBERED = re.compile(r"(.*\.)(0|[1-9]\d*)(\.\w+)", re.DOTALL)
_PATTERN = re.compile(r"(.*\.)\{(\d+)\.\.(\d+)\}(\.\w+)", re.DOTALL)


def as_patterns(files: Iterable[str]) -> list[str]:
    """Name the files of consecutive blocks by one pattern.

    A command is one argument of the shell, and Linux takes none of more than 128 KiB: the names of
    the tables of 100,000 samples take twice as much.

    Parameters
    ----------
    files
        Paths; those of blocks are numbered, as in ``calls.0.parquet``.

    Returns
    -------
    list of str
        In the same order; other paths as they are.

    Examples
    --------
    >>> as_patterns(["a/calls.0.parquet", "a/calls.1.parquet", "b/calls.0.parquet", "pairs.tsv"])
    ['a/calls.{0..1}.parquet', 'b/calls.0.parquet', 'pairs.tsv']
    """
    runs = (list(run) for _, run in groupby(enumerate(files), key=_run))
    return [_pattern([file for _, file in run]) for run in runs]


def of_patterns(paths: Sequence[Path]) -> list[Path]:
    """List the files that paths and patterns of :func:`as_patterns` name, in their order.

    Examples
    --------
    >>> [str(path) for path in of_patterns([Path("calls.{8..10}.parquet"), Path("pairs.tsv")])]
    ['calls.8.parquet', 'calls.9.parquet', 'calls.10.parquet', 'pairs.tsv']
    """
    return [file for path in paths for file in _files(path)]


def _run(placed: tuple[int, str]) -> tuple[str, str, int]:
    """Tell what the files of consecutive blocks at consecutive places share."""
    place, file = placed
    found = _NUMBERED.fullmatch(file)
    return (found[1], found[3], int(found[2]) - place) if found else (file, "", place)


def _pattern(run: list[str]) -> str:
    first, last = (_NUMBERED.fullmatch(file) for file in (run[0], run[-1]))
    if len(run) == 1 or not first or not last:
        return run[0]
    return f"{first[1]}{{{first[2]}..{last[2]}}}{first[3]}"


def _files(path: Path) -> list[Path]:
    found = _PATTERN.fullmatch(str(path))
    if not found:
        return [path]
    numbers = range(int(found[2]), int(found[3]) + 1)
    return [Path(f"{found[1]}{number}{found[4]}") for number in numbers]
