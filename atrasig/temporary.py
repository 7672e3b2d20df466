"""Temporary files that say whose they are, so that those of a killed process can be removed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

_OWNED = re.compile(r"\.?atrasig-([0-9a-f]{8})-([0-9]+)-.*", re.DOTALL)
_LONG = 24 * 3600.0
"""Seconds after which nobody can be writing to a file that has not changed since."""


def owned_name() -> str:
    """Begin the name of a temporary file or folder of this process."""
    return f"atrasig-{_place()}-{os.getpid()}-"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder in the system's place for temporary files, and remove it in the end.

    Yields
    ------
    pathlib.Path
        Empty; those that killed processes have left beside it are removed.
    """
    remove_leftovers(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=owned_name()) as name:
        yield Path(name)


@cache
def remove_leftovers(folder: Path) -> None:
    """Remove what processes that live no more have left in a folder; once a process and folder.

    Parameters
    ----------
    folder
        Looked at without the folders in it. What another machine may still be writing stays for
        a day.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = _OWNED.fullmatch(entry.name)
            if found and _is_left(entry, found[1], int(found[2])):
                _remove(entry)


def _is_left(entry: os.DirEntry[str], place: str, process: int) -> bool:
    if place == _place() and not _is_alive(process):
        return True
    try:
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > _LONG
    except OSError:
        return False


def _remove(entry: os.DirEntry[str]) -> None:
    with suppress(OSError):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)  # noqa: PTH108 - the entry has its path as text


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Whether a process has ended and only its parent has not asked for its exit code."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[:1] == ["Z"]


@cache
def _place() -> str:
    """Tell machines apart, and containers that number their processes by themselves."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    return sha256(f"{os.uname().nodename} {space}".encode()).hexdigest()[:8]
