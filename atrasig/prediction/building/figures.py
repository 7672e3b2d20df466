"""How well a fit does out of fold, as rows of the artefact's validation table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from atrasig.prediction.artefact import ValidationRow
from atrasig.prediction.building.statement import Procedure
from atrasig.prediction.fitting import (
    Coverage,
    OutOfFold,
    TrainingData,
    held_out_coverage,
    nested,
    permutation_p,
    permuted_null,
)
from atrasig.prediction.kinds.linear_parts import PositiveControl
from atrasig.prediction.validation.figure import Figure
from atrasig.prediction.validation.metrics import (
    auroc,
    centred_spearman,
    spearman,
    stratified_auroc,
)
from atrasig.prediction.validation.task import Sampling
from atrasig.prediction.validation.tasks import label_jobs, response_jobs
from atrasig.scoring.arrays import Array

Progress = Callable[[str, int, int], None]
"""Told the name of a phase, and how much of how much of it is done."""
NULL = "permuted, whole procedure repeated"
NULL_WITHIN = "permuted within lineages, whole procedure repeated"
ALPHA = 0.05
DRAWS = 2000


@dataclass(frozen=True)
class Judged:
    """Out-of-fold predictions, the figures computed from them, and the p of the pooled one."""

    out: OutOfFold
    rows: tuple[ValidationRow, ...]
    p: float


def judge(
    data: TrainingData, procedure: Procedure, described: str, progress: Progress | None = None
) -> Judged:
    """Run the nested cross-validation and its permuted null.

    Parameters
    ----------
    data
        Training data.
    procedure
        Recipe, folds, permutations, level of coverage and seed.
    described
        What the data are.
    progress
        Told after each fit.

    Returns
    -------
    Judged
        Order is judged on scores without the intercepts of the folds. The null repeats the whole
        procedure, folds and selection included; with lineages a second one permutes within them.
    """
    recipe, seed = procedure.make(), procedure.seed
    out = nested(
        data, recipe, n_folds=procedure.folds, seed=seed, progress=_phase("folds", progress)
    )
    where = f"{described}, out of fold ({out.folds.scheme})"
    rows = [_row(figure, where) for figure in _figures(out, seed)]
    nulls: list[tuple[str, str, Callable[[OutOfFold], float], bool]] = [
        ("permutations", NULL, pooled, False)
    ]
    if len(data.lineages) > 1:
        nulls.append(("permutations within lineages", NULL_WITHIN, within, True))
    found: list[float] = []
    for phase, how, statistic, inside in nulls:
        null = permuted_null(
            data, recipe, statistic, n_permutations=procedure.permutations, within_lineage=inside,
            n_folds=procedure.folds, seed=seed, progress=_phase(phase, progress),
        )  # fmt: skip
        row, p = _null_row(out, where, how, statistic(out), null)
        rows.append(row)
        found.append(p)
    if data.kind == "quantitative":
        rows += _coverage_rows(out, where, procedure)
    return Judged(out, tuple(rows), found[0])


def _phase(name: str, progress: Progress | None) -> Callable[[int, int], None] | None:
    return (lambda done, total: progress(name, done, total)) if progress else None


def pooled(out: OutOfFold) -> float:
    """AUROC of a label, Spearman's correlation of a measured response, over all samples.

    Equal scores of all, as where no fold keeps a gene, order nothing: AUROC 0.5, correlation 0.
    """
    if out.data.kind == "label":
        return float(auroc(out.scores, out.response == 1))
    return _or_zero(float(spearman(out.scores, out.response)))


def _or_zero(correlation: float) -> float:
    return 0.0 if np.isnan(correlation) else correlation


def within(out: OutOfFold) -> float:
    """Measure as `pooled` with what differs between lineages cancelled.

    NaN where no lineage holds both classes of a label.
    """
    codes = out.data.group_codes
    if out.data.kind == "quantitative":
        return _or_zero(float(centred_spearman(out.scores, out.response, codes)))
    positive = out.response == 1
    mixed = [0 < positive[codes == c].sum() < (codes == c).sum() for c in np.unique(codes)]
    return float(stratified_auroc(out.scores, positive, codes)) if any(mixed) else np.nan


def _figures(out: OutOfFold, seed: int) -> list[Figure]:
    rows = pd.DataFrame(
        {"score": out.scores, "group": list(out.data.groups), "call": ""},
        index=list(out.data.samples),
    )
    sampling = Sampling(draws=DRAWS, permutations=0, seed=seed)
    if out.data.kind == "label":
        jobs = label_jobs(rows.assign(positive=out.response == 1), "", sampling)
    else:
        jobs = response_jobs(rows.assign(response=out.response), "", sampling)
    # Their null permutes labels under fixed scores; here the whole procedure is repeated instead.
    return [figure for job in jobs for figure in job() if "permuted" not in figure.how]


def _row(figure: Figure, where: str) -> ValidationRow:
    value, low, high = (_known(v) for v in (figure.value, figure.low, figure.high))
    return ValidationRow(
        data=where, measure=figure.measure, how=figure.how, n=figure.n,
        n_positive=figure.n_positive, n_negative=figure.n_negative,
        value=value, low=low, high=high, note=figure.reason,
    )  # fmt: skip


def _known(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None


def _null_row(
    out: OutOfFold, where: str, how: str, observed: float, null: Array
) -> tuple[ValidationRow, float]:
    """Mean of the null with its 2.5th and 97.5th percentile, and the p of what was observed."""
    known = null[np.isfinite(null)]
    p = permutation_p(observed, null) if null.size and np.isfinite(observed) else np.nan
    low, high = np.quantile(known, [0.025, 0.975]) if known.size else (np.nan, np.nan)
    note = f"p {p:.3g}, {null.size} permutations" if np.isfinite(p) else ""
    if not note:
        note = "the figure has no value" if null.size else "no permutation was asked for"
    elif known.size < null.size:
        note += f", {null.size - known.size} of them without a value"
    is_label = out.data.kind == "label"
    n_positive = int(out.response.sum()) if is_label else None
    row = ValidationRow(
        data=where, measure="AUROC" if is_label else "Spearman", how=how, n=out.response.size,
        n_positive=n_positive,
        n_negative=None if n_positive is None else out.response.size - n_positive,
        value=_known(float(known.mean())) if known.size else None,
        low=_known(float(low)), high=_known(float(high)), note=note,
    )  # fmt: skip
    return row, p


def _coverage_rows(out: OutOfFold, where: str, procedure: Procedure) -> list[ValidationRow]:
    groups, alpha = out.data.groups, 1 - procedure.level
    kinds = ["same lineages", "other lineages"] if len(out.data.lineages) > 1 else ["same lineages"]
    rows = []
    for kind in kinds:
        found = held_out_coverage(
            out.residuals, groups, alpha, seed=procedure.seed, calibration=kind  # type: ignore[arg-type]
        )  # fmt: skip
        basis = (
            f"calibrated on samples of the {kind}" if out.data.lineages else "calibrated on others"
        )
        rows += [_coverage_row(one, where, basis, procedure.level) for one in found]
    return rows


def _coverage_row(found: Coverage, where: str, basis: str, level: float) -> ValidationRow:
    verdict = "inside" if found.is_inside else "outside"
    return ValidationRow(
        data=where,
        measure=f"coverage of the {level:.0%} interval",
        how=f"{f'within {found.lineage}' if found.lineage else 'pooled'}, {basis}",
        n=found.n,
        value=_known(found.share),
        note=f"{found.covered} of {found.n}, {verdict} the exact 99 % binomial band of nominal "
        f"({found.low} to {found.high}); median width {_wide(found.median_width)}",
    )


def _wide(width: float) -> str:
    return f"{width:.3g}" if np.isfinite(width) else "infinite: too few samples"


def control_rows(
    controls: Sequence[PositiveControl], out: OutOfFold, described: str, sign: float
) -> list[ValidationRow]:
    """One row a positive control: where its measured response and its prediction rank."""
    rows = []
    for control in controls:
        place = out.data.samples.index(control.name)
        predicted = 1 + int((sign * out.scores > sign * out.scores[place]).sum())
        verdict = "passes" if control.passed else "FAILS"
        rows.append(
            ValidationRow(
                data=described, measure="rank of a positive control",
                how=f"{control.name} among {control.among}, 1 is the most sensitive",
                n=control.of, value=float(control.rank),
                note=f"{verdict}; measured {control.response:.4g}; predicted out of fold it ranks "
                f"{predicted} of {len(out.data.samples)}",
            )
        )  # fmt: skip
    return rows
