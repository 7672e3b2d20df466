"""Time Snakemake's plan of large cohorts: `python -m benchmarks.planning` prints a table.

The sheets are made up and their matrices are empty files, since a plan reads no matrix.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from benchmarks.machine import processor
from benchmarks.measure import ROOT

# samples, samples of a matrix
COHORTS = ((1_000, 1_000), (10_000, 10_000), (100_000, 100_000), (100_000, 1_000))
_PROFILE = ROOT / "workflow" / "profiles" / "slurm" / "config.yaml"
_PER_MATRIX = ("ingest", "harmonise", "pairs", "contrasts")


def write_cohort(folder: Path, samples: int, per_matrix: int) -> None:
    """Write a sheet, empty matrices and a configuration."""
    matrices = [f"m{index // per_matrix}.h5ad" for index in range(samples)]
    for name in set(matrices):
        (folder / name).touch()
    rows = [
        f"S{index:06}\t{matrix}\tAML\tg{index % 2}\tbaseline"
        for index, matrix in enumerate(matrices)
    ]
    header = "sample\tmatrix\tdisease\tgroup\ttimepoint"
    (folder / "samples.tsv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    (folder / "config.yaml").write_text("samples: samples.tsv\n", encoding="utf-8")


def plan(folder: Path) -> tuple[dict[str, int], float, float]:
    """Jobs by rule of a dry run, its CPU seconds and its wall seconds."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "rules"]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    command += ["--configfile", str(folder / "config.yaml")]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    table = re.findall(r"^(\w+)\s+(\d+)$", done.stdout + done.stderr, flags=re.MULTILINE)
    return {rule: int(count) for rule, count in table}, cpu, wall


def submissions(jobs: dict[str, int]) -> int:
    """Jobs of SLURM under the shipped profile."""
    profile = yaml.safe_load(_PROFILE.read_text(encoding="utf-8"))
    sizes = {name: int(size) for name, size in (x.split("=") for x in profile["group-components"])}
    grouped: dict[str, int] = {}
    for rule, group in (entry.split("=") for entry in profile["groups"]):
        grouped[group] = grouped.get(group, 0) + jobs[rule]
    alone = sum(jobs[rule] for rule in (*_PER_MATRIX, "collect"))
    return alone + sum(-(-count // sizes[group]) for group, count in grouped.items())


def main() -> None:
    """Print the table."""
    print(f"{processor()}; one process.\n")
    print("| samples | matrices | blocks | Snakemake's jobs | jobs of SLURM | CPU s | wall s |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for samples, per_matrix in COHORTS:
        with tempfile.TemporaryDirectory() as name:
            write_cohort(Path(name), samples, per_matrix)
            jobs, cpu, wall = plan(Path(name))
        figures = (samples, jobs["ingest"], jobs["score"], jobs["total"], submissions(jobs))
        print(f"| {' | '.join(f'{n:,}' for n in figures)} | {cpu:.1f} | {wall:.1f} |", flush=True)


if __name__ == "__main__":
    main()
