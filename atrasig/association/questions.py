"""The questions that are asked of every signature, each answered as rows of the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from atrasig.association.columns import Column, Survival
from atrasig.association.design import Design, plan
from atrasig.association.linear import LinearFit, fit_linear
from atrasig.association.survival import (
    SurvivalFit,
    events_note,
    events_refusal,
    fit_survival,
)
from atrasig.association.tables import NOT_ESTIMATED, numbers
from atrasig.scoring.arrays import Array

PROPORTIONAL = 0.05
"""p of the check below which hazards are said not to look proportional."""
CONSTANT = "the score is the same in all samples"
TOO_SMALL = "groups are too small to estimate how each varies, which the test of all needs"


@dataclass(frozen=True)
class Question:
    """One model, asked of every signature.

    Parameters
    ----------
    name
        Covariate, as written in the table.
    kind
        ``continuous``, ``binary``, ``categorical``, ``batch`` or ``survival``.
    tested
        Column tested; None for survival.
    adjust
        Columns adjusted for.
    survival
        Times and events, for survival.
    """

    name: str
    kind: str
    tested: Column | None
    adjust: tuple[Column, ...] = ()
    survival: Survival | None = None
    _designs: dict[bytes, Design] = field(default_factory=dict, compare=False, repr=False)

    def answer(self, score: Array) -> list[dict[str, Any]]:
        """Fit the model of one signature.

        Parameters
        ----------
        score
            Shape (samples,): scores by one method, NaN where there is none.

        Returns
        -------
        list of dict
            Cells of the rows: one a coefficient or group, and one of all groups together.
        """
        scored = ~np.isnan(score)
        design = self._design(scored)
        sd = float(np.std(score[scored], ddof=1)) if scored.sum() > 1 else np.nan
        note = "; ".join(design.notes)
        common: dict[str, Any] = {
            "covariate": self.name,
            "kind": self.kind,
            "n": design.n,
            "n_missing": design.n_missing,
            "n_left_out": design.n_left_out,
            "n_unscored": int((~scored).sum()),
            "score_sd": sd,
            "adjusted_for": ", ".join(column.name for column in self.adjust),
        }
        values = score[design.used]
        reason = design.reason
        if not reason and (not sd > 0 or np.ptp(values) <= 1e-9 * sd):
            reason = CONSTANT
        # Scores that differ in their last digits alone would be blown up to a standard deviation.
        rows = (
            self._survival_rows(values / sd if not reason else values, design, reason)
            if self.survival
            else self._linear_rows(values / sd if not reason else values, design, reason)
        )
        return [common | row | {"note": _joined(note, row.get("note"))} for row in rows]

    def _design(self, scored: Any) -> Design:
        """Plan once for all signatures that are scored in the same samples."""
        key = scored.tobytes()
        if key not in self._designs:
            followed = self.survival.known if self.survival else None
            event = self.survival.event if self.survival else None
            self._designs[key] = plan(
                scored, self.tested, self.adjust, followed=followed, event=event
            )
        return self._designs[key]

    def _linear_rows(self, score: Array, design: Design, reason: str) -> Iterator[dict[str, Any]]:
        column = self.tested
        if column is None:
            raise TypeError("a linear model needs a column")
        fitted = None if reason else fit_linear(score, design)
        if self.kind == "batch":
            yield _batch_row(fitted, design, column, reason)
            return
        if not column.levels:
            found = fitted.each[0] if fitted else NOT_ESTIMATED
            yield {
                "test": "coefficient", "unit": f"SD per SD of {column.name}", "reason": reason,
                "covariate_sd": column.sd, "share": fitted.share if fitted else np.nan,
                **numbers(found),
            }  # fmt: skip
            return
        yield from _group_rows(fitted, design, column, reason)

    def _survival_rows(self, score: Array, design: Design, reason: str) -> Iterator[dict[str, Any]]:
        if self.survival is None:
            raise TypeError("survival needs times and events")
        time, event = self.survival.time[design.used], self.survival.event[design.used]
        n_events = int(event.sum())
        n_coefficients = 1 + design.adjusting.shape[1]
        matrix = np.column_stack([score, design.adjusting])
        reason = reason or events_refusal(n_events, n_coefficients) or _fixed(matrix)
        fitted = None if reason else fit_survival(time, event, matrix)
        yield {
            "test": "hazard",
            "unit": "hazard ratio per SD of the score",
            "n_events": n_events,
            "reason": reason or (fitted.reason if fitted else ""),
            "note": _survival_note(fitted, n_events, n_coefficients),
            "ph_rho": fitted.check.rho if fitted else np.nan,
            "ph_p": fitted.check.p if fitted else np.nan,
            **numbers(fitted.hazard_ratio if fitted else NOT_ESTIMATED),
        }


def _fixed(matrix: Array) -> str:
    """Say where the score follows from what is adjusted for."""
    full = np.column_stack([np.ones(len(matrix)), matrix])
    if np.linalg.matrix_rank(full) == full.shape[1]:
        return ""
    return "the score cannot be told from what is adjusted for"


def _survival_note(fitted: SurvivalFit | None, n_events: int, n_coefficients: int) -> str:
    if fitted is None or fitted.reason:
        return ""
    note = events_note(n_events, n_coefficients)
    if fitted.check.p < PROPORTIONAL:
        direction = "rises" if fitted.check.rho > 0 else "falls"
        note = _joined(note, f"hazards do not look proportional: the log ratio {direction} in time")
    return note


def _batch_row(
    fitted: LinearFit | None, design: Design, column: Column, reason: str
) -> dict[str, Any]:
    """Share of variance between batches; the interval is left out, it needs equal variances."""
    between = design.tested.shape[1]
    row: dict[str, Any] = {
        "test": "share", "unit": "share of variance", "reason": reason,
        "term": f"{between + 1} batches" if fitted else "",
        **numbers(fitted.overall if fitted else NOT_ESTIMATED),
    }  # fmt: skip
    if fitted:
        chance = between / (design.n - 1)
        row |= {"effect": fitted.share, "share": fitted.share, "reason": _untested(fitted)}
        row["note"] = f"chance alone gives {chance:.3f}"
    return row


def _untested(fitted: LinearFit | None) -> str:
    return TOO_SMALL if fitted and np.isnan(fitted.overall.p) else ""


def _group_rows(
    fitted: LinearFit | None, design: Design, column: Column, reason: str
) -> Iterator[dict[str, Any]]:
    codes = column.values[design.used]
    n_reference = int((codes == 0).sum())
    several = len(column.levels) > 2
    if several:
        groups = f"{len(design.terms) + 1} groups" if fitted else ""
        yield {
            "test": "overall", "reason": reason or _untested(fitted), "term": groups,
            "share": fitted.share if fitted else np.nan,
            **numbers(fitted.overall if fitted else NOT_ESTIMATED),
        }  # fmt: skip
    absent = f"no sample of the reference {column.levels[0]!r} can be used"
    found = {}
    if fitted and n_reference:
        found, absent = dict(zip(design.terms, fitted.each, strict=True)), ""
    for place, level in enumerate(column.levels[1:], start=1):
        missing = "" if place in found else f"no sample of {level!r} can be used"
        yield {
            "test": "level" if several else "coefficient",
            "term": level,
            "reference": column.levels[0],
            "unit": "difference in SD of the score",
            "n_term": int((codes == place).sum()),
            "n_reference": n_reference,
            "share": np.nan if several or not fitted else fitted.share,
            "reason": reason or absent or missing,
            **numbers(found.get(place, NOT_ESTIMATED)),
        }


def _joined(*notes: str | None) -> str:
    return "; ".join(note for note in notes if note)


def questions(
    columns: Mapping[str, Column],
    covariates: Sequence[str],
    adjust: Sequence[str],
    batch: str,
    survival: Survival | None,
    survival_name: str,
) -> tuple[Question, ...]:
    """List the models to fit: batch, each covariate, survival.

    Parameters
    ----------
    columns
        Columns of the sheet.
    covariates, adjust, batch
        Names of the columns tested, adjusted for in every model, and of the batch, which is tested
        alone and adjusted for in all others. A column is never adjusted for itself.
    survival, survival_name
        Times and events, and how they are called.

    Returns
    -------
    tuple of Question
        In this order.
    """
    against = [*dict.fromkeys([*adjust, *([batch] if batch else [])])]
    asked = [Question(batch, "batch", columns[batch])] if batch else []
    for name in dict.fromkeys(covariates):
        others = tuple(columns[other] for other in against if other != name)
        asked.append(Question(name, columns[name].kind, columns[name], others))
    if survival is not None:
        others = tuple(columns[other] for other in against)
        asked.append(Question(survival_name, "survival", None, others, survival))
    return tuple(asked)
