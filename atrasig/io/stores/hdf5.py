"""HDF5 files of strangers: opened for reading, packed or not, and nothing outside them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from atrasig.errors import FormatError
from atrasig.io.compression import MAX_RATIO, SAFE_BYTES
from atrasig.io.format import Head
from atrasig.io.plain import plain_file

_MAGIC = b"\x89HDF\r\n\x1a\n"
_FAULTS = (
    OSError, AttributeError, LookupError, TypeError, ValueError, ArithmeticError, RuntimeError,
    MemoryError, SystemError,
)  # fmt: skip


def is_hdf5(head: Head) -> bool:
    """Tell whether a file is HDF5, packed or not."""
    return head.content.startswith(_MAGIC)


def names_inside(head: Head) -> frozenset[str]:
    """Give the names of the two upper levels of an HDF5 file (``X``, ``matrix/barcodes``).

    None for other files, and for files so damaged that they cannot be opened.
    """
    if not is_hdf5(head):
        return frozenset()
    stat = head.path.stat()
    return _names(head.path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _names(path: Path, _modified: int, _size: int) -> frozenset[str]:
    """Look inside once for all formats that ask."""
    import h5py

    try:
        with open_hdf5(path, "HDF5") as store:
            groups = [name for name in store if isinstance(store[name], h5py.Group)]
            inner = {f"{group}/{name}" for group in groups for name in store[group]}
            return frozenset(inner | set(store))
    except FormatError:
        return frozenset()


@contextmanager
def open_hdf5(path: Path, what: str) -> Iterator[Any]:
    """Open an HDF5 file for reading.

    Parameters
    ----------
    path
        HDF5 file; a packed one is unpacked into a temporary file.
    what
        Format that is expected, for messages.

    Yields
    ------
    h5py.File
        Every fault of reading it becomes a FormatError.

    Raises
    ------
    FormatError
        If the file is damaged or not of the format, draws data from another file, or unpacks to
        far more than it could honestly hold.
    """
    import h5py

    try:
        with ExitStack() as stack, warnings.catch_warnings():
            # Libraries warn of the age and names of files; both are judged here.
            warnings.simplefilter("ignore")
            file = stack.enter_context(plain_file(path))
            store = stack.enter_context(h5py.File(file, "r"))
            refuse_foreign_data(store, file.stat().st_size, path)
            yield store
    except _FAULTS as error:
        raise FormatError(
            f"Cannot read as {what}: {_first_line(error)}",
            where=str(path),
            fix="The file is damaged or of another kind; write or download it again.",
        ) from error


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__


def refuse_foreign_data(store: Any, size: int, path: Path) -> None:
    """Refuse a file that draws on other files, or unpacks to more than it could honestly hold.

    Parameters
    ----------
    store
        ``h5py.File``.
    size
        Its size in bytes.
    path
        File, for messages.

    Raises
    ------
    FormatError
        If it does.
    """
    limit = max(SAFE_BYTES, MAX_RATIO * size)
    found = next((why for name, item in _walk(store) if (why := _fault(name, item, limit))), "")
    if found:
        raise FormatError(
            f"The HDF5 file is refused: {found}",
            where=str(path),
            fix="Load it where you trust it and write its values into a file of their own.",
        )


def _walk(store: Any) -> Iterator[tuple[str, Any]]:
    """Give every object once, and a link to another file as the link that it is."""
    import h5py

    waiting, seen = [("", store)], {h5py.h5o.get_info(store.id).addr}
    while waiting:
        place, group = waiting.pop()
        for name in group:
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.SoftLink):
                continue
            inside = isinstance(link, h5py.HardLink)
            item, where = group[name] if inside else link, f"{place}/{name}".lstrip("/")
            yield where, item
            address = h5py.h5o.get_info(item.id).addr if inside else None
            if isinstance(item, h5py.Group) and address not in seen:
                seen.add(address)
                waiting.append((where, item))


def _fault(name: str, item: Any, limit: int) -> str:
    import h5py

    if isinstance(item, h5py.ExternalLink):
        return f"{name!r} is a link to another file"
    if not isinstance(item, h5py.Dataset) or item.size is None:
        return ""
    if item.external or item.is_virtual:
        return f"{name!r} draws its data from another file"
    if item.size * item.dtype.itemsize > limit:
        return f"{name!r} unpacks to more than {MAX_RATIO} times the file"
    return ""
