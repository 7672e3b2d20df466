"""Follow a page of the guide: write its files, apply its changes, run its commands.

A block of ``bash`` or ``python`` is run unless ``<!-- not run: REASON -->`` stands above it. Above
other blocks may stand ``<!-- file: PATH -->`` (the block is written there) and ``<!-- prints -->``
(every line of the block is in what the last command or code printed). A ``diff`` is applied.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from atrasig.cli import main

RUN = frozenset({"bash", "python"})
_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^>]*?) -->\n)?^```(?P<language>[\w-]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and the mark above it."""

    language: str
    text: str
    mark: str

    @property
    def reason(self) -> str | None:
        """Why it is not run, None where it is."""
        kind, colon, rest = self.mark.partition(":")
        return rest.strip() if colon and kind == "not run" else None

    @property
    def file(self) -> str:
        """Where it is written to, empty for nowhere."""
        kind, _, rest = self.mark.partition(":")
        return rest.strip() if kind == "file" else ""


def blocks(page: Path) -> list[Block]:
    """List the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [Block(m["language"], m["text"], m["mark"] or "") for m in _BLOCK.finditer(text)]


def command_lines(text: str) -> Iterator[str]:
    """Yield the commands of a block, lines joined that end in a backslash."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line


def in_process(line: str, folder: Path) -> str | None:
    """Run a line that is one call of atrasig, without starting a process; None for another."""
    words = shlex.split(line)
    if words[0] not in ("atrasig", ".venv/bin/atrasig") or set("|<>;&$") & set(line):
        return None
    with contextlib.chdir(folder):
        done = CliRunner().invoke(main, words[1:], catch_exceptions=False)
    assert done.exit_code == 0, f"{line}\n{done.output}"
    return done.output


def by_shell(line: str, folder: Path) -> str:
    """Run a line as it is typed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def run_line(line: str, folder: Path) -> str:
    """Run a line in the quickest way that does what a shell would."""
    printed = in_process(line, folder)
    return by_shell(line, folder) if printed is None else printed


def follow(page: Path, folder: Path, run: Callable[[str, Path], str] = run_line) -> dict[str, Any]:
    """Do what a page says, in a folder; give the names that its code defined."""
    names: dict[str, Any] = {}
    printed = ""
    for block in blocks(page):
        if block.reason is not None:
            continue
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.mark == "prints":
            missing = [line for line in block.text.splitlines() if line.strip() not in printed]
            assert missing == [], f"{page.name} promises what was not printed:\n{printed}"
        elif block.language == "bash":
            printed = "".join(run(line, folder) for line in command_lines(block.text))
        elif block.language == "python":
            out = io.StringIO()
            with contextlib.chdir(folder), contextlib.redirect_stdout(out):
                exec(compile(block.text, f"{page.name}: python", "exec"), names)
            printed = out.getvalue()
        elif block.language == "diff":
            apply(block.text, folder)
    return names


def apply(diff: str, folder: Path) -> None:
    """Apply a change by its lines alone: line numbers on a page need not be those of today."""
    path: Path | None = None
    for part in re.split(r"^(?=--- |@@)", diff, flags=re.MULTILINE):
        if part.startswith("--- "):
            name = re.search(r"^\+\+\+ b/(\S+)", part, re.MULTILINE)
            assert name is not None, f"no file is named in\n{part}"
            path = folder / name[1]
        elif part.strip():
            assert path is not None
            lines = part.splitlines(keepends=True)[1:]
            before = "".join(line[1:] for line in lines if line[0] in " -")
            after = "".join(line[1:] for line in lines if line[0] in " +")
            text = path.read_text(encoding="utf-8")
            assert text.count(before) == 1, (
                f"{path.name} has changed where the page shows\n{before}"
            )
            path.write_text(text.replace(before, after), encoding="utf-8")
