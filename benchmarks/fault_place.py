"""A folder in which the workflow runs on a few samples of the demo, to be disturbed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.measure import ROOT

SAMPLES = ("APL-1", "APL-2", "AML-1", "AML-2", "P1-baseline", "P1-exposed")
# What tells the job of a rule from all others: words of its command line.
JOBS = {
    "ingest": ("atrasig", "ingest"),
    "harmonise": ("atrasig", "harmonise"),
    "score": ("atrasig", "score"),
    "predict": ("atrasig", "predict"),
    "calls": ("atrasig", "gather"),
    "pairs": ("atrasig", "pairs"),
    "enrich": ("atrasig", "enrich", "--block"),
    "contrasts": ("atrasig", "enrich", "--contrasts"),
    "hypotheses": ("atrasig", "hypotheses"),
    "report": ("atrasig", "report"),
    "collect": ("atrasig", "collect"),
}
# A file by which the results lack a rule; what rests on it is made again with it.
_FIRST_FILE = {
    "ingest": "work/*/raw.h5ad",
    "harmonise": "work/*/expr.h5ad",
    "score": "work/*/scores.0.parquet",
    "predict": "work/*/calls.0.parquet",
    "calls": "work/*/calls.parquet",
    "pairs": "work/*/pairs.parquet",
    "enrich": "work/*/enrichment.0.parquet",
    "contrasts": "work/*/contrasts.parquet",
    "hypotheses": "work/*/hypotheses.0.parquet",
    "report": "work/*/pages.0.tsv",
    "collect": "index.html",
}
# Snakemake makes nothing again that only finished files rest on, so these go with a rule.
_ON_MATRIX = (
    "score", "predict", "calls", "pairs", "enrich", "contrasts", "hypotheses", "report", "collect",
)  # fmt: skip
_AFTER = {
    "ingest": ("harmonise", *_ON_MATRIX),
    "harmonise": _ON_MATRIX,
    "predict": ("calls", "report", "collect"),
    "report": ("collect",),
    "collect": (),
}
_LONGEST = 900.0


@dataclass(frozen=True)
class Place:
    """A folder with a sheet, a matrix and perhaps results."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Place:
        """Write the cohort."""
        demo = ROOT / "config" / "demo"
        (folder / "config").mkdir(parents=True)
        (folder / "config" / "config.yaml").write_text("samples: samples.tsv\n", encoding="utf-8")
        counts = pd.read_csv(demo / "counts.tsv.gz", sep="\t", index_col=0, dtype=str)
        counts[list(SAMPLES)].to_csv(folder / "counts.tsv", sep="\t")
        sheet = pd.read_csv(demo / "samples.tsv", sep="\t", dtype=str, keep_default_na=False)
        sheet = sheet[sheet["sample"].isin(SAMPLES)].assign(matrix="counts.tsv")
        sheet.to_csv(folder / "samples.tsv", sep="\t", index=False)
        return cls(folder)

    def copy_to(self, folder: Path) -> Place:
        """Give the same at another place, with the times of files: nothing is to be done there."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        return Place(folder)

    @property
    def results(self) -> Path:
        """Results folder."""
        return self.folder / "results"

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start the workflow in a session of its own."""
        (self.folder / "tmp").mkdir(exist_ok=True)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        base = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        given = ["--directory", str(self.folder), "--cores", "1", *options]
        return subprocess.Popen(
            [*base, *given],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            cwd=ROOT,
            env=os.environ
            | {"PATH": path, "TMPDIR": str(self.folder / "tmp"), "PYTHONPATH": str(ROOT)},
        )

    def finish(self, *options: str) -> tuple[int, str]:
        """Run the workflow to its end."""
        run = self.start(*options)
        output, _ = run.communicate(timeout=_LONGEST)
        return run.returncode, output

    def forget(self, rule: str) -> None:
        """Remove a file of a rule, and of all rules that rest on it."""
        for name in (rule, *_AFTER.get(rule, ("report", "collect"))):
            for file in self.results.glob(_FIRST_FILE[name]):
                file.unlink()

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

    def left_over(self) -> list[str]:
        """List processes and temporary files that are there though no run is."""
        files = [*self.results.rglob(".atrasig-*"), *(self.folder / "tmp").glob("*atrasig-*")]
        names = [str(path.relative_to(self.folder)) for path in files]
        return [*names, *(f"process {number}" for number in self.jobs(()))]


_TIMED = {"logs", "benchmarks"}


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
    deadline = time.monotonic() + _LONGEST
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
