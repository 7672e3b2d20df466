"""Model artefacts: what is frozen, how it is loaded, and its hash."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from atrasig.errors import ModelError
from atrasig.genes import load_gene_table
from atrasig.files import canonical_json, data_path, sha256_text
from atrasig.signatures import SignatureSet

Question = Literal["sensitivity", "response"]
Grade = Literal["patients", "primary cells", "cell lines", "review statement", "none"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelContext(_Frozen):
    """Samples a model speaks about.

    Parameters
    ----------
    diseases
        Vocabulary ids; a descendant counts as its ancestor. Empty: any disease.
    materials
        Materials of the sheet; a sample without one is taken as ``patient``. Empty: any.
    """

    diseases: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()


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

    library_size: float = Field(1_000_000, ge=0)
    coding_measured: int = Field(6_000, ge=0)
    coverage: float = Field(0.6, gt=0, le=1)


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
        Largest value of those samples.
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
    absent
        The reason given when the programme is absent.
    """

    kind: Literal["sibling_contrast"]
    universe: Literal["coding"]
    contrasts: tuple[Contrast, ...] = Field(min_length=1)
    platforms: dict[str, PlatformReference]
    absent: str


class BaselineShiftModel(BaseModelArtefact):
    """Shift of a list's normalised ranks from declared baseline samples.

    Parameters
    ----------
    universe
        Genes ranked against each other.
    signature
        The list that exposure switches on.
    min_baselines
        Baseline samples needed, the judged sample left out.
    min_shift
        Smallest mean shift of normalised rank that counts.
    """

    kind: Literal["baseline_shift"]
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
        Genes with directions and, optionally, weights.
    sensitive, resistant
        Scores at or above / at or below which a call is made.
    n_sensitive, n_resistant
        Labelled samples behind the thresholds.
    source
        Where the thresholds can be read.
    """

    kind: Literal["rank_signature"]
    universe: Literal["coding"]
    signature: str
    sensitive: float
    resistant: float | None = None
    n_sensitive: int = Field(ge=0)
    n_resistant: int = Field(ge=0)
    source: str = Field(min_length=1)


class FusionModel(BaseModelArtefact):
    """The stated direction of a recorded RARA fusion."""

    kind: Literal["fusion"]


class SlotModel(BaseModelArtefact):
    """A published model whose genes could not be read: it says so and how to add it.

    Parameters
    ----------
    source
        Publication.
    missing
        What is missing and how to add it.
    """

    kind: Literal["slot"]
    source: str
    missing: str


ModelArtefact = Annotated[
    SiblingContrastModel | BaselineShiftModel | RankSignatureModel | FusionModel | SlotModel,
    Field(discriminator="kind"),
]
_ADAPTER: TypeAdapter[Any] = TypeAdapter(ModelArtefact)


def load_models(paths: Sequence[str | Path] = ()) -> tuple[Any, ...]:
    """Load the shipped models and any further ones.

    Parameters
    ----------
    paths
        YAML files of further models; one with the id of a shipped model replaces it.

    Returns
    -------
    tuple
        Artefacts by question, priority and id.

    Raises
    ------
    ModelError
        If a file cannot be read or breaks the schema; all its faults at once.
    """
    models = {model.id: model for model in _shipped()}
    for path in paths:
        model = read_model(Path(path))
        models[model.id] = model
    return tuple(sorted(models.values(), key=lambda m: (m.question, m.priority, m.id)))


@cache
def _shipped() -> tuple[Any, ...]:
    return tuple(read_model(path) for path in sorted(data_path("signatures").glob("models/*.yaml")))


def read_model(path: Path) -> Any:
    """Read one model artefact, reporting all its faults at once.

    Raises
    ------
    ModelError
        If the file cannot be read or breaks the schema.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
        return _ADAPTER.validate_python(content)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ModelError(
            f"The model file cannot be read: {error}", where=str(path), fix="Give a YAML file."
        ) from error
    except ValidationError as error:
        faults = "\n".join(
            f"  - {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
        )
        raise ModelError(
            "The model breaks its schema", where=str(path), fix=f"All faults found:\n{faults}"
        ) from error


def model_signatures(model: BaseModelArtefact) -> tuple[str, ...]:
    """Ids of the signatures a model rests on."""
    if isinstance(model, SiblingContrastModel):
        return tuple(i for c in model.contrasts for i in (c.list, *c.siblings))
    if isinstance(model, BaselineShiftModel | RankSignatureModel):
        return (model.signature,)
    return ()


def model_hash(model: BaseModelArtefact, signatures: SignatureSet) -> str:
    """SHA-256 of an artefact with its gene lists and the table that fixes its ranking universe.

    Raises
    ------
    ModelError
        If a signature of the model is not loaded.
    """
    needed = sorted(set(model_signatures(model)))
    missing = [name for name in needed if name not in signatures]
    if missing:
        raise ModelError(
            f"Model {model.id} rests on signatures that are not loaded: {', '.join(missing)}",
            fix="Add their files to the signatures of the run.",
        )
    frozen = {
        "model": model.model_dump(mode="json"),
        "genes": {name: signatures[name].sha256 for name in needed},
        "universe": load_gene_table().sha256,
    }
    return sha256_text(canonical_json(frozen))
