"""Gene counts of STAR (``ReadsPerGene.out.tab``), and the choice of a strand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from atrasig.errors import InputError
from atrasig.io.counts.named_columns import Numbers, read_columns
from atrasig.io.counts.quantified import one_sample
from atrasig.io.format import Format, Head
from atrasig.io.options import ReadOptions
from atrasig.io.table import RawMatrix

STRANDED = 0.8
"""Share of the reads of both strands from which one strand makes a library stranded."""
UNSTRANDED = 0.6
"""Share of the larger strand up to which a library is unstranded."""

_STRANDS = ("unstranded", "forward", "reverse")


def read(path: Path, options: ReadOptions) -> RawMatrix:
    """Read the counts of one sample.

    Parameters
    ----------
    path
        Four columns without a header: gene; reads counted without regard to strand, on the strand
        of the first read (``forward``), and on the other (``reverse``). The counters above the
        genes (``N_unmapped``) stay as rows, which the harmonisation drops and counts.
    options
        ``strand``; ``auto`` compares the totals of the two strands, see :func:`choose_strand`.

    Raises
    ------
    InputError
        If the totals leave the strand open.
    FormatError
        If a row is cut short or a field is no count.
    """
    columns = read_columns(path, ("gene", *_STRANDS))
    genes = columns.names("gene")
    counts = {strand: columns.counts(strand) for strand in _STRANDS}
    strand, facts = choose_strand(genes, counts, options, path)
    return one_sample(path, options, genes, {"counts": counts[strand]}, {}, facts)


def choose_strand(
    genes: list[str], counts: dict[str, Numbers], options: ReadOptions, path: Path
) -> tuple[str, dict[str, str | int]]:
    """Choose the column of counts by the strandedness of the library.

    Parameters
    ----------
    genes
        Identifiers, the counters ``N_...`` among them.
    counts
        One array a strand: ``unstranded``, ``forward``, ``reverse``.
    options
        ``strand`` if the user knows it. With ``auto``, a library is stranded where one strand
        holds at least 80 % of the reads of both, and unstranded where neither holds more
        than 60 %.
    path
        The file, for messages.

    Returns
    -------
    strand : str
        The chosen column.
    facts : dict
        ``strand``, how it was chosen, and the total of every column.

    Raises
    ------
    InputError
        If the totals lie between the two.
    """
    is_gene = np.array([not gene.startswith("N_") for gene in genes])
    totals = {strand: int(counts[strand][is_gene].sum()) for strand in _STRANDS}
    facts: dict[str, str | int] = {f"total_{strand}": total for strand, total in totals.items()}
    if options.strand != "auto":
        return options.strand, {"strand": options.strand, "strand_chosen_by": "user"} | facts
    both = totals["forward"] + totals["reverse"]
    larger = max(("forward", "reverse"), key=totals.__getitem__)
    if totals[larger] >= STRANDED * both > 0:
        strand = larger
    elif totals[larger] <= UNSTRANDED * both:
        strand = "unstranded"
    else:
        raise InputError(
            f"The strand of the library cannot be told: of the reads on either strand, "
            f"{totals['forward']:,} are forward and {totals['reverse']:,} reverse",
            where=str(path),
            fix="Give --strand unstranded, forward or reverse; the protocol of the library "
            "says which.",
        )
    return strand, {"strand": strand, "strand_chosen_by": "totals"} | facts


def _recognises(head: Head) -> bool:
    fields = head.lines[0].split("\t") if head.lines else []
    return fields[0:1] == ["N_unmapped"] and len(fields) == 4


FORMAT = Format("star", "STAR ReadsPerGene.out.tab", _recognises, read)
