"""Time atrasig's reading of a large text matrix beside polars' on the same file.

Prints a table and writes it as a section of ``RESULTS.md`` beside this file. Each reading takes
place in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

import atrasig
from atrasig.files import write_text

RESULTS = Path(__file__).with_name("RESULTS.md")
TITLE = "# Reading beside polars"
SEED = 20
REPEATS = 3
CHUNK = 1000

_MEASURE = """
import json, resource, sys, time
cpu, wall = time.process_time(), time.perf_counter()
{call}
print(json.dumps([
    time.process_time() - cpu,
    time.perf_counter() - wall,
    resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    total,
]))
"""
READERS = {
    "atrasig read_expression": (
        "import anndata, pandas, pyarrow.csv\n"
        "from atrasig import genes, read_expression\n"
        "genes.load_gene_table()",
        "total = read_expression(sys.argv[1]).X.shape[0]",
    ),
    "polars read_csv": (
        "import polars",
        "total = polars.read_csv(sys.argv[1], separator='\\t').width - 1",
    ),
}


@dataclass(frozen=True)
class Timing:
    """One timed reading; memory in MiB."""

    tool: str
    cpu: float
    wall: float
    peak: float


def write_counts(path: Path, n_genes: int, n_samples: int) -> None:
    """Write counts of genes x samples as TSV, the same ones for the same sizes.

    Means are log-normal over genes, two fifths of which are not expressed; counts are negative
    binomial about them.
    """
    rng = np.random.default_rng(SEED)
    means = rng.lognormal(2.0, 2.5, size=n_genes) * (rng.random(n_genes) < 0.6)
    with path.open("w", encoding="ascii") as handle:
        handle.write("\t".join(["gene", *(f"S{i:04d}" for i in range(n_samples))]) + "\n")
        for first in range(0, n_genes, CHUNK):
            part = means[first : first + CHUNK, None]
            counts = rng.poisson(rng.gamma(2.0, part / 2.0, size=(len(part), n_samples)))
            handle.writelines(
                "\t".join([f"ENSG{gene:011d}", *map(str, row)]) + "\n"
                for gene, row in enumerate(counts.tolist(), start=first)
            )


def measure(tool: str, path: Path, n_samples: int) -> Timing:
    """Read the file several times, each in a new process, and keep the fastest."""
    imports, call = READERS[tool]
    script = imports + _MEASURE.format(call=call)
    runs = []
    for _ in range(REPEATS):
        done = subprocess.run(
            [sys.executable, "-c", script, str(path)], check=True, capture_output=True, text=True
        )
        cpu, wall, peak, total = json.loads(done.stdout)
        if total != n_samples:
            raise SystemExit(f"{tool} found {total} samples instead of {n_samples}.")
        runs.append(Timing(tool, cpu, wall, peak))
    return min(runs, key=lambda run: run.cpu)


def render(n_genes: int, n_samples: int, size: int, timings: list[Timing]) -> str:
    """Write the results as Markdown."""
    matrix = n_genes * n_samples * 8 / 2**20
    peer = timings[-1]
    rows = [
        f"| {t.tool} | {t.cpu:.1f} | {t.cpu / peer.cpu:.2f} | {t.wall:.1f} "
        f"| {t.wall / peer.wall:.2f} | {t.peak:,.0f} | {t.peak / matrix:.2f} |"
        for t in timings
    ]
    versions = ", ".join(f"{name} {version(name)}" for name in ("polars", "pyarrow", "numpy"))
    return "\n".join(
        [
            TITLE,
            "",
            f"TSV of {n_genes:,} genes x {n_samples:,} samples, {size / 2**20:,.0f} MiB of counts;",
            f"as float64 {matrix:,.0f} MiB. A process each, imports not timed (but in the peak),",
            f"fastest of {REPEATS} runs; atrasig {atrasig.__version__}, {versions},",
            f"Python {platform.python_version()}, {platform.system()} {platform.machine()}.",
            "",
            "| call | CPU s | of polars' | wall s | of polars' | peak MiB | of the matrix |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def put_section(text: str, section: str) -> str:
    """Put a section in the place of the one with the same title, or at the end."""
    before, found, after = text.partition(section.splitlines()[0] + "\n")
    rest = after.partition("\n# ") if found else ("", "", "")
    parts = [before.rstrip("\n"), section.rstrip("\n"), (rest[1] + rest[2]).strip("\n")]
    return "\n\n".join(part for part in parts if part) + "\n"


def main() -> None:
    """Run the comparison, print it and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=60_000)
    parser.add_argument("--samples", type=int, default=2_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts.tsv"
        write_counts(path, options.genes, options.samples)
        timings = [measure(tool, path, options.samples) for tool in READERS]
        section = render(options.genes, options.samples, path.stat().st_size, timings)
    print(section)
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    write_text(RESULTS, put_section(before, section))


if __name__ == "__main__":
    main()
