"""Tell names of genes from names of samples."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from atrasig.genes.forms import ENSEMBL, ENTREZ, OTHER_ACCESSION, as_text
from atrasig.genes.table import load_gene_table

DENSE = 10
"""Numbers are dense if none is above this many times their count."""
DENSE_KNOWN = 0.9
"""Share of dense numbers that must be Entrez ids; of the numbers 1 to 1000 about 0.7 are."""
SHORTEST_ALIAS = 4
"""Aliases of fewer characters (S1, OS, AGE) are taken for something else."""
MOSTLY_LABELS = 0.8
"""Share of a list that must be such labels before they are taken for labels."""
_RUNNING = re.compile(r"(.*?)0*(\d+)(?:\.0*)?")
_LEAST_RUN = 3
_SURE = frozenset({"ensembl", "entrez", "symbol", "composite", "probe", "mouse"})


def looks_like_gene_ids(ids: Sequence[object]) -> float:
    """Fraction of texts that are identifiers of genes, transcripts or probes.

    Parameters
    ----------
    ids
        Row or column names of a matrix.

    Returns
    -------
    float
        0 to 1; 0 for no ids. An id counts if the table resolves it, or if it has the form of an
        Ensembl or RefSeq accession, because most Ensembl genes are not protein coding and not in
        the table. Not counted are short aliases, labels that only number things (``C1``, ``C2``,
        ``C3``; rows 1 to 580), and numbers of which too few are Entrez ids.
    """
    if len(ids) == 0:
        return 0.0
    texts = [as_text(value) for value in ids]
    found = load_gene_table().resolve(texts)
    known = [
        kind in _SURE
        or (kind in ("alias", "ambiguous") and len(text) >= SHORTEST_ALIAS)
        or ENSEMBL.fullmatch(text) is not None
        or OTHER_ACCESSION.match(text) is not None
        for text, kind in zip(texts, found.kinds, strict=True)
    ]
    labels = running_labels(texts) | _rows_of_numbers(texts, known)
    counted = [hit and text not in labels for text, hit in zip(texts, known, strict=True)]
    return float(np.mean(counted))


def running_labels(texts: Sequence[str]) -> frozenset[str]:
    """Texts that differ only in a number, where the numbers run on without a gap.

    Parameters
    ----------
    texts
        Names.

    Returns
    -------
    frozenset of str
        Members of runs of three or more: plain numbers from anywhere, numbers behind a common
        text from 0 or 1. None if they are not most of the names.
    """
    groups: dict[str, dict[int, str]] = {}
    for text in texts:
        if match := _RUNNING.fullmatch(text):
            groups.setdefault(match[1], {})[int(match[2][:18])] = text
    labels = frozenset(
        text
        for prefix, members in groups.items()
        if len(members) >= _LEAST_RUN
        and max(members) - min(members) + 1 == len(members)
        and (not prefix or min(members) <= 1)
        for text in members.values()
    )
    # Gene families run on too (KLF1 to KLF18), but no list of genes is made of them alone.
    return labels if len(labels) >= MOSTLY_LABELS * len(set(texts)) else frozenset()


def _rows_of_numbers(texts: Sequence[str], known: Sequence[bool]) -> frozenset[str]:
    """Numbers that lie close together and are too seldom Entrez ids to be such."""
    numbers = {text: hit for text, hit in zip(texts, known, strict=True) if ENTREZ.fullmatch(text)}
    if not numbers:
        return frozenset()
    dense = max(int(text.split(".")[0][:18]) for text in numbers) <= DENSE * len(numbers)
    few = sum(numbers.values()) < DENSE_KNOWN * len(numbers)
    return frozenset(numbers) if dense and few else frozenset()
