"""Gene abundances of StringTie (``gene_abund.tab``)."""

from __future__ import annotations

from pathlib import Path

from atrasig.io.counts.named_columns import has_header, read_columns
from atrasig.io.counts.quantified import one_sample
from atrasig.io.format import Format
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read the TPM of one sample; StringTie counts no reads.

    Parameters
    ----------
    path
        Table with ``Gene ID``, ``Gene Name``, ``Coverage``, ``FPKM`` and ``TPM``. A gene may have
        several lines.
    options
        ``quantity``; ``samples``, to name the sample.

    Raises
    ------
    InputError
        If counts are asked for.
    FormatError
        If a row is cut short or a field is no number.
    """
    columns = read_columns(path)
    annotation = columns.annotation("Gene Name")
    facts: dict[str, str | int] = {"ignored_columns": len(columns.texts) - 2 - len(annotation)}
    values = {"tpm": columns.counts("TPM")}
    return one_sample(path, options, columns.names("Gene ID"), values, annotation, facts)


FORMAT = Format("stringtie", "StringTie abundances", has_header("Gene ID", "Coverage", "TPM"), read)
