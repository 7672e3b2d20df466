"""The design matrix of a contrast: two sides, and the patients and batches beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from atrasig.enrich.designs import Contrast, column_text
from atrasig.errors import InputError
from atrasig.scoring.arrays import Array

PATIENT, BATCH = "patient", "batch"
SIDE = 1
"""Column of the design matrix that holds the contrast."""


@dataclass(frozen=True)
class Design:
    """Samples of a contrast and the linear model that compares them.

    Parameters
    ----------
    contrast
        The two sides.
    samples
        Samples, the first side before the second.
    matrix
        Shape (samples, coefficients), full rank: intercept, side (1 first, 0 second), then a column
        for each level but the first of each covariate.
    names
        Names of the coefficients.
    covariates
        Columns of the sheet that entered.
    notes
        What was left out of the model, and why.
    """

    contrast: Contrast
    samples: tuple[str, ...]
    matrix: Array
    names: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_paired(self) -> bool:
        """Whether the sides are compared within patients."""
        return PATIENT in self.covariates

    @property
    def residual_df(self) -> int:
        """Samples less coefficients."""
        n_samples, n_coefficients = self.matrix.shape
        return int(n_samples - n_coefficients)


def contrast_design(
    obs: pd.DataFrame, contrast: Contrast, covariates: Sequence[str] = (BATCH,)
) -> Design:
    """Build the linear model of a contrast.

    Patients enter where each patient of the contrast, two at least, has samples on both sides. A
    covariate enters where it has two values at least in the contrast; one that only repeats what
    is in the model already (a batch for each patient) adds nothing and is left out with a note.

    Parameters
    ----------
    obs
        Sample annotations, indexed by sample name.
    contrast
        Samples of the two sides.
    covariates
        Further columns of the sheet, each a factor; a column that the sheet lacks is left out.

    Returns
    -------
    Design
        With at least one residual degree of freedom.

    Raises
    ------
    InputError
        If a covariate is confounded with the sides, so that no effect can be told from it, or too
        few samples are left to estimate a variance.
    """
    samples = (*contrast.first, *contrast.second)
    side = np.repeat([1.0, 0.0], [len(contrast.first), len(contrast.second)])
    matrix = np.column_stack([np.ones(len(samples)), side])
    names, used, notes = ["intercept", contrast.name], [], []
    for column in dict.fromkeys((PATIENT, *covariates)):
        levels = _levels(obs, samples, column)
        enters, note = _enters(levels, side, column)
        if note:
            notes.append(note)
        if not enters:
            continue
        added, labels = _dummies(levels, column)
        _require_estimable(matrix, added, contrast, column)
        kept = _independent(matrix, added)
        if not kept:
            notes.append(f"{column} repeats what is in the model already")
            continue
        matrix = np.column_stack([matrix, added[:, kept]])
        names += [labels[place] for place in kept]
        used.append(column)
    design = Design(contrast, samples, matrix, tuple(names), tuple(used), tuple(notes))
    _require_residual(design)
    return design


def _levels(obs: pd.DataFrame, samples: Sequence[str], column: str) -> list[str]:
    if column not in obs:
        return []
    return [str(value) for value in column_text(obs[column]).reindex(list(samples))]


def _enters(levels: Sequence[str], side: Array, column: str) -> tuple[bool, str]:
    """Whether a column enters the model, and what is to be told where it could have."""
    if not levels:
        return False, ""
    blank = sum(not level for level in levels)
    if blank:
        told = f"{column} is not known of {blank} of {len(levels)} samples"
        return False, told if blank < len(levels) else ""
    if column != PATIENT:
        return len(set(levels)) > 1, ""
    first = {level for level, is_first in zip(levels, side, strict=True) if is_first}
    second = {level for level, is_first in zip(levels, side, strict=True) if not is_first}
    patients, shared = first | second, first & second
    if shared == patients:
        return len(patients) > 1, ""
    if len(patients) == len(levels):
        return False, ""
    return False, (
        f"{len(shared)} of {len(patients)} patients have samples on both sides, so samples are "
        "compared as if of different patients"
    )


def _dummies(levels: Sequence[str], column: str) -> tuple[Array, list[str]]:
    """Build indicator columns of all levels but the first."""
    known = sorted(set(levels))[1:]
    values = np.array([[level == own for own in known] for level in levels], dtype=np.float64)
    return values, [f"{column}={level}" for level in known]


def _require_estimable(matrix: Array, added: Array, contrast: Contrast, column: str) -> None:
    """Refuse a covariate that the side of a sample follows from."""
    without = np.column_stack([np.delete(matrix, SIDE, axis=1), added])
    joined = np.column_stack([without, matrix[:, SIDE]])
    if np.linalg.matrix_rank(joined) == np.linalg.matrix_rank(without):
        raise InputError(
            f"The contrast is confounded with the column {column}: each of its values lies on one "
            "side only, or with the other columns it gives the side away",
            where=f"contrast {contrast.name}",
            fix=f"Compare samples whose {column} has both sides, or leave {column} out of the "
            "covariates knowing that its effect is then part of the result.",
        )


def _independent(matrix: Array, added: Array) -> list[int]:
    """Which added columns raise the rank."""
    kept: list[int] = []
    for place in range(added.shape[1]):
        now = np.column_stack([matrix, added[:, [*kept, place]]])
        if np.linalg.matrix_rank(now) == now.shape[1]:
            kept.append(place)
    return kept


def _require_residual(design: Design) -> None:
    if design.residual_df < 1:
        raise InputError(
            f"{len(design.samples)} samples and {design.matrix.shape[1]} coefficients leave "
            "nothing to estimate a variance from",
            where=f"contrast {design.contrast.name}",
            fix="Add replicates, or use fewer covariates.",
        )
