"""Run growing cohorts through the workflow, and see whether its jobs stay small: `make scale`.

Counts of 20,000 genes are drawn into parquet files of 1,000 samples, one matrix of the sheet each.
The workflow runs on two cores; of every job the peak of memory and the CPU seconds are taken from
the system while it runs. A sample takes half a CPU second, so 100,000 samples are a night's work:

    python -m benchmarks.scale --samples 1000 3000 10000
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import numpy as np

from atrasig.genes import load_gene_table
from benchmarks.machine import processor
from benchmarks.measure import ROOT

GENES, SEED = 20_000, 1
LARGEST_MB = 2_000
SPREAD = 0.15
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
    """The workflow on one cohort."""

    samples: int
    wall: float
    jobs: tuple[Job, ...]

    @property
    def cpu_of_a_sample(self) -> float:
        """CPU seconds of all jobs for each sample, without Snakemake's own."""
        return sum(job.cpu for job in self.jobs) / self.samples


def write_cohort(folder: Path, samples: int, per_matrix: int) -> None:
    """Write matrices of counts, the sheet and the configuration.

    Every other sample is the exposed one of the pair with the sample before it.
    """
    import pandas as pd

    known = [str(name) for name in sorted(load_gene_table().coding)[:GENES]]
    genes = sorted([*known, *(f"ZZINVENTED{number}" for number in range(GENES - len(known)))])
    level = np.random.default_rng(SEED).lognormal(4, 2, GENES)
    rows = ["sample\tmatrix\tdisease\tpatient\ttimepoint"]
    for start in range(0, samples, per_matrix):
        numbers = range(start, min(start + per_matrix, samples))
        draw = np.random.default_rng((SEED, start))
        depth = draw.lognormal(0, 0.3, len(numbers))
        counts = draw.poisson(np.outer(level, depth)).astype(np.int32)
        matrix = f"m{start // per_matrix}.parquet"
        frame = pd.DataFrame(counts, columns=[f"S{number:07}" for number in numbers])
        frame.insert(0, "gene", genes)
        frame.to_parquet(folder / matrix, index=False, compression="zstd")
        rows += [
            f"S{number:07}\t{matrix}\tAML\tP{number // 2:07}\t{('baseline', 'exposed')[number % 2]}"
            for number in numbers
        ]
    (folder / "samples.tsv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    (folder / "config.yaml").write_text("samples: samples.tsv\n", encoding="utf-8")


def run(folder: Path, samples: int, cores: int) -> Run:
    """Run the workflow in a folder, looking at its jobs all the while."""
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
    return Run(samples, time.perf_counter() - start, tuple(found.values()))


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


def table(runs: Sequence[Run]) -> str:
    """Rows for RESULTS.md: a cohort and stage each."""
    lines = ["| samples | stage | jobs | CPU s a job | peak MB |", "|---:|---|---:|---:|---:|"]
    for one in runs:
        for stage in dict.fromkeys(job.stage for job in one.jobs):
            own = [job for job in one.jobs if job.stage == stage]
            cpu = statistics.median(job.cpu for job in own)
            peak = max(job.peak_mb for job in own)
            lines.append(f"| {one.samples:,} | {stage} | {len(own)} | {cpu:.1f} | {peak:,.0f} |")
    lines += [
        "",
        "| samples | wall s | CPU s a sample | largest peak MB |",
        "|---:|---:|---:|---:|",
    ]
    for one in runs:
        peak = max(job.peak_mb for job in one.jobs)
        lines.append(
            f"| {one.samples:,} | {one.wall:,.0f} | {one.cpu_of_a_sample:.3f} | {peak:,.0f} |"
        )
    return "\n".join(lines)


def faults(runs: Sequence[Run]) -> list[str]:
    """Say what is required and not met."""
    found = [
        f"{job.stage} of {one.samples:,} samples took {job.peak_mb:,.0f} MB"
        for one in runs
        for job in one.jobs
        if job.peak_mb > LARGEST_MB
    ]
    each = [one.cpu_of_a_sample for one in runs]
    if max(each) > (1 + SPREAD) * min(each):
        found.append(f"CPU a sample grows from {min(each):.3f} to {max(each):.3f} s")
    return found


def main() -> int:
    """Run the cohorts, print the tables, and say what is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    parser.add_argument("--per-matrix", type=int, default=1_000)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    asked = parser.parse_args()
    print(f"Samples x {GENES:,} genes in matrices of {asked.per_matrix:,}, through the workflow")
    print(f"on {asked.cores} cores of {processor()}.\n", flush=True)
    runs = []
    for samples in asked.samples:
        with tempfile.TemporaryDirectory(dir=asked.folder) as name:
            write_cohort(Path(name), samples, asked.per_matrix)
            runs.append(run(Path(name), samples, asked.cores))
        print(f"{samples:,} samples: {runs[-1].wall:,.0f} s", file=sys.stderr, flush=True)
    print(table(runs))
    missed = faults(runs)
    print("\n" + ("\n".join(missed) or f"No job took more than {LARGEST_MB:,} MB."))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
