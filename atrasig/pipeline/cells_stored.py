"""What an h5ad of cells holds beside its values: annotation, coordinates, scores, records."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from atrasig.errors import InputError
from atrasig.files import read_h5ad, reading
from atrasig.io.stores.hdf5 import open_hdf5
from atrasig.signatures import SignatureSet

if TYPE_CHECKING:
    from anndata import AnnData

KEY = "atrasig_{}"
"""Name of the table of scores of a method."""


@dataclass(frozen=True, eq=False)
class StoredCells:
    """What is read of a file: everything but expression values.

    Parameters
    ----------
    obs
        Annotation of the cells.
    places, scores
        ``obsm["X_umap"]`` and ``obsm["atrasig_<method>"]``, None where there is none.
    own
        ``uns["atrasig"]``, empty where there is none.
    """

    obs: pd.DataFrame
    places: Any
    scores: Any
    own: Mapping[str, Any]


def read_stored(cells: Path, method: str) -> StoredCells:
    """Read annotation, coordinates, scores and records; values stay where they are.

    Parameters
    ----------
    cells
        h5ad.
    method
        Method whose scores are wanted.

    Raises
    ------
    InputError
        If there is no such file, it is no h5ad, or it has no cells.
    """
    from anndata.io import read_elem
    from h5py import Dataset

    def get(store: Any, key: str) -> Any:
        return read_elem(store[key]) if key in store else None

    if not cells.is_file():
        raise InputError("There is no such file", where=str(cells), fix="Give an h5ad of cells.")
    with open_hdf5(cells, "h5ad") as store:
        dated = isinstance(store["obs"], Dataset)
        if not dated:
            stored = StoredCells(
                read_elem(store["obs"]),
                get(store, "obsm/X_umap"),
                get(store, f"obsm/{KEY.format(method)}"),
                mapping(get(store, "uns/atrasig")),
            )
    if dated:
        stored = _dated(cells, method)
    if not len(stored.obs):
        raise InputError("The file has no cells", where=str(cells), fix="Give an h5ad of cells.")
    return stored


def open_backed(cells: Path) -> AnnData:
    """Open an h5ad whose values stay on the disk; close its ``file`` when done.

    Raises
    ------
    FormatError
        If it cannot be read so.
    """
    import anndata

    fix = "Unpack it, or write it again with AnnData.write_h5ad."
    with reading(cells, "h5ad", fix), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the age of the file
        return anndata.read_h5ad(cells, backed="r")


def _dated(cells: Path, method: str) -> StoredCells:
    """Read a file of anndata before 0.7 as a whole: its tables need all of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the age of the file
        adata = read_h5ad(cells)
    obsm = adata.obsm
    return StoredCells(
        adata.obs,
        obsm.get("X_umap"),
        obsm.get(KEY.format(method)),
        mapping(adata.uns.get("atrasig")),
    )


def holds(stored: StoredCells, chosen: SignatureSet, record: Mapping[str, Any]) -> bool:
    """Tell whether the file has scores of all signatures, and none of another list of that name."""
    scores, table = stored.scores, record.get("signatures")
    known: Any = table["sha256"] if isinstance(table, pd.DataFrame) and "sha256" in table else {}
    if not isinstance(scores, pd.DataFrame) or len(scores) != len(stored.obs):
        return False
    for signature in chosen:
        column = column_of(signature.id)
        if column not in scores or not pd.api.types.is_numeric_dtype(scores[column]):
            return False
        if known.get(signature.id, signature.sha256) != signature.sha256:
            return False
    return True


def mapping(value: Any) -> Mapping[str, Any]:
    """Give a mapping as it is, and nothing for what strangers may have put in its place."""
    return value if isinstance(value, Mapping) else {}


def column_of(signature: str) -> str:
    """Name of a signature as a column of ``obsm``."""
    return signature.replace("/", "_")
