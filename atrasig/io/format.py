"""What a format is: a name, a way to recognise it, and a reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from atrasig.errors import InputError
from atrasig.files import is_pattern, list_files
from atrasig.io.compression import is_packed, open_bytes
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

HEAD_BYTES = 1 << 16


@dataclass(frozen=True)
class Head:
    """The beginning of a file, or a folder, by which its format is recognised.

    Parameters
    ----------
    path
        The file or folder, or a pattern of files, which is looked at as a folder is.
    stored
        First bytes as stored; empty for a folder.
    content
        First bytes unpacked; empty for a folder.
    """

    path: Path
    stored: bytes = b""
    content: bytes = b""

    @classmethod
    def of(cls, path: Path) -> Head:
        """Look at a file, a folder or a pattern.

        Raises
        ------
        InputError
            If it is missing or empty, or nothing matches.
        FormatError
            If it is packed and damaged.
        """
        if path.is_dir():
            return cls(path)
        if is_pattern(path):
            if not list_files(path):
                raise InputError(
                    "No file matches the pattern",
                    where=str(path),
                    fix="Check the folder; * stands for any characters but /, ? for one.",
                )
            return cls(path)
        if not path.is_file():
            raise InputError(
                "There is no such file", where=str(path), fix="Check the path of the matrix."
            )
        with path.open("rb") as handle:
            stored = handle.read(HEAD_BYTES)
        content = stored
        if is_packed(stored[:8]) and not _is_workbook(stored):
            with open_bytes(path) as handle:
                content = handle.read(HEAD_BYTES)
        if not content.strip():
            raise InputError("The file is empty", where=str(path), fix="Give a matrix with values.")
        return cls(path, stored, content)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, or a pattern of files."""
        return not self.content

    @cached_property
    def is_text(self) -> bool:
        """Whether the content is text, by the absence of NUL bytes (UTF-16 has a mark)."""
        if self.content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return True
        return bool(self.content) and b"\x00" not in self.content

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """First lines of a text without their ends; the last may be cut short. None for bytes."""
        if not self.is_text:
            return ()
        wide = self.content[:2] in (b"\xff\xfe", b"\xfe\xff")
        text = self.content.decode("utf-16" if wide else "utf-8-sig", "replace")
        return tuple(text.splitlines())


@dataclass(frozen=True)
class Format:
    """A format that is read.

    Parameters
    ----------
    name
        Word for ``--format``.
    title
        What it is, for people.
    recognises
        Tells from the beginning of a file whether it is of this format.
    read
        The reader.
    folders
        Whether it is read from a folder; otherwise a folder is refused.
    """

    name: str
    title: str
    recognises: Callable[[Head], bool]
    read: Callable[[Path, ReadOptions], RawMatrix]
    folders: bool = False


def _is_workbook(stored: bytes) -> bool:
    """Whether a zip archive is a spreadsheet, whose members are no tables of their own."""
    return stored.startswith(b"PK\x03\x04") and (
        b"[Content_Types].xml" in stored or b"mimetype" in stored[:64]
    )
