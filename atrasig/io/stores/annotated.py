"""AnnData as stored in HDF5 or zarr: only the parts that are needed are read."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from atrasig.errors import FormatError
from atrasig.io.frame import choose_identifiers
from atrasig.io.stores.barcodes import unit_facts
from atrasig.io.stores.sparse import as_matrix
from atrasig.io.table import RawMatrix, as_text

_RENAMED = {"name": "source_name", "sha256": "source_sha256", "format": "source_format"}
_EXPRESSION = "rna"
_DECIDED_HERE = {"orientation", "identifier_column"}


@dataclass(frozen=True)
class _Source:
    """Values of an AnnData and where in it they stand."""

    place: str
    values: Any
    var: pd.DataFrame


def matrix_from_store(store: Any, where: str) -> RawMatrix:
    """Read the expression values of an AnnData.

    Values are those of X. Where X is missing or scaled to negative values, they are the counts
    layer or else ``raw.X``; the facts say so. Counts are those of the layer ``counts``, or of
    ``raw.X`` if it holds whole numbers for every gene.

    Parameters
    ----------
    store
        Open group (h5py or zarr) with ``obs``, ``var`` and ``X``.
    where
        File or folder, for messages.

    Raises
    ------
    FormatError
        If the group is no AnnData, has no values, or they cannot be read.
    """
    if "mod" in store:
        return _modality(store["mod"], where)
    if not {"obs", "var"} <= set(store):
        shown = ", ".join(map(repr, sorted(store)[:8])) or "nothing"
        raise FormatError(
            f"There is no AnnData in it: it holds {shown}",
            where=where,
            fix="Write the matrix with AnnData.write_h5ad or AnnData.write_zarr.",
        )
    obs, var = (read_frame(store, key, where) for key in ("obs", "var"))
    samples = [str(name) for name in obs.index]
    chosen, counts, facts = _choose(_Loader(store, samples, var, where))
    own = own_record(store, where)
    genes, annotation = name_genes(chosen.var, facts, written_here=own is not None)
    unit = {} if "unit" in (own or {}) else unit_facts(samples, obs.columns)
    facts = {"orientation": "samples in rows"} | (own or {}) | unit | facts
    layers = {} if counts is None else {"counts": counts}
    return RawMatrix(chosen.values, samples, genes, annotation, facts, layers, obs)


def _modality(modalities: Any, where: str) -> RawMatrix:
    """Read the gene expression among the modalities of a MuData."""
    if _EXPRESSION not in modalities:
        raise FormatError(
            f"No modality is named {_EXPRESSION!r}; there are {', '.join(map(repr, modalities))}",
            where=where,
            fix="Write the modality of gene expression as h5ad.",
        )
    matrix = matrix_from_store(modalities[_EXPRESSION], where)
    matrix.facts["modality"] = _EXPRESSION
    return matrix


@dataclass(frozen=True)
class _Loader:
    """Loads values when they are asked for."""

    store: Any
    samples: list[str]
    var: pd.DataFrame
    where: str

    def x(self) -> _Source | None:
        return self._source("X", "X", self.var)

    def layer(self) -> _Source | None:
        return self._source("layers/counts", "layers['counts']", self.var)

    def raw(self) -> _Source | None:
        if "raw" not in self.store or not {"X", "var"} <= set(self.store["raw"]):
            return None
        return self._source("raw/X", "raw.X", read_frame(self.store, "raw/var", self.where))

    def _source(self, key: str, place: str, var: pd.DataFrame) -> _Source | None:
        values = read_element(self.store, key, self.where) if key in self.store else None
        if values is None:
            return None
        genes = [str(name) for name in var.index]
        where = f"{self.where}, {place}"
        return _Source(place, as_matrix(values, self.samples, genes, where), var)


def _choose(loader: _Loader) -> tuple[_Source, Any, dict[str, str | int]]:
    """Choose values and counts, and say which they are."""
    x, layer = loader.x(), loader.layer()
    if x is not None and not _is_scaled(x):
        if layer is not None:
            return x, layer.values, {"values_from": "X", "counts_from": layer.place}
        aligned = None if _holds_counts(x.values) else _aligned_counts(loader.raw(), x)
        facts: dict[str, str | int] = {"values_from": "X"}
        if aligned is not None:
            facts["counts_from"] = "raw.X"
        return x, aligned, facts
    why = "there is no X" if x is None else "X is scaled: it holds negative values"
    other = layer or loader.raw()
    if other is not None and not _is_scaled(other):
        return other, None, {"values_from": f"{other.place}, because {why}"}
    if x is None:
        raise FormatError(
            "The file has no X", where=loader.where, fix="Put the expression values into X."
        )
    return x, None, {"values_from": "X"}


def _aligned_counts(raw: _Source | None, x: _Source) -> Any:
    """Take the counts of raw for the genes of X; None if raw holds none or lacks a gene."""
    if raw is None or not raw.var.index.is_unique or not _holds_counts(raw.values):
        return None
    places = raw.var.index.get_indexer(x.var.index)
    return None if (places < 0).any() else raw.values[:, places]


def _numbers(values: Any) -> np.ndarray:
    numbers: np.ndarray = values.data if hasattr(values, "indptr") else values
    return numbers


def _is_scaled(source: _Source) -> bool:
    return bool((_numbers(source.values) < 0).any())


def _holds_counts(values: Any) -> bool:
    numbers = _numbers(values)
    return bool(((numbers >= 0) & (numbers == np.floor(numbers))).all())


def name_genes(
    var: pd.DataFrame, facts: dict[str, str | int], *, written_here: bool
) -> tuple[list[str], pd.DataFrame]:
    """Choose the identifiers of the genes; the fact ``identifier_column`` is added.

    Parameters
    ----------
    var
        Annotation of the genes as stored.
    facts
        Record of the file.
    written_here
        Whether atrasig wrote the file.

    Returns
    -------
    tuple of list and pandas.DataFrame
        Identifiers, and the rest of the annotation.
    """
    table = var.reset_index(drop=True)
    if written_here and "gene_id" in table:
        # Of repeated identifiers the names were made unique when the file was written.
        facts["identifier_column"] = "gene_id"
        return [str(name) for name in table.pop("gene_id")], table
    names = pd.Series([str(name) for name in var.index], dtype=object)
    texts = {
        str(name): as_text(table[name]) for name in table if not is_numeric_dtype(table[name].dtype)
    }
    genes, rest = choose_identifiers({"var_names": names} | texts, facts)
    if facts["identifier_column"] == "var_names":
        return genes, table
    chosen = str(facts["identifier_column"])
    return genes, table.drop(columns=chosen).assign(var_names=rest["var_names"])


def own_record(store: Any, where: str) -> dict[str, str | int] | None:
    """Give what atrasig knew of the matrix when it wrote the file; None for files of others."""
    if "uns" not in store or "atrasig" not in store["uns"]:
        return None
    record = (
        read_element(store, "uns/atrasig/input", where) if "input" in store["uns/atrasig"] else None
    )
    if not isinstance(record, Mapping):
        return {}
    known: dict[str, str | int] = {}
    for name, value in record.items():
        plain = value.item() if isinstance(value, np.generic) else value
        if isinstance(plain, str | int) and name not in _DECIDED_HERE:
            known[_RENAMED.get(name, str(name))] = plain
    return known


def read_frame(store: Any, key: str, where: str) -> pd.DataFrame:
    """Read a table, ``obs`` or ``var``.

    Raises
    ------
    FormatError
        If it is none, or cannot be read.
    """
    frame = read_element(store, key, where)
    if isinstance(frame, np.ndarray) and frame.dtype.names:
        frame = _frame_of_records(frame)
    if not isinstance(frame, pd.DataFrame):
        raise FormatError(
            f"{key!r} is no table",
            where=where,
            fix="Write the matrix with AnnData.write_h5ad or AnnData.write_zarr.",
        )
    return frame


def _frame_of_records(records: np.ndarray) -> pd.DataFrame:
    """Make a table of the compound form in which AnnData stored tables before 0.7."""
    frame = pd.DataFrame.from_records(records)
    for name in frame:
        if frame[name].dtype == object:
            frame[name] = [c.decode() if isinstance(c, bytes) else c for c in frame[name]]
    return frame.set_index(frame.columns[0])


def read_element(store: Any, key: str, where: str) -> Any:
    """Read an element of an AnnData.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    from anndata.io import read_elem

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read_elem(store[key])
    except Exception as error:
        # The library raises classes of its own that it does not export.
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise FormatError(
            f"Cannot read {key!r}: {said[0].rstrip('.')}",
            where=where,
            fix="The file is damaged or holds what AnnData does not know; write it again.",
        ) from error
