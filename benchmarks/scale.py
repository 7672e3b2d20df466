"""Run growing cohorts through the workflow, and see whether its jobs stay small: `make scale`.

Counts of 20,000 genes are drawn into parquet files of 1,000 samples, one matrix of the sheet each.
The workflow runs on two cores, in blocks of 500 samples and without pages; of every job the peak of
memory and the CPU seconds are taken from the system while it runs. A sample takes a fifth of a CPU
second, so 100,000 samples are hours of work: name a folder, and what was stopped goes on.

    python -m benchmarks.scale --samples 1000 3000 10000
    python -m benchmarks.scale --samples 10000 30000 100000 --folder /scratch/scale
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from atrasig import __version__
from atrasig.genes import load_gene_table
from benchmarks import watching
from benchmarks.machine import processor
from benchmarks.watching import Run

GENES, SEED = 20_000, 1
SPREAD = 0.15
CONFIG = "samples: samples.tsv\nblock_size: 500\nreport: {pages: none}\n"
TITLE = "# Cohorts through the workflow"


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
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")


def summary(runs: Sequence[Run]) -> str:
    """Rows for RESULTS.md: a cohort and stage each, then a cohort each."""
    lines = [
        watching.table(runs, "samples"),
        "",
        "| samples | wall s | CPU s a sample | largest peak MB |",
        "|---:|---:|---:|---:|",
        *(
            f"| {one.size:,} | {one.wall:,.0f} | {one.cpu_each:.3f} | {one.peak_mb:,.0f} |"
            for one in runs
        ),
    ]
    return "\n".join(lines)


def faults(runs: Sequence[Run]) -> list[str]:
    """Say what is required and not met."""
    found = watching.too_large(runs, "samples")
    each = [one.cpu_each for one in runs]
    if max(each) > (1 + SPREAD) * min(each):
        found.append(f"CPU a sample grows from {min(each):.3f} to {max(each):.3f} s")
    return found


def main() -> int:
    """Run the cohorts, print the tables, and say what is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    parser.add_argument("--per-matrix", type=int, default=1_000)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="kept; a temporary one by default")
    asked = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory() as temporary:
        for samples in asked.samples:
            folder = (asked.folder or Path(temporary)) / f"cohort-{samples}"
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / "config.yaml").exists():
                write_cohort(folder, samples, asked.per_matrix)
            runs.append(watching.run(folder, samples, asked.cores))
            print(f"{samples:,} samples: {runs[-1].wall:,.0f} s", file=sys.stderr, flush=True)
    facts = [
        f"Samples x {GENES:,} genes in matrices of {asked.per_matrix:,}, half of them baselines,",
        "in blocks of 500 and without pages, through the workflow on",
        f"{asked.cores} cores of {processor()}; atrasig {__version__}.",
    ]
    return watching.conclude(TITLE, facts, summary(runs), faults(runs))


if __name__ == "__main__":
    sys.exit(main())
