"""Calls of the peers in Python, at their best setting for one thread."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.tools.common import Loaded, Tool


def gseapy(name: str) -> Tool:
    """``ssgsea`` or ``gsva`` of gseapy: no plots, no normalised scores wanted, all set sizes."""
    import gseapy as package

    def call(prepared: Any) -> Any:
        table, sets = prepared
        common = {"min_size": 1, "max_size": len(table), "outdir": None, "threads": 1}
        if name == "gsva":
            return package.gsva(table, sets, kcdf="Gaussian", **common)
        return package.ssgsea(
            table,
            sets,
            sample_norm_method="rank",
            correl_norm_type="rank",
            weight=0.25,
            no_plot=True,
            **common,
        )

    def collect(loaded: Loaded, prepared: Any, result: Any) -> np.ndarray:
        wide = result.res2d.pivot(index="Name", columns="Term", values="ES").astype(float)
        return loaded.table(wide)

    return Tool(lambda loaded: (loaded.samples_by_genes().T, loaded.sets), call, collect)


def decoupler(name: str) -> Tool:
    """``aucell``, ``ulm``, ... of decoupler; of sparse input an AnnData, else a table."""
    import decoupler as package
    from scipy import sparse

    method = getattr(package.mt, name)

    def prepare(loaded: Loaded) -> Any:
        cells = sparse.issparse(loaded.matrix)
        return (loaded.anndata() if cells else loaded.samples_by_genes()), loaded.network()

    def call(prepared: Any) -> Any:
        return method(*prepared, tmin=1)

    def collect(loaded: Loaded, prepared: Any, result: Any) -> np.ndarray:
        data = prepared[0]
        scores = data.obsm[f"score_{name}"] if result is None else result[0]
        return loaded.table(scores)

    return Tool(prepare, call, collect)


def pyucell(name: str) -> Tool:
    """UCell of pyucell."""
    import pyucell as package

    def call(prepared: Any) -> Any:
        package.compute_ucell_scores(*prepared, n_jobs=1)

    def collect(loaded: Loaded, prepared: Any, result: Any) -> np.ndarray:
        written = prepared[0].obs.filter(regex="_UCell$")
        return loaded.table(written.rename(columns=lambda column: column.removesuffix("_UCell")))

    return Tool(lambda loaded: (loaded.anndata(), loaded.sets), call, collect)


def scanpy(name: str) -> Tool:
    """``score_genes`` of scanpy, set after set."""
    import scanpy as package

    def call(prepared: Any) -> Any:
        data, sets = prepared
        for title, genes in sets.items():
            package.tl.score_genes(data, genes, score_name=title)

    def collect(loaded: Loaded, prepared: Any, result: Any) -> np.ndarray:
        return loaded.table(prepared[0].obs)

    return Tool(lambda loaded: (loaded.anndata(), loaded.sets), call, collect)
