"""zarr stores of AnnData: folders of version 2 or 3."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from atrasig.errors import FormatError
from atrasig.io.compression import MAX_RATIO, SAFE_BYTES
from atrasig.io.format import Format, Head
from atrasig.io.options import ReadOptions
from atrasig.io.stores.annotated import matrix_from_store
from atrasig.io.table import RawMatrix

_ROOTS = (".zgroup", "zarr.json")
_ARRAYS = (".zarray", "zarr.json")
_ITEM_BYTES = 8
# Others could run what the file says (pickle) or are of no use in an AnnData.
_CODECS = frozenset(
    {
        "blosc", "zstd", "gzip", "zlib", "bz2", "lzma", "lz4", "shuffle", "delta", "bytes",
        "transpose", "crc32", "crc32c", "adler32", "fletcher32", "sharding_indexed", "vlen-utf8",
        "vlen-bytes", "fixedscaleoffset", "packbits",
    }
)  # fmt: skip


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read the zarr store of an AnnData; sparse values stay sparse.

    Parameters
    ----------
    path
        Folder of the store.
    options
        Not used here: the choice of samples is made once for every format.

    Raises
    ------
    FormatError
        If the store is damaged, holds no AnnData, reaches outside its folder, or asks for a codec
        that could run code.
    """
    import zarr

    refuse_unsafe(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Consolidated metadata repeat what was checked, and might differ from it.
            store = zarr.open_group(str(path), mode="r", use_consolidated=False)
            return matrix_from_store(store, str(path))
    except (OSError, AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise FormatError(
            f"Cannot read as zarr: {error}",
            where=str(path),
            fix="The store is damaged or incomplete; copy or write it again.",
        ) from error


def refuse_unsafe(path: Path) -> None:
    """Refuse a store that reaches outside its folder, runs code, or unpacks to far more.

    Parameters
    ----------
    path
        Folder of the store.

    Raises
    ------
    FormatError
        If a file in it is a link, an array asks for a codec that is not known to be harmless or
        claims to unpack to more than it could honestly hold, or metadata are no JSON.
    """
    files = [file for file in sorted(path.rglob("*")) if file.is_symlink() or file.is_file()]
    links = [file for file in files if file.is_symlink()]
    if links:
        raise _unsafe(f"{links[0].name!r} is a link", links[0])
    limit = max(SAFE_BYTES, MAX_RATIO * sum(file.stat().st_size for file in files))
    for file in files:
        if file.name in _ARRAYS:
            record = _metadata(file)
            unknown = sorted(set(_codec_names(record)) - _CODECS)
            if unknown:
                raise _unsafe(f"it is packed by {unknown[0]!r}", file)
            if _claimed_bytes(record) > limit:
                raise _unsafe(f"an array unpacks to more than {MAX_RATIO} times the store", file)


def _unsafe(why: str, file: Path) -> FormatError:
    return FormatError(
        f"The zarr store is refused: {why}",
        where=str(file),
        fix="Load it where you trust it and write its values as h5ad.",
    )


def _metadata(file: Path) -> dict[str, Any]:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"The metadata of an array are no JSON: {error}",
            where=str(file),
            fix="The store is damaged; copy or write it again.",
        ) from error
    return record if isinstance(record, dict) else {}


def _codec_names(record: dict[str, Any]) -> Iterator[str]:
    """Names of all codecs, also of those inside others (shards)."""
    version_2 = [record.get("compressor"), *(record.get("filters") or [])]
    yield from (str(codec.get("id")) for codec in version_2 if isinstance(codec, dict))
    yield from _names_of(record.get("codecs"))


def _names_of(codecs: Any) -> Iterator[str]:
    for codec in codecs if isinstance(codecs, list) else []:
        if isinstance(codec, str):
            yield codec
        elif isinstance(codec, dict):
            yield str(codec.get("name"))
            settings = codec.get("configuration")
            if isinstance(settings, dict):
                yield from _names_of(settings.get("codecs"))
                yield from _names_of(settings.get("index_codecs"))


def _claimed_bytes(record: dict[str, Any]) -> int:
    grid = record.get("chunk_grid")
    inner = grid.get("configuration") if isinstance(grid, dict) else None
    chunks = inner.get("chunk_shape") if isinstance(inner, dict) else record.get("chunks")
    return max(_cells(record.get("shape")), _cells(chunks)) * _ITEM_BYTES


def _cells(shape: Any) -> int:
    whole = isinstance(shape, list) and all(isinstance(number, int) for number in shape)
    return math.prod(shape) if whole else 0


def _recognises(head: Head) -> bool:
    return head.path.is_dir() and any((head.path / name).is_file() for name in _ROOTS)


FORMAT = Format("zarr", "zarr store of AnnData (a folder)", _recognises, read, folders=True)
