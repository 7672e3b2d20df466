"""h5ad, the file format of AnnData."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.table import RawMatrix


def read(path: Path, samples: Sequence[str] | None) -> RawMatrix:
    """Read an h5ad file; sparse values stay sparse, ``layers["counts"]`` is kept.

    Parameters
    ----------
    path
        h5ad file with samples (or cells) in rows.
    samples
        Not used here: the choice of samples is made once for every format.

    Raises
    ------
    FormatError
        If the file is not an h5ad file or has no values.
    """
    from anndata import read_h5ad
    from scipy.sparse import csr_array, issparse

    try:
        with warnings.catch_warnings():
            # Repeated names are counted and collapsed by the harmonisation.
            warnings.filterwarnings("ignore", message=".*names are not unique", category=UserWarning)
            adata = read_h5ad(path)
    except (OSError, KeyError, ValueError) as error:
        raise FormatError(
            f"Cannot read as h5ad: {error}",
            where=str(path),
            fix="Write it with AnnData.write_h5ad.",
        ) from error
    if adata.X is None:
        raise FormatError(
            "The file has no X", where=str(path), fix="Put the expression values into X."
        )
    values = csr_array(adata.X) if issparse(adata.X) else np.asarray(adata.X, dtype=np.float64)
    layers = {"counts": adata.layers["counts"]} if "counts" in adata.layers else {}
    return RawMatrix(
        values,
        [str(name) for name in adata.obs_names],
        [str(name) for name in adata.var_names],
        adata.var.reset_index(drop=True),
        {"orientation": "samples in rows", "identifier_column": "var_names"},
        layers,
        pd.DataFrame(adata.obs).astype(str),
    )
