"""Published formulas written out plainly, where nothing ties: who is right where two differ.

ssGSEA in extended precision (Barbie 2009, doi:10.1038/nature08460) and GSVA with the kernel's
distribution function itself (Hänzelmann 2013, doi:10.1186/1471-2105-14-7).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.tools.common import Loaded, Tool

ALPHA = 0.25


def reference(name: str) -> Tool:
    """Return ``ssgsea`` or ``gsva``."""
    function = {"ssgsea": ssgsea, "gsva": gsva}[name]

    def call(prepared: Any) -> np.ndarray:
        return function(*prepared)

    return Tool(prepare, call, lambda loaded, prepared, result: result)


def prepare(loaded: Loaded) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the matrix and the places of each set's genes."""
    place = {gene: number for number, gene in enumerate(loaded.genes)}
    return loaded.matrix, [
        np.array([place[gene] for gene in genes]) for genes in loaded.sets.values()
    ]


def ssgsea(matrix: np.ndarray, sets: list[np.ndarray]) -> np.ndarray:
    """Weighted mean rank of a set's genes minus the mean rank of the others."""
    ranks = (matrix.argsort(axis=1).argsort(axis=1) + 1).astype(np.longdouble)
    total = ranks.sum(axis=1)
    scores = []
    for members in sets:
        own = ranks[:, members]
        weights = own ** np.longdouble(ALPHA)
        inside = (weights * own).sum(axis=1) / weights.sum(axis=1)
        scores.append(inside - (total - own.sum(axis=1)) / (ranks.shape[1] - members.size))
    return np.stack(scores, axis=1).astype(np.float64)


def gsva(matrix: np.ndarray, sets: list[np.ndarray]) -> np.ndarray:
    """Difference of the largest deviations of the walk down each sample's ranking."""
    from scipy.special import ndtr

    width = matrix.std(axis=0, ddof=1) / 4
    density = np.stack([ndtr((row - matrix) / width).mean(axis=0) for row in matrix])
    return np.stack([_walks(row, sets) for row in density])


def _walks(density: np.ndarray, sets: list[np.ndarray]) -> np.ndarray:
    n_genes = density.size
    place = np.empty(n_genes, dtype=int)
    place[np.argsort(-density, kind="stable")] = np.arange(n_genes)
    weight = np.abs(place - n_genes / 2)
    found = []
    for members in sets:
        steps = np.full(n_genes, -1 / (n_genes - members.size))
        steps[place[members]] = weight[members] / weight[members].sum()
        walk = np.cumsum(steps)
        found.append(max(walk.max(), 0) + min(walk.min(), 0))
    return np.array(found)
