"""loom: HDF5 with genes in rows, cells in columns and an attribute a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.format import Format, Head
from atrasig.io.frame import choose_identifiers
from atrasig.io.options import ReadOptions
from atrasig.io.stores.hdf5 import names_inside, open_hdf5
from atrasig.io.stores.sparse import as_matrix
from atrasig.io.table import RawMatrix

_BLOCK_VALUES = 1 << 23
_CELLS = ("cellid", "cell_id", "obs_names", "barcode", "barcodes", "cell", "cell_names", "index")
_FIRST_GENES = ("accession", "gene_ids", "gene_id", "ensembl", "gene", "var_names")


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read a loom file block by block; values that are mostly zero become sparse.

    Parameters
    ----------
    path
        loom file.
    options
        Not used here: the choice of samples is made once for every format.

    Raises
    ------
    FormatError
        If the file is damaged, or its cells or genes have no names.
    """
    with open_hdf5(path, "loom") as store:
        if not {"matrix", "row_attrs", "col_attrs"} <= set(store):
            raise FormatError(
                "There is no matrix with row_attrs and col_attrs in it",
                where=str(path),
                fix="Give a loom file.",
            )
        rows, columns = _attributes(store["row_attrs"]), _attributes(store["col_attrs"])
        cells = _cell_names(columns, path)
        facts: dict[str, str | int] = {
            "orientation": "genes in rows",
            "unit": "cell",
            "unit_evidence": "format loom",
            "ignored_layers": len([n for n in store.get("layers", ()) if n != "counts"]),
        }
        genes, annotation = _genes(rows, facts, path)
        values = as_matrix(_in_blocks(store["matrix"]), cells, genes, str(path))
        layers = {}
        if "layers" in store and "counts" in store["layers"]:
            counts = _in_blocks(store["layers/counts"])
            layers["counts"] = as_matrix(counts, cells, genes, f"{path}, layer 'counts'")
    return RawMatrix(values, cells, genes, annotation, facts, layers, columns)


def _attributes(group: Any) -> pd.DataFrame:
    """Attributes of one value a row (embeddings have several)."""
    columns = {}
    for name in group:
        if getattr(group[name], "ndim", 0) == 1:
            stored = group[name][:]
            columns[name] = _texts(stored) if stored.dtype.kind in "OSU" else stored
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise ValueError(f"attributes of {group.name} have different lengths")
    return pd.DataFrame(columns)


def _texts(stored: np.ndarray) -> list[str]:
    return [one.decode() if isinstance(one, bytes) else str(one) for one in stored.tolist()]


def _cell_names(columns: pd.DataFrame, path: Path) -> list[str]:
    by_name = {str(name).lower(): str(name) for name in columns}
    known = [by_name[name] for name in _CELLS if name in by_name]
    if not known:
        raise FormatError(
            "No column attribute names the cells; there are "
            f"{', '.join(map(str, columns)) or 'none'}",
            where=str(path),
            fix="Name them in the column attribute CellID.",
        )
    return [str(name) for name in columns.pop(known[0])]


def _genes(
    rows: pd.DataFrame, facts: dict[str, str | int], path: Path
) -> tuple[list[str], pd.DataFrame]:
    texts = [name for name in rows if rows[name].dtype.kind not in "biuf"]
    rank = {name: place for place, name in enumerate(_FIRST_GENES)}
    texts.sort(key=lambda name: rank.get(str(name).lower(), len(rank)))
    if not texts:
        raise FormatError(
            f"No row attribute names the genes; there are {', '.join(map(str, rows)) or 'none'}",
            where=str(path),
            fix="Name them in the row attribute Gene or Accession.",
        )
    genes, _ = choose_identifiers({str(name): rows[name] for name in texts}, facts)
    return genes, rows.drop(columns=str(facts["identifier_column"]))


def _in_blocks(stored: Any) -> Any:
    """Read as samples x genes; sparse unless half of the values are not zero or one is missing."""
    from scipy.sparse import csr_array, vstack

    n_genes, n_cells = stored.shape
    chunk = stored.chunks[1] if stored.chunks else 1
    width = max(_BLOCK_VALUES // max(n_genes, 1) // chunk, 1) * chunk
    blocks = []
    for start in range(0, n_cells, width):
        block = csr_array(stored[:, start : start + width].T, dtype=np.float64)
        blocks.append(block)
    if not blocks:
        return np.empty((0, n_genes))
    n_stored = sum(block.nnz for block in blocks)
    missing = any(np.isnan(block.data).any() for block in blocks)
    if missing or 2 * n_stored > n_genes * n_cells:
        return np.concatenate([block.toarray() for block in blocks])
    return vstack(blocks, format="csr")


def _recognises(head: Head) -> bool:
    return {"matrix", "row_attrs", "col_attrs"} <= names_inside(head)


FORMAT = Format("loom", "loom", _recognises, read)
