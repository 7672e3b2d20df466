"""Run tools in processes of their own and read what they measured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.inputs import Spec, write_input

ROOT = Path(__file__).resolve().parent.parent
PEERS_PYTHON = Path(os.environ.get("PEERS_PYTHON", ROOT / ".venv-peers" / "bin" / "python"))
TURNS = 3
ONE_TURN_ABOVE_S = 40.0
_POOLS = "OMP OPENBLAS MKL NUMBA RAYON"
ONE_THREAD = {f"{pool}_NUM_THREADS": "1" for pool in _POOLS.split()}
WARM = {
    "bulk": Spec("bulk", 12, 2000, 3),
    "counts": Spec("bulk", 12, 2000, 3),
    "cells": Spec("cells", 200, 2000, 3),
}


class AbsentError(Exception):
    """A tool that gave no result; the message says why.

    Parameters
    ----------
    message
        Why.
    installed
        Whether the tool is on this machine, and failed.
    """

    def __init__(self, message: str, *, installed: bool = False) -> None:
        super().__init__(message)
        self.installed = installed


@dataclass(frozen=True)
class Run:
    """What one tool took on one input: seconds of its fastest call, memory in MB (1e6 bytes).

    Parameters
    ----------
    tool, spec
        What was called on what.
    cpu, wall
        Seconds of the fastest of `calls`.
    peak, before
        Peak of memory after and before the first timed call, of the process with the larger one.
    input
        Size of the matrix.
    first
        Processor seconds from the start of a process to the end of a first small call, the least.
    scores
        Shape (samples, sets).
    """

    tool: str
    spec: Spec
    cpu: float
    wall: float
    calls: int
    peak: float
    before: float
    input: float
    first: float
    scores: np.ndarray = field(repr=False, compare=False)  # samples x sets

    def joined(self, other: Run) -> Run:
        """Join two processes of a tool: the faster call, and the larger peak of memory."""
        fastest = min(self, other, key=lambda run: run.cpu)
        largest = max(self, other, key=lambda run: run.peak)
        return replace(
            fastest,
            calls=self.calls + other.calls,
            peak=largest.peak,
            before=largest.before,
            first=min(self.first, other.first),
        )


class Bench:
    """Inputs in a folder, and the runs so far, so that no run is made twice."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._runs: dict[tuple[str, Spec], Run | AbsentError] = {}
        self._compiled: set[str] = set()

    def run(self, tool: str, spec: Spec) -> Run:
        """Time a tool on an input.

        Raises
        ------
        AbsentError
            If the tool is not there or failed.
        """
        self.race([tool], spec)
        found = self._runs[tool, spec]
        if isinstance(found, AbsentError):
            raise found
        return found

    def race(self, tools: Sequence[str], spec: Spec) -> None:
        """Time those of some tools that were not yet on an input, by turns.

        A machine has slow spells; tools that take turns meet the same ones.
        """
        missing = [tool for tool in dict.fromkeys(tools) if (tool, spec) not in self._runs]
        for tool in missing:
            self._runs[tool, spec] = self._run(tool, spec)
        for _ in range(1, TURNS):
            for tool in missing:
                before = self._runs[tool, spec]
                if isinstance(before, AbsentError) or before.cpu > ONE_TURN_ABOVE_S:
                    continue
                again = self._run(tool, spec)
                self._runs[tool, spec] = (
                    again if isinstance(again, AbsentError) else before.joined(again)
                )

    @property
    def runs(self) -> list[Run]:
        """All runs so far."""
        return [run for run in self._runs.values() if isinstance(run, Run)]

    def _run(self, tool: str, spec: Spec) -> Run | AbsentError:
        warm = write_input(WARM[spec.kind], self.folder)
        try:
            self._compile(tool, warm)
            measured, scores = start(tool, write_input(spec, self.folder), warm)
        except AbsentError as absent:
            return absent
        print(f"{tool:28} {spec.name:28} {measured['cpu']:9.3f} CPU s", flush=True)
        shape = (spec.n_samples, spec.n_sets)
        return Run(tool=tool, spec=spec, scores=scores.reshape(shape), **measured)

    def _compile(self, tool: str, warm: Path) -> None:
        """Let a process compile and cache what the tool compiles: it takes more memory for that."""
        if tool not in self._compiled and not tool.startswith("R:"):
            start(tool, warm, warm, once=True)
            self._compiled.add(tool)


