"""Counts and TPM of Salmon (``quant.sf``, ``quant.genes.sf``)."""

from __future__ import annotations

from pathlib import Path

from atrasig.io.counts.named_columns import has_header, read_columns
from atrasig.io.counts.quantified import one_sample
from atrasig.io.format import Format
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read estimated counts, and TPM beside them, of one sample.

    Parameters
    ----------
    path
        Table of Salmon by transcript or by gene; its lengths become annotation.
    options
        ``quantity``. Transcripts are returned as they are.

    Raises
    ------
    FormatError
        If a row is cut short or a field is no count.
    """
    columns = read_columns(path)
    values = {"counts": columns.counts("NumReads"), "tpm": columns.numbers("TPM")}
    kept = columns.annotation("Length", "EffectiveLength")
    return one_sample(path, options, columns.names("Name"), values, kept)


FORMAT = Format("salmon", "Salmon quant.sf", has_header("Name", "Length", "TPM", "NumReads"), read)
