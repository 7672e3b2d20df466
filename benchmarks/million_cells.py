"""Score a matrix of a million cells that does not fit into memory, and see whether it stays flat.

Writes an h5ad of cells x 20,000 genes of which 10 % are not zero (16 GB for a million cells),
scores 50 gene sets by UCell, ssGSEA and singscore into a wide parquet file, and measures CPU
seconds, wall seconds and peak memory of the scoring process. The sizes take turns, so that a slow
spell of the machine meets them all. Matrices (28 GB in all) and scores are deleted after.

    python benchmarks/million_cells.py --cells 250000 500000 1000000 --repeats 3
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

GENES, DENSITY, SETS = 20_000, 0.1, 50
METHODS = ("ucell", "ssgsea", "singscore")
CHUNK = 4_000
SEED = 1
LARGEST_GB = 2.0
SPREAD = 0.15
FEW = 25_000  # what these take is the start: imports, gene table, compiled code, memory of blocks


@dataclass(frozen=True)
class Measured:
    """One scoring run."""

    cells: int
    cpu: float
    wall: float
    peak_gb: float


def write_cells(path: Path, n_cells: int) -> None:
    """Write cells x genes counts as h5ad, a few thousand cells at a time.

    Every cell has 2,000 genes, drawn by steps of random length so that they are sorted and differ
    from cell to cell; counts are geometric, most of them 1 or 2. Memory does not grow with cells.
    """
    import anndata as ad
    import h5py
    import numpy as np
    import pandas as pd
    from scipy.sparse import csr_matrix

    from atrasig.genes import load_gene_table

    names = pd.Index(_gene_names(load_gene_table().coding), dtype=object)
    cells = pd.Index([f"cell{number}" for number in range(n_cells)], dtype=object)
    frame = ad.AnnData(
        X=csr_matrix((n_cells, GENES), dtype=np.float32),
        obs=pd.DataFrame(index=cells),
        var=pd.DataFrame({"biotype": "protein_coding"}, index=names),
        uns={"atrasig": {"platform": "single_cell"}},
    )
    frame.write_h5ad(path)
    draw = np.random.default_rng(SEED)
    per_cell = int(GENES * DENSITY)
    step = GENES // per_cell
    with h5py.File(path, "r+") as store:
        group = store["X"]
        for name, kind in (("data", np.float32), ("indices", np.int32)):
            del group[name]
            group.create_dataset(
                name, (n_cells * per_cell,), dtype=kind, chunks=(CHUNK * per_cell // 8,)
            )
        indptr = np.arange(n_cells + 1, dtype=np.int64) * per_cell
        del group["indptr"]
        group.create_dataset("indptr", data=indptr)
        levels = np.searchsorted(np.cumsum(0.5 ** np.arange(1, 9)), np.arange(256) / 256) + 1
        of_byte = levels.astype(np.float32)
        first = np.arange(per_cell, dtype=np.int32) * step
        for start in range(0, n_cells, CHUNK):
            n = min(CHUNK, n_cells - start)
            stored = slice(start * per_cell, (start + n) * per_cell)
            jitter = draw.integers(0, step, (n, per_cell), dtype=np.uint8)
            group["indices"][stored] = (first + jitter).ravel()
            group["data"][stored] = of_byte[draw.integers(0, 256, n * per_cell, dtype=np.uint8)]


def _gene_names(coding: Iterable[str]) -> list[str]:
    """Sorted names: real symbols, and invented ones to reach the wanted number."""
    known = sorted(coding)[:GENES]
    return sorted([*known, *(f"ZZINVENTED{i}" for i in range(GENES - len(known)))])


def score_cells(path: Path, out: Path, threads: int, methods: Sequence[str]) -> None:
    """Score the file into a wide table, and print what it took as JSON."""
    import numpy as np

    from atrasig.genes import load_gene_table
    from atrasig.scoring import score
    from atrasig.signatures import load_signatures

    names = _gene_names(load_gene_table().coding)
    draw = np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        gmt = Path(folder) / "sets.gmt"
        known = np.array([name for name in names if not name.startswith("ZZINVENTED")])
        lines = [
            "\t".join([f"set{i}", "random", *sorted(draw.choice(known, size, replace=False))])
            for i, size in enumerate(draw.integers(10, 200, SETS))
        ]
        gmt.write_text("\n".join(lines) + "\n", encoding="utf-8")
        signatures = load_signatures([gmt])
    score(path, signatures, method=list(methods), layout="wide", out=out, threads=threads)


def child(*arguments: str) -> Measured:
    """Run this script in a process of its own and read what it took."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _measure_score(path: Path, out: Path, cells: int, threads: int, methods: list[str]) -> None:
    start = time.perf_counter()
    score_cells(path, out, threads, methods)
    used = resource.getrusage(resource.RUSAGE_SELF)
    wall = time.perf_counter() - start
    print(
        json.dumps(
            {
                "cells": cells,
                "cpu": used.ru_utime + used.ru_stime,
                "wall": wall,
                "peak_gb": used.ru_maxrss * 1024 / 1e9,
            }
        )
    )


