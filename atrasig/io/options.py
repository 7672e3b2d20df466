"""What a user may tell a reader when the content of a file leaves it open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from atrasig.errors import UsageError

Quantity = Literal["auto", "counts", "tpm"]
Strand = Literal["auto", "unstranded", "forward", "reverse"]
Decimal = Literal["auto", "point", "comma"]


@dataclass(frozen=True)
class ReadOptions:
    """How to read a matrix; the defaults let the content decide.

    Parameters
    ----------
    samples
        Samples to keep; None for all. Names of other columns are counted as ignored.
    quantity
        Which column to take where a file holds several: ``counts`` or ``tpm``; ``auto`` takes
        counts where there are any.
    strand
        Column of STAR's counts: the strandedness of the library.
    decimal
        Decimal separator of text.
    worksheet
        Worksheet of a workbook; by default the first that holds a matrix.
    tx2gene
        Table of transcript and gene ids, by which transcripts are summed to genes.
    platform
        Table of probe ids and gene symbols of an array.
    """

    samples: Sequence[str] | None = None
    quantity: Quantity = "auto"
    strand: Strand = "auto"
    decimal: Decimal = "auto"
    worksheet: str = ""
    tx2gene: Path | None = None
    platform: Path | None = None

    def __post_init__(self) -> None:
        for name, known in (("quantity", Quantity), ("strand", Strand), ("decimal", Decimal)):
            if getattr(self, name) not in get_args(known):
                raise UsageError(
                    f"Unknown {name} {getattr(self, name)!r}",
                    fix=f"Use one of {', '.join(get_args(known))}.",
                )

    def as_record(self) -> dict[str, str]:
        """Give the choices but the samples as texts, files by name, for the provenance."""
        return {
            "quantity": self.quantity,
            "strand": self.strand,
            "decimal": self.decimal,
            "worksheet": self.worksheet,
            "tx2gene": self.tx2gene.name if self.tx2gene else "",
            "platform": self.platform.name if self.platform else "",
        }
