"""Cells in files: read in bands where the format allows it, and otherwise held in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import InputError
from atrasig.files import sha256_path
from atrasig.io import ReadOptions, read_expression, sniff
from atrasig.io.identifiers import as_genes
from atrasig.io.stores.annotated import name_genes, own_record, read_element, read_frame
from atrasig.io.stores.bands import Stored, open_store, read_bands, stored_values
from atrasig.io.stores.barcodes import unit_facts
from atrasig.io.table import RawMatrix
from atrasig.singlecell.cells import Cells
from atrasig.singlecell.counts import LAYER

_IN_BANDS = ("h5ad", "zarr")


@contextmanager
def open_cells(
    path: str | Path,
    columns: Sequence[str] = (),
    *,
    format: str | None = None,
    labels: str | Path | None = None,
) -> Iterator[Cells]:
    """Open a file of cells, to read their counts in bands.

    Parameters
    ----------
    path
        File of any format that is read. The counts of an h5ad or zarr, dense or compressed by
        rows, stay in the file; those of any other are held in memory.
    columns
        Columns of the annotation that are needed; of those that are not there nothing is said.
    format
        As for :func:`atrasig.read_expression`.
    labels
        Table of labels, as for :func:`atrasig.label_cells`.

    Yields
    ------
    Cells
        To be read while the block lasts.

    Raises
    ------
    InputError
        As :func:`atrasig.read_expression` and :func:`atrasig.label_cells`.
    """
    location = Path(path)
    name = format or sniff(location)
    with ExitStack() as opened:
        cells = None
        if name in _IN_BANDS:
            store = opened.enter_context(open_store(location, name))
            cells = _of_store(store, location, name, columns)
        if cells is None:
            opened.close()
            cells = Cells.of(read_expression(location, format=name))
        yield cells if labels is None else cells.labelled(labels)


@dataclass(frozen=True)
class _Counts:
    """Values on disk that should be counts.

    Parameters
    ----------
    stored
        The values.
    place
        What they are called.
    genes
        Names of their columns.
    var
        Annotation of the genes that are taken.
    columns
        Which columns are taken, None for all.
    """

    stored: Stored
    place: str
    genes: list[str]
    var: pd.DataFrame
    columns: NDArray[np.intp] | None = None

    @classmethod
    def at(cls, store: Any, key: str, place: str, var: pd.DataFrame) -> _Counts | None:
        stored = stored_values(store, key)
        genes = [str(name) for name in var.index]
        return None if stored is None else cls(stored, place, genes, var)

    def bands(self, samples: Sequence[str], where: str) -> Iterator[tuple[slice, Any]]:
        for rows, values in read_bands(self.stored, samples, self.genes, f"{where}, {self.place}"):
            yield rows, values if self.columns is None else values[:, self.columns]


def _of_store(store: Any, path: Path, format: str, columns: Sequence[str]) -> Cells | None:
    """Describe the cells as the reader of whole files would; None for forms only that knows."""
    where = str(path)
    obs = store.get("obs")
    if not {"_index", "column-order"} <= set(getattr(obs, "attrs", ())) or "var" not in store:
        return None
    written = [str(name) for name in read_element(store, f"obs/{obs.attrs['_index']}", where)]
    counts = _find_counts(store, written, where)
    if counts is None:
        return None
    names = [name.strip() for name in written]
    _refuse_repeated(names, where)
    own = own_record(store, where)
    facts: dict[str, str | int] = {"counts_from": counts.place}
    genes, annotation = name_genes(counts.var, facts, written_here=own is not None)
    known = [str(name) for name in obs.attrs["column-order"]]
    wanted = {name: read_element(store, f"obs/{name}", where) for name in columns if name in known}
    n_trimmed = sum(name != own_name for name, own_name in zip(names, written, strict=True))
    record: dict[str, str | int] = {"name": path.name, "format": format}
    record |= {"orientation": "samples in rows"} | (own or {}) | facts
    record |= {} if "unit" in record else unit_facts(names, known)
    record |= {"trimmed_names": n_trimmed} if n_trimmed else {}
    return Cells(
        names,
        pd.DataFrame(wanted, index=pd.RangeIndex(len(names))),
        known,
        _as_read(names[:1], genes, annotation, where),
        record | {"sha256": sha256_path(path)},
        counts.place,
        lambda: counts.bands(written, where),
    )


def _find_counts(store: Any, samples: Sequence[str], where: str) -> _Counts | None:
    """Choose the counts as the reader of whole files does; None where it has to."""
    var = read_frame(store, "var", where)
    if "layers" in store and "counts" in store["layers"]:
        return _Counts.at(store, "layers/counts", LAYER, var)
    x = _Counts.at(store, "X", "X", var) if "X" in store else None
    if "raw" not in store or not {"X", "var"} <= set(store["raw"]):
        return x
    raw = _Counts.at(store, "raw/X", "raw.X", read_frame(store, "raw/var", where))
    if raw is None or "X" not in store:
        return raw
    return x and _of_both(x, raw, samples, where)


def _of_both(x: _Counts, raw: _Counts, samples: Sequence[str], where: str) -> _Counts:
    """Take X if it holds counts; else those of raw, for all genes where X is scaled."""
    whole = True
    for _, values in x.bands(samples, where):
        numbers = values.data if hasattr(values, "indptr") else values
        if (numbers < 0).any():
            return raw
        whole &= bool((numbers == np.floor(numbers)).all())
    places = raw.var.index.get_indexer(x.var.index) if raw.var.index.is_unique else np.array([-1])
    if whole or (places < 0).any():
        return x
    return _Counts(raw.stored, raw.place, raw.genes, x.var, places)


def _refuse_repeated(names: Sequence[str], where: str) -> None:
    name, times = Counter(names).most_common(1)[0] if names else ("", 0)
    if times > 1:
        raise InputError(
            f"Sample name {name!r} stands {times} times in the matrix",
            where=where,
            fix="Give each sample a name of its own.",
        )


def _as_read(
    cells: Sequence[str], genes: list[str], annotation: pd.DataFrame, where: str
) -> pd.DataFrame:
    """Annotation of the genes in the form of :func:`atrasig.read_expression`, with its checks."""
    from scipy.sparse import csr_array

    nothing = csr_array((len(cells), len(genes)))
    matrix = as_genes(RawMatrix(nothing, list(cells), genes, annotation), ReadOptions(), where)
    var: pd.DataFrame = matrix.to_anndata(where, None).var
    return var
