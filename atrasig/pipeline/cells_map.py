"""Coordinates of cells: those of the file, or a UMAP as scanpy makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atrasig.scoring.arrays import Array

if TYPE_CHECKING:
    from anndata import AnnData

MAX_CELLS = 50_000
"""Cells of which a map is computed, at most and, below, at least."""
FEWEST_CELLS = 30
_GENES, _PARTS, _NEIGHBOURS = 2000, 50, 15
_TARGET = 1e4


@dataclass(frozen=True, eq=False)
class CellMap:
    """Places of cells.

    Parameters
    ----------
    places
        Shape (cells, 2); None where there are none.
    how
        Where they come from, or why there are none, as a sentence.
    packages
        Versions of what computed them here.
    """

    places: Array | None
    how: str
    packages: dict[str, str] = field(default_factory=dict)


def find_map(
    cells: Path,
    stored: Any,
    n_cells: int,
    seed: int,
    embed: Callable[[AnnData, int], Array] | None = None,
) -> CellMap:
    """Take the coordinates of a file, or compute them.

    Parameters
    ----------
    cells
        h5ad; its values are read only where there are no coordinates.
    stored
        ``obsm["X_umap"]``, None where there is none. Its first two columns are taken.
    n_cells
        Number of cells.
    seed
        Seed of what is computed.
    embed
        Computes coordinates from logarithms, :func:`umap_of` by default.
    """
    if stored is not None:
        places = _first_two(stored)
        if places is not None and len(places) == n_cells:
            return CellMap(places, "The map is obsm['X_umap'] of the file, made before.")
        return CellMap(None, "obsm['X_umap'] of the file does not hold two numbers a cell.")
    if not FEWEST_CELLS <= n_cells <= MAX_CELLS:
        return CellMap(None, _why_none(n_cells))
    from atrasig.files import read_h5ad

    values, what = _logarithms(read_h5ad(cells))
    if values is None:
        return CellMap(None, what)
    places = np.asarray((embed or umap_of)(values, seed), dtype=np.float64)
    packages = _versions()
    named = ", ".join(f"{name} {version}" for name, version in packages.items())
    n = values.n_vars
    genes = f"the {_GENES:,} most variable of {n:,} genes" if n > _GENES else f"all {n:,} genes"
    return CellMap(
        places,
        f"The file holds no map; this UMAP was computed here by {named} (seed {seed}) from {what}: "
        f"{genes}, {_n_parts(values)} principal components, {_NEIGHBOURS} neighbours. Batches are "
        "not corrected for.",
        packages,
    )


def _why_none(n_cells: int) -> str:
    if n_cells < FEWEST_CELLS:
        return f"The file holds none, and {n_cells} cells are too few for one."
    return (
        f"The file holds none, and one is computed for {MAX_CELLS:,} cells at most. Compute it in "
        "scanpy (sc.pp.neighbors, sc.tl.umap), write the file again, and make this page from it."
    )


def _first_two(stored: Any) -> Array | None:
    values = stored.to_numpy() if isinstance(stored, pd.DataFrame) else np.asarray(stored)
    if values.ndim != 2 or values.shape[1] < 2 or not np.issubdtype(values.dtype, np.number):
        return None
    return np.asarray(values[:, :2], dtype=np.float64)


def _logarithms(adata: AnnData) -> tuple[AnnData | None, str]:
    """Give logarithms of amounts, and say what they were made of; None with the reason."""
    from anndata import AnnData
    from scanpy.pp import log1p, normalize_total

    from atrasig.singlecell.counts import find_counts

    counts = find_counts(adata)
    if counts is not None:
        made = AnnData(counts.astype(np.float32), var=pd.DataFrame(index=adata.var_names))
        normalize_total(made, target_sum=_TARGET)
        log1p(made)
        return made, "counts (normalised to 10,000 a cell, log1p)"
    place, values, names = "X", adata.X, adata.var_names
    if adata.raw is not None:
        place, values, names = "raw.X", adata.raw.X, adata.raw.var_names
    numbers = values.data if hasattr(values, "indptr") else np.asarray(values)
    if numbers.size and (np.isnan(numbers).any() or numbers.min() < 0):
        return None, (
            f"The file holds none, and none is computed from {place}: it holds negative or missing "
            "values, and there are no counts."
        )
    return AnnData(values, var=pd.DataFrame(index=names)), f"{place}, taken as logarithms"


def umap_of(values: AnnData, seed: int) -> Array:
    """Compute a UMAP by scanpy: most variable genes, principal components, neighbours, UMAP.

    McInnes 2018, doi:10.21105/joss.00861; scanpy: Wolf 2018, doi:10.1186/s13059-017-1382-0.

    Parameters
    ----------
    values
        Cells x genes, logarithms; it is changed.
    seed
        Seed of each step.

    Returns
    -------
    numpy.ndarray
        Shape (cells, 2).
    """
    import scanpy as sc

    if values.n_vars > _GENES:
        sc.pp.highly_variable_genes(values, n_top_genes=_GENES)
    n_parts = _n_parts(values)
    sc.pp.pca(values, n_comps=n_parts, random_state=seed)
    sc.pp.neighbors(values, n_neighbors=_NEIGHBOURS, n_pcs=n_parts, random_state=seed)
    sc.tl.umap(values, random_state=seed)
    return np.asarray(values.obsm["X_umap"], dtype=np.float64)


def _n_parts(values: AnnData) -> int:
    return int(min(_PARTS, values.n_obs - 1, min(_GENES, values.n_vars) - 1))


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("scanpy", "umap-learn")}
