"""Time the pages of a cohort: `python -m benchmarks.reports` prints a section of results.

Twenty leukemias of TCGA (or the simulated demo where they are not there) are run once; their rows
are repeated under new names up to the wanted number of samples. Two processes of `atrasig report`
then write half of the records and pages each, and the largest page is looked at.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ATRASIG = str(Path(sys.executable).with_name("atrasig"))
REAL = ROOT.parent / "shared" / "data" / "aml_tcga20"
MATRIX = REAL / "tcga_laml_20samples_htseq_counts.tsv.gz"
DEMO = ROOT / "config" / "demo"
TITLE = "## Pages of a cohort"
SIZES = (250, 500, 1000)
PROCESSES = 2
LONGEST_S = 60.0
LARGEST_BYTES = 300_000
GROWTH = 1.5
"""Peak memory of the largest cohort over that of the smallest."""
TABLES = ("scores", "drivers", "enrichment", "hypotheses", "hypothesis_summaries")
"""Tables with rows of samples, one a block."""


@dataclass(frozen=True)
class Reported:
    """One cohort: seconds of all processes, and the largest of peaks, pages and records."""

    samples: int
    wall: float
    cpu: float
    peak_mb: float
    page: int
    record: int


def run_base(folder: Path) -> Path:
    """Run the cohort whose rows are repeated; return the folder of its tables."""
    given = [str(MATRIX), "--disease", "AML"]
    if not MATRIX.exists():
        given = [str(DEMO / "counts.tsv.gz"), "--sheet", str(DEMO / "samples.tsv")]
    command = [ATRASIG, "run", *given, "--out", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return next((folder / "work").iterdir())


def grow(work: Path, out: Path, samples: int) -> None:
    """Write matrix and tables with the rows of `work` repeated under new names."""
    import numpy as np
    import pandas as pd
    from anndata import AnnData

    from atrasig.files import read_h5ad, write_h5ad, write_parquet

    base = read_h5ad(work / "expr.h5ad")
    rows = np.arange(samples) % base.n_obs
    names = [f"S{number:05}" for number in range(samples)]
    obs = base.obs.iloc[rows].set_axis(names)
    layers = {name: values[rows] for name, values in base.layers.items()}
    expr = AnnData(base.X[rows], obs=obs, var=base.var, uns=base.uns, layers=layers)
    write_h5ad(out / "expr.h5ad", expr)
    origin = pd.DataFrame({"origin": base.obs_names[rows], "new": names})

    def repeated(table: str, chosen: pd.DataFrame) -> pd.DataFrame:
        frame = pd.read_parquet(work / f"{table}.parquet")
        grown = chosen.merge(frame, left_on="origin", right_on="sample", sort=False)
        return grown.assign(sample=grown["new"])[frame.columns]

    write_parquet(out / "calls.parquet", repeated("calls", origin))
    size = samples // PROCESSES
    for block in range(PROCESSES):
        own = origin[block * size : (block + 1) * size]
        for table in TABLES:
            write_parquet(out / f"{table}.{block}.parquet", repeated(table, own))


def report(work: Path, cohort: Path, out: Path, samples: int) -> Reported:
    """Write all pages by several processes at a time, and read what they took."""
    start = time.perf_counter()
    started = [
        subprocess.Popen(_command(work, cohort, out, block, samples // PROCESSES), cwd=ROOT)
        for block in range(PROCESSES)
    ]
    ended = [os.wait4(process.pid, 0) for process in started]
    wall = time.perf_counter() - start
    if any(status for _, status, _ in ended):
        raise SystemExit("atrasig report failed.")
    for process in started:
        process.returncode = 0  # reaped above
    sizes = {
        ending: [path.stat().st_size for path in out.glob(f"samples/*.{ending}")]
        for ending in ("html", "json")
    }
    if len(sizes["html"]) != samples:
        raise SystemExit(f"{len(sizes['html'])} pages instead of {samples}.")
    return Reported(
        samples,
        wall,
        sum(usage.ru_utime + usage.ru_stime for *_, usage in ended),
        max(usage.ru_maxrss for *_, usage in ended) * 1024 / 1e6,
        max(sizes["html"]),
        max(sizes["json"]),
    )


def _command(work: Path, cohort: Path, out: Path, block: int, size: int) -> list[str]:
    command = [ATRASIG, "report", "--expr", str(cohort / "expr.h5ad")]
    command += ["--calls", str(cohort / "calls.parquet")]
    for table in TABLES:
        command += [f"--{table.replace('_', '-')}", str(cohort / f"{table}.{block}.parquet")]
    for table in ("contrasts", "pairs"):
        command += [f"--{table}", str(work / f"{table}.parquet")]
    command += ["--out", str(out), "--manifest", str(out / f"pages.{block}.tsv")]
    return [*command, "--block", str(block), "--block-size", str(size)]


def render(found: Sequence[Reported]) -> str:
    """Write the results as a section in Markdown."""
    rows = [
        f"| {one.samples:,} | {one.wall:.1f} | {one.cpu:.1f} | {1000 * one.cpu / one.samples:.0f} "
        f"| {one.peak_mb:.0f} | {one.page:,} | {one.record:,} |"
        for one in found
    ]
    source = "leukemias of TCGA" if MATRIX.exists() else "samples of the simulated demo"
    packages = ", ".join(f"{name} {version(name)}" for name in ("atrasig", "jinja2", "pydantic"))
    return "\n".join(
        [
            TITLE,
            "",
            f"Records and pages of {source}, their rows repeated under new names, by {PROCESSES} "
            "processes of `atrasig report`, start of Python included; peak of one process;",
            f"{packages}, Python {platform.python_version()}, {platform.system()} "
            f"{platform.machine()}, {os.cpu_count()} cores.",
            "",
            "| samples | wall s | CPU s | CPU ms a sample | peak RSS, MB | largest page, bytes "
            "| largest record, bytes |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"At most {LONGEST_S:.0f} s for {SIZES[-1]:,} samples, {LARGEST_BYTES:,} bytes a page, "
            f"and {GROWTH:g} times the memory for {SIZES[-1] // SIZES[0]} times the samples; here "
            f"{found[-1].peak_mb / found[0].peak_mb:.2f} times.",
            "",
        ]
    )


def limits_passed(found: Sequence[Reported]) -> list[str]:
    """Tell which limits are not kept."""
    last = found[-1]
    passed = {
        f"{last.wall:.0f} s for {last.samples:,} samples": last.wall > LONGEST_S,
        f"a page of {last.page:,} bytes": last.page >= LARGEST_BYTES,
        f"{last.peak_mb:.0f} MB after {found[0].peak_mb:.0f} MB": (
            last.peak_mb > GROWTH * found[0].peak_mb
        ),
    }
    return [words for words, is_passed in passed.items() if is_passed]


def main(arguments: Sequence[str] | None = None) -> str:
    """Measure, print the section of results and return it; exits with 1 if a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--grow", type=Path, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.grow:
        grow(given.grow[0], given.grow[1], given.samples[0])
        return ""
    found = []
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        work = run_base(Path(scratch) / "base")
        for samples in given.samples:
            with tempfile.TemporaryDirectory(dir=scratch) as name:
                cohort = Path(name)
                # In a process of its own, whose memory would count as that of those started here.
                command = [sys.executable, "-m", "benchmarks.reports", "--grow", str(work), name]
                subprocess.run([*command, "--samples", str(samples)], check=True, cwd=ROOT)
                found.append(report(work, cohort, cohort / "out", samples))
            print(f"# {found[-1]}", file=sys.stderr, flush=True)
    text = render(found)
    print(text)
    if passed := limits_passed(found):
        raise SystemExit("A limit is passed: " + "; ".join(passed))
    return text


if __name__ == "__main__":
    main()
