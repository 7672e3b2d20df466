"""Fit a model and freeze it with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from atrasig.errors import InputError, ModelError, UsageError
from atrasig.prediction.artefact import Grade, Material, SampleFloors
from atrasig.prediction.building.controls import judge_controls
from atrasig.prediction.building.domain import least_likeness, quantiles
from atrasig.prediction.building.figures import Judged, Progress, control_rows, judge
from atrasig.prediction.building.fitted import FittedModel
from atrasig.prediction.building.freezing import (
    digits,
    frozen_genes,
    frozen_interval,
    frozen_probability,
    samples_behind,
    training_record,
)
from atrasig.prediction.building.limits import limits_of
from atrasig.prediction.building.samples import Chosen, Features, choose
from atrasig.prediction.building.statement import (
    HigherIs,
    Procedure,
    RecipeName,
    Statement,
    state_domain,
)
from atrasig.prediction.building.tables import inference_table, prediction_table
from atrasig.prediction.fitting import Coefficients
from atrasig.prediction.kinds.linear import LinearModel
from atrasig.prediction.kinds.linear_parts import PositiveControl
from atrasig.prediction.validation.labels import Truth

if TYPE_CHECKING:
    from anndata import AnnData

_DOMAIN = ("min_correlation", "quantiles")


def fit(
    expr: AnnData,
    response: str | pd.Series,
    *,
    id: str,
    higher_is: HigherIs,
    positive: str = "",
    groups: str | pd.Series = "",
    recipe: RecipeName = "correlation",
    features: Features = "rank",
    diseases: Sequence[str] | str = (),
    material: Material | None = None,
    grade: Grade | None = None,
    sensitive: float | None = None,
    resistant: float | None = None,
    positive_controls: Sequence[str] = (),
    title: str = "",
    version: str = "1.0.0",
    priority: int = 50,
    unit: str = "",
    source: str = "not stated",
    sha256: str = "",
    folds: int = 10,
    permutations: int = 20,
    level: float = 0.9,
    seed: int = 1,
    progress: Progress | None = None,
) -> FittedModel:
    """Fit a sensitivity model, judge it by nested cross-validation, and freeze it.

    Parameters
    ----------
    expr
        Harmonised matrix (see :func:`atrasig.harmonise`), samples x genes.
    response
        Column of ``obs``, or values indexed by sample: a measured response, or with `positive` a
        label. Samples without one are left out and counted.
    id
        Of the model: lower-case letters, digits and ``_``.
    higher_is
        What a high response, or the positive label, means: ``sensitive`` or ``resistant``.
    positive
        The positive value of a label; every other value is negative.
    groups
        Column, or values indexed by sample, of lineages: whole ones are held out together.
    recipe
        ``correlation`` (stable rank correlations), ``elastic-net`` or ``ridge``.
    features
        ``rank``: ranks of the genes within a sample. ``zscore``: expression values; such a model
        holds figures of a method and is applied to no sample.
    diseases, material, grade
        About which samples the model speaks and on which evidence; by default as the samples say.
    sensitive, resistant
        Thresholds on the prediction (log odds of a label). Without them the model makes no call.
    positive_controls
        Samples known to be sensitive; where the data deny it, thresholds are refused.
    title, version, priority, unit, source, sha256
        As in the artefact.
    folds, permutations, level, seed
        Outer folds, runs of the whole procedure on permuted responses, nominal coverage of the
        interval, and the seed of all that is random.
    progress
        Told the phase, and how much of how much is done.

    Returns
    -------
    FittedModel
        Equal input gives an equal model, whatever the order of samples and genes.

    Raises
    ------
    UsageError
        If options contradict each other or the data, or a column is not there.
    InputError
        If too few samples, genes or classes remain, or the recipe finds nothing.
    ModelError
        If what was stated breaks the schema of a model.
    """
    matrix, name = _with_column(expr, response, "response")
    matrix, lineage = _with_column(matrix, groups, "group")
    truth = Truth(name, positive, "", lineage) if positive else Truth("", "", name, lineage)
    listed = (diseases,) if isinstance(diseases, str) else tuple(diseases)
    statement = Statement(
        id=id, higher_is=higher_is, response=name, version=version, title=title,
        priority=priority, source=source, sha256=sha256,
        unit=unit or ("log odds" if positive else "as measured"), diseases=listed,
        material=material, grade=grade, sensitive=sensitive, resistant=resistant,
        positive_controls=tuple(positive_controls),
    )  # fmt: skip
    procedure = Procedure(recipe, folds, permutations, level, seed)
    try:
        return _fit(matrix, truth, features, statement, procedure, progress)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ModelError("The model as stated breaks its schema", fix=faults) from error


def _with_column(expr: AnnData, given: str | pd.Series, fallback: str) -> tuple[AnnData, str]:
    """Put values that are given by sample into a column of a copy."""
    if isinstance(given, str):
        return expr, given
    name = str(given.name or fallback)
    unknown = sorted(set(map(str, given.index)) - set(map(str, expr.obs_names)))
    if unknown or not given.index.is_unique:
        what = (
            f"{len(unknown)} samples are not in the matrix" if unknown else "samples are repeated"
        )
        raise UsageError(f"Of the values of {name!r}, {what}", where=", ".join(unknown[:5]) or None)
    copy = expr.copy()
    copy.obs[name] = given.set_axis(given.index.map(str)).reindex(expr.obs_names).astype(object)
    return copy, name


def _fit(
    expr: AnnData,
    truth: Truth,
    features: Features,
    statement: Statement,
    procedure: Procedure,
    progress: Progress | None,
) -> FittedModel:
    floors = SampleFloors()
    chosen = choose(expr, truth, features, floors)
    floor = min(floors.coding_measured, int(np.ceil(floors.coverage * len(chosen.panel))))
    head = state_domain(statement, chosen, floors.model_copy(update={"coding_measured": floor}))
    controls = judge_controls(statement.positive_controls, chosen, statement.higher_is)
    behind = samples_behind(statement, chosen)
    _refuse_thresholds(statement, controls, behind, features)
    coefficients = procedure.make().fit(chosen.data, procedure.seed)
    _refuse_empty(coefficients)
    judged = judge(chosen.data, procedure, statement.source, progress)
    probability, no_probability = frozen_probability(judged, coefficients)
    sign = 1.0 if statement.higher_is == "sensitive" else -1.0
    told = control_rows(controls, judged.out, statement.source, sign)
    model = LinearModel(
        **head.model_dump(exclude={"genes", "training", "validation", "limits", *_DOMAIN}),
        **_domain(chosen, judged, coefficients),
        kind="linear",
        universe="panel",
        features=features,
        response=statement.response,
        unit=statement.unit,
        higher_is=statement.higher_is,
        intercept=digits(coefficients.intercept),
        sensitive=statement.sensitive,
        resistant=statement.resistant,
        n_sensitive=behind["sensitive"],
        n_resistant=behind["resistant"],
        probability=probability,
        interval=frozen_interval(judged, procedure, chosen),
        positive_controls=controls,
        genes=frozen_genes(chosen, coefficients),
        training=(training_record(statement, chosen),),
        validation=(*judged.rows, *told),
        limits=limits_of(statement, procedure, chosen, coefficients, judged, no_probability),
    )
    return FittedModel(
        model=model,
        predictions=prediction_table(judged.out, coefficients, model),
        inference=inference_table(chosen.data, coefficients),
        left_out=tuple(chosen.left_out_in_words()),
    )


def _domain(chosen: Chosen, judged: Judged, coefficients: Coefficients) -> dict[str, Any]:
    """Freeze where the training samples lie; nothing for a model that is applied to no sample."""
    if chosen.features != "rank":
        return {}
    reference = quantiles(judged.out.scores + coefficients.intercept)
    found = (
        digits(least_likeness(chosen.ranks)),
        tuple(float(f"{score:.6g}") for score in reference),
    )
    return {name: {chosen.platform: value} for name, value in zip(_DOMAIN, found, strict=True)}


def _refuse_thresholds(
    statement: Statement,
    controls: Sequence[PositiveControl],
    behind: dict[str, int],
    features: Features,
) -> None:
    """Refuse at once what the artefact would refuse after the fit."""
    given = {
        name: value
        for name, value in (("sensitive", statement.sensitive), ("resistant", statement.resistant))
        if value is not None
    }
    failed = [f"{c.name} ({c.rank} of {c.of}, {c.among})" for c in controls if not c.passed]
    if given and failed:
        raise UsageError(
            f"The data fail their positive control {', '.join(failed)}, so no threshold is allowed",
            fix="Leave the thresholds out: the model then gives predictions and never a call.",
        )
    if given and features != "rank":
        raise UsageError("A model of expression values makes no call and takes no threshold")
    if len(given) == 2 and (given["sensitive"] > given["resistant"]) != (
        statement.higher_is == "sensitive"
    ):
        raise UsageError(
            f"The thresholds contradict that higher is {statement.higher_is}: sensitive at "
            f"{given['sensitive']:g}, resistant at {given['resistant']:g}"
        )
    empty = [name for name in given if not behind[name]]
    if empty:
        raise UsageError(
            f"No training sample is {' or '.join(empty)} by the threshold given",
            fix="A call is made only where labelled samples stand behind it.",
        )


def _refuse_empty(coefficients: Coefficients) -> None:
    if not np.any(coefficients.weights):
        note = coefficients.details.get("note") or "no gene is kept"
        raise InputError(
            f"The recipe finds nothing in these data that goes with the response ({note})",
            fix="There is no model to write; ridge keeps all genes and shows its figures.",
        )
