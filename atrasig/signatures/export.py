"""Signatures written to other files: a table of genes, and JSON."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from atrasig.files import canonical_json, write_text
from atrasig.signatures.collection import SignatureSet

JSON_KEY = "atrasig signatures"
TSV_COLUMNS = ("signature", "kind", "gene", "direction", "weight", "printed", "note", "source")


def write_tsv(path: str | Path, signatures: SignatureSet) -> None:
    """Write one line a gene: signature, kind, gene, direction, weight, printed, note, source.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(TSV_COLUMNS)
    for signature in signatures:
        for gene in signature.genes:
            weight = "" if gene.weight is None else repr(gene.weight)
            extra = (gene.printed or "", gene.note or "", gene.source or "")
            writer.writerow(
                (signature.id, signature.kind, gene.gene, gene.direction, weight, *extra)
            )
    write_text(path, text.getvalue())


def write_json(path: str | Path, signatures: SignatureSet) -> None:
    """Write all that is known of each signature as JSON.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    entries = [s.model_dump(mode="json", exclude_none=True) for s in signatures]
    write_text(path, canonical_json({JSON_KEY: entries}))
