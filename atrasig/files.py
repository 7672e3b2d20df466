"""Effects at the edge: atomic writes, content hashes, safe file names, shipped data."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atrasig.errors import FormatError, OutputError
from atrasig.temporary import owned_name, remove_leftovers

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

_PACKAGE = Path(__file__).resolve().parent
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_FLOAT_FORMAT = "%.10g"
_UNREADABLE = (OSError, AttributeError, KeyError, TypeError, ValueError)


def data_path(name: str) -> Path:
    """Path of a shipped data file or folder (``genes.tsv.gz``, ``signatures``).

    Parameters
    ----------
    name
        Name below the package's data folder.

    Returns
    -------
    pathlib.Path
        The file as installed; in a source checkout ``signatures`` is the top-level folder.
    """
    installed = _PACKAGE / "data" / name
    return installed if installed.exists() else _PACKAGE.parent / name


def safe_name(sample: str) -> str:
    """File name (without ending) for a sample id that may hold any characters.

    Plain ids are kept. Any other id becomes its plain characters followed by a hash of the whole
    id, so that two ids never share a file and no id can leave the folder it is written to.

    Parameters
    ----------
    sample
        Sample id as given by the user.

    Returns
    -------
    str
        At most 80 characters of ``A-Z a-z 0-9 _ -``.
    """
    if _PLAIN_NAME.fullmatch(sample):
        return sample
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", sample).strip("_-")[:60]
    return f"{plain or 'sample'}-{sha256_text(sample)[:12]}"


def sha256_text(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def sha256_file(path: str | Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_path(path: str | Path) -> str:
    """SHA-256 of what a path names, as 64 hexadecimal digits.

    Parameters
    ----------
    path
        A file: the hash of its bytes. A folder: of the relative names and the contents of all
        files below it. A pattern: likewise, of the files that :func:`list_files` gives.
    """
    location = Path(path)
    if location.is_dir():
        return sha256_files(location, [file for file in location.rglob("*") if file.is_file()])
    if is_pattern(location):
        return sha256_files(pattern_root(location), list_files(location))
    return sha256_file(location)


def sha256_files(root: Path, files: Sequence[Path]) -> str:
    """SHA-256 over the contents of files and their names below a folder, in any order."""
    entries = sorted(f"{file.relative_to(root).as_posix()} {sha256_file(file)}" for file in files)
    return sha256_text("\n".join(entries))


def is_pattern(path: str | Path) -> bool:
    """Tell whether a path stands for several: it holds ``*`` or ``?`` and is not there itself."""
    text = str(path)
    # os.path.exists is False, where pathlib raises, for a name that no system can hold.
    return any(sign in text for sign in "*?") and not os.path.exists(text)  # noqa: PTH110


def pattern_root(path: Path) -> Path:
    """Folder above the first wildcard of a pattern; a folder itself."""
    return Path(*takewhile(lambda part: not any(sign in part for sign in "*?"), path.parts))


def list_files(path: str | Path) -> list[Path]:
    """List the files that a file, folder or pattern stands for.

    Parameters
    ----------
    path
        A folder stands for the files in it and in the folders in it, a pattern (``*`` and ``?``,
        neither across folders) for all it matches. Names that begin with a dot are left out.

    Returns
    -------
    list of pathlib.Path
        Each once, sorted; empty where nothing is there.
    """
    location = Path(path)
    if is_pattern(location):
        return sorted({file for match in match_pattern(location) for file in _below(match, 1)})
    return _below(location, depth=2)


def match_pattern(path: Path) -> list[Path]:
    """List the files and folders that a pattern matches, sorted."""
    root = pattern_root(path)
    # Square brackets stand in real names, and ** could walk a whole disk.
    wanted = re.sub(r"\*+", "*", str(path.relative_to(root)).replace("[", "[[]"))
    try:
        found = sorted(root.glob(wanted))
    except (OSError, ValueError):  # a name that no system can hold
        return []
    return [match for match in found if not _is_hidden(match.relative_to(root))]


def _below(path: Path, depth: int) -> list[Path]:
    if path.is_file():
        return [path]
    if depth == 0 or not path.is_dir():
        return []
    inside = sorted(entry for entry in path.iterdir() if not _is_hidden(Path(entry.name)))
    return [file for entry in inside for file in _below(entry, depth - 1)]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def canonical_json(value: Any) -> str:
    """One fixed JSON text for a value: sorted keys, no NaN, UTF-8, two-space indent."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path that replaces `path` only if the block succeeds.

    Parameters
    ----------
    path
        Final path; its folder is made where missing.

    Yields
    ------
    pathlib.Path
        Temporary path in the same folder, with the same ending.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to, or the disk is full.
    """
    final = Path(path)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(final.parent.resolve())
        handle, name = tempfile.mkstemp(
            dir=final.parent, prefix=f".{owned_name()}", suffix="".join(final.suffixes[-2:])
        )
    except OSError as error:
        raise _cannot_write(final, error) from error
    os.close(handle)
    temporary = Path(name)
    umask = os.umask(0o077)  # the only way to read it; files made meanwhile are private
    os.umask(umask)
    try:
        yield temporary
        temporary.chmod(0o666 & ~umask)
        try:
            temporary.replace(final)
        except OSError as error:
            raise _cannot_write(final, error) from error
    except (OSError, RuntimeError) as error:  # HDF5 gives the reason as text only
        if _is_full(error):
            raise _disk_full(final) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _cannot_write(final: Path, error: OSError) -> OutputError:
    return OutputError(
        f"Cannot write: {error.strerror}",
        where=str(final),
        fix="Choose a folder you can write to, and a name that is no folder.",
    )


def _is_full(error: OSError | RuntimeError) -> bool:
    number = getattr(error, "errno", None)
    return number in {errno.ENOSPC, errno.EDQUOT} or os.strerror(errno.ENOSPC) in str(error)


def _disk_full(final: Path) -> OutputError:
    return OutputError(
        f"Cannot write: {os.strerror(errno.ENOSPC)}",
        where=str(final),
        fix="Make room and start again: what is finished stays, and nothing half-written does.",
    )


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text with Unix line ends, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_tsv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a table as TSV (10 significant digits, missing as ``NA``), whole or not at all."""
    write_tsv_parts(path, [frame])


