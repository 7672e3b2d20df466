"""Promoters of the genes of a GTF annotation: windows about their transcription start sites."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from atrasig.errors import FormatError, UsageError
from atrasig.io.compression import open_bytes

TSS = ("outermost", "every")
"""Which start sites of a gene count: the one furthest upstream, or all of its transcripts'."""
_GENE_ID = re.compile(rb'\bgene_id "?([^";]+)"?')
_GENE_NAME = re.compile(rb'\bgene_name "?([^";]+)"?')
_TRANSCRIPT = re.compile(rb'\btranscript_id "?([^";]+)"?')


class Locus(NamedTuple):
    """A gene on one strand of one chromosome."""

    gene_id: str
    gene_name: str
    chrom: str
    strand: str


@dataclass(frozen=True)
class Promoter:
    """A window about start sites of a gene.

    Parameters
    ----------
    names
        Id and name of its gene, as its source writes them, the more binding one first.
    chrom, start, end
        Place on the plus strand, 0-based, half-open.
    strand
        ``+``, ``-``, ``.`` where it is not known; empty where the place is one in a sequence only.
    tss
        Positions of the start sites, 0-based, ascending; empty where they are not known.
    """

    names: tuple[str, ...]
    chrom: str
    start: int
    end: int
    strand: str
    tss: tuple[int, ...] = ()


def plain_chromosome(name: str) -> str:
    """Name a chromosome without ``chr``, and the mitochondrial one ``MT``, for comparisons."""
    plain = name[3:] if name[:3].lower() == "chr" else name
    return "MT" if plain == "M" else plain


def read_promoters(
    path: Path, *, upstream: int = 2500, downstream: int = 500, tss: str = "outermost"
) -> list[Promoter]:
    """Make promoters of the genes of a GTF file.

    Parameters
    ----------
    path
        GTF, packed or not. Lines of transcripts are used, or else those of exons.
    upstream, downstream
        Bases before the start site, and bases from it on, itself included; as the gene runs.
    tss
        One of :data:`TSS`. With ``every``, windows of a gene that overlap are joined.

    Returns
    -------
    list of Promoter
        Sorted by chromosome, start and gene; a gene that stands on two chromosomes or strands has
        a promoter on each. No window begins before its chromosome.

    Raises
    ------
    FormatError
        If the file is no GTF, or a line of it cannot be read.
    UsageError
        If the window is empty or `tss` unknown.
    """
    if upstream < 0 or downstream < 0 or upstream + downstream == 0:
        raise UsageError(
            f"A window of {upstream} bases upstream and {downstream} downstream holds nothing",
            fix="Give positive numbers of bases.",
        )
    if tss not in TSS:
        raise UsageError(f"{tss!r} is no choice of start sites", fix=f"Give one of {TSS}.")
    found = _starts(path)
    windows = [
        Promoter(
            tuple(dict.fromkeys(filter(None, locus[:2]))), locus.chrom, start, end, locus.strand, at
        )
        for locus, starts in found.items()
        for start, end, at in _windows(_chosen(starts, locus, tss), locus, upstream, downstream)
    ]
    return sorted(windows, key=lambda one: (one.chrom, one.start, one.end, one.names))


def _chosen(starts: set[int], locus: Locus, tss: str) -> list[int]:
    if tss == "every":
        return sorted(starts)
    return [min(starts) if locus.strand == "+" else max(starts)]


def _windows(
    starts: list[int], locus: Locus, upstream: int, downstream: int
) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Windows about ascending start sites, joined where they overlap, with their sites."""
    before, after = (
        (upstream, downstream) if locus.strand == "+" else (downstream - 1, upstream + 1)
    )
    joined: list[int] = []
    for at in starts:
        if joined and at - before >= joined[-1] + after:
            yield max(joined[0] - before, 0), joined[-1] + after, tuple(joined)
            joined = []
        joined.append(at)
    yield max(joined[0] - before, 0), joined[-1] + after, tuple(joined)


def _starts(path: Path) -> dict[Locus, set[int]]:
    """Start sites of the transcripts of every gene."""
    found: dict[Locus, set[int]] = defaultdict(set)
    for locus, _, start, end in _features(path, b"transcript"):
        found[locus].add(start if locus.strand == "+" else end - 1)
    if found:
        return found
    spans: dict[tuple[Locus, bytes], tuple[int, int]] = {}
    for locus, transcript, start, end in _features(path, b"exon"):
        low, high = spans.get((locus, transcript), (start, end))
        spans[locus, transcript] = (min(low, start), max(high, end))
    for (locus, _), (start, end) in spans.items():
        found[locus].add(start if locus.strand == "+" else end - 1)
    if not found:
        raise FormatError(
            "There is no transcript and no exon",
            where=str(path),
            fix="Give a GTF annotation of genes.",
        )
    return found


def _features(path: Path, feature: bytes) -> Iterator[tuple[Locus, bytes, int, int]]:
    """Gene, transcript, start and end (0-based, half-open) of the lines of one feature."""
    wanted = b"\t" + feature + b"\t"
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, start=1):
            if line.startswith(b"#"):
                if line.startswith(b"##gff-version 3"):
                    raise _not_gtf(path, number, "The file is GFF3, not GTF")
                continue
            if wanted in line:
                yield _parsed(line, path, number)
            elif line.strip() and line.count(b"\t") < 8:
                raise _not_gtf(path, number, "The line has fewer than 9 fields")


def _parsed(line: bytes, path: Path, number: int) -> tuple[Locus, bytes, int, int]:
    fields = line.rstrip(b"\r\n").split(b"\t")
    gene = _GENE_ID.search(fields[8]) if len(fields) == 9 else None
    if gene is None:
        raise _not_gtf(path, number, "The line has no gene_id in its ninth field")
    name, transcript = _GENE_NAME.search(fields[8]), _TRANSCRIPT.search(fields[8])
    chrom, strand = fields[0].decode(), fields[6].decode()
    try:
        start, end = int(fields[3]) - 1, int(fields[4])
    except ValueError:
        start, end = -1, -1
    if not 0 <= start < end:
        raise _not_gtf(path, number, "Start and end are no positions")
    if strand not in ("+", "-"):
        raise _not_gtf(path, number, f"The strand is {strand!r}, neither + nor -")
    locus = Locus(gene[1].decode(), name[1].decode() if name else "", chrom, strand)
    return locus, transcript[1] if transcript else b"", start, end


def _not_gtf(path: Path, number: int, what: str) -> FormatError:
    return FormatError(
        what, where=f"{path}, line {number}", fix="Give a GTF file (gffread -T makes one of GFF3)."
    )
