"""The registry of matrix formats, and the choice among them by content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from atrasig.errors import FormatError, InputError
from atrasig.failures import Failure, is_minority, with_failures
from atrasig.files import list_files, sha256_path
from atrasig.io import columnar, no_matrix
from atrasig.io.counts import assemble, sample_files
from atrasig.io.format import Format, Head
from atrasig.io.geo import series_matrix, soft
from atrasig.io.identifiers import as_genes
from atrasig.io.options import ReadOptions
from atrasig.io.stores import h5ad, loom, tenx, tenx_h5, zarr
from atrasig.io.stores.barcodes import unit_facts
from atrasig.io.table import RawMatrix
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
            choice = sample_files.choose_files(path)
            return sorted([*choice.files, *choice.broken])
    except InputError:
        return list_files(path)
    return sorted(file for file in path.rglob("*") if file.is_file())


def read_expression(
    path: str | Path,
    *,
    format: str | None = None,
    samples: Sequence[str] | None = None,
    options: ReadOptions | None = None,
    strict: bool = True,
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
    strict
        Refuse the matrix if one sample of it is damaged. Otherwise such samples are set aside, at
        most half of all, and ``uns["atrasig"]["failed"]`` lists them
        (:func:`atrasig.failures.failures_of`).

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
    found = _reader(name, Path(path)).read(Path(path), chosen)
    if strict:
        _refuse_faults(found, samples, str(path))
    matrix = as_genes(found, chosen, str(path))
    kept, failures = (samples, []) if strict else _set_aside(matrix, samples, Path(path))
    adata = matrix.to_anndata(str(path), kept)
    facts = {
        "input": {"name": Path(path).name, "format": name}
        | unit_facts(matrix.samples)
        | _trimmed(matrix.samples)
        | matrix.facts
        | {"sha256": matrix.facts.get("sha256") or sha256_path(path)}
    }
    adata.uns["atrasig"] = with_failures(facts, failures)
    return adata


def _refuse_faults(matrix: RawMatrix, wanted: Sequence[str] | None, where: str) -> None:
    asked = None if wanted is None else {name.strip() for name in wanted}
    for name, fault in matrix.faults.items():
        if asked is None or name in asked:
            raise fault


def _set_aside(
    matrix: RawMatrix, wanted: Sequence[str] | None, path: Path
) -> tuple[Sequence[str] | None, list[Failure]]:
    """Choose the samples that can be read; the others with their reasons.

    Raises
    ------
    InputError
        If these are more than half of the samples: then the fault is the matrix's.
    """
    faults = matrix.faulty_samples(wanted, str(path))
    if not faults:
        return wanted, []
    held = [name.strip() for name in matrix.samples]
    names = [*held, *(name for name in faults if name not in set(held))]
    asked = names if wanted is None else [name.strip() for name in wanted]
    if not is_minority(len(faults), len(asked)):
        raise next(iter(faults.values()))
    folder = f"{path.parent}/"
    failures = [Failure.of(n, "ingest", faults[n], folder=folder) for n in asked if n in faults]
    return [name for name in asked if name not in faults], failures


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
