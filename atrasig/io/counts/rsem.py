"""Expected counts and TPM of RSEM, by gene and by transcript."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from atrasig.io.counts.named_columns import Columns, Numbers, has_header, read_columns
from atrasig.io.counts.quantified import one_sample, sum_rows
from atrasig.io.format import Format
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix


def read_genes(path: Path, options: ReadOptions) -> RawMatrix:
    """Read ``genes.results``: expected counts, and TPM beside them, of one sample.

    Parameters
    ----------
    path
        Table of RSEM; its lengths and transcripts become annotation of the genes.
    options
        ``quantity``.

    Raises
    ------
    FormatError
        If a row is cut short or a field is no count.
    """
    columns = read_columns(path)
    kept = ("transcript_id(s)", "length", "effective_length")
    facts = {"ignored_columns": len(columns.texts) - 3 - len(columns.annotation(*kept))}
    return one_sample(
        path,
        options,
        columns.names("gene_id"),
        _values(columns),
        columns.annotation(*kept),
        dict(facts),
    )


def read_transcripts(path: Path, options: ReadOptions) -> RawMatrix:
    """Read ``isoforms.results``, summed to the genes that it names itself.

    Parameters
    ----------
    path
        Table of RSEM. Where it was made without a map of genes, so that every transcript is
        named as its own gene, the transcripts stay.
    options
        ``quantity``; with a ``tx2gene`` table the transcripts stay, for that table to sum.

    Raises
    ------
    FormatError
        If a row is cut short or a field is no count.
    """
    columns = read_columns(path)
    transcripts, genes = columns.names("transcript_id"), columns.names("gene_id")
    values = _values(columns)
    facts: dict[str, str | int] = {"ignored_columns": len(columns.texts) - 4}
    if transcripts == genes or options.tx2gene is not None:
        kept: dict[str, Sequence[str]] = columns.annotation("length", "effective_length")
        facts["ignored_columns"] = len(columns.texts) - 4 - len(kept)
        return one_sample(path, options, transcripts, values, kept, facts)
    summed, names = {}, genes
    for quantity, numbers in values.items():
        rows, names = sum_rows(numbers[None], genes)
        summed[quantity] = rows[0]
    facts["transcripts_summed"] = len(transcripts)
    return one_sample(path, options, names, summed, {}, facts)


def _values(columns: Columns) -> dict[str, Numbers]:
    return {"counts": columns.counts("expected_count"), "tpm": columns.numbers("TPM")}


GENES = Format(
    "rsem", "RSEM genes.results", has_header("gene_id", "expected_count", "TPM"), read_genes
)
TRANSCRIPTS = Format(
    "rsem-isoforms",
    "RSEM isoforms.results",
    has_header("transcript_id", "gene_id", "expected_count", "TPM"),
    read_transcripts,
)
