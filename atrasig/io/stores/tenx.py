"""Matrices of 10x Genomics Cell Ranger as text: a folder of v2 or v3, or its ``matrix.mtx``.

STARsolo, alevin-fry and GEO use the same three files, GEO with a prefix on each name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from atrasig.errors import FormatError
from atrasig.files import sha256_file
from atrasig.io.compression import open_text
from atrasig.io.format import Format, Head
from atrasig.io.options import ReadOptions
from atrasig.io.stores.matrix_market import BANNER, read_matrix_market
from atrasig.io.stores.sparse import as_matrix
from atrasig.io.table import RawMatrix

EXPRESSION = "Gene Expression"
_MATRIX = re.compile(r"(.*)matrix\.mtx(\.gz|\.bz2|\.xz|\.zip)?")
_ENDINGS = ("", ".gz", ".bz2", ".xz", ".zip")
_HUMAN = re.compile(r"(?:GRCh3[78]|hg19|hg38)", re.IGNORECASE)
_PREFIXED = re.compile(r"(.+?)_+(?=ENS[A-Z]*G\d{11})")


def matrix_of_cells(
    values: Any, barcodes: Sequence[str], features: pd.DataFrame, where: str
) -> RawMatrix:
    """Take the expression of one genome out of a feature-barcode matrix.

    Parameters
    ----------
    values
        Sparse counts, cells x features.
    barcodes
        Names of the cells.
    features
        One row a feature: ``id``, ``symbol``, ``type``, and ``genome`` (empty if not known).
    where
        File, for messages.

    Returns
    -------
    RawMatrix
        Cells x genes; ids as names, symbols as annotation. Features of other types and genomes
        are counted in the facts.

    Raises
    ------
    FormatError
        If no feature is a gene, several genomes leave the choice open, or the values contradict
        themselves.
    """
    counts = as_matrix(values, barcodes, [str(one) for one in features["id"]], where)
    of_type = (features["type"] == EXPRESSION).to_numpy()
    others = Counter(features["type"][~of_type])
    if not of_type.any():
        raise FormatError(
            f"No feature is of type {EXPRESSION!r}; there are {_listed(others)}",
            where=where,
            fix="Give the matrix of gene expression.",
        )
    genomes = features["genome"].mask(features["genome"] == "", _prefixes(features["id"]))
    present = sorted(set(genomes[of_type]) - {""})
    genome = choose_genome(present, where) if len(present) > 1 else "".join(present)
    kept = np.flatnonzero(of_type & (genomes == genome).to_numpy())
    ids = features["id"].iloc[kept]
    symbols = features["symbol"].iloc[kept]
    if len(present) > 1:
        mark = rf"^{re.escape(genome)}_+"
        ids, symbols = (names.str.replace(mark, "", regex=True) for names in (ids, symbols))
    facts: dict[str, str | int] = {
        "orientation": "genes in rows",
        "identifier_column": "id",
        "declared_scale": "counts",
        "unit": "cell",
        "unit_evidence": "format of 10x Genomics",
        "ignored_features": len(features) - len(kept),
    }
    if others:
        facts["ignored_feature_types"] = _listed(others)
    if genome:
        facts["genome"] = genome
    if len(present) > 1:
        facts["ignored_genomes"] = ", ".join(sorted(set(present) - {genome}))
    return RawMatrix(
        counts if len(kept) == len(features) else counts[:, kept],
        list(barcodes),
        list(ids),
        pd.DataFrame({"symbol": list(symbols)}, dtype=object),
        facts,
    )


def choose_genome(genomes: Sequence[str], where: str) -> str:
    """Choose the human genome among several.

    Raises
    ------
    FormatError
        If there is not exactly one human genome among several genomes.
    """
    human = [name for name in genomes if _HUMAN.match(name)]
    found = list(genomes) if len(genomes) == 1 else human
    if len(found) != 1:
        raise FormatError(
            f"The matrix holds {len(genomes)} genomes, {', '.join(genomes)}, and "
            f"{len(human) or 'none'} of them is known as human",
            where=where,
            fix="Give the matrix of one genome.",
        )
    return found[0]


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read the three files of a 10x matrix: values, features (or genes) and barcodes.

    Parameters
    ----------
    path
        Their folder, or the file of the values, beside which the other two lie.
    options
        Not used here: the choice of samples is made once for every format.

    Raises
    ------
    FormatError
        If one of the files is missing or damaged, or they do not fit each other.
    """
    values_file = _matrix_file(path) if path.is_dir() else path
    match = _MATRIX.fullmatch(values_file.name)
    prefix = match[1] if match else ""
    features_file = _beside(values_file, prefix, ("features.tsv", "genes.tsv"))
    barcodes_file = _beside(values_file, prefix, ("barcodes.tsv",))
    features = _features(features_file)
    barcodes = [row[0] for row in _rows(barcodes_file)]
    values = read_matrix_market(values_file, len(features), len(barcodes))
    matrix = matrix_of_cells(values, barcodes, features, str(values_file))
    matrix.facts["features_sha256"] = sha256_file(features_file)
    matrix.facts["barcodes_sha256"] = sha256_file(barcodes_file)
    return matrix


