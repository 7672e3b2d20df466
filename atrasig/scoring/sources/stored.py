"""h5ad files and zarr stores as sources: names are read, values stay where they are.

They must be harmonised matrices, as ``atrasig harmonise`` writes them; what matrices of others mean
is found out by :func:`atrasig.read_expression`. Neither trusts what a file says of itself: one that
reaches outside itself is refused, and so are the indices of sparse values that leave the matrix.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from atrasig.errors import FormatError, UsageError
from atrasig.io.stores.hdf5 import refuse_foreign_data
from atrasig.io.stores.zarr import refuse_unsafe
from atrasig.scoring.sources.holding import reader_of
from atrasig.scoring.sources.source import MatrixSource, biotypes_of, platform_in

_CACHE_BYTES = 128 * 2**20
_CACHE_SLOTS = 100_003
_FAULTS = (OSError, AttributeError, LookupError, TypeError, ValueError, RuntimeError)


@contextmanager
def h5ad_source(
    path: Path, *, layer: str | None = None, use_raw: bool = False
) -> Iterator[MatrixSource]:
    """Open an h5ad file as a source.

    Parameters
    ----------
    path
        File as ``atrasig harmonise`` writes it; a packed matrix is unpacked block by block.
    layer, use_raw
        As for :func:`atrasig.scoring.sources.open_source`.

    Raises
    ------
    FormatError
        If it is no h5ad file, damaged, or draws data from another file.
    UsageError
        If the values asked for are not in it.
    """
    import h5py

    try:
        # Rows are read in bands; a band of packed chunks must stay unpacked from block to block.
        store = h5py.File(path, "r", rdcc_nbytes=_CACHE_BYTES, rdcc_nslots=_CACHE_SLOTS)
    except OSError as error:
        raise _unreadable(path, "h5ad", error) from error
    with store:
        try:
            refuse_foreign_data(store, path.stat().st_size, path)
        except _FAULTS as error:
            raise _unreadable(path, "h5ad", error) from error
        yield _source_of(store, path, "h5ad", layer, use_raw=use_raw)


@contextmanager
def zarr_source(
    path: Path, *, layer: str | None = None, use_raw: bool = False
) -> Iterator[MatrixSource]:
    """Open the zarr store of an AnnData as a source; otherwise as :func:`h5ad_source`."""
    import zarr

    refuse_unsafe(path)
    try:
        # Consolidated metadata repeat what the arrays say, and might differ from it.
        store = zarr.open_group(str(path), mode="r", use_consolidated=False)
    except _FAULTS as error:
        raise _unreadable(path, "zarr", error) from error
    yield _source_of(store, path, "zarr", layer, use_raw=use_raw)


def _source_of(
    store: Any, path: Path, what: str, layer: str | None, *, use_raw: bool
) -> MatrixSource:
    if layer is not None and use_raw:
        raise UsageError(
            "Both layer= and use_raw=True are given", fix="Say once which values to score."
        )
    values, genes = "X", "var"
    if use_raw:
        values, genes = "raw/X", "raw/var"
    elif layer is not None:
        values = f"layers/{layer}"
    place = "raw.X" if use_raw else "X" if layer is None else f"layers[{layer!r}]"
    try:
        missing = [key for key in ("obs", genes, values) if key not in store]
        if missing:
            raise UsageError(
                f"There is no {missing[0]!r} in the {what}",
                where=str(path),
                fix="Give a harmonised matrix (atrasig harmonise), and values that it holds.",
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            var = _element(store[genes])
            own = _element(store["uns/atrasig"]) if "uns/atrasig" in store else {}
            names = _names(store["obs"])
            held = _values(store[values])
            shape, expected = getattr(held, "shape", None), (len(names), len(var))
            if shape is not None and tuple(shape) != expected:
                raise ValueError(f"{place} is of shape {tuple(shape)}, and its names of {expected}")
            reader = reader_of(held, place)
    except _FAULTS as error:
        raise _unreadable(path, what, error) from error
    return MatrixSource(
        obs_names=names,
        var_names=var.index,
        biotype=biotypes_of(var),
        platform=_platform(own, place),
        place=place,
        rows=reader,
    )


def _platform(own: Any, place: str) -> str:
    from atrasig.scoring.method import EXPRESSION

    known = platform_in({"atrasig": own})
    return known if place == "X" or known in EXPRESSION else ""


def _element(item: Any) -> Any:
    from anndata.io import read_elem

    return read_elem(item)


def _names(obs: Any) -> pd.Index:
    """Names of the samples alone: a million cells may have many columns."""
    names: pd.Index = pd.Index(_element(obs[obs.attrs["_index"]]))
    return names


def _values(item: Any) -> Any:
    from anndata.io import sparse_dataset

    return sparse_dataset(item) if hasattr(item, "keys") else item


def _unreadable(path: Path, what: str, error: Exception) -> FormatError:
    said = str(error).strip().splitlines() or [type(error).__name__]
    return FormatError(
        f"Cannot read as {what}: {said[0].rstrip('.')}",
        where=str(path),
        fix="Write the matrix again with `atrasig harmonise`.",
    )
