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
    fixed
        Shape (samples, coefficients): intercept, side (1 first, 0 second), then a column for each
        level but the first of each covariate other than patients; full rank beside the patients.
    fixed_names
        Names of these coefficients.
    patients
        Patient of each sample where the sides are compared within patients; otherwise empty.
    covariates
        Columns of the sheet that entered.
    notes
        What was left out of the model, and why.
    """

    contrast: Contrast
    samples: tuple[str, ...]
    fixed: Array
    fixed_names: tuple[str, ...]
    patients: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_paired(self) -> bool:
        """Whether the sides are compared within patients."""
        return bool(self.patients)

    @property
    def n_coefficients(self) -> int:
        """Coefficients of the whole model, one for each patient but the first among them."""
        return int(self.fixed.shape[1]) + max(len(set(self.patients)) - 1, 0)

    @property
    def residual_df(self) -> int:
        """Samples less coefficients."""
        return len(self.samples) - self.n_coefficients

    @property
    def matrix(self) -> Array:
        """Whole model, shape (samples, coefficients): as `fixed`, the patients after the side.

        It grows with the square of the patients, so it is made when it is asked for.
        """
        if not self.patients:
            return self.fixed
        added, _ = _dummies(self.patients, PATIENT)
        return np.column_stack([self.fixed[:, : SIDE + 1], added, self.fixed[:, SIDE + 1 :]])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients of `matrix`."""
        _, labels = _dummies(self.patients, PATIENT)
        return (*self.fixed_names[: SIDE + 1], *labels, *self.fixed_names[SIDE + 1 :])


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
    patients: tuple[str, ...] = ()
    names, used, notes = ["intercept", contrast.name], [], []
    for column in dict.fromkeys((PATIENT, *covariates)):
        levels = _levels(obs, samples, column)
        enters, note = _enters(levels, side, column)
        if note:
            notes.append(note)
        if not enters:
            continue
        if column == PATIENT:
            patients = tuple(levels)
            used.append(column)
            continue
        added, labels = _dummies(levels, column)
        _require_estimable(matrix, added, patients, contrast, column)
        kept = _independent(matrix, added, patients)
        if not kept:
            notes.append(f"{column} repeats what is in the model already")
            continue
        matrix = np.column_stack([matrix, added[:, kept]])
        names += [labels[place] for place in kept]
        used.append(column)
    design = Design(contrast, samples, matrix, tuple(names), patients, tuple(used), tuple(notes))
    _require_residual(design)
    return design


def within(patients: Sequence[str], values: Array) -> Array:
    """Take each patient's mean off the values of the patient's samples.

    Least squares of what is left are those of a model with a coefficient for each patient (Frisch &
    Waugh 1933, doi:10.2307/1907330), without a matrix that has a column for each.

    Parameters
    ----------
    patients
        Patient of each sample; none: one mean for all.
    values
        Shape (samples, columns).
    """
    if not patients:
        return np.asarray(values - values.mean(axis=0))
    _, owner = np.unique(np.array(patients), return_inverse=True)
    order = np.argsort(owner, kind="stable")
    sizes = np.bincount(owner)
    sums = np.add.reduceat(values[order], np.cumsum(sizes) - sizes, axis=0)
    return np.asarray(values - (sums / sizes[:, None])[owner])


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


def _require_estimable(
    matrix: Array, added: Array, patients: Sequence[str], contrast: Contrast, column: str
) -> None:
    """Refuse a covariate that the side of a sample follows from."""
    without = np.column_stack([np.delete(matrix, SIDE, axis=1), added])
    joined = np.column_stack([without, matrix[:, SIDE]])
    if _rank(joined, patients) == _rank(without, patients):
        raise InputError(
            f"The contrast is confounded with the column {column}: each of its values lies on one "
            "side only, or with the other columns it gives the side away",
            where=f"contrast {contrast.name}",
            fix=f"Compare samples whose {column} has both sides, or leave {column} out of the "
            "covariates knowing that its effect is then part of the result.",
        )


def _independent(matrix: Array, added: Array, patients: Sequence[str]) -> list[int]:
    """Which added columns raise the rank."""
    kept: list[int] = []
    rank = _rank(matrix, patients)
    for place in range(added.shape[1]):
        if _rank(np.column_stack([matrix, added[:, [*kept, place]]]), patients) > rank + len(kept):
            kept.append(place)
    return kept


def _rank(matrix: Array, patients: Sequence[str]) -> int:
    """Rank of some columns beside an intercept and, where there are any, the patients."""
    return int(np.linalg.matrix_rank(within(patients, matrix)))


def _require_residual(design: Design) -> None:
    if design.residual_df < 1:
        raise InputError(
            f"{len(design.samples)} samples and {design.n_coefficients} coefficients leave "
            "nothing to estimate a variance from",
            where=f"contrast {design.contrast.name}",
            fix="Add replicates, or use fewer covariates.",
        )