def _matrix_file(folder: Path) -> Path:
    found = _matrices_in(folder)
    if len(found) != 1:
        raise FormatError(
            f"The folder holds {len(found)} files of values: "
            f"{', '.join(repr(file.name) for file in found[:5]) or 'none'}",
            where=str(folder),
            fix="Give the one matrix.mtx to read.",
        )
    return found[0]


def _matrices_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if _MATRIX.fullmatch(file.name))


def _beside(values_file: Path, prefix: str, names: Sequence[str]) -> Path:
    candidates = [
        values_file.with_name(f"{prefix}{name}{ending}") for name in names for ending in _ENDINGS
    ]
    found = [file for file in candidates if file.is_file()]
    if len(found) != 1:
        wanted = " or ".join(prefix + name for name in names)
        there = ", ".join(repr(file.name) for file in found)
        raise FormatError(
            f"Beside the matrix there is no {wanted}"
            if not found
            else f"Beside the matrix there are {there}, of which one is wanted",
            where=str(values_file),
            fix="Keep matrix.mtx, features.tsv (or genes.tsv) and barcodes.tsv, each plain or "
            "packed, in one folder.",
        )
    return found[0]


def _rows(path: Path) -> list[list[str]]:
    with open_text(path) as handle:
        lines = handle.read().splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    rows = [[cell.strip() for cell in line.split("\t")] for line in lines]
    empty = next((number for number, row in enumerate(rows, 1) if not row[0]), 0)
    if empty:
        raise FormatError(
            "The name is empty", where=f"{path}, row {empty}", fix="Name every row in column 1."
        )
    return rows


def _features(path: Path) -> pd.DataFrame:
    rows = _rows(path)
    table = {
        "id": [row[0] for row in rows],
        "symbol": [row[1] if len(row) > 1 else "" for row in rows],
        "type": [row[2] if len(row) > 2 and row[2] else EXPRESSION for row in rows],
        "genome": [""] * len(rows),
    }
    return pd.DataFrame(table, dtype=object)


def _prefixes(ids: pd.Series) -> pd.Series:
    """Genome before each id (``GRCh38_ENSG...``), empty where an id has none."""
    found = (_PREFIXED.match(one) for one in ids)
    return pd.Series([match[1] if match else "" for match in found], index=ids.index, dtype=object)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name}: {number}" for name, number in sorted(counts.items()))


def _recognises(head: Head) -> bool:
    if head.path.is_dir():
        return bool(_matrices_in(head.path))
    return bool(head.lines) and head.lines[0].startswith(BANNER)


FORMAT = Format(
    "10x-mtx", "10x Genomics matrix.mtx with features and barcodes", _recognises, read, folders=True
)
