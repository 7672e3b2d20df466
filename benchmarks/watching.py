"""The workflow on two cores, its jobs looked at while they run: peak memory and CPU of each."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from benchmarks.measure import ROOT

LARGEST_MB = 2_000
_LOOK_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Job:
    """What a job had taken when it was last looked at."""

    stage: str
    cpu: float
    peak_mb: float
    parent: int


@dataclass(frozen=True)
class Run:
    """The workflow on so many samples or cells."""

    size: int
    wall: float
    jobs: tuple[Job, ...]

    @property
    def cpu_each(self) -> float:
        """CPU seconds of all jobs for each sample or cell, without Snakemake's own."""
        return sum(job.cpu for job in self.jobs) / self.size

    @property
    def peak_mb(self) -> float:
        """Largest peak of a job."""
        return max(job.peak_mb for job in self.jobs)


def run(folder: Path, size: int, cores: int) -> Run:
    """Run the workflow in a folder with its `config.yaml`, looking at its jobs all the while."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--configfile", str(folder / "config.yaml")]
    command += ["--cores", str(cores), "--quiet", "all"]
    found: dict[tuple[int, str], Job] = {}
    over = Event()
    watch = Thread(target=_watch, args=(folder, found, over))
    start = time.perf_counter()
    watch.start()
    try:
        subprocess.run(command, check=True)
    finally:
        over.set()
        watch.join()
    return Run(size, time.perf_counter() - start, tuple(found.values()))


def _watch(folder: Path, found: dict[tuple[int, str], Job], over: Event) -> None:
    while not over.wait(_LOOK_SECONDS):
        for entry in Path("/proc").glob("[0-9]*"):
            job = _look(entry, folder)
            # A child that has just been forked still looks like its parent.
            if job is not None and (job.parent, job.stage) not in found:
                found[int(entry.name), job.stage] = job


def _look(entry: Path, folder: Path) -> Job | None:
    """Give a process by its entry in /proc, if it is `atrasig` at work in the folder."""
    try:
        words = (entry / "cmdline").read_text(encoding="utf-8").split("\0")
        if len(words) < 3 or Path(words[1]).name != "atrasig":
            return None
        if (entry / "cwd").resolve() != folder.resolve():
            return None
        status = (entry / "status").read_text(encoding="utf-8").splitlines()
        fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (OSError, ValueError):
        return None  # it ended meanwhile, or belongs to someone else
    peaks = [line.split()[1] for line in status if line.startswith("VmHWM:")]
    stage = "contrasts" if "--contrasts" in words and words[2] == "enrich" else words[2]
    cpu = (int(fields[11]) + int(fields[12])) / _TICKS
    return Job(stage, cpu, int(peaks[0]) * 1024 / 1e6, int(fields[1])) if peaks else None


def table(runs: Sequence[Run], what: str) -> str:
    """Rows for RESULTS.md, one for each run and stage; `what` the runs are made of."""
    lines = [f"| {what} | stage | jobs | CPU s a job | peak MB |", "|---:|---|---:|---:|---:|"]
    for one in runs:
        for stage in dict.fromkeys(job.stage for job in one.jobs):
            own = [job for job in one.jobs if job.stage == stage]
            cpu = statistics.median(job.cpu for job in own)
            peak = max(job.peak_mb for job in own)
            lines.append(f"| {one.size:,} | {stage} | {len(own)} | {cpu:.1f} | {peak:,.0f} |")
    return "\n".join(lines)


def too_large(runs: Sequence[Run], what: str) -> list[str]:
    """Say which jobs took more memory than is allowed."""
    return [
        f"{job.stage} of {one.size:,} {what} took {job.peak_mb:,.0f} MB"
        for one in runs
        for job in one.jobs
        if job.peak_mb > LARGEST_MB
    ]
