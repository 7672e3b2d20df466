"""A folder in which the workflow runs on a cohort, to be disturbed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import ROOT

LONGEST = 3600.0
_TIMED = {"logs", "benchmarks"}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Place:
    """A folder with a sheet, a matrix and perhaps results."""

    folder: Path

    @classmethod
    def empty(cls, folder: Path, configuration: str = "") -> Place:
        """Make a folder with a configuration that names a sheet; `configuration` is added to it."""
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "config").mkdir(parents=True)
        text = f"samples: samples.tsv\n{configuration}"
        (folder / "config" / "config.yaml").write_text(text, encoding="utf-8")
        return cls(folder)

    def copy_to(self, folder: Path) -> Place:
        """Give the same at another place, with the times of files: nothing is to be done there."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Place(folder)

    @property
    def results(self) -> Path:
        """Results folder."""
        return self.folder / "results"

    def start(
        self, *options: str, environment: Mapping[str, str] = {}, through: Sequence[str] = ()
    ) -> subprocess.Popen[str]:
        """Start the workflow in a session of its own.

        Parameters
        ----------
        *options
            Of snakemake.
        environment
            Variables beside those of this process.
        through
            Command that starts another.
        """
        with contextlib.suppress(OSError):  # some are to be read-only
            (self.folder / "tmp").mkdir(exist_ok=True)
        base = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        given = ["--directory", str(self.folder), "--cores", "1", *options]
        own = {"TMPDIR": str(self.folder / "tmp"), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [*through, *base, *given],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            cwd=ROOT,
            env={**os.environ, **own, **environment},
        )

    def finish(
        self, *options: str, environment: Mapping[str, str] = {}, through: Sequence[str] = ()
    ) -> tuple[int, str]:
        """Run the workflow to its end: exit code and what was printed."""
        run = self.start(*options, environment=environment, through=through)
        output, _ = run.communicate(timeout=LONGEST)
        return run.returncode, output

    def unlock(self) -> None:
        """Take the lock of a killed workflow away, if it has left one."""
        if self.locks():
            self.finish("--unlock")

    def locks(self) -> list[str]:
        """List the locks and the marks of unfinished files that Snakemake keeps."""
        own = self.folder / ".snakemake"
        return [
            str(path.relative_to(self.folder))
            for name in ("locks", "incomplete")
            for path in sorted((own / name).glob("*"))
        ]

    def contents(self) -> dict[str, bytes]:
        """Bytes of what a user reads, and of the intermediate tables; no logs and timings."""
        return {
            str(path.relative_to(self.results)): path.read_bytes()
            for path in sorted(self.results.rglob("*"))
            if path.is_file() and path.relative_to(self.results).parts[0] not in _TIMED
        }

    def jobs(self, words: tuple[str, ...] = ("atrasig",)) -> list[int]:
        """List processes that work in this folder and have these words in their command line."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                line = _command(entry)
                if str(self.folder) in _where(entry, line) and _has(line, words):
                    found.append(int(entry.name))
        return sorted(found)

    @staticmethod
    def words_of(process: int) -> set[str]:
        """Words of a process's command line, without folders."""
        return {Path(word).name for word in _command(Path("/proc") / str(process))}

    def left_over(self) -> list[str]:
        """List processes, temporary files and locks that are there though no run is."""
        files = [*self.results.rglob(".atrasig-*"), *(self.folder / "tmp").glob("*atrasig-*")]
        names = [str(path.relative_to(self.folder)) for path in files]
        return [*names, *self.locks(), *(f"process {number}" for number in self.jobs(()))]


def cpu_seconds(processes: Iterable[int]) -> float:
    """Processor seconds that processes have taken so far; of one that has ended, none."""
    return sum(sum(map(int, _state(process)[11:13])) for process in processes) / _TICKS


def session_cpu_seconds(run: subprocess.Popen[str]) -> float:
    """Processor seconds of all that a run has started, those that have ended too."""
    states = [_state(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    own = [state for state in states if state[3:4] == [str(run.pid)]]
    return sum(sum(map(int, state[11:15])) for state in own) / _TICKS


def _state(process: int) -> list[str]:
    """Fields of a process from its state on, as Linux numbers them; none of one that has ended."""
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        return text.rpartition(")")[2].split()
    return []


def _command(entry: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    return []


def _where(entry: Path, line: list[str]) -> str:
    with contextlib.suppress(OSError):
        return f"{(entry / 'cwd').readlink()} {' '.join(line)}"
    return " ".join(line)


def _has(line: list[str], words: tuple[str, ...]) -> bool:
    """Whether a command line is that of Python with these words, not of the shell around it."""
    names = [Path(word).name for word in line]
    return all(word in names for word in words)


def wait_for(
    run: subprocess.Popen[str], condition: Callable[[], object], pause: float = 0.01
) -> object:
    """Wait for something to be true while a run goes on; what it was, None if the run ended."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        if run.poll() is not None:
            return None
        time.sleep(pause)
    return None


def kill_session(run: subprocess.Popen[str]) -> None:
    """SIGKILL to all processes that a run has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
