"""Expression of DepMap releases with several profiles a cell line, one of them its default."""

from __future__ import annotations

from pathlib import Path

from atrasig.errors import FormatError
from atrasig.io.format import Format, Head
from atrasig.io.frame import matrix_from_cells
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix
from atrasig.io.text.delimited import read_cells

_MODEL, _DEFAULT = "ModelID", "IsDefaultEntryForModel"
_YES = frozenset({"yes", "true", "1"})


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read the default profile of every cell line.

    Parameters
    ----------
    path
        CSV with profiles in rows, genes as ``GENE (ENTREZ)`` in columns, and the columns
        ``ModelID`` and ``IsDefaultEntryForModel``.
    options
        ``samples``: models (``ACH-...``); where other columns of the file name them
        (``SequencingID``), all profiles are there to choose from.

    Returns
    -------
    RawMatrix
        Samples named by model; the other profiles are counted.

    Raises
    ------
    FormatError
        If no profile is marked as default, or as for any delimited text.
    """
    cells, facts = read_cells(path, options.decimal)
    model, default = (cells.header.index(name) for name in (_MODEL, _DEFAULT))
    named = set(options.samples or ())
    if named and not named & set(cells.names_in(model)):
        return matrix_from_cells(cells, options.samples, facts, path)
    is_default = [text.lower() in _YES for text in cells.names_in(default)]
    if not any(is_default):
        raise FormatError(
            f"No row is marked Yes under {_DEFAULT!r}",
            where=str(path),
            fix="Download the file again, or name the profiles in a sheet.",
        )
    facts["profiles_not_default"] = is_default.count(False)
    chosen = cells.rows_where(is_default).named_by(model)
    return matrix_from_cells(chosen, options.samples, facts, path)


def _recognises(head: Head) -> bool:
    first = next(iter(head.lines), "").replace('"', "").split(",")
    return {_MODEL, _DEFAULT} <= set(first)


FORMAT = Format("depmap", "DepMap expression with several profiles a model", _recognises, read)
