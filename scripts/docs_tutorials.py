"""Tutorials: scripts of cells (``# %%``) that are run and shown with what they print.

A cell that begins with ``# %% [markdown]`` is text. A cell that begins with ``# %% [parameters]``
sets names to constants, and whoever runs the script may set them otherwise.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

_CELL = re.compile(r"^# %%(?: \[(?P<kind>markdown|parameters)\])?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A cell of a tutorial: ``markdown``, ``parameters`` or ``code``, and its text."""

    kind: str
    text: str


def cells(script: str) -> list[Cell]:
    """Split a script into its cells; what stands above the first is no cell."""
    marks = list(_CELL.finditer(script))
    ends = [mark.start() for mark in marks[1:]] + [len(script)]
    found = []
    for mark, end in zip(marks, ends, strict=True):
        kind, text = mark["kind"] or "code", script[mark.end() : end].strip()
        if kind == "markdown":
            text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in text.splitlines())
        found.append(Cell(kind, text))
    return found


def run_tutorial(
    script: Path,
    *,
    figures: Path | None = None,
    folder: Path | None = None,
    parameters: Mapping[str, Any] | None = None,
    execute: bool = True,
) -> str:
    """Run a tutorial and write it as Markdown, each cell with what it prints.

    Parameters
    ----------
    script
        The tutorial.
    figures
        Folder for the figures that it draws; by default they are dropped.
    folder
        Folder to run it in, by default the current one.
    parameters
        Values for names that its cell of parameters sets.
    execute
        Whether it is run; otherwise the code is shown alone.

    Raises
    ------
    KeyError
        If a parameter is none of the tutorial.
    """
    module = ModuleType("tutorial")
    given = dict(parameters or {})
    parts: list[str] = []
    with contextlib.chdir(folder or Path.cwd()), _quiet_plots():
        for number, cell in enumerate(cells(script.read_text(encoding="utf-8"))):
            if cell.kind == "markdown":
                parts.append(cell.text)
                continue
            parts.append(f"```python\n{cell.text}\n```")
            if not execute:
                continue
            printed = _run(cell, module, given)
            if printed:
                parts.append(f"```text\n{printed}\n```")
            parts.extend(_save_figures(figures, f"{script.stem}_{number}"))
    if execute and given:
        raise KeyError(f"{script.name} has no parameter {', '.join(given)}")
    return "\n\n".join(parts) + "\n"


def _run(cell: Cell, module: ModuleType, given: dict[str, Any]) -> str:
    """Run a cell; give what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(cell.text, "<tutorial>", "exec"), vars(module))
    if cell.kind == "parameters":
        for name in [name for name in given if hasattr(module, name)]:
            setattr(module, name, given.pop(name))
    return printed.getvalue().rstrip()


@contextlib.contextmanager
def _quiet_plots() -> Iterator[None]:
    """Draw figures without a window, and leave tables room."""
    import pandas as pd

    before = os.environ.get("MPLBACKEND")
    os.environ["MPLBACKEND"] = "Agg"
    try:
        with pd.option_context("display.width", 110, "display.max_columns", 12):
            yield
    finally:
        os.environ.pop("MPLBACKEND")
        if before is not None:
            os.environ["MPLBACKEND"] = before


def _save_figures(folder: Path | None, stem: str) -> Iterator[str]:
    """Write the figures that are open, close them, and give the lines that show them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for place, number in enumerate(pyplot.get_fignums()):
        figure = pyplot.figure(number)
        if folder is not None:
            name = f"{stem}_{place}.png"
            figure.savefig(folder / name, dpi=110, bbox_inches="tight", metadata={"Software": None})
            yield f"```{{image}} {name}\n:alt: Figure drawn by the code above\n```"
        pyplot.close(figure)
