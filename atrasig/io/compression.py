"""Open files as they come: plain, or compressed by gzip, bzip2, xz or zip; UTF-8 or UTF-16."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from atrasig.errors import FormatError

SAFE_BYTES = 256 * 2**20
"""Bytes that any compressed file may hold, whatever its ratio."""
MAX_RATIO = 300
"""Expression tables compress 3 to 60 times; beyond this a file is refused once it is large."""

_BZ2, _GZIP, _XZ = b"BZh", b"\x1f\x8b", b"\xfd7zXZ\x00"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_BUFFER = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _Guarded(io.RawIOBase):
    """Unpacked bytes; says so when they are damaged, or more than a file could honestly hold."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self._stream, self._path, self._read = stream, path, 0
        self._limit = max(SAFE_BYTES, MAX_RATIO * path.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        with _damage_named(self._path):
            data = self._stream.read(len(view))
        view[: len(data)] = data
        self._read += len(data)
        if self._read > self._limit:
            raise FormatError(
                f"The file unpacks to more than {MAX_RATIO} times its size",
                where=str(self._path),
                fix="If it is genuine, unpack it yourself and give the unpacked file.",
            )
        return len(data)


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading bytes, unpacked.

    Parameters
    ----------
    path
        Plain, or one file packed by gzip, bzip2, xz or zip; told by content.

    Raises
    ------
    FormatError
        If the packed data are damaged or encrypted, a zip archive does not hold exactly one file,
        or a file unpacks to far more than a table could.
    """
    with path.open("rb") as raw:
        magic = raw.read(8)
    with ExitStack() as opened:
        if magic.startswith(_ZIP):
            stream = _open_zip(path, opened)
        elif (opener := _opener(magic)) is not None:
            stream = cast("IO[bytes]", opened.enter_context(opener(path, "rb")))
        else:
            yield opened.enter_context(path.open("rb"))
            return
        yield opened.enter_context(io.BufferedReader(_Guarded(stream, path), _BUFFER))


def _open_zip(path: Path, opened: ExitStack) -> IO[bytes]:
    with _damage_named(path):
        archive = opened.enter_context(zipfile.ZipFile(path))
        member = _only_member(archive, path)
        try:
            return opened.enter_context(archive.open(member))
        except RuntimeError as error:  # a password is asked for, or the method is unknown
            raise _damaged(path) from error


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise _damaged(path) from error
    except OSError as error:
        # The bzip2 and gzip readers report bad data as an OSError that no system call made.
        if error.errno is not None:
            raise
        raise _damaged(path) from error


@contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """Open a text for reading, unpacked; line ends are kept as they are.

    Parameters
    ----------
    path
        As for :func:`open_bytes`; UTF-8 with or without a byte order mark, or UTF-16 with one.

    Raises
    ------
    FormatError
        As :func:`open_bytes`, and if the text is in no such encoding or is no table.
    """
    encoding = text_encoding(path)
    try:
        with (
            open_bytes(path) as packed,
            io.TextIOWrapper(packed, encoding=encoding, newline="") as handle,
        ):
            yield handle
    except UnicodeDecodeError as error:
        before = error.object[max(error.start - 20, 0) : error.start].decode("ascii", "replace")
        raise FormatError(
            f"The text is not {'UTF-16' if encoding == 'utf-16' else 'UTF-8'}: "
            f"byte 0x{error.object[error.start]:02x} after {before!r}",
            where=str(path),
            fix="Save it as UTF-8.",
        ) from error
    except csv.Error as error:
        raise FormatError(
            f"Cannot split the lines into fields: {error}",
            where=str(path),
            fix="Check for a quotation mark that is not closed.",
        ) from error


def text_encoding(path: Path) -> str:
    """Tell the encoding of a text, plain or packed, by its byte order mark: UTF-16, else UTF-8."""
    with open_bytes(path) as probe:
        return "utf-16" if probe.read(2) in _UTF16 else "utf-8-sig"


def is_packed(magic: bytes) -> bool:
    """Tell from its first bytes whether a file is packed by gzip, bzip2, xz or zip."""
    return magic.startswith(_ZIP) or _opener(magic) is not None


def _opener(magic: bytes) -> type[gzip.GzipFile] | type[bz2.BZ2File] | type[lzma.LZMAFile] | None:
    if magic.startswith(_GZIP):
        return gzip.GzipFile
    if magic.startswith(_BZ2):
        return bz2.BZ2File
    return lzma.LZMAFile if magic.startswith(_XZ) else None


def _only_member(archive: zipfile.ZipFile, path: Path) -> str:
    members = [
        member.filename
        for member in archive.infolist()
        if not member.is_dir()
        and not PurePosixPath(member.filename).name.startswith(".")
        and "__MACOSX" not in member.filename
    ]
    if len(members) != 1:
        shown = ", ".join(map(repr, members[:5])) or "none"
        raise FormatError(
            f"The zip archive holds {len(members)} files: {shown}",
            where=str(path),
            fix="Unpack it and give the matrix.",
        )
    return members[0]


def _damaged(path: Path) -> FormatError:
    return FormatError(
        "The packed file is damaged or encrypted",
        where=str(path),
        fix="Download or pack it again, without a password.",
    )
