"""Tables of TCGA's Firehose, whose two header lines name the samples and what is given of them."""

from __future__ import annotations

from pathlib import Path

from atrasig.errors import FormatError, InputError
from atrasig.io.compression import open_text
from atrasig.io.counts.quantified import choose_quantity
from atrasig.io.format import Format, Head
from atrasig.io.frame import matrix_from_cells
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix
from atrasig.io.text.delimited import read_cells
from atrasig.io.text.layout import Layout

_MARK = "Hybridization REF"
_COUNTS = ("raw_count", "raw_counts")


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read the counts of a table, or the one other quantity that it gives.

    Parameters
    ----------
    path
        Text with tabs: a line ``Hybridization REF`` and a barcode a column, a line with what each
        column holds (``raw_count``, ``scaled_estimate``, ``normalized_count``), then the genes.
    options
        ``samples``: barcodes. ``quantity``.

    Raises
    ------
    FormatError
        If the two lines differ in length, or as for any delimited text.
    InputError
        If the table holds several quantities and no counts, or not the one that is asked for.
    """
    with open_text(path) as handle:
        names, units = (
            [f.strip() for f in handle.readline().rstrip("\r\n").split("\t")] for _ in range(2)
        )
    if len(names) != len(units):
        raise FormatError(
            f"The line has {len(units)} fields, {len(names)} are needed",
            where=f"{path}, line 2",
            fix="Download the file again.",
        )
    unit = _choose_unit(units[1:], options, path)
    header = [name if u == unit else f"{name} {u}" for name, u in zip(names, units, strict=True)]
    header[0] = units[0]
    cells, facts = read_cells(
        path, options.decimal, lambda head, path: Layout(header, "\t", 2, comments=0, empty=0)
    )
    kept = [0, *(place for place, u in enumerate(units) if place and u == unit)]
    facts |= {"unit_in_file": unit, "columns_of_other_units": len(units) - len(kept)}
    if unit in _COUNTS:
        facts |= {"quantity": "counts", "declared_scale": "counts"}
    return matrix_from_cells(cells.only(kept), options.samples, facts, path)


def _choose_unit(units: list[str], options: ReadOptions, path: Path) -> str:
    there = list(dict.fromkeys(units))
    counts = [unit for unit in there if unit in _COUNTS]
    if options.quantity != "auto":
        choose_quantity(options, ["counts"] if counts else ["other values"], path)
    if not counts and len(there) != 1:
        raise InputError(
            f"The table holds {len(there)} quantities and no counts: {', '.join(there)}",
            where=str(path),
            fix="Keep the columns of one of them.",
        )
    return (counts or there)[0]


def _recognises(head: Head) -> bool:
    return head.is_text and next(iter(head.lines), "").startswith(f"{_MARK}\t")


FORMAT = Format("firehose", "TCGA Firehose table with two header lines", _recognises, read)
