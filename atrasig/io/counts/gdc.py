"""Gene counts of the Genomic Data Commons (``augmented_star_gene_counts.tsv``)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from atrasig.io.counts.named_columns import has_header, read_columns
from atrasig.io.counts.quantified import one_sample
from atrasig.io.counts.star import choose_strand
from atrasig.io.format import Format
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

_COLUMNS = {
    "unstranded": "unstranded",
    "forward": "stranded_first",
    "reverse": "stranded_second",
}
_TPM = "tpm_unstranded"


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read counts, and TPM beside them, of one sample.

    Parameters
    ----------
    path
        Table of the GDC's STAR workflow, with the gene model in a comment. The counters above the
        genes (``N_unmapped``) stay as rows, which the harmonisation drops and counts.
    options
        ``strand``: the unstranded counts are taken unless another is asked for, because the
        GDC's own TPM rest on them; TPM stand beside these alone. ``quantity``.

    Raises
    ------
    InputError
        If TPM are asked for together with a strand.
    FormatError
        If a row is cut short or a field is no count.
    """
    columns = read_columns(path)
    genes = columns.names("gene_id")
    counts = {strand: columns.counts(column) for strand, column in _COLUMNS.items()}
    known = options if options.strand != "auto" else replace(options, strand="unstranded")
    strand, facts = choose_strand(genes, counts, known, path)
    if options.strand == "auto":
        facts["strand_chosen_by"] = "GDC"
    values = {"counts": counts[strand]}
    if strand == "unstranded" and _TPM in columns.texts:
        values["tpm"] = columns.numbers(_TPM)
    models = [c.partition(":")[2].strip() for c in columns.comments if "gene-model" in c]
    facts |= {"gene_model": models[0]} if models else {}
    annotation = columns.annotation("gene_name", "gene_type")
    facts["ignored_columns"] = len(columns.texts) - 3 - len(values) - len(annotation)
    return one_sample(path, options, genes, values, annotation, facts)


FORMAT = Format(
    "gdc", "GDC STAR counts", has_header("gene_id", "unstranded", "stranded_first"), read
)
