"""Names after reading: transcripts summed to genes, probes named by their platform."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atrasig.errors import FormatError, ScaleError
from atrasig.files import sha256_file
from atrasig.io.lookup import Translation, read_translation
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

MANY_TRANSCRIPTS = 0.5
"""Share of transcripts among the identifiers beyond which a matrix is one of transcripts."""

_TRANSCRIPT = re.compile(r"ENS[A-Z]*T\d{11}(\D.*)?|[NX][MR]_\d+(\.\d+)?|uc\d{3}[a-z]{3}\.\d+")
_VERSION = re.compile(r"(?<=\d)\.\d+(?=$|_PAR_Y$)")
_NUMBER_WORDS = ("none", "one", "several")
_LOG_SCALES = ("log2", "zscore")
_LARGEST_LOG2, _GENOME_WIDE = 40.0, 1000


def is_transcript(name: str) -> bool:
    """Whether a name is that of a transcript of Ensembl, RefSeq or UCSC."""
    return _TRANSCRIPT.fullmatch(name) is not None


def as_genes(matrix: RawMatrix, options: ReadOptions, where: str) -> RawMatrix:
    """Sum transcripts and name probes where the options give the tables to do so.

    Parameters
    ----------
    matrix
        As read.
    options
        ``tx2gene`` and ``platform``.
    where
        File of the matrix, for messages.

    Raises
    ------
    FormatError
        If most identifiers are transcripts and there is no table, or a table does not fit.
    ScaleError
        If values that cannot be summed would have to be.
    """
    if options.tx2gene is not None:
        matrix = sum_transcripts(matrix, options.tx2gene)
    else:
        _refuse_transcripts(matrix.genes, where)
    return matrix if options.platform is None else name_probes(matrix, options.platform)


def sum_transcripts(matrix: RawMatrix, tx2gene: Path) -> RawMatrix:
    """Sum the values of each gene's transcripts.

    Parameters
    ----------
    matrix
        Counts, TPM or other linear values of transcripts; layers are summed too.
    tx2gene
        Table with a column of transcripts and one of genes, in any order; versions may differ.

    Returns
    -------
    RawMatrix
        Genes sorted by name. A transcript that is not in the table, or belongs to several genes
        there, keeps its own name and is counted. A gene is missing where all its transcripts are;
        sums depend neither on the order of the transcripts nor on other samples.

    Raises
    ------
    FormatError
        If the table holds none of the transcripts.
    ScaleError
        If the values are logarithms.
    """
    _refuse_logs(matrix)
    table = read_translation(tx2gene, matrix.genes, _plain_transcript, symbols_by_header=False)
    names, found = _translate(matrix.genes, table, _spellings_of_transcript)
    genes, owner = np.unique(np.array(names, dtype=object), return_inverse=True)
    sizes = np.bincount(owner, minlength=genes.size)
    return replace(
        matrix,
        values=_sum_columns(matrix.values, owner, sizes),
        genes=[str(gene) for gene in genes],
        gene_annotation=pd.DataFrame({"transcripts": sizes}),
        layers={name: _sum_columns(layer, owner, sizes) for name, layer in matrix.layers.items()},
        facts=matrix.facts
        | {
            "tx2gene": tx2gene.name,
            "tx2gene_sha256": sha256_file(tx2gene),
            "transcripts_read": len(names),
            "transcripts_summed": found["one"],
            "transcripts_of_several_genes": found["several"],
            "transcripts_not_in_table": found["none"] + found["absent"],
        },
    )


def name_probes(matrix: RawMatrix, platform: Path) -> RawMatrix:
    """Give probes the names of their genes.

    Parameters
    ----------
    matrix
        Values of probes.
    platform
        Platform table of GEO (or a SOFT file that holds it), a ``.chip`` file, or any table with
        a column of probes and one of gene symbols.

    Returns
    -------
    RawMatrix
        Genes in the place of probes, whose names become the annotation ``probe``. A probe of
        several genes, of none, or not in the table keeps its own name (:func:`unnamed_probe`) and
        is counted.

    Raises
    ------
    FormatError
        If the table holds none of the probes.
    """
    table = read_translation(platform, matrix.genes, str.strip, symbols_by_header=True)
    names, found = _translate(
        matrix.genes, table, lambda name: (name, name.strip()), kept=unnamed_probe
    )
    annotation = matrix.gene_annotation.reset_index(drop=True)
    return replace(
        matrix,
        genes=names,
        gene_annotation=annotation.assign(probe=pd.Series(matrix.genes, dtype=object)),
        facts=matrix.facts
        | {
            "platform_table": platform.name,
            "platform_table_sha256": sha256_file(platform),
            "probes_read": len(names),
            "probes_named": found["one"],
            "probes_of_several_genes": found["several"],
            "probes_without_gene": found["none"],
            "probes_not_in_table": found["absent"],
        },
    )


def unnamed_probe(probe: str) -> str:
    """Name a probe without gene: its id, marked where it is a number and would be a gene's."""
    return f"probe {probe}" if probe.isdecimal() else probe


