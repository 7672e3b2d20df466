"""Time atrasig's scoring beside gseapy's ssGSEA on one matrix in one run.

Prints a table and writes it to ``RESULTS.md`` beside this file.
"""

from __future__ import annotations

import argparse
import os

# One thread each, set before numerical libraries start their pools.
for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_pool] = "1"

import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import atrasig
from atrasig.files import write_text

if TYPE_CHECKING:
    from anndata import AnnData

    from atrasig.signatures import SignatureSet

RESULTS = Path(__file__).with_name("RESULTS.md")
SET_SIZES = (15, 200)
SEED = 20
REPEATS = 3
TOLERANCE = 1e-9  # relative to the largest score


@dataclass(frozen=True)
class Case:
    """One matrix and its gene sets."""

    matrix: pd.DataFrame  # genes x samples, log2 scale, no ties
    sets: dict[str, list[str]]

    @classmethod
    def simulate(cls, n_genes: int, n_samples: int, n_sets: int) -> Case:
        """Draw a matrix and gene sets, the same ones for the same sizes."""
        rng = np.random.default_rng(SEED)
        genes = np.array([f"G{number:05d}" for number in range(n_genes)])
        values = rng.gamma(2.0, 2.0, size=(n_genes, 1)) + rng.normal(size=(n_genes, n_samples))
        samples = [f"S{number:04d}" for number in range(n_samples)]
        sizes = rng.integers(*SET_SIZES, size=n_sets)
        sets = {
            f"set_{number:03d}": sorted(rng.choice(genes, size=size, replace=False))
            for number, size in enumerate(sizes)
        }
        return cls(pd.DataFrame(values, index=genes, columns=samples), sets)

    def anndata(self) -> AnnData:
        """Return the matrix as a harmonised AnnData, samples x genes."""
        from anndata import AnnData

        var = pd.DataFrame({"biotype": "protein_coding"}, index=self.matrix.index)
        obs = pd.DataFrame(index=self.matrix.columns)
        return AnnData(X=np.ascontiguousarray(self.matrix.to_numpy().T), obs=obs, var=var)

    def signatures(self) -> SignatureSet:
        """Return the gene sets as signatures, by way of a GMT file."""
        with tempfile.TemporaryDirectory() as folder:
            gmt = Path(folder) / "sets.gmt"
            lines = ("\t".join([name, "simulated", *genes]) for name, genes in self.sets.items())
            gmt.write_text("\n".join(lines) + "\n", encoding="utf-8")
            return atrasig.load_signatures([gmt])


@dataclass(frozen=True)
class Timing:
    """One timed call."""

    tool: str
    cpu: float
    wall: float


def run_gseapy(case: Case) -> pd.DataFrame:
    """Unnormalised ssGSEA scores, samples x sets."""
    import gseapy

    result = gseapy.ssgsea(
        data=case.matrix,
        gene_sets=case.sets,
        sample_norm_method="rank",
        correl_norm_type="rank",
        weight=0.25,
        min_size=1,
        max_size=len(case.matrix),
        outdir=None,
        no_plot=True,
        threads=1,
    )
    return result.res2d.pivot(index="Name", columns="Term", values="ES").astype(float)


def timed(tool: str, call: Callable[[], pd.DataFrame]) -> tuple[Timing, pd.DataFrame]:
    """Run a call three times and keep the fastest."""
    runs = []
    for _ in range(REPEATS):
        cpu, wall = time.process_time(), time.perf_counter()
        result = call()
        runs.append(Timing(tool, time.process_time() - cpu, time.perf_counter() - wall))
    return min(runs, key=lambda run: run.cpu), result


def compare(case: Case) -> tuple[list[Timing], float]:
    """Time each tool on a case; the second value is the largest relative difference of ssGSEA."""
    expr, signatures = case.anndata(), case.signatures()
    timings = []
    tables = {}
    for method in ("singscore", "ssgsea"):
        timing, tables[method] = timed(
            f"atrasig {method}",
            lambda method=method: atrasig.score(expr, signatures, method=method, universe="all"),
        )
        timings.append(timing)
    timing, theirs = timed("gseapy ssgsea", lambda: run_gseapy(case))
    timings.append(timing)
    ours = tables["ssgsea"].pivot(index="sample", columns="signature", values="score")
    gap = np.abs(ours.to_numpy() - theirs.loc[ours.index, ours.columns].to_numpy())
    return timings, float(gap.max() / np.abs(theirs.to_numpy()).max())


def render(case: Case, timings: list[Timing], gap: float) -> str:
    """Write the results as Markdown."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("gseapy", "numpy", "scipy"))
    slowest = timings[-1].cpu
    rows = [
        f"| {timing.tool} | {timing.cpu:.2f} | {timing.wall:.2f} | {slowest / timing.cpu:.1f} |"
        for timing in timings
    ]
    n_genes, n_samples = case.matrix.shape
    return "\n".join(
        [
            "# Scoring beside gseapy",
            "",
            f"{n_genes:,} genes x {n_samples:,} samples, {len(case.sets)} gene sets,",
            f"no ties, one thread, fastest of {REPEATS} runs each;",
            f"atrasig {atrasig.__version__}, {versions}, Python {platform.python_version()},",
            f"{platform.system()} {platform.machine()}.",
            "",
            "| call | CPU s | wall s | gseapy's CPU s / its CPU s |",
            "|---|---|---|---|",
            *rows,
            "",
            f"Largest difference of the ssGSEA scores, relative to the largest score: {gap:.1e}.",
            "",
        ]
    )


def main() -> None:
    """Run the comparison, print it and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--sets", type=int, default=50)
    options = parser.parse_args()
    compare(Case.simulate(500, 3, 2))
    case = Case.simulate(options.genes, options.samples, options.sets)
    timings, gap = compare(case)
    text = render(case, timings, gap)
    print(text)
    if gap > TOLERANCE:
        raise SystemExit(f"Scores differ by {gap:.1e}: the timings do not compare like with like.")
    write_text(RESULTS, text)


if __name__ == "__main__":
    main()
