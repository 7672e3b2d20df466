"""Sequences of promoters: a FASTA of promoters, or windows cut out of a genome."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from atrasig.errors import FormatError, InputError
from atrasig.targets.fasta import Record, read_fasta
from atrasig.targets.gtf import Promoter, plain_chromosome
from atrasig.targets.motif import Codes, reverse_complement

# GENE::chr1:100-3100(+), as bedtools getfasta -name writes it: 0-based, half-open.
_BEDTOOLS = re.compile(r"(.*)::([^:]+):(\d+)-(\d+)(?:\(([+.-])\))?")
# range=chr1:101-3100 5'pad=0 3'pad=0 strand=+, as UCSC writes it: 1-based, closed.
_UCSC = re.compile(r"\brange=([^:\s]+):(\d+)-(\d+)(?!\S)")
_UCSC_STRAND = re.compile(r"\bstrand=([+-])(?!\S)")
_GENE = re.compile(r"\bgene(?:_symbol|_name|_id)?[=:](\S+)")


def promoters_of_fasta(path: Path) -> Iterator[tuple[Promoter, Codes]]:
    """Read promoters that are sequences already.

    Parameters
    ----------
    path
        FASTA whose records are called after genes: a symbol or id, several joined by ``|``, or
        ``gene_symbol:RARB`` in the header. Coordinates are taken from ``GENE::chr1:100-3100(-)``
        or from ``range=chr1:101-3100 strand=-``; a sequence with strand ``-`` runs as its gene
        does.

    Yields
    ------
    tuple of Promoter and numpy.ndarray
        The promoter and its codes on the plus strand. Without coordinates its place is its own
        record, from 0.

    Raises
    ------
    FormatError
        As :func:`read_fasta`, and if the coordinates do not fit the length of the sequence.
    """
    for record in read_fasta(path):
        promoter, backward = _placed(record, path)
        yield promoter, reverse_complement(record.codes) if backward else record.codes


def is_placed(promoter: Promoter) -> bool:
    """Whether the place of a promoter is known, and not only its sequence."""
    return promoter.strand != ""


def _placed(record: Record, path: Path) -> tuple[Promoter, bool]:
    size = len(record.codes)
    extra = tuple(_GENE.findall(record.header))
    if match := _BEDTOOLS.fullmatch(record.name):
        gene, chrom, start, end = match[1], match[2], int(match[3]), int(match[4])
        strand = match[5] or ""
    elif match := _UCSC.search(record.header):
        gene, chrom, start, end = record.name, match[1], int(match[2]) - 1, int(match[3])
        strand = found[1] if (found := _UCSC_STRAND.search(record.header)) else ""
    else:
        return Promoter(_names(record.name, extra), record.name, 0, size, ""), False
    if end - start != size:
        raise FormatError(
            f"Record {record.name!r} has {size} bases and coordinates of {end - start}",
            where=str(path),
            fix="Export the sequences again, or leave the coordinates out.",
        )
    return Promoter(_names(gene, extra), chrom, start, end, strand or "."), strand == "-"


def _names(word: str, extra: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in (*extra, *word.split("|")) if name)) or (word,)


def promoters_of_genome(
    path: Path, promoters: Sequence[Promoter]
) -> Iterator[tuple[Promoter, Codes]]:
    """Cut promoters out of a genome, chromosome by chromosome.

    Parameters
    ----------
    path
        FASTA of a genome. Chromosomes may be called with or without ``chr``.
    promoters
        Windows; those on chromosomes that the genome lacks are not yielded.

    Yields
    ------
    tuple of Promoter and numpy.ndarray
        In the order of the genome. A window that reaches beyond the end of its chromosome is cut.

    Raises
    ------
    FormatError
        As :func:`read_fasta`.
    InputError
        If no promoter lies on a chromosome of the genome, or one lies beyond the end of its own.
    """
    waiting: dict[str, list[Promoter]] = defaultdict(list)
    for promoter in promoters:
        waiting[plain_chromosome(promoter.chrom)].append(promoter)
    wanted, seen = set(waiting), []
    for record in read_fasta(path):
        seen.append(record.name)
        for promoter in waiting.pop(plain_chromosome(record.name), ()):
            if promoter.start >= len(record.codes):
                raise InputError(
                    f"A promoter of {promoter.names[0]} begins at {promoter.start}, beyond the "
                    f"{len(record.codes)} bases of {record.name}",
                    where=str(path),
                    fix="Give the annotation of the same genome assembly.",
                )
            whole = min(promoter.end, len(record.codes))
            yield replace(promoter, end=whole), record.codes[promoter.start : whole]
    if wanted and len(waiting) == len(wanted):
        raise InputError(
            f"No chromosome of the annotation ({', '.join(sorted(wanted)[:3])}) is in the genome "
            f"({', '.join(seen[:3])})",
            where=str(path),
            fix="Give genome and annotation from the same source.",
        )
