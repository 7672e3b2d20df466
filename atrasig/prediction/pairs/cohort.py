"""Cohort test of paired scores: a paired t-test, or a mixed model where timepoints are replicated.

The mixed model is ``score = a + a_p + (b + b_p) exposed + e`` with the patient p as random effect,
for the level and for the shift, by restricted maximum likelihood (Laird & Ware 1982,
doi:10.2307/2529876; statsmodels ``MixedLM``). Patients differ in how far they shift, so that
repeated samples of one patient are no further patients: b is tested by t on the number of patients
less one degrees of freedom, with which balanced replication gives the paired t-test of the
patients' means. Wald's z, which statsmodels reports, is too bold for so few patients.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from atrasig.scoring.arrays import Array

MIN_PATIENTS = 4
MIN_MIXED = 8
PAIRED_T, MIXED, NONE = "paired t", "mixed model", "none"
_LEVEL = 0.975
_UNRELIABLE = (
    "failed to converge",
    "Hessian matrix",
    "singular",
    "invalid value",
    "divide by zero",
)


@dataclass(frozen=True)
class PatientScores:
    """Scores of one patient's samples, over the same genes.

    Parameters
    ----------
    baseline, exposed
        Shape (samples,) each, one sample at least.
    """

    baseline: Array
    exposed: Array

    @property
    def delta(self) -> float:
        """Mean exposed score minus mean baseline score."""
        return float(self.exposed.mean() - self.baseline.mean())

    @property
    def n_samples(self) -> int:
        """Number of samples of both timepoints."""
        return int(self.baseline.size + self.exposed.size)


@dataclass(frozen=True)
class CohortTest:
    """Mean shift of a cohort, with what it was tested by.

    Parameters
    ----------
    effect, low, high
        Mean shift with its 95 % interval; no interval where nothing was tested.
    statistic, df, p
        Student's t, its degrees of freedom and the two-sided p-value, NaN where not tested.
    method
        ``paired t``, ``mixed model`` or ``none``.
    n_patients, n_samples
        Patients with a delta, and their samples.
    reason
        Why this method, or why none.
    """

    effect: float
    low: float
    high: float
    statistic: float
    df: float
    p: float
    method: str
    n_patients: int
    n_samples: int
    reason: str


def cohort_test(patients: Sequence[PatientScores]) -> CohortTest:
    """Test the mean shift of a cohort against zero.

    Parameters
    ----------
    patients
        Patients with both timepoints, in any order.

    Returns
    -------
    CohortTest
        No test below 4 patients; a paired t-test of the patients' mean deltas below 8, or where no
        timepoint of any patient is replicated; else the mixed model, or the paired t-test with the
        reason where the model cannot be fitted.
    """
    n_patients = len(patients)
    deltas = np.sort([patient.delta for patient in patients])
    replicated = any(patient.n_samples > 2 for patient in patients)
    untested = CohortTest(
        effect=float(deltas.mean()) if n_patients else np.nan,
        low=np.nan,
        high=np.nan,
        statistic=np.nan,
        df=np.nan,
        p=np.nan,
        method=NONE,
        n_patients=n_patients,
        n_samples=sum(patient.n_samples for patient in patients),
        reason="",
    )
    if n_patients < MIN_PATIENTS:
        why = f"{n_patients} pairs give deltas and no p-value: {MIN_PATIENTS} are needed"
        return replace(untested, reason=why)
    if np.ptp(deltas) <= 1e-12 * np.abs(deltas).max():
        return replace(untested, reason="all deltas are equal, so that they cannot be tested")
    if n_patients < MIN_MIXED:
        return _paired_t(untested, deltas, f"{n_patients} patients, below {MIN_MIXED}")
    if not replicated:
        why = "no timepoint is replicated, and then a mixed model is the paired t-test"
        return _paired_t(untested, deltas, why)
    fitted, fault = _mixed_shift(patients)
    if fault:
        return _paired_t(untested, deltas, f"the mixed model was not used: {fault}")
    return _with_t(untested, *fitted, MIXED, f"{n_patients} patients with replicated timepoints")


def adjusted(p_values: Array) -> Array:
    """Benjamini-Hochberg q-values of the tests that were made; NaN stays NaN.

    Parameters
    ----------
    p_values
        Shape (tests,), NaN where nothing was tested.
    """
    from scipy.stats import false_discovery_control

    q_values = np.full(p_values.shape, np.nan)
    known = ~np.isnan(p_values)
    if known.any():
        q_values[known] = false_discovery_control(p_values[known])
    return q_values


def _paired_t(untested: CohortTest, deltas: Array, reason: str) -> CohortTest:
    error = float(np.std(deltas, ddof=1)) / float(np.sqrt(deltas.size))
    if untested.n_samples > 2 * untested.n_patients:
        reason += "; replicates were averaged"
    return _with_t(untested, untested.effect, error, PAIRED_T, reason)


def _with_t(
    untested: CohortTest, effect: float, error: float, method: str, reason: str
) -> CohortTest:
    from scipy.stats import t

    df = untested.n_patients - 1
    half = float(t.ppf(_LEVEL, df)) * error
    return replace(
        untested,
        effect=effect,
        low=effect - half,
        high=effect + half,
        statistic=effect / error,
        df=float(df),
        p=float(2 * t.sf(abs(effect / error), df)),
        method=method,
        reason=reason,
    )


def _mixed_shift(patients: Sequence[PatientScores]) -> tuple[tuple[float, float], str]:
    """Shift and standard error of the mixed model, and why they cannot be trusted, if so."""
    from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams

    from atrasig.prediction.fitting.threads import one_thread

    scores = np.concatenate([np.r_[one.baseline, one.exposed] for one in patients])
    sides = np.concatenate(
        [np.repeat([-0.5, 0.5], [one.baseline.size, one.exposed.size]) for one in patients]
    )
    groups = np.repeat(np.arange(len(patients)), [one.n_samples for one in patients])
    design = np.column_stack([np.ones_like(sides), sides])
    # In units of their spread the optimiser's tolerances mean the same for every score.
    unit = float(scores.std())
    model = MixedLM((scores - scores.mean()) / unit, design, groups=groups, exog_re=design)
    apart = MixedLMParams.from_components(fe_params=np.ones(2), cov_re=np.eye(2))
    with one_thread(), warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        try:
            fit = model.fit(reml=True, free=apart, method=["lbfgs"])
            effect, error_of = float(fit.fe_params[1]) * unit, float(fit.bse_fe[1]) * unit
        except (np.linalg.LinAlgError, ValueError) as error:
            return (np.nan, np.nan), str(error)
    told = {str(entry.message).split(".")[0] for entry in raised}
    doubts = sorted(text for text in told if any(word in text for word in _UNRELIABLE))
    if not fit.converged or not (np.isfinite(effect) and error_of > 0):
        doubts = doubts or ["it did not converge"]
    return (effect, error_of), "; ".join(doubts)
