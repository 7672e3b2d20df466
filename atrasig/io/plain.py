"""Files for libraries that read plain files only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from atrasig.io.compression import is_packed, open_bytes
from atrasig.temporary import temporary_folder

_PACKED_ENDINGS = frozenset({".gz", ".bz2", ".xz", ".zip"})


@contextmanager
def plain_file(path: Path) -> Iterator[Path]:
    """Give a path at which the content of a file lies unpacked.

    Parameters
    ----------
    path
        A file, packed or not.

    Yields
    ------
    pathlib.Path
        The file itself, or a temporary copy where it is packed or its ending says so.

    Raises
    ------
    FormatError
        As :func:`atrasig.io.compression.open_bytes`.
    """
    with path.open("rb") as handle:
        packed = is_packed(handle.read(8))
    if not packed and path.suffix.lower() not in _PACKED_ENDINGS:
        yield path
        return
    with temporary_folder() as folder:
        copy = folder / "content"
        with open_bytes(path) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        yield copy
