"""Runs commands of atrasig in children of a process that has loaded everything once.

A kill, a full disk or a limit on memory needs a process of its own, and a start of Python with all
libraries takes seconds. Here one process loads them; each command runs in a fork of it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_LONGEST = 120
_PIECES = 1 << 20, 1 << 16


@dataclass(frozen=True)
class Outcome:
    """How a child ended.

    Parameters
    ----------
    code
        Exit code; negative: the signal that killed it.
    output
        What it printed, errors and all.
    """

    code: int
    output: str


@dataclass
class Nursery:
    """The process that has everything loaded."""

    process: subprocess.Popen[str]

    @classmethod
    @contextlib.contextmanager
    def open(cls) -> Iterator[Nursery]:
        """Start it, and end it with all it has started."""
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        try:
            yield cls(process)
        finally:
            process.kill()
            process.communicate()

    def run(self, *commands: Sequence[str], kill_at: int = 0, starve: bool = False) -> Outcome:
        """Run commands one after the other in a child.

        Parameters
        ----------
        *commands
            Arguments of ``atrasig``.
        kill_at
            SIGKILL before this file of it is renamed to its place, counted from 1; 0 for never.
        starve
            Leave it next to no memory.
        """
        given = {"commands": [list(map(str, c)) for c in commands]}
        return self._ask(given | {"kill_at": kill_at, "starve": starve})[0]

    def run_together(self, *commands: Sequence[str]) -> list[Outcome]:
        """Run commands at the same time, each in a child."""
        given = {"commands": [list(map(str, c)) for c in commands], "together": True}
        return self._ask(given)

    def _ask(self, given: dict[str, Any]) -> list[Outcome]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(given) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the nursery has died"
        return [Outcome(**fields) for fields in json.loads(line)]


def _serve() -> None:
    _load()
    for line in sys.stdin:
        given = json.loads(line)
        together = given.pop("together", False)
        commands = given.pop("commands")
        groups = [[command] for command in commands] if together else [commands]
        children = [_start(group, **given) for group in groups]
        print(json.dumps([_end(*child) for child in children]), flush=True)


def _load() -> None:
    """Load what every stage needs; no thread is started, so that forks are safe."""
    import anndata  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    import atrasig.harmonisation
    import atrasig.pipeline.collect
    import atrasig.pipeline.run
    import atrasig.prediction
    import atrasig.report
    import atrasig.scoring  # noqa: F401
    from atrasig.genes import load_gene_table
    from atrasig.signatures import load_with_shipped

    load_gene_table()
    load_with_shipped(())


def _start(commands: list[list[str]], **limits: Any) -> tuple[int, IO[bytes]]:
    # A file, because whatever a killed child has started would hold a pipe open.
    printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed in _end
    child = os.fork()
    if child == 0:
        os.setsid()
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
        os._exit(_in_child(commands, **limits))
    return child, printed


def _end(child: int, printed: IO[bytes]) -> dict[str, Any]:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with printed:
        printed.seek(0)
        return {"code": code, "output": printed.read().decode("utf-8", "replace")}


def _leave_no_room() -> list[bytearray]:
    """Allow no further memory, and take what the process holds free, but for small pieces."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used, used))
    taken = []
    for size in _PIECES:
        with contextlib.suppress(MemoryError):
            while True:
                taken.append(bytearray(size))
    return taken


def _in_child(commands: list[list[str]], *, kill_at: int = 0, starve: bool = False) -> int:
    signal.alarm(_LONGEST)
    sys.stdout = sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb", 0), "utf-8", write_through=True)
    if kill_at:
        _kill_at(kill_at)
    _held = _leave_no_room() if starve else []
    from atrasig.cli import main

    for command in commands:
        try:
            main(command, standalone_mode=True)
        except SystemExit as end:
            if end.code:
                return int(end.code)
        except BaseException:  # noqa: BLE001 - what Python does at the end of a process
            import traceback

            traceback.print_exc()
            return 1
    return 0


def _kill_at(number: int) -> None:
    """Kill this process in the moment before its n-th file is renamed to its place."""
    rename, renamed = os.replace, [0]

    def replace(*given: Any, **named: Any) -> None:
        renamed[0] += 1
        if renamed[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(*given, **named)

    os.replace = replace  # type: ignore[assignment]


if __name__ == "__main__":
    _serve()
