"""Worksheets of a workbook (xlsx, xls, xlsb, ods), read by a process that a crafted one may end."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from atrasig.errors import FormatError
from atrasig.io.compression import MAX_RATIO, SAFE_BYTES, open_bytes
from atrasig.io.format import Head
from atrasig.temporary import temporary_folder

Rows = list[list[Any]]
"""Rows of a worksheet: numbers, texts, ``{"date": ...}``, ``{"error": ...}``, None where empty."""

_SCRIPT = Path(__file__).with_name("cells.py")
_MEGABYTES, _SECONDS = 2048, 60
# Of a workbook that is large by itself: memory and time that a byte of it takes, generously.
_MEMORY_PER_BYTE, _BYTES_PER_SECOND = 40, 2**20


class Workbook:
    """An open workbook.

    Parameters
    ----------
    process
        Process that reads it.
    path
        File, for messages.
    """

    def __init__(self, process: subprocess.Popen[str], path: Path) -> None:
        self._process, self._path = process, path
        self.names: list[str] = self._answer()

    def rows(self, name: str) -> Rows:
        """Read a worksheet.

        Raises
        ------
        FormatError
            If it cannot be read within the limits.
        """
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(json.dumps(name) + "\n")
        stdin.flush()
        rows: Rows = self._answer()
        return rows

    def _answer(self) -> Any:
        stdout: IO[str] | None = self._process.stdout
        line = stdout.readline() if stdout is not None else ""
        if not line.endswith("\n"):
            raise FormatError(
                f"The workbook cannot be read: {self._reason()}",
                where=str(self._path),
                fix="Open it and save it again without a password, or save the sheet as TSV.",
            )
        return json.loads(line)

    def _reason(self) -> str:
        _, said = self._process.communicate()
        if "PasswordError" in said:
            return "it is encrypted"
        if self._process.returncode < 0 or "memory" in said.lower():
            return "it asks for more memory or time than a table of its size needs"
        return "it is damaged, or no workbook"


@contextmanager
def open_workbook(path: Path) -> Iterator[Workbook]:
    """Open a workbook.

    Parameters
    ----------
    path
        xlsx, xls, xlsb or ods, told apart by content; may be packed.

    Raises
    ------
    FormatError
        If it is damaged, encrypted, or unpacks to far more than a table could.
    """
    with _unpacked(path) as plain:
        size = _unpacked_size(plain, path)
        megabytes = _MEGABYTES + _MEMORY_PER_BYTE * size // 2**20
        command = [sys.executable, "-P", str(_SCRIPT), str(plain)]
        command += [str(megabytes), str(_SECONDS + size // _BYTES_PER_SECOND)]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            try:
                yield Workbook(process, path)
            finally:
                process.kill()


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    head = Head.of(path)
    if head.content == head.stored:
        yield path
        return
    with temporary_folder() as folder:
        copy = folder / "content"
        with open_bytes(path) as packed, copy.open("wb") as unpacked:
            while block := packed.read(1 << 20):
                unpacked.write(block)
        yield copy


def _unpacked_size(plain: Path, path: Path) -> int:
    """Bytes that a workbook unpacks to, as its directory states."""
    stored = plain.stat().st_size
    if not zipfile.is_zipfile(plain):
        return stored
    with zipfile.ZipFile(plain) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > max(SAFE_BYTES, MAX_RATIO * stored):
        raise FormatError(
            f"The workbook unpacks to more than {MAX_RATIO} times its size",
            where=str(path),
            fix="If it is genuine, save the sheet as TSV.",
        )
    return size
