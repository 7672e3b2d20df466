"""Where the values to score come from: one way to read blocks of samples, whatever holds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from atrasig.errors import InputError, UsageError
from atrasig.scoring.sources.source import MatrixSource

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["MatrixSource", "open_source"]

_HDF5, _PARQUET = b"\x89HDF\r\n\x1a\n", b"PAR1"
_ZARR_ROOTS = (".zgroup", "zarr.json")


@contextmanager
def open_source(
    expr: AnnData | str | Path, *, layer: str | None = None, use_raw: bool = False
) -> Iterator[MatrixSource]:
    """Open a matrix for scoring; its values are read when blocks are asked for.

    Parameters
    ----------
    expr
        AnnData, in memory or backed, or the path of a harmonised matrix: h5ad, zarr or parquet,
        recognised by content.
    layer
        Layer to score instead of ``X``.
    use_raw
        Whether to score ``raw.X``.

    Yields
    ------
    MatrixSource
        Open until the block ends.

    Raises
    ------
    UsageError
        If `expr` is something else, or the values asked for are not there.
    InputError
        If there is no such file, or it cannot be read.
    """
    if not isinstance(expr, str | Path):
        from atrasig.scoring.sources.annotated import annotated_source

        if not hasattr(expr, "obs_names") or not hasattr(expr, "var_names"):
            raise UsageError(
                f"A {type(expr).__name__} cannot be scored",
                fix="Give an AnnData (samples x genes) or the path of a harmonised matrix.",
            )
        yield annotated_source(expr, layer=layer, use_raw=use_raw)
        return
    path = Path(expr)
    kind = _kind(path)
    if kind == "parquet":
        from atrasig.scoring.sources.parquet import parquet_source

        if layer is not None or use_raw:
            raise UsageError("A parquet table has no layers and no raw", fix="Leave them out.")
        with parquet_source(path) as source:
            yield source
        return
    from atrasig.scoring.sources.stored import h5ad_source, zarr_source

    opener = zarr_source if kind == "zarr" else h5ad_source
    with opener(path, layer=layer, use_raw=use_raw) as source:
        yield source


def _kind(path: Path) -> str:
    if path.is_dir():
        if any((path / name).is_file() for name in _ZARR_ROOTS):
            return "zarr"
    elif not path.is_file():
        raise InputError(
            "There is no such file", where=str(path), fix="Check the path of the matrix."
        )
    else:
        with path.open("rb") as handle:
            start = handle.read(len(_HDF5))
        if start == _HDF5:
            return "h5ad"
        if start.startswith(_PARQUET):
            return "parquet"
    raise UsageError(
        f"{path.name!r} is no h5ad, zarr or parquet",
        where=str(path),
        fix="Score a harmonised matrix: atrasig ingest, then atrasig harmonise.",
    )