def start(
    tool: str, folder: Path, warm: Path, environment: Mapping[str, str] | None = None, **more: Any
) -> tuple[dict[str, Any], np.ndarray]:
    """Run a tool in a process of its own.

    Parameters
    ----------
    tool
        ``package:method``, as ``atrasig:ssgsea``, ``gseapy:gsva`` or ``R:plage``.
    folder, warm
        Folders of the input and of the small one of the first call.
    environment
        Variables of the process beside those that hold it to one thread.
    more
        Further entries of the job.

    Returns
    -------
    dict, numpy.ndarray
        What was measured, and the scores, flat.

    Raises
    ------
    AbsentError
        If the tool is not there or failed.
    """
    command = _command(tool)
    with tempfile.TemporaryDirectory() as name:
        scores, result = Path(name) / "scores", Path(name) / "result.json"
        job = {
            "tool": tool,
            "input": str(folder),
            "warm": str(warm),
            "scores": str(scores),
            "result": str(result),
            **more,
        }
        (Path(name) / "job.json").write_text(json.dumps(job), encoding="utf-8")
        done = subprocess.run(
            [*command, str(Path(name) / "job.json")],
            cwd=ROOT,
            env={**os.environ, **ONE_THREAD, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            message = f"failed: {lines[-1] if lines else done.returncode}"
            raise AbsentError(message, installed=True)
        return json.loads(result.read_text(encoding="utf-8")), np.fromfile(scores)


def scores_once(tool: str, folder: Path, warm: Path) -> np.ndarray:
    """Scores of a tool, flat; nothing is timed."""
    return _told(tool, folder, warm, once=True)


def scores_under(tool: str, folder: Path, warm: Path, orders: np.ndarray) -> np.ndarray:
    """Scores of a tool under orders of the genes (orders x genes), flat, order after order."""
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file, orders.astype(np.int32))
        file.flush()
        return _told(tool, folder, warm, orders=file.name)


def _told(tool: str, folder: Path, warm: Path, **more: Any) -> np.ndarray:
    before = time.perf_counter()
    scores = start(tool, folder, warm, **more)[1]
    print(f"{tool:28} {folder.name:28} {time.perf_counter() - before:7.1f} s", flush=True)
    return scores


def _command(tool: str) -> list[str]:
    package = tool.partition(":")[0]
    if package in {"atrasig", "reference"}:
        return [sys.executable, "-m", "benchmarks.child"]
    if package == "R":
        found = shutil.which("Rscript")
        if found is None:
            raise AbsentError("not present: no Rscript")
        return [found, "--vanilla", str(ROOT / "benchmarks" / "tools" / "peers.R")]
    if not PEERS_PYTHON.exists():
        raise AbsentError("not present: make .venv-peers")
    return [str(PEERS_PYTHON), "-m", "benchmarks.child"]


def first_calls(bench: Bench) -> str:
    """Say what the start of each tool and its first small call cost, and a compilation of ours."""
    first: dict[str, float] = {}
    for run in sorted(bench.runs, key=lambda run: run.tool):
        first[run.tool] = min(run.first, first.get(run.tool, run.first))
    lines = [f"- {tool}: {seconds:.1f} s" for tool, seconds in first.items()]
    own = [tool for tool in first if tool.startswith("atrasig:")]
    if own:
        lines.append(f"- {own[0]} with an empty cache: {_compiling(own[0], bench.folder):.1f} s")
    return "\n".join(
        [
            "Processor seconds from the start of the process to the end of a first small call, "
            "compiled code cached from earlier runs.",
            "",
            *lines,
        ]
    )


def _compiling(tool: str, folder: Path) -> float:
    small = write_input(WARM["bulk"], folder)
    with tempfile.TemporaryDirectory() as cache:
        measured, _ = start(tool, small, small, environment={"NUMBA_CACHE_DIR": cache})
    return float(measured["first"])
