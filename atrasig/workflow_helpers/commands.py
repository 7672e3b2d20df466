"""Parts of command lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from atrasig.pipeline.blocks import as_patterns


def collect_options(wildcards: object, input: Any) -> list[str]:
    """Turn the input files of the rule ``collect`` into options; blocks are named together.

    Parameters
    ----------
    wildcards
        None are used.
    input
        Snakemake's input files, with one name an option.
    """
    return [
        part
        for name, files in input.items()
        for part in repeat(f"--{name.replace('_', '-')}", as_patterns(_as_list(files)))
    ]


def block_patterns(wildcards: object, input: Any) -> list[str]:
    """Name the tables of all blocks of the rule ``calls``."""
    return as_patterns(_as_list(input.blocks))


def repeat(option: str, values: Iterable[str]) -> list[str]:
    """Put an option before each value.

    Examples
    --------
    >>> repeat("--method", ["singscore", "ssgsea"])
    ['--method', 'singscore', '--method', 'ssgsea']
    """
    return [part for value in values for part in (option, str(value))]


def prefer_own_commands() -> None:
    """Let rules find the ``atrasig`` command of the environment that runs Snakemake.

    Snakemake may be started by its path, with another environment active or none.
    """
    own = str(Path(sys.executable).parent)
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if folders[0] != own:
        os.environ["PATH"] = os.pathsep.join([own, *folders])


def folder_of(file: object) -> str:
    """Give the folder of an output file, wherever the storage of a run puts it."""
    return str(Path(str(file)).parent)


def _as_list(files: Any) -> list[str]:
    return [files] if isinstance(files, str) else list(files)
