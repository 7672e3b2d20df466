"""The registry of matrix formats, and the choice among them by content."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from atrasig.errors import FormatError, InputError
from atrasig.files import sha256_file
from atrasig.io import columnar, delimited, gct, hdf5
from atrasig.io.table import RawMatrix

if TYPE_CHECKING:
    from anndata import AnnData

Reader = Callable[[Path, "Sequence[str] | None"], "RawMatrix"]

FORMATS: dict[str, Reader] = {
    "delimited": delimited.read,
    "gct": gct.read,
    "h5ad": hdf5.read,
    "parquet": columnar.read,
}
_HEAD_BYTES = 4096
_GCT = re.compile(r"#1\.\d\s*[\r\n]")


def sniff(path: str | Path) -> str:
    """Name the format of a file from its first bytes, whatever its ending.

    Parameters
    ----------
    path
        File to look at; text may be gzip-compressed.

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
    file = _existing(path)
    with file.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "h5ad"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        head = _gzip_head(file)
    if not head.strip():
        raise InputError("The file is empty", where=str(path), fix="Give a matrix with values.")
    if b"\x00" in head:
        raise FormatError(
            "The file is binary and of no known format",
            where=str(path),
            fix=f"Known formats: {', '.join(sorted(FORMATS))} (text may be gzip-compressed).",
        )
    text = head.decode("utf-8", "replace").lstrip("\ufeff")
    return "gct" if _GCT.match(text) else "delimited"


def _existing(path: str | Path) -> Path:
    file = Path(path)
    if not file.is_file():
        raise InputError(
            "There is no such file", where=str(path), fix="Check the path of the matrix."
        )
    return file


def _gzip_head(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as handle:
            return handle.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(
            "The gzip file is damaged", where=str(path), fix="Download or compress it again."
        ) from error


def read_expression(
    path: str | Path, *, format: str | None = None, samples: Sequence[str] | None = None
) -> AnnData:
    """Read an expression matrix as it stands in a file.

    Parameters
    ----------
    path
        TSV or CSV (plain or gzip), GCT 1.2 or 1.3, h5ad, or parquet.
    format
        A key of :data:`FORMATS` to force a reader; by default the content decides.
    samples
        Samples to keep, in this order; other columns are counted as ignored. By default every
        numeric column is a sample.

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
    matrix = FORMATS[name](_existing(path), samples)
    adata = matrix.to_anndata(str(path), samples)
    adata.uns["atrasig"] = {
        "input": {"name": Path(path).name, "sha256": sha256_file(path), "format": name}
        | matrix.facts
    }
    return adata
