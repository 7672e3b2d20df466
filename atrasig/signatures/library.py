"""The user's library: a folder of imported signatures, read by every run beside the shipped."""

from __future__ import annotations

import os
from pathlib import Path

from atrasig.errors import SignatureError, UsageError
from atrasig.files import safe_name, write_text
from atrasig.signatures.model import Signature
from atrasig.signatures.rendering import render_yaml

ENVIRONMENT = "ATRASIG_SIGNATURES"


def library_folder() -> Path | None:
    """Folder of the user's library, whether or not it is there yet.

    Returns
    -------
    pathlib.Path or None
        ``$ATRASIG_SIGNATURES``; else ``atrasig/signatures`` in ``$XDG_DATA_HOME``, which is
        ``~/.local/share`` by default. None where the user has no home.
    """
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME", "")
    if data and Path(data).is_absolute():
        return Path(data) / "atrasig" / "signatures"
    try:
        return Path.home() / ".local" / "share" / "atrasig" / "signatures"
    except RuntimeError:
        return None


def library_files() -> list[Path]:
    """List the files of the library, sorted by name; none where there is no library."""
    folder = library_folder()
    if folder is None or not folder.is_dir():
        return []
    return sorted(path for path in folder.glob("*.yaml") if path.is_file() and path.name[:1] != ".")


def library_file(identifier: str) -> Path:
    """Name the file that holds the signature of an id in the library.

    Raises
    ------
    UsageError
        If the user has no home for a library.
    """
    folder = library_folder()
    if folder is None:
        raise UsageError(
            "There is no folder for a library of signatures",
            fix=f"Name one in the environment variable {ENVIRONMENT}.",
        )
    return folder / f"{safe_name(identifier)}.yaml"


def install(signature: Signature, path: Path | None = None) -> Path:
    """Write a signature in the shipped format, into the library or to a file.

    Parameters
    ----------
    signature
        What to write.
    path
        File to write instead.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    file = path or library_file(signature.id)
    write_text(file, render_yaml(signature))
    return file


def remove(identifier: str) -> Path:
    """Remove the file of a signature from the library.

    Parameters
    ----------
    identifier
        Id of the signature, or the name of its file without ending.

    Returns
    -------
    pathlib.Path
        The file that was removed.

    Raises
    ------
    UsageError
        If the library holds no such file.
    """
    held = {file.stem: file for file in library_files()}
    file = held.get(identifier) or held.get(safe_name(identifier))
    if file is None:
        raise UsageError(
            f"The library holds no signature {identifier}",
            where=str(library_folder()),
            fix=f"It holds: {', '.join(held) or 'none'}.",
        )
    file.unlink()
    return file


def unusable_installed(file: Path, problem: str) -> SignatureError:
    """Make the error for a file of the library that cannot be used."""
    return SignatureError(
        "A signature of your library cannot be used",
        where=str(file),
        fix=f"{problem}\nCorrect the file, or remove it: atrasig signatures remove {file.stem}",
    )
