"""h5ad, the file format of AnnData."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.format import Format, Head
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read an h5ad file; sparse values stay sparse, ``layers["counts"]`` is kept.

    Parameters
    ----------
    path
        h5ad file with samples (or cells) in rows.
    options
        Not used here: the choice of samples is made once for every format.

    Raises
    ------
    FormatError
        If the file is not an h5ad file or has no values.
    """
    from anndata import read_h5ad

    try:
        with warnings.catch_warnings():
            # Repeated names are counted and collapsed by the harmonisation.
            warnings.filterwarnings("ignore", ".*names are not unique", UserWarning)
            warnings.filterwarnings("ignore", ".*written with a very old version")
            warnings.filterwarnings("ignore", ".*written without encoding metadata")
            adata = read_h5ad(path)
        if adata.X is None:
            raise FormatError(
                "The file has no X", where=str(path), fix="Put the expression values into X."
            )
        values = _as_float(adata.X)
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"Cannot read as h5ad: {error}",
            where=str(path),
            fix="Write it with AnnData.write_h5ad.",
        ) from error
    annotation = adata.var.reset_index(drop=True)
    names, column = adata.var_names, "var_names"
    if "gene_id" in annotation and "atrasig" in adata.uns:
        # The file was written by `atrasig ingest`, which makes repeated identifiers unique.
        names, column = annotation.pop("gene_id"), "gene_id"
    return RawMatrix(
        values,
        [str(name) for name in adata.obs_names],
        [str(name) for name in names],
        annotation,
        {"orientation": "samples in rows", "identifier_column": column},
        {"counts": adata.layers["counts"]} if "counts" in adata.layers else {},
        pd.DataFrame(adata.obs),
    )


def _as_float(values: Any) -> Any:
    from scipy.sparse import csr_array, issparse

    if issparse(values):
        return csr_array(values, dtype=np.float64)
    return np.asarray(values, dtype=np.float64)


def _recognises(head: Head) -> bool:
    return head.content.startswith(b"\x89HDF\r\n\x1a\n")


FORMAT = Format("h5ad", "h5ad of AnnData", _recognises, read)
