"""One hash over all that a run rests on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from atrasig.files import sha256_file, sha256_text


def tree_hash(paths: Sequence[Path]) -> str:
    """Hash the contents of files and folders, wherever these lie.

    Parameters
    ----------
    paths
        Files or folders; their order counts, the order of files within a folder does not.

    Returns
    -------
    str
        SHA-256 over relative names and contents.
    """
    entries = []
    for number, path in enumerate(paths):
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        entries += [
            f"{number} {file.relative_to(path).as_posix()} {sha256_file(file)}"
            for file in files
            if file.is_file()
        ]
    return sha256_text("\n".join(entries))