def write_tsv_parts(path: str | Path, frames: Iterable[pd.DataFrame]) -> None:
    """Write tables of the same columns below each other, as :func:`write_tsv` writes one.

    Parameters
    ----------
    path
        File to write, whole or not at all.
    frames
        At least one table; one at a time is held.
    """
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as handle,
    ):
        for place, frame in enumerate(frames):
            frame.to_csv(
                handle,
                sep="\t",
                index=False,
                header=place == 0,
                na_rep="NA",
                float_format=_FLOAT_FORMAT,
                lineterminator="\n",
            )


def write_parquet(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a table as parquet, whole or not at all."""
    with atomic_path(path) as temporary:
        frame.to_parquet(temporary, index=False, compression="zstd")


def read_parquet(path: str | Path) -> pd.DataFrame:
    """Read a parquet table that a previous stage wrote.

    Raises
    ------
    FormatError
        If it cannot be read, as one that was cut short.
    """
    import pandas as pd

    with reading(path, "parquet"):
        return pd.read_parquet(path)


def write_h5ad(path: str | Path, adata: AnnData) -> None:
    """Write an annotated matrix as h5ad, whole or not at all."""
    with atomic_path(path) as temporary:
        adata.write_h5ad(temporary, compression="gzip")


def read_h5ad(path: str | Path) -> AnnData:
    """Read an h5ad file that a previous stage wrote.

    Raises
    ------
    FormatError
        If it cannot be read, as one that was cut short.
    """
    from anndata import read_h5ad as read

    with reading(path, "h5ad"):
        return read(Path(path))


@contextmanager
def reading(
    path: str | Path, kind: str, fix: str = "Run the stage that writes it again."
) -> Iterator[None]:
    """Turn what a library raises on a file that it cannot read into an error for the user.

    Parameters
    ----------
    path
        The file that is read.
    kind
        What it should be.
    fix
        What the user can do.

    Raises
    ------
    FormatError
        If the file cannot be read.
    """
    try:
        yield
    except _UNREADABLE as error:
        raise FormatError(f"Cannot read as {kind}: {error}", where=str(path), fix=fix) from error
