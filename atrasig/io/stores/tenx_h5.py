"""HDF5 files of 10x Genomics Cell Ranger: one group ``matrix`` (v3), or a group a genome."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from atrasig.errors import FormatError
from atrasig.io.format import Format, Head
from atrasig.io.options import ReadOptions
from atrasig.io.stores.hdf5 import names_inside, open_hdf5
from atrasig.io.stores.tenx import EXPRESSION, choose_genome, matrix_of_cells
from atrasig.io.table import RawMatrix

_VALUES = ("barcodes", "data", "indices", "indptr", "shape")


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read the HDF5 file of a feature-barcode matrix.

    The values are read as they are stored: libraries that make them float32 lose counts above
    16 million.

    Parameters
    ----------
    path
        ``filtered_feature_bc_matrix.h5`` or the like.
    options
        Not used here: the choice of samples is made once for every format.

    Raises
    ------
    FormatError
        If the file is damaged or holds several genomes of which not exactly one is human.
    """
    from scipy.sparse import csc_array

    with open_hdf5(path, "HDF5 of 10x Genomics") as store:
        genomes = _matrix_groups(set(_two_levels(store)))
        if not genomes:
            raise FormatError(
                "There is no group with barcodes, data, indices and indptr in it",
                where=str(path),
                fix="Give filtered_feature_bc_matrix.h5 of Cell Ranger.",
            )
        name = choose_genome(genomes, str(path))
        group = store[name]
        n_features, n_cells = (int(number) for number in group["shape"][:])
        columns = (group["data"][:], group["indices"][:], group["indptr"][:])
        if columns[2][-1] != len(columns[0]):
            raise ValueError("index pointers do not divide the values")
        values = csc_array(columns, shape=(n_features, n_cells)).T
        barcodes = _texts(group["barcodes"])
        features = _features(group, "" if name == "matrix" else name)
        matrix = matrix_of_cells(values, barcodes, features, str(path))
    others = [genome for genome in genomes if genome != name]
    if others:
        matrix.facts["ignored_genomes"] = ", ".join(others)
    return matrix


def _two_levels(store: Any) -> list[str]:
    return [f"{top}/{name}" for top in store if hasattr(store[top], "keys") for name in store[top]]


def _matrix_groups(names: set[str] | frozenset[str]) -> list[str]:
    groups = {name.split("/")[0] for name in names if "/" in name}
    return sorted(group for group in groups if {f"{group}/{part}" for part in _VALUES} <= names)


def _features(group: Any, genome: str) -> pd.DataFrame:
    if "features" not in group:
        ids, symbols = _texts(group["genes"]), _texts(group["gene_names"])
        return pd.DataFrame(
            {"id": ids, "symbol": symbols, "type": EXPRESSION, "genome": genome}, dtype=object
        )
    stored = group["features"]
    ids = _texts(stored["gene_id" if "gene_id" in stored else "id"])
    types = _texts(stored["feature_type"]) if "feature_type" in stored else [EXPRESSION] * len(ids)
    genomes = _texts(stored["genome"]) if "genome" in stored else [""] * len(ids)
    table = {"id": ids, "symbol": _texts(stored["name"]), "type": types, "genome": genomes}
    return pd.DataFrame(table, dtype=object)


def _texts(dataset: Any) -> list[str]:
    return [one.decode() if isinstance(one, bytes) else str(one) for one in dataset[:].tolist()]


def _recognises(head: Head) -> bool:
    return bool(_matrix_groups(names_inside(head)))


FORMAT = Format("10x-h5", "HDF5 of 10x Genomics", _recognises, read)
