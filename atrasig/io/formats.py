"""The registry of matrix formats, and the choice among them by content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from atrasig.errors import FormatError, InputError
from atrasig.files import sha256_file
from atrasig.io import columnar, delimited, gct, hdf5
from atrasig.io.format import Format, Head
from atrasig.io.options import ReadOptions

if TYPE_CHECKING:
    from anndata import AnnData

# Asked in this order: a format that any text could be comes last.
_ORDER = (
    hdf5.FORMAT,
    columnar.FORMAT,
    gct.FORMAT,
    delimited.FORMAT,
)
FORMATS: dict[str, Format] = {format.name: format for format in _ORDER}
"""Formats by name, in the order in which they are asked."""


def sniff(path: str | Path) -> str:
    """Name the format of a file from its content, whatever its ending.

    Parameters
    ----------
    path
        File to look at, packed or not, or a folder.

    Returns
    -------
    str
        A key of :data:`FORMATS`.

    Raises
    ------
    InputError
        If the file is missing or empty.
    FormatError
        If the content is of no known format.
    """
    head = Head.of(Path(path))
    for format in FORMATS.values():
        if format.recognises(head):
            return format.name
    what = "folder holds no matrix" if head.is_folder else "file is binary and of no known format"
    raise FormatError(
        f"The {what}", where=str(path), fix=f"Known formats: {', '.join(sorted(FORMATS))}."
    )


def read_expression(
    path: str | Path,
    *,
    format: str | None = None,
    samples: Sequence[str] | None = None,
    options: ReadOptions | None = None,
) -> AnnData:
    """Read an expression matrix as it stands in a file.

    Parameters
    ----------
    path
        A file of one of :data:`FORMATS`.
    format
        A key of :data:`FORMATS` to force a reader; by default the content decides.
    samples
        Samples to keep, in this order; other columns are counted as ignored. By default every
        numeric column is a sample.
    options
        What else the reader may be told.

    Returns
    -------
    anndata.AnnData
        Samples x genes; values as in the file, NaN where a value is missing;
        ``var["gene_id"]`` the identifiers as written; ``uns["atrasig"]["input"]`` the file's name,
        SHA-256, format, orientation and counts of what was ignored.

    Raises
    ------
    InputError
        If the file is missing or empty, or a named sample is not in it.
    FormatError
        If the content contradicts the format, with row and column of the first fault.
    """
    name = format or sniff(path)
    if name not in FORMATS:
        raise FormatError(
            f"Unknown format {name!r}",
            where=str(path),
            fix=f"Known formats: {', '.join(sorted(FORMATS))}.",
        )
    if Head.of(Path(path)).is_folder and not FORMATS[name].folders:
        raise InputError(
            "This is a folder, not a file", where=str(path), fix="Give the file of the matrix."
        )
    chosen = replace(options or ReadOptions(), samples=samples)
    matrix = FORMATS[name].read(Path(path), chosen)
    adata = matrix.to_anndata(str(path), samples)
    adata.uns["atrasig"] = {
        "input": {"name": Path(path).name, "sha256": sha256_file(path), "format": name}
        | matrix.facts
    }
    return adata
