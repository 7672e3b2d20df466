"""The same matrix held in many ways."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.sparse import csc_array, csc_matrix, csr_array, csr_matrix

from atrasig.genes import load_gene_table

N_SAMPLES, N_GENES = 23, 60


@pytest.fixture(scope="session")
def counts() -> AnnData:
    """Counts of 23 cells x 60 genes: real symbols, not in alphabetical order, some not coding."""
    draw = np.random.default_rng(11)
    symbols = list(load_gene_table().coding)
    names = sorted(draw.choice(sorted(symbols), N_GENES, replace=False), key=lambda s: s[::-1])
    values = draw.poisson(0.6, size=(N_SAMPLES, N_GENES)).astype(np.float64)
    var = pd.DataFrame(
        {"biotype": np.where(np.arange(N_GENES) % 7 == 3, "lncRNA", "protein_coding")},
        index=pd.Index(names, dtype=object),
    )
    obs = pd.DataFrame(index=pd.Index([f"c{i}" for i in range(N_SAMPLES)], dtype=object))
    adata = AnnData(X=values, obs=obs, var=var)
    adata.uns["atrasig"] = {"platform": "single_cell"}
    return adata


def _with(adata: AnnData, values: object) -> AnnData:
    return AnnData(X=values, obs=adata.obs.copy(), var=adata.var.copy(), uns=dict(adata.uns))


def _h5ad(adata: AnnData, folder: Path, values: object, **options: object) -> Path:
    path = folder / "matrix.h5ad"
    _with(adata, values).write_h5ad(path, **options)
    return path


def _zarr(adata: AnnData, folder: Path, values: object) -> Path:
    path = folder / "matrix.zarr"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the next version of anndata will write
        _with(adata, values).write_zarr(path)
    return path


def _parquet(adata: AnnData, folder: Path, *, genes_in_rows: bool) -> Path:
    path = folder / "matrix.parquet"
    frame = adata.to_df()
    if genes_in_rows:
        table = frame.T
        table.insert(0, "biotype", adata.var["biotype"].astype(str))
        table.rename_axis("gene").to_parquet(path)
    else:
        frame.rename_axis("sample").to_parquet(path, row_group_size=5)
    return path


Make = Callable[[AnnData, Path], object]

HELD: dict[str, Make] = {
    "dense C": lambda a, f: _with(a, np.ascontiguousarray(a.X)),
    "dense F": lambda a, f: _with(a, np.asfortranarray(a.X)),
    "dense float32": lambda a, f: _with(a, a.X.astype(np.float32)),
    "dense int64": lambda a, f: _with(a, a.X.astype(np.int64)),
    "csr_array": lambda a, f: _with(a, csr_array(a.X)),
    "csr_matrix float32": lambda a, f: _with(a, csr_matrix(a.X.astype(np.float32))),
    "csc_array": lambda a, f: _with(a, csc_array(a.X)),
    "csc_matrix": lambda a, f: _with(a, csc_matrix(a.X)),
    "view dense": lambda a, f: _view(a, f, np.asarray),
    "view csr": lambda a, f: _view(a, f, csr_matrix),
    "backed dense": lambda a, f: ad.read_h5ad(_h5ad(a, f, a.X), backed="r"),
    "backed csr": lambda a, f: ad.read_h5ad(_h5ad(a, f, csr_matrix(a.X)), backed="r"),
    "backed csc": lambda a, f: ad.read_h5ad(_h5ad(a, f, csc_matrix(a.X)), backed="r"),
    "backed view dense": lambda a, f: _backed_view(a, f, np.asarray),
    "backed view csr": lambda a, f: _backed_view(a, f, csr_matrix),
    "backed view csc": lambda a, f: _backed_view(a, f, csc_matrix),
    "h5ad dense": lambda a, f: _h5ad(a, f, a.X),
    "h5ad dense packed": lambda a, f: _h5ad(a, f, a.X, compression="gzip"),
    "h5ad csr": lambda a, f: str(_h5ad(a, f, csr_matrix(a.X), compression="gzip")),
    "h5ad csc": lambda a, f: _h5ad(a, f, csc_matrix(a.X)),
    "zarr dense": lambda a, f: _zarr(a, f, a.X),
    "zarr csr": lambda a, f: _zarr(a, f, csr_matrix(a.X)),
    "parquet, genes in rows": lambda a, f: _parquet(a, f, genes_in_rows=True),
}
"""Matrices that hold the same values, names, biotypes and platform (which parquet cannot hold)."""


def _doubled(adata: AnnData, form: Callable[[np.ndarray], object]) -> AnnData:
    """The matrix with foreign samples and genes between its own, for views that leave them out."""
    values = np.full((2 * adata.n_obs, 2 * adata.n_vars), 9.0)
    values[::2, ::2] = adata.X
    obs = [name for own in adata.obs_names for name in (own, f"{own}-other")]
    var = [name for own in adata.var_names for name in (own, f"{own}-other")]
    biotype = pd.Series(adata.var["biotype"].astype(str)).reindex(var).fillna("none").to_numpy()
    return AnnData(
        X=form(values),
        obs=pd.DataFrame(index=pd.Index(obs, dtype=object)),
        var=pd.DataFrame({"biotype": biotype}, index=pd.Index(var, dtype=object)),
        uns=dict(adata.uns),
    )


def _view(adata: AnnData, folder: Path, form: Callable[[np.ndarray], object]) -> AnnData:
    return _doubled(adata, form)[::2, ::2]


def _backed_view(adata: AnnData, folder: Path, form: Callable[[np.ndarray], object]) -> AnnData:
    path = folder / "doubled.h5ad"
    _doubled(adata, form).write_h5ad(path)
    return ad.read_h5ad(path, backed="r")[list(adata.obs_names), list(adata.var_names)]


@pytest.fixture(params=list(HELD))
def held(request: pytest.FixtureRequest, counts: AnnData, tmp_path: Path) -> object:
    """The counts in one of the forms that can be scored."""
    matrix = HELD[request.param](counts, tmp_path)
    yield matrix
    if getattr(matrix, "isbacked", False):
        matrix.file.close()
