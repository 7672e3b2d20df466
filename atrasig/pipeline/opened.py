"""Harmonised matrices opened, not loaded: a job reads the rows of its block and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atrasig.files import reading

if TYPE_CHECKING:
    from anndata import AnnData

# Rows are read in bands: those of packed chunks stay unpacked from one read to the next.
_CACHE_BYTES = 64 * 2**20


@contextmanager
def open_h5ad(path: Path) -> Iterator[AnnData]:
    """Open an h5ad file that a previous stage wrote, for a stage that needs some of its rows.

    Parameters
    ----------
    path
        The file.

    Yields
    ------
    anndata.AnnData
        Names and annotation as of :func:`atrasig.files.read_h5ad`. ``X`` and the layers stay in the
        file: ask them for rows in rising order, ``X[[3, 4, 9]]``, while the file is open.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    import h5py
    from anndata import AnnData

    with ExitStack() as opened:
        with reading(path, "h5ad"):
            file = opened.enter_context(h5py.File(path, "r", rdcc_nbytes=_CACHE_BYTES))
            layers = {name: _stored(item) for name, item in file["layers"].items()}
            adata = AnnData(X=_stored(file["X"]), layers=layers, **_annotation(file))
        yield adata


def read_annotation(path: Path) -> AnnData:
    """Read the names and the annotation of an h5ad file that a previous stage wrote, no values.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    import h5py
    from anndata import AnnData

    with reading(path, "h5ad"), h5py.File(path, "r") as file:
        return AnnData(**_annotation(file))


def _stored(item: Any) -> Any:
    from anndata.io import sparse_dataset

    return sparse_dataset(item) if hasattr(item, "keys") else item


def _annotation(file: Any) -> dict[str, Any]:
    from anndata.io import read_elem

    return {name: read_elem(file[name]) for name in ("obs", "var", "uns")}