def _translate(
    names: Sequence[str],
    table: Translation,
    spellings: Callable[[str], Sequence[str]],
    kept: Callable[[str], str] = str,
) -> tuple[list[str], Counter[str]]:
    found: Counter[str] = Counter()
    translated = []
    for name in names:
        genes = next((table[text] for text in spellings(name) if text in table), None)
        found["absent" if genes is None else _NUMBER_WORDS[min(len(genes), 2)]] += 1
        translated.append(genes[0] if genes is not None and len(genes) == 1 else kept(name))
    return translated, found


def _plain_transcript(name: str) -> str:
    """Name without version, and without what an index of GENCODE adds behind a bar."""
    return _VERSION.sub("", name.strip().split("|")[0])


def _spellings_of_transcript(name: str) -> tuple[str, ...]:
    plain = _plain_transcript(name)
    # Y's copy of a gene on both sex chromosomes is the same gene.
    return name, plain, plain.removesuffix("_PAR_Y")


def _refuse_transcripts(names: Sequence[str], where: str) -> None:
    n_transcripts = sum(map(is_transcript, names))
    if n_transcripts > MANY_TRANSCRIPTS * len(names):
        raise FormatError(
            f"{n_transcripts:,} of {len(names):,} identifiers are transcripts, not genes",
            where=where,
            fix="Give a table of transcripts and their genes: --tx2gene TABLE.",
        )


def _refuse_logs(matrix: RawMatrix) -> None:
    from scipy.sparse import issparse

    values = matrix.values.data if issparse(matrix.values) else matrix.values
    given = values[np.isfinite(values)]
    declared = str(matrix.facts.get("declared_scale", ""))
    fractional = bool(given.size) and bool((given != np.floor(given)).any())
    low = bool(given.size) and float(given.max()) <= _LARGEST_LOG2
    small = fractional and low and len(matrix.genes) >= _GENOME_WIDE
    if declared in _LOG_SCALES or small or bool((given < 0).any()):
        raise ScaleError(
            "The values of the transcripts look like logarithms, which cannot be summed",
            fix="Give counts or TPM.",
        )


def _sum_columns(values: Any, owner: NDArray[np.intp], sizes: NDArray[np.intp]) -> Any:
    """Sum the columns of each owner, smallest value first, NaN where all are missing."""
    from scipy.sparse import coo_array, issparse

    if issparse(values):
        entries = coo_array(values, dtype=np.float64)
        rows, owners = entries.coords[0], owner[entries.coords[1]]
        order = np.lexsort((entries.data, owners, rows))
        shape = (values.shape[0], sizes.size)
        return coo_array((entries.data[order], (rows[order], owners[order])), shape=shape).tocsr()
    columns = np.argsort(owner, kind="stable")
    first = np.cumsum(sizes) - sizes
    summed = np.empty((values.shape[0], sizes.size))
    for size in np.unique(sizes):
        genes = np.flatnonzero(sizes == size)
        block = np.sort(values[:, columns[first[genes, None] + np.arange(size)]], axis=-1)
        missing = np.isnan(block)
        # A running sum adds one by one; np.sum pairs terms in a way that depends on the shape.
        total = np.cumsum(np.where(missing, 0.0, block), axis=-1)[..., -1]
        summed[:, genes] = np.where(missing.all(axis=-1), np.nan, total)
    return summed
