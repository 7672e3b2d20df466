"""The registry of matrix formats, and the choice among them by content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from atrasig.errors import FormatError, InputError
from atrasig.files import list_files, sha256_path
from atrasig.io import columnar, no_matrix
from atrasig.io.counts import assemble, sample_files
from atrasig.io.format import Format, Head
from atrasig.io.geo import series_matrix, soft
from atrasig.io.identifiers import as_genes
from atrasig.io.options import ReadOptions
from atrasig.io.stores import h5ad, loom, tenx, tenx_h5, zarr
from atrasig.io.stores.barcodes import unit_facts
from atrasig.io.text import delimited, depmap, firehose, gct, orange
from atrasig.io.workbooks import excel

if TYPE_CHECKING:
    from anndata import AnnData

# Asked in this order: a format that any text could be comes last.
_ORDER = (
    zarr.FORMAT,
    tenx.FORMAT,
    tenx_h5.FORMAT,
    loom.FORMAT,
    no_matrix.FORMAT,
    *sample_files.PER_SAMPLE,
    assemble.FORMAT,
    h5ad.FORMAT,
    columnar.FORMAT,
    columnar.FEATHER,
    excel.FORMAT,
    gct.FORMAT,
    series_matrix.FORMAT,
    soft.FORMAT,
    orange.FORMAT,
    depmap.FORMAT,
    firehose.FORMAT,
    delimited.FORMAT,
)
FORMATS: dict[str, Format] = {format.name: format for format in _ORDER}
"""Formats by name, in the order in which they are asked."""


def sniff(path: str | Path) -> str:
    """Name the format of a file from its content, whatever its ending.

    Parameters
    ----------
    path
        File to look at, packed or not, a folder, or a pattern of files.

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


def input_files(path: Path) -> list[Path]:
    """List the files that a file, folder or pattern is read from.

    Parameters
    ----------
    path
        As the sheet names it. Of a folder of samples only their files count, and not what a
        quantifier left beside them, such as alignments.

    Returns
    -------
    list of pathlib.Path
        Sorted; all files where the reader would refuse them, so that it says why.
    """
    if path.is_file():
        return [path]
    try:
        if sniff(path) == assemble.FORMAT.name:
            return sample_files.choose_files(path).files
    except InputError:
        return list_files(path)
    return sorted(file for file in path.rglob("*") if file.is_file())


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
        A file of one of :data:`FORMATS`, a folder, or a pattern of files (``star/*.tab``).
    format
        A key of :data:`FORMATS` to force a reader, of a folder or pattern that of its files; by
        default the content decides.
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
    chosen = replace(options or ReadOptions(), samples=samples)
    matrix = as_genes(_reader(name, Path(path)).read(Path(path), chosen), chosen, str(path))
    adata = matrix.to_anndata(str(path), samples)
    adata.uns["atrasig"] = {
        "input": {"name": Path(path).name, "format": name}
        | unit_facts(matrix.samples)
        | _trimmed(matrix.samples)
        | matrix.facts
        | {"sha256": matrix.facts.get("sha256") or sha256_path(path)}
    }
    return adata


def _trimmed(samples: Sequence[str]) -> dict[str, str | int]:
    """Count the names that lose blanks around them."""
    n = sum(name != name.strip() for name in samples)
    return {"trimmed_names": n} if n else {}


def _reader(name: str, path: Path) -> Format:
    """Choose the reader of a format for a file, a folder or a pattern."""
    format = FORMATS[name]
    if Head.of(path).is_folder and not format.folders:
        return assemble.reader_for(format, path)
    return format