def run_all(
    sizes: Sequence[int], repeats: int, threads: int, methods: Sequence[str], folder: Path
) -> list[Measured]:
    """Write the matrix of each size, and measure each `repeats` times, the sizes by turns."""
    found = []
    with tempfile.TemporaryDirectory(dir=folder) as name:
        scratch = Path(name)
        out, matrices = scratch / "scores.parquet", {n: scratch / f"{n}.h5ad" for n in sizes}
        for cells, matrix in matrices.items():
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, __file__, "--write", str(matrix), "--cells", str(cells)],
                check=True,
            )
            size = matrix.stat().st_size / 1e9
            took = time.perf_counter() - start
            print(f"# {cells:,} cells: {size:.1f} GB written in {took:.0f} s", file=sys.stderr)
        os.sync()  # or the first run would wait for the disk, on one core
        for cells, matrix in [*matrices.items()] * repeats:
            run = child(
                "--score", str(matrix), "--out", str(out), "--cells", str(cells),
                "--threads", str(threads), "--methods", *methods,
            )  # fmt: skip
            print(f"# {run}", file=sys.stderr)
            found.append(run)
    return found


def medians(runs: Sequence[Measured]) -> list[Measured]:
    """Median of the runs of each size, in the order of the sizes; peak memory is the largest."""
    found = []
    for cells in dict.fromkeys(run.cells for run in runs):
        own = [run for run in runs if run.cells == cells]
        found.append(
            Measured(
                cells,
                statistics.median(run.cpu for run in own),
                statistics.median(run.wall for run in own),
                max(run.peak_gb for run in own),
            )
        )
    return found


def microseconds_a_cell(few: Measured, sizes: Sequence[Measured]) -> list[float]:
    """Processor time a cell of each size in µs, beyond the few cells that stand for the start."""
    return [1e6 * (run.cpu - few.cpu) / (run.cells - few.cells) for run in sizes]


def render(
    runs: Sequence[Measured], repeats: int, threads: int, methods: Sequence[str] = METHODS
) -> str:
    """Write the results as a section in Markdown; the first size is that of the start."""
    few, *found = medians(runs)
    slopes = microseconds_a_cell(few, found)
    versions = ", ".join(f"{name} {version(name)}" for name in ("atrasig", "numpy", "numba"))
    rows = [
        f"| {run.cells:,} | {run.cpu:.1f} | {run.wall:.1f} | {slope:.0f} | {run.peak_gb:.2f} |"
        for run, slope in zip(found, slopes, strict=True)
    ]
    growth = max(slopes) / min(slopes) - 1
    return "\n".join(
        [
            "## A million cells, streamed",
            "",
            f"Cells x {GENES:,} genes, {DENSITY:.0%} not zero, h5ad by rows; {SETS} sets by "
            f"{', '.join(methods)}; wide float32 parquet; {threads} threads; median of {repeats} "
            "runs, the sizes by turns, peak memory the largest of them. CPU a cell is counted "
            f"beyond the first {few.cells:,} cells, which hold the start ({few.cpu:.1f} CPU s);",
            f"{versions}, Python {platform.python_version()}, {platform.system()} "
            f"{platform.machine()}, {os.cpu_count()} cores.",
            "",
            "| cells | CPU s | wall s | CPU µs a cell | peak RSS, GB |",
            "|---|---|---|---|---|",
            *rows,
            "",
            f"CPU a cell varies by {growth:.1%} over the sizes (at most {SPREAD:.0%}); peak memory "
            f"is {max(run.peak_gb for run in found):.2f} GB (at most {LARGEST_GB} GB).",
            "",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> str:
    """Measure, print the section of results and return it; exits with 1 if a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[250_000, 500_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--score", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.write:
        write_cells(given.write, given.cells[0])
        return ""
    if given.score:
        _measure_score(given.score, given.out, given.cells[0], given.threads, given.methods)
        return ""
    runs = run_all([FEW, *given.cells], given.repeats, given.threads, given.methods, given.folder)
    text = render(runs, given.repeats, given.threads, given.methods)
    print(text)
    few, *found = medians(runs)
    slopes = microseconds_a_cell(few, found)
    if max(run.peak_gb for run in found) > LARGEST_GB or max(slopes) / min(slopes) > 1 + SPREAD:
        raise SystemExit("A limit is passed.")
    return text


if __name__ == "__main__":
    main()
