"""Counts of HTSeq: a gene and its count a line, without a header."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from atrasig.genes import looks_like_gene_ids
from atrasig.io.counts.named_columns import read_columns
from atrasig.io.counts.quantified import one_sample
from atrasig.io.format import Format, Head
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

_SUMMARY = "__"
_MIN_GENES = 0.1
_PROBED = 400
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_TITLE = re.compile(
    r"(?:(?:ensembl|entrez|hgnc|gene|feature|target|transcript|probe|row|ref|index|locus)"
    r"[ _.-]?)*(?:ids?|names?|symbols?|genes?)?",
    re.IGNORECASE,
)


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read the values of one sample.

    Parameters
    ----------
    path
        Two columns, gene and count, or three with a name between them. HTSeq's counters
        (``__no_feature``) stay as rows, which the harmonisation drops and counts.
    options
        ``quantity``. Whole numbers, and all numbers beside HTSeq's counters, are counts; of
        others the scale is left open unless ``quantity`` says it.

    Raises
    ------
    FormatError
        If a row is cut short, or a field is no number or a negative one.
    """
    columns = read_columns(path, ("gene", "count"), ("gene", "name", "count"))
    genes, values = columns.names("gene"), columns.counts("count")
    annotation = columns.annotation("name")
    is_counts = any(g.startswith(_SUMMARY) for g in genes) or not np.mod(values, 1).any()
    if is_counts or options.quantity != "auto":
        held = "counts" if is_counts else options.quantity
        return one_sample(path, options, genes, {held: values}, annotation)
    matrix = one_sample(path, options, genes, {"counts": values}, annotation)
    del matrix.facts["declared_scale"], matrix.facts["quantity"]
    return matrix


def _recognises(head: Head) -> bool:
    rows = [line.split("\t") for line in head.lines[:-1] or head.lines]
    if not rows or {len(row) for row in rows} not in ({2}, {3}):
        return False
    if _TITLE.fullmatch(rows[0][0].strip()) or not all(_NUMBER.fullmatch(r[-1]) for r in rows):
        return False
    genes = [row[0] for row in rows]
    is_summary = any(gene.startswith(_SUMMARY) for gene in genes)
    return is_summary or looks_like_gene_ids(genes[:_PROBED]) >= _MIN_GENES


FORMAT = Format("htseq", "HTSeq counts: two columns without a header", _recognises, read)
