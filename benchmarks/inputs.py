"""Simulated matrices and gene sets on disk, the same ones for the same sizes.

Every tool reads the same files: ``matrix.npy`` (samples x genes, float64) or ``matrix.npz`` (cells
x genes, CSR, float32), and ``sets.json`` (name -> genes). Genes are ``G00000``, ``G00001``, ...
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy import sparse

SEED = 20
SET_SIZES = (15, 200)
DENSITY = 0.1
SHALLOW_DENSITY = 0.02
_DISTINCT_CELLS = 10_000


@dataclass(frozen=True)
class Spec:
    """Sizes of one input.

    Parameters
    ----------
    kind
        ``bulk``: log2 values, no ties. ``counts``: counts, two fifths of them zero, many ties.
        ``cells``: log-normalised counts of cells, a tenth of them not zero; ``shallow``: a
        fiftieth.
    n_samples, n_genes, n_sets
        Sizes.
    """

    kind: Literal["bulk", "counts", "cells", "shallow"]
    n_samples: int
    n_genes: int
    n_sets: int

    @property
    def name(self) -> str:
        """Name of the input's folder."""
        return "_".join(str(value) for value in asdict(self).values())


def gene_names(n_genes: int) -> np.ndarray:
    """Names of the genes of an input of so many genes."""
    return np.array([f"G{number:05d}" for number in range(n_genes)])


def write_input(spec: Spec, parent: Path) -> Path:
    """Write an input unless it is there already, and return its folder."""
    folder = parent / spec.name
    if not folder.exists():
        rng = np.random.default_rng(SEED)
        matrix = DRAW[spec.kind](rng, spec.n_samples, spec.n_genes)
        write_matrix(folder, matrix, draw_sets(rng, spec))
    return folder


def write_matrix(
    folder: Path,
    matrix: np.ndarray | sparse.csr_array,
    sets: dict[str, list[str]],
    genes: Iterable[str] | None = None,
) -> None:
    """Write a matrix, gene sets and, where they have names of their own, genes."""
    folder.mkdir(parents=True)
    if sparse.issparse(matrix):
        sparse.save_npz(folder / "matrix.npz", matrix, compressed=False)
    else:
        np.save(folder / "matrix.npy", matrix)
    if genes is not None:
        (folder / "genes.json").write_text(json.dumps(list(genes)), encoding="utf-8")
    (folder / "sets.json").write_text(json.dumps(sets), encoding="utf-8")


def draw_sets(rng: np.random.Generator, spec: Spec) -> dict[str, list[str]]:
    """Draw gene sets of even sizes."""
    genes = gene_names(spec.n_genes)
    sizes = rng.integers(*SET_SIZES, size=spec.n_sets)
    return {
        f"set_{number:04d}": sorted(rng.choice(genes, size=size, replace=False).tolist())
        for number, size in enumerate(sizes)
    }


def draw_bulk(rng: np.random.Generator, n_samples: int, n_genes: int) -> np.ndarray:
    """Draw log2 values: gene means and noise, none of which tie."""
    means = rng.gamma(2.0, 2.0, size=n_genes)
    return means + rng.normal(size=(n_samples, n_genes))


def draw_counts(rng: np.random.Generator, n_samples: int, n_genes: int) -> np.ndarray:
    """Draw negative binomial counts about log-normal means, two fifths of them zero."""
    means = rng.lognormal(0.45, 2.2, size=n_genes)
    return rng.poisson(rng.gamma(2.0, means / 2.0, size=(n_samples, n_genes))).astype(np.float64)


def draw_cells(
    rng: np.random.Generator, n_cells: int, n_genes: int, density: float = DENSITY
) -> sparse.csr_array:
    """Draw cells as log-normalised counts, a tenth of them not zero on average.

    Past ten thousand cells the same cells come again in another order.
    """
    means = rng.lognormal(0.0, 1.5, size=n_genes)
    means *= _scale_to_density(means, density)
    drawn = min(n_cells, _DISTINCT_CELLS)
    parts = [
        _draw_cell_block(rng, means, min(500, drawn - first)) for first in range(0, drawn, 500)
    ]
    cells = sparse.vstack(parts, format="csr")
    if n_cells > drawn:
        cells = cells[rng.permutation(np.resize(np.arange(drawn), n_cells))]
    return sparse.csr_array(cells)


def _scale_to_density(means: np.ndarray, density: float) -> float:
    low, high = 1e-6, 1e3
    for _ in range(60):
        middle = np.sqrt(low * high)
        dense = float(np.mean(-np.expm1(-means * middle))) > density
        low, high = (low, middle) if dense else (middle, high)
    return low


def _draw_cell_block(rng: np.random.Generator, means: np.ndarray, n_cells: int) -> sparse.csr_array:
    depth = rng.lognormal(-0.05, 0.3, size=(n_cells, 1))
    counts = sparse.csr_array(rng.poisson(means * depth).astype(np.float32))
    scale = 1e4 / np.maximum(counts.sum(axis=1), 1)
    counts.data = np.log1p(counts.data * np.repeat(scale, np.diff(counts.indptr)))
    counts.data = counts.data.astype(np.float32)
    return counts


DRAW: dict[str, Callable[[np.random.Generator, int, int], Any]] = {
    "bulk": draw_bulk,
    "counts": draw_counts,
    "cells": draw_cells,
    "shallow": partial(draw_cells, density=SHALLOW_DENSITY),
}
