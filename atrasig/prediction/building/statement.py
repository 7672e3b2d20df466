"""What a user states about a model that is fitted, and how it is fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from atrasig.errors import UsageError
from atrasig.prediction.artefact import (
    BaseModelArtefact,
    Grade,
    Material,
    ModelContext,
    SampleFloors,
)
from atrasig.prediction.building.samples import Chosen
from atrasig.prediction.fitting import CorrelationSignature, Recipe, RegularisedRegression

RecipeName = Literal["correlation", "elastic-net", "ridge"]
HigherIs = Literal["sensitive", "resistant"]

_GRADES: dict[str, Grade] = {"patient": "patients", "cell line": "cell lines"}
_RECIPES: dict[str, Callable[[], Recipe]] = {
    "correlation": CorrelationSignature,
    "elastic-net": lambda: RegularisedRegression(l1_ratio=0.5),
    "ridge": RegularisedRegression,
}


@dataclass(frozen=True)
class Statement:
    """Identity, domain and thresholds of a model, none of them learned.

    Parameters
    ----------
    id, version, title, priority
        As in the artefact; an empty title is made up from the rest.
    source
        What the training data are and where they can be had.
    sha256
        Of the file of values, empty where there is none.
    response, unit, higher_is
        What is predicted, its unit, and what a high value means.
    diseases
        Diseases the model speaks about; none: those of the training samples.
    material
        Material of samples that state none.
    grade
        Kind of evidence; empty: by the material.
    sensitive, resistant
        Thresholds on the prediction.
    positive_controls
        Samples known to be sensitive.
    """

    id: str
    higher_is: HigherIs
    response: str
    version: str = "1.0.0"
    title: str = ""
    priority: int = 50
    source: str = "not stated"
    sha256: str = ""
    unit: str = ""
    diseases: tuple[str, ...] = ()
    material: Material | None = None
    grade: Grade | None = None
    sensitive: float | None = None
    resistant: float | None = None
    positive_controls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Procedure:
    """How a model is fitted and judged.

    Parameters
    ----------
    recipe
        ``correlation``, ``elastic-net`` or ``ridge``.
    folds
        Outer folds.
    permutations
        Runs of the whole procedure on permuted responses.
    level
        Nominal coverage of the conformal interval.
    seed
        Of all that is random.
    """

    recipe: RecipeName = "correlation"
    folds: int = 10
    permutations: int = 20
    level: float = 0.9
    seed: int = 1

    def __post_init__(self) -> None:
        if self.recipe not in _RECIPES:
            raise UsageError(
                f"Unknown recipe {self.recipe!r}", fix=f"Use one of {', '.join(_RECIPES)}."
            )
        if self.permutations < 0 or self.seed < 0:
            raise UsageError("Permutations and seed are 0 or more")
        if not 0.5 <= self.level < 1:
            raise UsageError(f"A level of coverage lies from 0.5 to below 1, not at {self.level}")

    def make(self) -> Recipe:
        """Make the recipe."""
        return _RECIPES[self.recipe]()


def state_domain(statement: Statement, chosen: Chosen, floors: SampleFloors) -> BaseModelArtefact:
    """Freeze who the model is and about which samples it speaks.

    Raises
    ------
    UsageError
        If disease, material or grade is neither stated nor told by the samples, or the material
        contradicts theirs.
    """
    materials = _materials(statement, chosen)
    diseases = statement.diseases or tuple(sorted({v.disease for v in chosen.views} - {""}))
    if not diseases:
        raise UsageError(
            "Neither the samples nor the options state a disease, and a sensitivity model holds "
            "for its disease alone",
            fix="Fill the column `disease` of the sheet, or give --disease.",
        )
    grade = statement.grade or (_GRADES.get(materials[0]) if len(materials) == 1 else None)
    if grade is None:
        raise UsageError(
            f"The grade of evidence does not follow from the material {' and '.join(materials)}",
            fix="Give --grade: patients, 'primary cells' or 'cell lines'.",
        )
    described = f"{statement.response} predicted from {chosen.features_in_words}"
    return BaseModelArtefact(
        id=statement.id,
        version=statement.version,
        title=statement.title or described,
        question="sensitivity",
        priority=statement.priority,
        grade=grade,
        context=ModelContext(
            diseases=diseases,
            materials=materials,
            species=("mouse",) if chosen.species == "mouse" else ("human",),
            platforms=(chosen.platform,),
        ),
        floors=floors,
    )


def _materials(statement: Statement, chosen: Chosen) -> tuple[Material, ...]:
    told = sorted({view.material for view in chosen.views})
    if "" in told and statement.material is None:
        silent = sum(not view.material for view in chosen.views)
        raise UsageError(
            f"{silent} of {len(chosen.views)} samples state no material, and a model holds for "
            "its own material alone",
            fix="Fill the column `material` of the sheet, or give --material.",
        )
    stated = set(told) - {""}
    if statement.material is not None and stated - {statement.material}:
        raise UsageError(
            f"The material {statement.material} contradicts the samples, which are "
            f"{' and '.join(sorted(stated))}",
            fix="Leave the option out: the sheet says it.",
        )
    found = stated or {str(statement.material)}
    return tuple(sorted(found))  # type: ignore[arg-type]
