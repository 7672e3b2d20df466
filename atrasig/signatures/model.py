"""One gene signature in memory: `Signature`, its genes and its source.

A signature is a table of genes, each with a direction and perhaps a weight, and the record of
where that table comes from. The table is hashed, so that a score names what it was computed with.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, field_validator, model_validator
from pydantic.dataclasses import dataclass

from atrasig.files import sha256_text

Kind = Literal[
    "sensitivity",
    "response",
    "differentiation",
    "stemness",
    "pathway",
    "modifier",
    "marker",
    "subtype",
]
Direction = Literal["up", "down"]
AtraRole = Literal["autophagy", "differentiation", "angiogenesis", "apoptosis", "immune"]
"""The five roles of ATRA; apoptosis includes cell cycle and proliferation."""
GeneRow = tuple[str, str, float | None]

NO_LICENCE = "none stated"


def as_float(number: float) -> float:
    """Make a float of a number; infinite for a whole number beyond all floats."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


class FrozenRecord(BaseModel):
    """A strict, frozen record that takes YAML lists as tuples and refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @field_validator("*", mode="before")
    @classmethod
    def _lists_to_tuples(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


_Text = Annotated[str, Strict()]


# A model would take seven times the memory of a gene, of which collections have millions. It is
# strict by its fields: a dataclass that is strict as a whole takes no mapping.
@dataclass(config=ConfigDict(extra="forbid"), frozen=True, slots=True, kw_only=True)
class SignatureGene:
    """One gene of a signature.

    Parameters
    ----------
    gene, printed
        Approved symbol, and the symbol the source prints where that differs.
    direction
        ``up``: high expression raises the score; ``down``: high expression lowers it.
    weight
        Signed coefficient on the signature's scale, or None where the list has no weights.
    note, source
        What a reader must know about this gene here; where it was read, in curated lists.
    """

    gene: _Text = Field(pattern=r"^\S+( \S+)*$")
    direction: Direction
    weight: Annotated[float, Strict()] | None = Field(default=None, allow_inf_nan=False)
    printed: _Text | None = None
    note: _Text | None = None
    source: _Text | None = None

    @field_validator("weight", mode="before")
    @classmethod
    def _whole_number_to_float(cls, value: object) -> object:
        return as_float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Context(FrozenRecord):
    """Where a signature was made and may be used.

    Parameters
    ----------
    diseases, tissues, species
        Plain names, empty where the list is not tied to one; species whose symbols are listed.
    note
        What is known of its behaviour in this context.
    """

    diseases: tuple[str, ...] = ()
    tissues: tuple[str, ...] = ()
    species: Literal["human"] = "human"
    note: str | None = None


class Source(FrozenRecord):
    """Where a gene list was read.

    Parameters
    ----------
    citation
        The publication or data set, in words.
    doi, pmid, accession
        Identifiers, where they were read.
    table
        Table, figure, file or set inside the source.
    address
        Where the list itself can be read.
    """

    citation: str = Field(min_length=1)
    doi: str | None = None
    pmid: str | None = Field(default=None, pattern=r"^\d+$")
    accession: str | None = None
    table: str | None = None
    address: str | None = None


def table_hash(genes: Iterable[GeneRow]) -> str:
    """SHA-256 of the canonical gene table.

    Parameters
    ----------
    genes
        (gene, direction, weight) rows in any order.

    Returns
    -------
    str
        Hash of the sorted lines ``gene<TAB>direction<TAB>weight``, each ended by a newline; weights
        with 10 significant digits, empty where there is none.
    """
    lines = sorted(
        f"{gene}\t{direction}\t{'' if weight is None else f'{weight:.10g}'}\n"
        for gene, direction, weight in genes
    )
    return sha256_text("".join(lines))


def table_faults(genes: Sequence[GeneRow]) -> list[tuple[int | None, str]]:
    """List the faults of a gene table as (row index or None, message)."""
    faults: list[tuple[int | None, str]] = []
    seen: dict[str, int] = {}
    for index, (gene, direction, weight) in enumerate(genes):
        if gene in seen:
            faults.append((index, f"{gene} is listed twice; keep one of its lines"))
        seen.setdefault(gene, index)
        if weight is not None and not _sign_agrees(direction, weight):
            contrary = f"{gene} has direction {direction} and weight {weight:g}"
            faults.append((index, f"{contrary}; up needs a positive weight, down a negative one"))
    weighted = sum(weight is not None for _, _, weight in genes)
    if 0 < weighted < len(genes):
        faults.append(
            (None, f"{weighted} of {len(genes)} genes have a weight; give all of them one, or none")
        )
    return faults


def _sign_agrees(direction: str, weight: float) -> bool:
    return math.isfinite(weight) and (weight > 0 if direction == "up" else weight < 0)


class Signature(FrozenRecord):
    """A validated gene signature.

    Parameters
    ----------
    id, version, title
        Unique name (verbatim in GMT files), ``major.minor.patch`` (``0.0.0`` in GMT), one line.
    kind, atra_roles, context
        The question the list belongs to; roles of ATRA it stands for; diseases, tissues, species.
    scale
        Scale its weights expect: ``rank`` (no weights needed) or ``log2``.
    source, obtained, derivation, licence
        Where it was read, how it was obtained, by which rule, under which terms.
    limits, contradictions
        Known limits, and findings that speak against it.
    genes, sha256
        At least one gene and no gene twice; hash of that table, computed where it is not given.

    Raises
    ------
    pydantic.ValidationError
        If any of this does not hold. Files are read by `load_signatures`, which raises
        `SignatureError` instead.
    """

    id: str = Field(pattern=r"^\S+( \S+)*$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    title: str = Field(min_length=1)
    kind: Kind
    atra_roles: tuple[AtraRole, ...] = ()
    context: Context = Context()
    scale: Literal["rank", "log2"] = "rank"
    source: Source
    obtained: Literal["published-list", "derived-here", "curated"]
    derivation: str | None = None
    licence: str = Field(min_length=1)
    limits: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    genes: tuple[SignatureGene, ...] = Field(min_length=1)
    sha256: str = ""

    @model_validator(mode="after")
    def _check_table(self) -> Signature:
        rows = self.rows
        messages = [message for _, message in table_faults(rows)]
        computed = table_hash(rows)
        if self.sha256 and self.sha256 != computed:
            messages.append(f"sha256 is {self.sha256} but the genes hash to {computed}")
        if messages:
            raise ValueError("; ".join(messages))
        object.__setattr__(self, "sha256", computed)
        return self

    @property
    def rows(self) -> tuple[GeneRow, ...]:
        """(gene, direction, weight) of every gene, in file order."""
        return tuple((gene.gene, gene.direction, gene.weight) for gene in self.genes)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Approved symbols, in file order."""
        return tuple(gene.gene for gene in self.genes)

    @property
    def up(self) -> tuple[str, ...]:
        """Symbols whose high expression raises the score."""
        return tuple(gene.gene for gene in self.genes if gene.direction == "up")

    @property
    def down(self) -> tuple[str, ...]:
        """Symbols whose high expression lowers the score."""
        return tuple(gene.gene for gene in self.genes if gene.direction == "down")

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return len(self.genes)
