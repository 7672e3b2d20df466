"""Model artefacts: what is frozen in each kind of model."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from atrasig.errors import InputError
from atrasig.signatures.model import Source
from atrasig.vocabulary import load_vocabulary

Question = Literal["sensitivity", "response"]
Grade = Literal["patients", "primary cells", "cell lines", "review statement", "none"]
Species = Literal["human", "mouse"]
Material = Literal["patient", "cell line", "organoid", "xenograft"]

BULK = ("microarray", "rnaseq_counts", "rnaseq_normalised", "single_cell_pseudobulk")
"""Platform classes whose values order the genes of one sample, not of one cell."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModelContext(_Frozen):
    """Samples a model speaks about.

    Parameters
    ----------
    diseases
        Diseases of the vocabulary, kept as their ids; a descendant counts as its ancestor.
        Empty: any disease.
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
    materials: tuple[Material, ...] = ()
    unexpected: tuple[str, ...] = ()
    species: tuple[Species, ...] = ("human",)
    platforms: tuple[str, ...] = BULK

    @field_validator("diseases", "unexpected")
    @classmethod
    def _as_ids(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(load_vocabulary().disease(name).id for name in names)
        except InputError as error:
            raise ValueError(str(error)) from error


class SampleFloors(_Frozen):
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


class BaseModelArtefact(_Frozen):
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
    limits: tuple[str, ...] = ()


class Contrast(_Frozen):
    """A gene list against its siblings of the same study.

    Parameters
    ----------
    list
        Signature of the programme.
    siblings
        Signatures of the other programmes; genes of `list` are taken out of them.
    """

    list: str
    siblings: tuple[str, ...] = Field(min_length=1)


class PlatformReference(_Frozen):
    """Frozen figures of one platform class, one entry a contrast.

    Parameters
    ----------
    thresholds
        A contrast at or above it speaks for the programme.
    non_target_q99
        99th percentile of samples without the programme; the interval must lie above it.
    non_target_maximum
        Largest value of those samples; a sample above it in every contrast is no longer one of
        them, even below the thresholds.
    target
        Values of samples with the programme, one list a contrast; may be empty.
    n_non_target, n_target
        Numbers of samples behind the figures.
    source
        What was measured.
    """

    thresholds: tuple[float, ...]
    non_target_q99: tuple[float, ...]
    non_target_maximum: tuple[float, ...]
    target: tuple[tuple[float, ...], ...]
    n_non_target: int = Field(ge=1)
    n_target: int = Field(ge=0)
    source: str

    def faults(self, n_contrasts: int) -> list[str]:
        """List what does not fit a model of so many contrasts."""
        rows = {
            "thresholds": self.thresholds,
            "non_target_q99": self.non_target_q99,
            "non_target_maximum": self.non_target_maximum,
        }
        found = [
            f"{name} has {len(values)} figures for {n_contrasts} contrasts"
            for name, values in rows.items()
            if len(values) != n_contrasts
        ]
        shapes = [len(values) for values in self.target]
        absent = not shapes and not self.n_target
        if shapes != [self.n_target] * n_contrasts and not absent:
            found.append(
                f"target needs {n_contrasts} lists of n_target={self.n_target} values, one a "
                f"contrast, and has lists of {shapes}"
            )
        return found


class SiblingContrastModel(BaseModelArtefact):
    """Mean normalised rank of lists minus the mean over their siblings.

    Parameters
    ----------
    universe
        Genes ranked against each other.
    contrasts
        Lists and siblings; the score is the mean over contrasts.
    platforms
        Frozen figures a platform class; other classes abstain.
    programme, absent
        Its name, and the reason given when it is absent.
    """

    kind: Literal["sibling_contrast"]
    question: Literal["sensitivity"]
    universe: Literal["coding"]
    contrasts: tuple[Contrast, ...] = Field(min_length=1)
    platforms: dict[str, PlatformReference]
    programme: str = "programme"
    absent: str

    @model_validator(mode="after")
    def _check_figures(self) -> SiblingContrastModel:
        found = [
            f"platforms.{name}: {fault}"
            for name, figures in self.platforms.items()
            for fault in figures.faults(len(self.contrasts))
        ]
        if found:
            raise ValueError("; ".join(found))
        return self


class BaselineShiftModel(BaseModelArtefact):
    """Shift of a list's normalised ranks from declared baseline samples.

    Parameters
    ----------
    universe
        Genes ranked against each other.
    signature
        The list that exposure moves; ``down`` genes count by their fall, weights do not count.
    min_baselines
        Baseline samples needed, the judged sample left out.
    min_shift
        Smallest mean shift of normalised rank that counts.
    """

    kind: Literal["baseline_shift"]
    question: Literal["response"]
    universe: Literal["coding"]
    signature: str
    min_baselines: int = Field(ge=2)
    min_shift: float = Field(gt=0, lt=1)


class RankSignatureModel(BaseModelArtefact):
    """Weighted mean of centred normalised ranks: the form of a user's own gene list.

    Parameters
    ----------
    universe
        Genes ranked against each other.
    signature
        Genes with directions and, optionally, weights; its `scale` is ``rank``.
    sensitive, resistant
        Scores at or above / at or below which a call is made.
    n_sensitive, n_resistant
        Labelled samples behind the thresholds; without resistant ones nothing is ``resistant``.
    source
        Where the thresholds can be read.
    """

    kind: Literal["rank_signature"]
    question: Literal["sensitivity"]
    universe: Literal["coding"]
    signature: str
    sensitive: float
    resistant: float | None = None
    n_sensitive: int = Field(ge=0)
    n_resistant: int = Field(ge=0)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check_order(self) -> RankSignatureModel:
        if self.resistant is not None and self.resistant >= self.sensitive:
            raise ValueError(
                f"resistant ({self.resistant:g}) must lie below sensitive ({self.sensitive:g})"
            )
        return self


class FusionModel(BaseModelArtefact):
    """The stated direction of a recorded RARA fusion."""

    kind: Literal["fusion"]
    question: Literal["sensitivity"]


class SlotModel(BaseModelArtefact):
    """A published model whose genes could not be read: the user brings them.

    Parameters
    ----------
    universe
        Genes ranked against each other.
    signature
        Name of the slot, and id of the list that fills it.
    n_genes
        Genes of the published list; no other number is taken.
    published
        Source of the list, as recorded with it once it is there.
    reported
        What the publication says of the model.
    missing
        What is missing, as the beginning of a sentence that says how to add it.
    """

    kind: Literal["slot"]
    universe: Literal["coding"]
    signature: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    n_genes: int = Field(ge=1)
    published: Source
    reported: tuple[str, ...] = ()
    missing: str = Field(min_length=1)

    @property
    def reference(self) -> str:
        """The publication, in one line."""
        known = self.published
        names = {"doi": known.doi, "pmid": known.pmid}
        return ", ".join(
            [known.citation, *(f"{key}:{name}" for key, name in names.items() if name)]
        )


Model = SiblingContrastModel | BaselineShiftModel | RankSignatureModel | FusionModel | SlotModel
ModelArtefact = Annotated[Model, Field(discriminator="kind")]
