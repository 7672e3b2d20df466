"""Time `atrasig collect` on growing cohorts: `python -m benchmarks.collecting` prints a table.

The simulated demo is run once, since it fills every table of a run; its rows are repeated under
new names up to the wanted number of samples, in matrices of 1,000 samples and blocks of 200. Pages
are empty files: `collect` only looks whether they are there. 100,000 samples take 10 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.machine import processor
from benchmarks.reports import ATRASIG, DEMO, ROOT

if TYPE_CHECKING:
    import pandas as pd

SAMPLES = (1_000, 10_000, 100_000)
PER_MATRIX, PER_BLOCK = 1_000, 200
LARGEST_MB = 2_000
_BLOCKS = ("scores", "calls", "enrichment", "hypotheses", "hypothesis_summaries")
_MATRICES = {
    "contrasts": "contrasts",
    "pair-tests": "pair_tests",
    "contrast-genes": "contrasts.genes",
    "contrast-lists": "contrasts.lists",
}
"""Tables of a matrix that name no sample, by option."""


@dataclass(frozen=True)
class Collected:
    """One cohort: CPU seconds and peak memory of the process, and sizes of what it wrote."""

    samples: int
    cpu: float
    peak_mb: float
    tables_gb: float
    index_mb: float
    workbook_mb: float


class Base:
    """Tables of a run whose rows are repeated."""

    def __init__(self, work: Path) -> None:
        import pandas as pd

        from atrasig.files import read_h5ad

        self.work = work
        self.expr = read_h5ad(work / "expr.h5ad")
        self.names = [str(name) for name in self.expr.obs_names]
        self.pairs = pd.read_parquet(work / "pairs.parquet")
        self.tables = {name: pd.read_parquet(work / f"{name}.parquet") for name in _BLOCKS}
        text: dict[str, Any] = {"dtype": str, "keep_default_na": False}
        self.tables["pages"] = pd.read_csv(work / "pages.tsv", sep="\t", **text)

    def repeated(self, table: str, names: Sequence[str]) -> pd.DataFrame:
        """Rows of a table for samples of these names."""
        import pandas as pd

        origins = [self.names[place % len(self.names)] for place in range(len(names))]
        chosen = pd.DataFrame({"origin": origins, "new": names})
        frame = self.tables[table]
        grown = chosen.merge(frame, left_on="origin", right_on="sample", sort=False)
        return grown.assign(sample=grown["new"])[frame.columns]


def write_matrix(base: Base, results: Path, number: int, names: Sequence[str]) -> None:
    """Write the annotation of a matrix, the tables of its blocks, and empty pages."""
    import numpy as np
    from anndata import AnnData

    from atrasig.files import write_h5ad, write_parquet, write_tsv

    matrix, folder = f"m{number}.parquet", results / "work" / f"m{number}"
    folder.mkdir(parents=True)
    rows = np.arange(len(names)) % len(base.names)
    facts = base.expr.uns | {"atrasig": base.expr.uns["atrasig"] | {"matrix": matrix}}
    obs = base.expr.obs.iloc[rows].set_axis(list(names))
    write_h5ad(folder / "expr.h5ad", AnnData(obs=obs, var=base.expr.var, uns=facts))
    places = np.arange(len(names)) % len(base.pairs)
    pairs = base.pairs.iloc[places].assign(
        matrix=matrix, patient=[f"P{number}-{pair // 2}" for pair in range(len(names))]
    )
    write_parquet(folder / "pairs.parquet", pairs)
    for block, start in enumerate(range(0, len(names), PER_BLOCK)):
        own = names[start : start + PER_BLOCK]
        for table in _BLOCKS:
            write_parquet(folder / f"{table}.{block}.parquet", base.repeated(table, own))
        pages = base.repeated("pages", own).assign(matrix=matrix)
        pages["page"] = "samples/" + pages["sample"] + ".html"
        write_tsv(folder / f"pages.{block}.tsv", pages)
        for page in pages["page"]:
            (results / page).touch()


def collect(base: Base, results: Path, samples: int) -> Collected:
    """Make a cohort, collect it in a process of its own, and read what that took."""
    (results / "samples").mkdir(parents=True)
    options = []
    for number, start in enumerate(range(0, samples, PER_MATRIX)):
        own = [f"S{place:07}" for place in range(start, min(start + PER_MATRIX, samples))]
        write_matrix(base, results, number, own)
        folder = results / "work" / f"m{number}"
        last = (len(own) - 1) // PER_BLOCK
        options += ["--expr", str(folder / "expr.h5ad"), "--pairs", str(folder / "pairs.parquet")]
        options += ["--pages", f"{folder}/pages.{{0..{last}}}.tsv"]
        for table in _BLOCKS:
            named = f"{folder}/{table}.{{0..{last}}}.parquet"
            options += [f"--{table.replace('_', '-')}", named]
        for option, table in _MATRICES.items():
            options += [f"--{option}", str(base.work / f"{table}.parquet")]
    process = subprocess.Popen([ATRASIG, "collect", str(results), *options], cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = 0  # reaped above
    if status:
        raise SystemExit("atrasig collect failed.")
    sizes = {path.name: path.stat().st_size for path in results.iterdir() if path.is_file()}
    return Collected(
        samples,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * 1024 / 1e6,
        sum(size for name, size in sizes.items() if name.endswith((".tsv", ".parquet"))) / 1e9,
        sizes["index.html"] / 1e6,
        sizes["atrasig.xlsx"] / 1e6,
    )


def main() -> int:
    """Print the table, and say what is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, nargs="+", default=SAMPLES)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    asked = parser.parse_args()
    print(f"{processor()}; one process.\n")
    print("| samples | CPU s | ms a sample | peak MB | tables GB | index MB | workbook MB |")
    print("|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    missed = False
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        demo = [str(DEMO / "counts.tsv.gz"), "--sheet", str(DEMO / "samples.tsv")]
        command = [ATRASIG, "run", *demo, "--out", f"{name}/demo"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        base = Base(next((Path(name) / "demo" / "work").iterdir()))
        for samples in asked.samples:
            with tempfile.TemporaryDirectory(dir=name) as results:
                one = collect(base, Path(results), samples)
            figures = (f"{one.cpu:.1f}", f"{1000 * one.cpu / samples:.2f}", f"{one.peak_mb:,.0f}")
            sizes = f"{one.tables_gb:.2f} | {one.index_mb:.2f} | {one.workbook_mb:.1f}"
            print(f"| {samples:,} | {' | '.join(figures)} | {sizes} |", flush=True)
            missed = missed or one.peak_mb > LARGEST_MB
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
