"""What the files of quantifiers share: the name of a sample, counts beside TPM."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from atrasig.errors import InputError
from atrasig.io.counts.named_columns import Numbers
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

_PACKED = re.compile(r"\.(?:gz|bz2|xz|zip)$", re.IGNORECASE)
_QUANTIFIER = re.compile(
    r"[._-]?ReadsPerGene\.out\.tab$|(?:^|[._-])(?:(?:genes|isoforms)\.results|quant(?:\.genes)?\.sf"
    r"|abundance\.(?:tsv|h5)|gene[._]abund(?:ance)?\.(?:tab|tsv|txt)"
    r"|(?:rna_seq\.)?(?:augmented_)?star_gene_counts\.tsv)$",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"(?:(?:^|[._-])(?:(?:htseq|feature|read|gene|raw)[._-]?)?counts?|[._-]htseq)?"
    r"(?:\.(?:txt|tsv|tab|csv|out))?$",
    re.IGNORECASE,
)


def sample_name(path: Path) -> tuple[str, str]:
    """Derive the name of a sample from that of its file.

    Parameters
    ----------
    path
        The file of one sample.

    Returns
    -------
    name : str
        The file's name without the endings of packers, quantifiers and tables; where nothing is
        left (``quant.sf``, ``abundance.tsv``), the name of its folder.
    by : str
        ``file`` or ``folder``.
    """
    plain = _PACKED.sub("", path.name)
    ending = _QUANTIFIER if _QUANTIFIER.search(plain) else _TABLE
    name = ending.sub("", plain, count=1).rstrip("._-")
    return (name, "file") if name else (path.resolve().parent.name or "sample", "folder")


def is_named_by_quantifier(path: Path) -> bool:
    """Tell whether a file has the ending that a quantifier gives (``.genes.results``, ...)."""
    return _QUANTIFIER.search(_PACKED.sub("", path.name)) is not None


def one_sample(
    path: Path,
    options: ReadOptions,
    genes: list[str],
    values: dict[str, Numbers],
    annotation: Mapping[str, Sequence[str]],
    facts: dict[str, str | int] | None = None,
) -> RawMatrix:
    """Make the matrix of one sample.

    Parameters
    ----------
    path
        The file, which names the sample unless `options` name exactly one.
    options
        ``quantity`` and ``samples``.
    genes
        Identifiers as written.
    values
        ``counts``, and ``tpm`` where the file has them, one entry a gene.
    annotation
        Further columns on the genes.
    facts
        What the reader has found.

    Returns
    -------
    RawMatrix
        The chosen quantity as values, the other as a layer of its name.

    Raises
    ------
    InputError
        If the file does not hold the quantity asked for.
    """
    quantity = choose_quantity(options, list(values), path)
    name, by = sample_name(path)
    if options.samples is not None and len(options.samples) == 1:
        name, by = options.samples[0], "sheet"
    rows = {key: numbers[np.newaxis] for key, numbers in values.items()}
    found: dict[str, str | int] = {
        "orientation": "genes in rows",
        "quantity": quantity,
        "declared_scale": quantity,
        "sample_named_by": by,
    }
    return RawMatrix(
        rows.pop(quantity),
        [name],
        genes,
        pd.DataFrame(dict(annotation), index=range(len(genes)), dtype=object),
        found | (facts or {}),
        rows,
    )


def choose_quantity(options: ReadOptions, held: Sequence[str], path: Path) -> str:
    """Choose the quantity that becomes the values: the first one held unless one is asked for.

    Raises
    ------
    InputError
        If the file does not hold it.
    """
    wanted = held[0] if options.quantity == "auto" else options.quantity
    if wanted not in held:
        names = {"counts": "counts", "tpm": "TPM"}
        raise InputError(
            f"The file holds no {names[wanted]}",
            where=str(path),
            fix=f"Ask for --quantity {held[0]}, which it holds.",
        )
    return wanted


def sum_rows(values: Any, labels: Sequence[str]) -> tuple[Any, list[str]]:
    """Sum columns of the same label.

    Parameters
    ----------
    values
        Shape (samples, labels).
    labels
        One a column.

    Returns
    -------
    sums
        Shape (samples, distinct labels), in the order of first appearance.
    distinct : list of str
        The labels.
    """
    codes, distinct = pd.factorize(np.asarray(labels, dtype=object))
    sums = np.stack([np.bincount(codes, row, len(distinct)) for row in values])
    return sums, [str(label) for label in distinct]
