"""Pairs: deltas by hand, the test that fits the cohort, its error rates, and what is left out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.multitest import multipletests

from atrasig.prediction import predict
from atrasig.prediction.pairs import PAIR_COLUMNS, TEST_COLUMNS, PairTables, compare_pairs
from atrasig.prediction.pairs.cohort import PatientScores, adjusted, cohort_test
from atrasig.signatures import SignatureSet
from tests.prediction.making import make_expr, make_signature, shift_model, with_obs, write_model

if TYPE_CHECKING:
    from anndata import AnnData

PATIENTS = ("P1", "P2", "P3", "P4")
CORE = SignatureSet([make_signature("my_core", ["G0000"], ["G0009"])])


@pytest.fixture(scope="module")
def demo_pairs(demo: AnnData) -> PairTables:
    return compare_pairs(demo)


def _of(table: pd.DataFrame, model: str = "retinoid_response") -> pd.DataFrame:
    return table[table["model"] == model]


# --- deltas ---


def test_a_delta_is_the_score_of_the_call_against_the_own_baseline(
    demo: AnnData, demo_pairs: PairTables
) -> None:
    calls = predict(demo).set_index(["sample", "model"])
    assert list(_of(demo_pairs.pairs)["patient"]) == list(PATIENTS)
    for row in demo_pairs.pairs.to_dict("records"):
        call = calls.loc[(f"{row['patient']}-exposed", row["model"])]
        theirs = ["score", "low", "high", "n_matched", "control_score", "specificity"]
        ours = ["delta", "low", "high", "n_matched", "control_delta", "specificity"]
        assert list(call[theirs]) == [row[name] for name in ours]
        assert (row["baseline"], row["exposed"]) == tuple(
            f"{row['patient']}-{when}" for when in ("baseline", "exposed")
        )
        assert row["reason"] == "1 exposed sample against 1 baseline sample"


def _replicated(tmp_path: Path, **changed: Any) -> pd.Series:
    """Ten genes worth 10 .. 100 and rolled, two samples before and one after."""
    before = [10.0 * place for place in range(1, 11)]
    rows = [before, np.roll(before, 1), np.roll(before, 5)]
    obs = {"patient": ["A"] * 3, "timepoint": ["baseline", "baseline", "exposed"], **changed}
    expr = make_expr(rows, obs, samples=["b1", "b2", "x"])
    model = write_model(tmp_path, shift_model())
    table = compare_pairs(expr, models=[model], signatures=CORE).pairs
    assert len(table) == 1
    return table.iloc[0]


def test_replicates_are_averaged_by_hand(tmp_path: Path) -> None:
    row = _replicated(tmp_path)
    # G0000: 0.1 and 1.0 before, 0.6 after; G0009, which counts by its fall: 1.0, 0.9 and 0.5.
    assert row["delta"] == pytest.approx(((0.6 - 0.55) + (0.95 - 0.5)) / 2, abs=1e-12)
    assert row["reason"] == "1 exposed sample against 2 baseline samples"
    assert (row["low"], row["high"]) == pytest.approx((0.05, 0.45), abs=1e-12)
    assert (row["control"], row["specificity"]) == ("", "")


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("timepoint", ["", "", "exposed"], "no usable baseline sample of this patient; left out: "),
        ("tissue", ["blood", "blood", "bone marrow"], "the samples of this patient differ in tiss"),
        ("timepoint", ["baseline", "", "exposed"], "1 exposed sample against 1 baseline sample; l"),
    ],
)
def test_what_is_left_out_is_said(
    tmp_path: Path, column: str, values: list[str], reason: str
) -> None:
    row = _replicated(tmp_path, **{column: values})
    assert row["reason"].startswith(reason)
    assert np.isnan(row["delta"]) == ("against" not in reason)
    if column == "timepoint":
        assert "b2 (it states no timepoint)" in row["reason"]


def test_a_shallow_side_gives_no_delta_and_is_named(demo: AnnData) -> None:
    expr = with_obs(demo, list(demo.obs_names))
    expr.obs.loc["P2-exposed", "qc_library_size"] = 10_000.0
    found = compare_pairs(expr)
    row = _of(found.pairs).set_index("patient").loc["P2"]
    assert np.isnan(row["delta"])
    assert row["reason"].startswith("no usable exposed sample of this patient; left out: P2-exp")
    assert "too shallow: 10,000 reads" in row["reason"]
    test = _of(found.tests).iloc[0]
    assert (test["n_patients"], test["n_without"], test["method"]) == (3, 1, "none")


def test_no_pairs_give_empty_tables_of_the_same_columns(demo: AnnData) -> None:
    for expr in (with_obs(demo, ["APL-1"]), with_obs(demo, ["P1-baseline"])):
        found = compare_pairs(expr)
        assert list(found.pairs.columns) == list(PAIR_COLUMNS)
        assert list(found.tests.columns) == list(TEST_COLUMNS)
        assert len(found.pairs) == len(found.tests) == 0
        assert found.pairs["delta"].dtype == found.tests["p"].dtype == np.float64


def test_tables_do_not_depend_on_order_or_on_other_samples(
    demo: AnnData, demo_pairs: PairTables
) -> None:
    names = [f"{p}-{when}" for p in PATIENTS[::-1] for when in ("exposed", "baseline")]
    turned = compare_pairs(demo[names].copy())
    pd.testing.assert_frame_equal(turned.pairs, demo_pairs.pairs, check_exact=True)
    pd.testing.assert_frame_equal(turned.tests, demo_pairs.tests, check_exact=True)


# --- the cohort ---


def _cohort(
    n: int, n_baseline: int = 1, n_exposed: int = 1, *, seed: int = 1, effect: float = 0.0,
    differ: float = 0.05,
) -> list[PatientScores]:  # fmt: skip
    """Patients of different level who differ in their shift, measured with noise."""
    rng = np.random.default_rng([seed, n])
    level, shift = rng.normal(0.5, 0.1, n), effect + differ * rng.normal(size=n)
    before = level[:, None] + rng.normal(0, 0.05, (n, n_baseline))
    after = (level + shift)[:, None] + rng.normal(0, 0.05, (n, n_exposed))
    return [PatientScores(b, a) for b, a in zip(before, after, strict=True)]


def test_paired_t_is_that_of_scipy() -> None:
    cohort = _cohort(6, effect=0.1)
    found = cohort_test(cohort)
    after, before = ([getattr(p, s)[0] for p in cohort] for s in ("exposed", "baseline"))
    theirs = stats.ttest_rel(after, before)
    assert found.method == "paired t"
    assert (found.statistic, found.df, found.p) == pytest.approx(
        (theirs.statistic, theirs.df, theirs.pvalue), rel=1e-9
    )
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval()), rel=1e-9)


@pytest.mark.parametrize(
    ("shape", "method", "reason"),
    [
        ((0, 1, 1), "none", "0 pairs give deltas and no p-value: 4 are needed"),
        ((3, 2, 2), "none", "3 pairs give deltas and no p-value: 4 are needed"),
        ((4, 1, 1), "paired t", "4 patients, below 8"),
        ((7, 2, 1), "paired t", "7 patients, below 8; replicates were averaged"),
        ((8, 1, 1), "paired t", "no timepoint is replicated, and then a mixed model is the paired"),
        ((8, 1, 2), "mixed model", "8 patients with replicated timepoints"),
    ],
)
def test_the_method_that_fits_the_cohort(
    shape: tuple[int, int, int], method: str, reason: str
) -> None:
    found = cohort_test(_cohort(*shape))
    assert (found.method, found.n_patients) == (method, shape[0])
    assert found.n_samples == shape[0] * (shape[1] + shape[2])
    assert found.reason.startswith(reason)
    assert np.isnan(found.p) == np.isnan(found.low) == (method == "none")
    assert np.isnan(found.effect) == (shape[0] == 0)


def test_a_balanced_mixed_model_is_the_paired_t_of_the_means() -> None:
    for seed in range(3):
        cohort = _cohort(10, 2, 2, seed=seed, effect=0.1, differ=0.15)
        found = cohort_test(cohort)
        theirs = stats.ttest_1samp([one.delta for one in cohort], 0)
        assert found.method == "mixed model"
        assert found.p == pytest.approx(theirs.pvalue, rel=1e-2)
        assert found.effect == pytest.approx(np.mean([one.delta for one in cohort]), rel=1e-4)


def test_where_the_mixed_model_fails_the_paired_t_steps_in_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fit(*_: object, **__: object) -> None:
        warnings.warn("Maximum Likelihood optimization failed to converge. More", stacklevel=1)
        raise np.linalg.LinAlgError("Singular matrix")

    cohort = _cohort(8, 1, 2)
    assert cohort_test(cohort).method == "mixed model"
    monkeypatch.setattr(MixedLM, "fit", fit)
    found = cohort_test(cohort)
    assert found.method == "paired t"
    assert found.reason == (
        "the mixed model was not used: Singular matrix; replicates were averaged"
    )
    deltas = [one.delta for one in cohort]
    assert found.p == pytest.approx(stats.ttest_1samp(deltas, 0).pvalue, rel=1e-9)


def test_no_mixed_model_is_kept_that_statsmodels_warns_of() -> None:
    """Without any difference between patients the variance of the shift lies on its bound."""
    found = [cohort_test(_cohort(8, 2, 2, seed=seed, differ=0.0)) for seed in range(6)]
    for test in found:
        assert np.isfinite([test.low, test.high, test.p]).all()
        assert (test.method == "mixed model") == ("not used" not in test.reason)


def test_equal_deltas_cannot_be_tested() -> None:
    found = cohort_test([PatientScores(np.zeros(1), np.full(1, 0.25))] * 5)
    assert np.isnan(found.p)
    assert "all deltas are equal" in found.reason


def test_order_of_patients_changes_nothing_that_is_seen() -> None:
    for shape in ((6, 1, 1), (9, 1, 2)):
        cohort = _cohort(*shape, effect=0.05)
        one, other = cohort_test(cohort), cohort_test(cohort[::-1])
        assert one.p == pytest.approx(other.p, rel=1e-3)


def test_q_values_are_those_of_statsmodels() -> None:
    p = np.array([0.04, np.nan, 0.001, 0.2, 0.03])
    q = adjusted(p)
    known = ~np.isnan(p)
    assert np.isnan(q[1])
    np.testing.assert_allclose(q[known], multipletests(p[known], method="fdr_bh")[1])
    assert np.isnan(adjusted(np.array([np.nan]))).all()


def test_cohort_of_the_demo(demo_pairs: PairTables) -> None:
    tests = demo_pairs.tests.set_index("model")
    deltas = _of(demo_pairs.pairs)["delta"]
    core, other = tests.loc["retinoid_response"], tests.loc["myeloid_differentiation"]
    assert core["p"] == pytest.approx(stats.ttest_1samp(deltas, 0).pvalue, rel=1e-9)
    assert core["effect"] == pytest.approx(deltas.mean())
    assert core["q"] < 1e-3
    assert other["p"] > 0.1  # only the retinoid core was planted
    assert abs(core["control_effect"]) < 0.01
    assert core["control_low"] < 0 < core["control_high"]


def test_three_pairs_of_real_cells_give_deltas_and_no_p_value(shsy5y: AnnData) -> None:
    names = list(shsy5y.obs_names)
    timepoint = ["baseline" if "nodiff" in name else "exposed" for name in names]
    culture = [name[-4:] for name in names]
    expr = with_obs(shsy5y, names, timepoint=timepoint, patient=culture, material="cell line")
    found = compare_pairs(expr, disease="neuroblastoma")
    print(found.pairs[["patient", "model", "delta", "low", "high", "control_delta"]].to_string())
    core = _of(found.pairs)
    assert len(core) == 3
    assert (core["low"] > 0.1).all()
    assert core["specificity"].str.startswith("specific: ").all()
    assert found.tests["p"].isna().all()
    assert set(found.tests["reason"]) == {"3 pairs give deltas and no p-value: 4 are needed"}


# --- error rates ---


def _rejections(runs: int, *shape: int, effect: float = 0.0, differ: float = 0.05) -> int:
    cohorts = (_cohort(*shape, seed=s, effect=effect, differ=differ) for s in range(runs))
    return sum(cohort_test(cohort).p < 0.05 for cohort in cohorts)


@pytest.mark.slow
@pytest.mark.parametrize(("runs", "shape"), [(2000, (6, 1, 1)), (150, (8, 1, 2))])
def test_type_one_error_is_five_percent(runs: int, shape: tuple[int, int, int]) -> None:
    """Patients who differ in their shift, with none on average."""
    found = _rejections(runs, *shape)
    low, high = stats.binom.interval(0.99, runs, 0.05)
    print(f"type I error at 5 %, {shape}: {found}/{runs} = {found / runs:.3f}")
    assert low <= found <= high


@pytest.mark.slow
@pytest.mark.parametrize(("runs", "shape"), [(500, (6, 1, 1)), (40, (8, 1, 2))])
def test_planted_shifts_are_found(runs: int, shape: tuple[int, int, int]) -> None:
    power = [_rejections(runs, *shape, effect=effect) / runs for effect in (0.05, 0.15)]
    print(f"power at shifts of 0.05 and 0.15, {shape}: {power}")
    # A noncentral t with the variance of a patient's delta says what the power must be.
    n, n_before, n_after = shape
    error = np.sqrt((0.05**2 + 0.05**2 / n_before + 0.05**2 / n_after) / n)
    bound = stats.t.ppf(0.975, n - 1)
    expected = [
        float(stats.nct.sf(bound, n - 1, e / error) + stats.nct.cdf(-bound, n - 1, e / error))
        for e in (0.05, 0.15)
    ]
    spread = [3 * np.sqrt(p * (1 - p) / runs) + 0.02 for p in expected]
    assert all(abs(o - e) < s for o, e, s in zip(power, expected, spread, strict=True)), expected
