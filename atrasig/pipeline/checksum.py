"""Files that are what they were when someone looked last."""

from __future__ import annotations

from pathlib import Path

from atrasig.errors import InputError
from atrasig.files import sha256_path


def expect_sha256(matrix: Path, sha256: str) -> None:
    """Refuse a file or folder of another SHA-256.

    Raises
    ------
    InputError
        If it is another.
    """
    found = sha256_path(matrix)
    if found != sha256:
        raise InputError(
            f"The SHA-256 of the file is {found}, and {sha256} is expected",
            where=str(matrix),
            fix="Fetch it again; if it changed on purpose, state the new checksum.",
        )
