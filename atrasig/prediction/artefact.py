"""What every model artefact freezes, whatever its kind."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from atrasig.errors import InputError
from atrasig.signatures import SignatureSet
from atrasig.vocabulary import load_vocabulary

Question = Literal["sensitivity", "response"]
Grade = Literal["patients", "primary cells", "cell lines", "review statement", "none"]
Species = Literal["human", "mouse"]
Material = Literal["patient", "cell line", "organoid", "xenograft"]

BULK = ("microarray", "rnaseq_counts", "rnaseq_normalised", "single_cell_pseudobulk")
"""Platform classes whose values order the genes of one sample, not of one cell."""


class Frozen(BaseModel):
    """Base of the parts of an artefact: nothing changes, and no unknown key passes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModelContext(Frozen):
    """Samples a model speaks about.

    Parameters
    ----------
    diseases
        Diseases of the vocabulary, kept as their ids; a descendant counts as its ancestor.
        Empty: any disease.
    excluding
        Diseases among these that the model does not speak about, nor about their descendants.
    materials
        Materials of the sheet; a sample without one is taken as ``patient``. Empty: any.
    unexpected
        Diseases among these in which a call contradicts what was declared.
    species
        Species whose samples the model was made for.
    platforms
        Platform classes whose values the model can read; a matrix without one is let through.
        Empty: any, for a model that reads no values.
    """

    diseases: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()
    unexpected: tuple[str, ...] = ()
    species: tuple[Species, ...] = ("human",)
    platforms: tuple[str, ...] = BULK

    @field_validator("diseases", "excluding", "unexpected")
    @classmethod
    def _as_ids(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(load_vocabulary().disease(name).id for name in names)
        except InputError as error:
            raise ValueError(str(error)) from error


class SampleFloors(Frozen):
    """What a sample must offer before a model speaks about it.

    Parameters
    ----------
    library_size
        Reads (sum of counts); checked for counts alone.
    coding_measured
        Protein-coding genes with a value.
    coverage
        Share of each gene list that was measured.
    """

    library_size: float = Field(default=1_000_000, ge=0)
    coding_measured: int = Field(default=6_000, ge=0)
    coverage: float = Field(default=0.6, gt=0, le=1)


class TrainingRecord(Frozen):
    """One data set that a model was made from.

    Parameters
    ----------
    source
        What it is and where it can be had.
    n
        Samples used.
    n_positive, n_negative
        Of these, samples with and without what the model looks for; None for a measured response.
    sha256
        Of the file of values, empty where the model was not made from one file.
    """

    source: str = Field(min_length=1)
    n: int = Field(ge=0)
    n_positive: int | None = Field(default=None, ge=0)
    n_negative: int | None = Field(default=None, ge=0)
    sha256: str = ""


class ValidationRow(Frozen):
    """One figure of how well a model does.

    Parameters
    ----------
    data
        Samples it was measured on.
    measure
        ``AUROC``, ``AUPRC``, ``Spearman``, ``specificity``, ...
    how
        ``pooled``, ``within lineage``, ``leave one data set out``, ``permuted labels``, ...
    n, n_positive, n_negative
        Samples behind it.
    value, low, high
        The figure and its 95 % interval; None where it cannot be had.
    note
        Why there is no figure, or what to know about it.
    """

    data: str = Field(min_length=1)
    measure: str = Field(min_length=1)
    how: str = Field(min_length=1)
    n: int = Field(ge=0)
    n_positive: int | None = Field(default=None, ge=0)
    n_negative: int | None = Field(default=None, ge=0)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


class ModelGene(Frozen):
    """One row of the table beside an artefact.

    Parameters
    ----------
    gene
        Approved symbol.
    weight
        Coefficient, None in a model without.
    centre, spread
        Frozen mean and standard deviation by which its values are standardised.
    typical
        Platform class -> median normalised rank in the samples the model was made from.
    """

    gene: str = Field(min_length=1)
    weight: float | None = None
    centre: float | None = None
    spread: float | None = Field(default=None, gt=0)
    typical: dict[str, float] = {}


class BaseModelArtefact(Frozen):
    """Fields that every artefact has.

    Parameters
    ----------
    id, version, title
        Identity of the artefact.
    question
        The question it answers.
    priority
        Lower answers first where several models fit one sample.
    grade
        Kind of evidence behind it.
    context, floors
        Samples it speaks about.
    genes
        Rows of the table beside the artefact (``table``), none for most kinds.
    min_correlation
        Platform class -> smallest Spearman correlation with the typical ranks of `genes` at which
        a sample still is like those the model was made from. Other classes are not checked.
    quantiles
        Platform class -> scores of the frozen reference samples at evenly spaced quantiles, from
        their lowest to their highest.
    training
        Data the model was made from.
    validation
        Figures of how well it does.
    limits
        Known limits, in plain words.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    title: str = Field(min_length=1)
    question: Question
    priority: int
    grade: Grade
    context: ModelContext
    floors: SampleFloors = SampleFloors()
    genes: tuple[ModelGene, ...] = ()
    min_correlation: dict[str, float] = {}
    quantiles: dict[str, tuple[float, ...]] = {}
    training: tuple[TrainingRecord, ...] = ()
    validation: tuple[ValidationRow, ...] = ()
    limits: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_reference(self) -> Self:
        for platform in self.min_correlation:
            if not any(platform in gene.typical for gene in self.genes):
                raise ValueError(
                    f"min_correlation.{platform} needs a column typical_{platform} in the table"
                )
        for platform, scores in self.quantiles.items():
            if len(scores) < 2 or list(scores) != sorted(scores):
                raise ValueError(f"quantiles.{platform} must be two or more ascending scores")
        return self

    def rests_on(self, known: Container[str]) -> tuple[str, ...]:
        """Ids of the signatures the model needs, in any order; `known` are those at hand."""
        del known
        return ()

    def refuse_unusable(self, signatures: SignatureSet) -> None:
        """Refuse lists that are of no use to this kind of model.

        Raises
        ------
        ModelError
            If there is such a list.
        """
        del signatures

    def further_facts(self) -> dict[str, Any]:
        """Facts outside the artefact that decide its calls, to be hashed with it."""
        return {}
