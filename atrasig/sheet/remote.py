"""Matrices that a sheet names by an address (``s3://...``, ``https://...``) instead of a path.

Nothing here reaches the network: the workflow has Snakemake's storage plugins fetch the file, and
only those that the configuration names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from atrasig.errors import InputError

Provider = Literal["s3", "http"]
PROVIDERS: dict[str, Provider] = {"s3": "s3", "http": "http", "https": "http"}
"""Storage plugin of Snakemake that serves a scheme."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_CHECKSUM = re.compile(r"sha256=([0-9a-f]{64})")


@dataclass(frozen=True)
class RemoteMatrix:
    """One file in remote storage.

    Parameters
    ----------
    address
        The address without the checksum.
    provider
        Storage plugin that fetches it.
    sha256
        64 hexadecimal digits that the file must have, empty where none are stated.
    """

    address: str
    provider: Provider
    sha256: str = ""


def is_remote(name: str) -> bool:
    """Tell whether a sheet names a matrix by an address.

    Examples
    --------
    >>> is_remote("s3://bucket/counts.tsv.gz"), is_remote("data/counts.tsv.gz")
    (True, False)
    """
    return _ADDRESS.match(name) is not None


def parse_remote(name: str) -> RemoteMatrix:
    """Read the address of a matrix.

    Parameters
    ----------
    name
        ``s3://bucket/key`` or ``https://host/path``, with ``#sha256=`` and the file's checksum
        behind it; only s3 may leave the checksum out.

    Raises
    ------
    InputError
        If the address is of another scheme, names no single file, carries a password or a query
        (which may be a signature, and would be seen in logs), or has no checksum where one is due.
    """
    try:
        parts = urlsplit(name)
    except ValueError as error:
        raise InputError(f"{name!r} is not an address: {error}", fix="Correct it.") from error
    provider = PROVIDERS.get(parts.scheme.lower())
    if provider is None:
        raise InputError(f"{parts.scheme}:// is not read", fix=f"Use {', '.join(PROVIDERS)}.")
    if "@" in parts.netloc or "?" in name.partition("#")[0]:
        raise InputError(
            f"the address at {parts.netloc.rpartition('@')[2]} carries a password or a query, "
            "which logs would show",
            fix="Give credentials to Snakemake's storage plugin by its environment variables.",
        )
    path = unquote(parts.path)
    if not parts.netloc or not PurePosixPath(path).name or {"..", "."} & set(path.split("/")):
        raise InputError(
            f"{name!r} names no file", fix="Write s3://bucket/key or https://host/path."
        )
    if any(sign in path for sign in "*?") or path.endswith("/"):
        raise InputError(
            f"{name!r} is a folder or a pattern", fix="Only one file can be fetched; name it."
        )
    return RemoteMatrix(name.partition("#")[0], provider, _checksum(parts.fragment, provider))


def _checksum(fragment: str, provider: Provider) -> str:
    match = _CHECKSUM.fullmatch(fragment)
    if match:
        return match[1]
    if fragment or provider == "http":
        raise InputError(
            "the address has no checksum that can be read",
            fix="Put #sha256= and the 64 hexadecimal digits of `sha256sum FILE` behind it.",
        )
    return ""
