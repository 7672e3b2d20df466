"""h5ad, the file format of AnnData."""

from __future__ import annotations

from pathlib import Path

from atrasig.io.format import Format
from atrasig.io.options import ReadOptions
from atrasig.io.stores.annotated import matrix_from_store
from atrasig.io.stores.hdf5 import is_hdf5, open_hdf5
from atrasig.io.table import RawMatrix


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read an h5ad file; sparse values stay sparse, counts are kept as a layer.

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
    with open_hdf5(path, "h5ad") as store:
        return matrix_from_store(store, str(path))


FORMAT = Format("h5ad", "h5ad of AnnData", is_hdf5, read)
"""Asked after the other formats in HDF5: what is none of them is told what h5ad would need."""
