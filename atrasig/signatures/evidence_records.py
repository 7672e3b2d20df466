"""Records of the evidence behind combinations: references, findings, classes, rows, trials."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from atrasig.signatures.model import FrozenRecord
from atrasig.signatures.record import Record, Text

Grade = Literal["patients", "animals", "cell lines", "review statement"]
Setting = Literal["clinical", "in vivo", "in vitro"]
Side = Literal["high", "low"]
GRADES: tuple[Grade, ...] = ("patients", "animals", "cell lines", "review statement")
"""Strongest first."""
_GRADE_OF: dict[Setting, Grade] = {
    "clinical": "patients",
    "in vivo": "animals",
    "in vitro": "cell lines",
}
Slug = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


class Reference(Record):
    """A cited work.

    Parameters
    ----------
    id
        By which the other files name it.
    short
        Author and year, as readers cite it.
    citation
        Authors, year, title, journal and pages, as the reference list prints them.
    doi
        Its DOI; None where the list prints none.
    note
        Misprints of the list, or how much of the work was read.
    """

    identity = ("id",)

    id: Slug
    short: Text
    citation: Text
    doi: str | None = Field(default=None, pattern=r"^10\.\d{4,}/\S+$")
    note: str = ""

    @property
    def cited(self) -> str:
        """Author and year, with the DOI where there is one."""
        return self.short if self.doi is None else f"{self.short}, doi:{self.doi}"


class Finding(Record):
    """A finding that speaks against one or more combinations.

    Parameters
    ----------
    id
        By which combinations name it.
    diseases
        Vocabulary ids of where it was found.
    statement
        What was found, in plain words.
    grade, n
        Strongest evidence, and its patients where a number was read.
    reference, read_in
        Ids of the work and of the review in which it was read.
    """

    identity = ("id",)

    id: Slug
    diseases: tuple[Slug, ...] = Field(min_length=1)
    statement: Text
    grade: Grade
    n: int | None = Field(default=None, gt=0)
    reference: Slug
    read_in: Slug


class ClassGene(FrozenRecord):
    """A gene that a readable source names for a class: symbol, why, and id of the reference."""

    gene: Text
    why: Text
    reference: Slug


class CombinationClass(Record):
    """A class of partners, as a review groups them.

    Parameters
    ----------
    id, title
        By which combinations name it, and its name.
    diseases
        Vocabulary ids of what the review speaks of.
    statement
        What the review says of it, in our words.
    genes
        Genes that a readable source names.
    reference, grade
        The review, of which the statement is all that stands behind the class.
    """

    identity = ("id",)

    id: Slug
    title: Text
    diseases: tuple[Slug, ...] = Field(min_length=1)
    statement: Text
    genes: tuple[ClassGene, ...] = ()
    reference: Slug
    grade: Literal["review statement"]


class CombinationGene(FrozenRecord):
    """What a source says of one gene of a combination.

    Parameters
    ----------
    gene
        Approved symbol.
    change
        What the combination does to it.
    marker
        Level before treatment at which the combination is of interest.
    basis
        Of the marker: ``stated`` by the source, or ``inferred`` by us from the gene's part in it.
    why
        What the gene has to do with the combination.
    """

    gene: Text
    change: Literal["up", "down"] | None = None
    marker: Side | None = None
    basis: Literal["stated", "inferred"] | None = None
    why: Text

    @model_validator(mode="after")
    def _marker_has_a_basis(self) -> Self:
        if (self.marker is None) != (self.basis is None):
            raise ValueError("marker and basis go together; give both or none")
        return self


class Combination(Record):
    """What was reported of ATRA with a partner in a disease.

    Parameters
    ----------
    id
        Unique name.
    place
        Where the review tells it.
    disease, printed
        Vocabulary id, and the disease as printed.
    partner
        What is given beside ATRA.
    classes
        Ids of the classes it belongs to.
    settings, n
        Where it was seen, and the patients where their number was read.
    efficacy, mechanism
        In our words; no mechanism where none is given.
    outcome
        Whether the study reports a benefit.
    genes
        Genes that a readable source names.
    reference, read_in
        Ids of the work, and of the review in which it was read.
    against
        Ids of the findings that speak against it.
    caveats
        What the entry itself leaves open.
    """

    identity = ("id",)

    id: Slug
    place: str = Field(pattern=r"^(Table 1, row [1-9]\d*|Section \d(\.\d)?|Abstract)$")
    disease: Slug
    printed: Text
    partner: Text
    classes: tuple[Slug, ...] = ()
    settings: tuple[Setting, ...] = ()
    n: int | None = Field(default=None, gt=0)
    efficacy: Text
    mechanism: str = ""
    outcome: Literal["benefit", "no benefit"] = "benefit"
    genes: tuple[CombinationGene, ...] = ()
    reference: Slug
    read_in: Slug
    against: tuple[Slug, ...] = ()
    caveats: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _told_once(self) -> Self:
        names = [gene.gene for gene in self.genes]
        if len(set(names)) < len(names):
            raise ValueError("a gene stands twice in genes; keep one")
        if self.n is not None and "clinical" not in self.settings:
            raise ValueError("n counts patients; settings must hold clinical")
        return self

    @property
    def grade(self) -> Grade:
        """Strongest evidence: that of the strongest setting, a statement where there is none."""
        found = [_GRADE_OF[setting] for setting in self.settings]
        return min(found, key=GRADES.index, default="review statement")

    @property
    def markers(self) -> tuple[CombinationGene, ...]:
        """Genes whose level before treatment says something on the combination."""
        return tuple(gene for gene in self.genes if gene.marker is not None)


class Trial(Record):
    """A trial of ATRA, as listed on 10 March 2024.

    Parameters
    ----------
    identifier
        Of ClinicalTrials.gov.
    compounds, sponsor, phases
        What is given, by whom, and in which phases.
    diseases, printed
        Vocabulary ids, and the diseases as printed.
    enrolment
        Patients planned or enrolled, as printed.
    note
        What the table leaves open.
    read_in
        Id of the review.
    """

    identity = ("identifier",)

    identifier: str = Field(pattern=r"^NCT\d{8}$")
    compounds: tuple[Text, ...] = Field(min_length=1)
    sponsor: Text
    phases: tuple[Literal["1", "2", "3", "not applicable"], ...] = Field(min_length=1)
    diseases: tuple[Slug, ...] = Field(min_length=1)
    printed: Text
    enrolment: int = Field(gt=0)
    note: str = ""
    read_in: Slug
