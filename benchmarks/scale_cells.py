"""Run growing numbers of cells through the workflow, and see whether its jobs stay small.

Counts of 20,000 genes are drawn into one h5ad, some 1,500 genes a cell, packed by lzf (3 GB for a
million cells), which is deleted after. The cells are scored one by one and summed into 100
pseudobulk samples, which run through all stages. Of every job the peak of memory and the CPU
seconds are taken from the system. The drawn counts serve to measure these, and nothing else: cells
are repeated from 4,000 different ones.

    python -m benchmarks.scale_cells --cells 100000 300000 1000000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig import __version__
from atrasig.genes import load_gene_table
from benchmarks import watching
from benchmarks.machine import processor
from benchmarks.watching import Job, Run

GENES, DETECTED, DIFFERENT = 20_000, 1_500, 4_000
PATIENTS, TYPES = 20, 5
CHUNK, BAND = 200_000, 10_000
SEED = 1
SPREAD = 0.25
TITLE = "# Single cells through the workflow"
STAGES = ("pseudobulk", "score-cells")


def write_cells(folder: Path, n_cells: int) -> float:
    """Write cells, the sheet of their sums and the configuration; give the size in GB."""
    import anndata as ad
    import h5py
    from scipy.sparse import csr_matrix

    draw = np.random.default_rng(SEED)
    patients = np.array([f"P{number:02}" for number in range(PATIENTS)])
    types = np.array([f"T{number}" for number in range(TYPES)])
    labels = {
        "sample": pd.Categorical(patients[draw.integers(0, PATIENTS, n_cells)], patients),
        "cell_type": pd.Categorical(types[draw.integers(0, TYPES, n_cells)], types),
    }
    names = pd.Index([f"cell{number:08}" for number in range(n_cells)], dtype=object)
    path = folder / "cells.h5ad"
    ad.AnnData(
        X=csr_matrix((n_cells, GENES), dtype=np.int32),
        obs=pd.DataFrame(labels, index=names),
        var=pd.DataFrame(index=pd.Index(_gene_ids(), dtype=object)),
    ).write_h5ad(path)
    pool = csr_matrix(_different_cells(draw))
    ends = [0]
    with h5py.File(path, "r+") as store:
        group = store["X"]
        for name in ("data", "indices", "indptr"):
            del group[name]
        for name in ("data", "indices"):
            group.create_dataset(
                name, (0,), np.int32, maxshape=(None,), chunks=(CHUNK,), compression="lzf"
            )
        for start in range(0, n_cells, BAND):
            band = pool[draw.integers(0, DIFFERENT, min(BAND, n_cells - start))]
            for name, values in (("data", band.data), ("indices", band.indices)):
                group[name].resize((ends[-1] + values.size,))
                group[name][ends[-1] :] = values
            ends += (ends[-1] + band.indptr[1:].astype(np.int64)).tolist()
        group.create_dataset("indptr", data=np.array(ends, dtype=np.int64))
    rows = ["sample\tmatrix\tdisease\tpatient\ttimepoint"]
    rows += [f"{p}|{t}\tcells.h5ad\tAML\t{p}\tbaseline" for p in patients for t in types]
    (folder / "samples.tsv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    (folder / "config.yaml").write_text(
        "samples: samples.tsv\ncells:\n  matrices: [cells.h5ad]\n", encoding="utf-8"
    )
    return path.stat().st_size / 1e9


def _gene_ids() -> list[str]:
    """Ensembl ids of protein-coding genes, and invented ones to reach the wanted number."""
    genes = load_gene_table().frame
    known = genes.loc[genes["biotype"] == "protein_coding", "ensembl"]
    single = sorted({str(name) for name in known if str(name).startswith("ENSG")})[:GENES]
    return [*single, *(f"ENSG9{number:010}" for number in range(GENES - len(single)))]


def _different_cells(draw: np.random.Generator) -> np.ndarray:
    """Draw counts of some cells, of which about `DETECTED` genes are not 0 on average."""
    level = draw.lognormal(0, 2, GENES)
    low, high = 1e-6, 1.0
    for _ in range(40):
        middle = (low * high) ** 0.5
        few = (1 - np.exp(-level * middle)).sum() < DETECTED
        low, high = (middle, high) if few else (low, middle)
    depth = draw.lognormal(0, 0.3, DIFFERENT)
    return draw.poisson(np.outer(depth, level * low)).astype(np.int32)


def summary(runs: Sequence[Run]) -> str:
    """Rows for RESULTS.md: a run and stage each, then what a cell takes from run to run."""
    lines = [watching.table(runs, "cells"), ""]
    lines += [
        "| cells | wall s | " + " | ".join(f"{name}, CPU µs a cell" for name in STAGES) + " |",
        "|---:|---:|" + "---:|" * len(STAGES),
    ]
    for number, one in enumerate(runs):
        slopes = [_slope(runs, number, stage) for stage in STAGES]
        cells = " | ".join("" if np.isnan(slope) else f"{slope:.0f}" for slope in slopes)
        lines.append(f"| {one.size:,} | {one.wall:,.0f} | {cells} |")
    return "\n".join(lines)


def _slope(runs: Sequence[Run], number: int, stage: str) -> float:
    """CPU of each further cell since the run before, in µs; NaN for the first run."""
    if number == 0:
        return float("nan")
    before, one = runs[number - 1], runs[number]
    return 1e6 * (_job(one, stage).cpu - _job(before, stage).cpu) / (one.size - before.size)


def _job(one: Run, stage: str) -> Job:
    return next(job for job in one.jobs if job.stage == stage)


def faults(runs: Sequence[Run]) -> list[str]:
    """Say what is required and not met."""
    found = watching.too_large(runs, "cells")
    for stage in STAGES:
        slopes = [_slope(runs, number, stage) for number in range(1, len(runs))]
        if slopes and max(slopes) > (1 + SPREAD) * min(slopes):
            found.append(f"{stage} takes {min(slopes):.0f} to {max(slopes):.0f} µs a cell")
    return found


def main() -> int:
    """Run the cells, print the tables, and say what is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, nargs="+", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    asked = parser.parse_args()
    runs = []
    for n_cells in asked.cells:
        with tempfile.TemporaryDirectory(dir=asked.folder) as name:
            size = write_cells(Path(name), n_cells)
            runs.append(watching.run(Path(name), n_cells, asked.cores))
        took = f"{size:.2f} GB, {runs[-1].wall:,.0f} s"
        print(f"{n_cells:,} cells: {took}", file=sys.stderr, flush=True)
    facts = [
        f"Cells x {GENES:,} genes, {DETECTED:,} of them detected, in one file, through",
        f"the workflow on {asked.cores} cores of {processor()}; atrasig {__version__}.",
    ]
    return watching.conclude(TITLE, facts, summary(runs), faults(runs))


if __name__ == "__main__":
    sys.exit(main())
