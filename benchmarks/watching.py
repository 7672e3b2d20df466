"""The workflow on two cores, its jobs looked at while they run: peak memory and CPU of each.

What was seen of finished jobs is kept in the run's folder, so that a run of many hours may be
stopped and started again.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread

from atrasig.files import write_text
from benchmarks.measure import ROOT
from benchmarks.read_vs_polars import RESULTS, put_section

LARGEST_MB = 2_000
JOURNAL = "jobs.jsonl"
SELDOM = ("--max-jobs-per-timespan", "1000/1m")
"""Snakemake looks at all waiting jobs again once a timespan for each job that has ended."""
_LOOK_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Job:
    """What a job had taken when it was last looked at.

    Parameters
    ----------
    stage
        Command of atrasig, ``contrasts`` where it makes them.
    cpu
        CPU seconds of the process.
    peak_mb
        Largest resident memory, MB.
    parent
        Process that started it.
    start
        Start of the run, or of the part of it, that it belongs to: seconds of the system's clock.
    end
        Seconds from then to the last look.
    """

    stage: str
    cpu: float
    peak_mb: float
    parent: int
    start: float
    end: float


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
    """Run the workflow in a folder with its `config.yaml`, looking at its jobs all the while.

    A run that was stopped goes on. Its wall time is that of its parts, each from its start to the
    end of its last job.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--configfile", str(folder / "config.yaml")]
    if any((folder / ".snakemake" / "locks").glob("*")):
        subprocess.run([*command, "--unlock", "--quiet", "all"], check=True)
    over = Event()
    command += ["--cores", str(cores), "--quiet", "all", *SELDOM]
    with subprocess.Popen(command) as workflow:
        watch = Thread(target=_watch, args=(workflow.pid, folder, over))
        watch.start()
        try:
            code = workflow.wait()
        finally:
            over.set()
            watch.join()
    if code:
        raise subprocess.CalledProcessError(code, command)
    jobs = journal(folder)
    parts = {
        job.start: max(other.end for other in jobs if other.start == job.start) for job in jobs
    }
    return Run(size, sum(parts.values()), tuple(jobs))


def journal(folder: Path) -> list[Job]:
    """Read what was seen of the finished jobs of a run."""
    text = (folder / JOURNAL).read_text(encoding="utf-8")
    return [Job(**json.loads(line)) for line in text.splitlines()]


def _watch(workflow: int, folder: Path, over: Event) -> None:
    start = time.time()
    running: dict[tuple[str, str], Job] = {}
    with (folder / JOURNAL).open("a", encoding="utf-8") as written:
        while not over.wait(_LOOK_SECONDS) or running:
            seen = _jobs(workflow, start)
            for key in running.keys() - seen.keys():
                written.write(json.dumps(asdict(running[key])) + "\n")
            written.flush()
            running = seen


def _jobs(workflow: int, start: float) -> dict[tuple[str, str], Job]:
    """Give the jobs of a workflow that run, by process and stage."""
    seen = {
        (entry.name, job.stage): job
        for entry in _descendants(workflow)
        if (job := _look(entry, start)) is not None
    }
    # A child that has just been forked still looks like its parent.
    return {key: job for key, job in seen.items() if (str(job.parent), job.stage) not in seen}


def _descendants(process: int) -> Iterator[Path]:
    """Entries in /proc of the children of a process, and of theirs."""
    for listing in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # the thread has ended meanwhile
            for child in listing.read_text(encoding="utf-8").split():
                yield Path("/proc", child)
                yield from _descendants(int(child))


def _look(entry: Path, start: float) -> Job | None:
    """Give a process by its entry in /proc, if it is `atrasig` at work."""
    try:
        words = (entry / "cmdline").read_text(encoding="utf-8").split("\0")
        if len(words) < 3 or Path(words[1]).name != "atrasig":
            return None
        status = (entry / "status").read_text(encoding="utf-8").splitlines()
        fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (OSError, ValueError):
        return None  # it ended meanwhile, or belongs to someone else
    peaks = [line.split()[1] for line in status if line.startswith("VmHWM:")]
    if not peaks:
        return None
    stage = "contrasts" if "--contrasts" in words and words[2] == "enrich" else words[2]
    cpu = (int(fields[11]) + int(fields[12])) / _TICKS
    now = round(time.time() - start, 1)
    return Job(stage, cpu, int(peaks[0]) * 1024 / 1e6, int(fields[1]), round(start), now)


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


def conclude(title: str, facts: Sequence[str], summary: str, missed: Sequence[str]) -> int:
    """Print what was measured, put it into RESULTS.md, and give the exit code.

    Parameters
    ----------
    title, facts
        Heading of the section, and what was run.
    summary
        Its tables.
    missed
        What is required and not met.
    """
    end = missed or [f"No job took more than {LARGEST_MB:,} MB."]
    text = "\n".join([*facts, "", summary, "", *end])
    print(text)
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    write_text(RESULTS, put_section(before, f"{title}\n\n{text}\n"))
    return 1 if missed else 0
