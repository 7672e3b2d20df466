"""Known patients and known treatments, through the frozen models."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from atrasig.prediction import load_models, predict, predict_with_drivers
from tests.prediction.making import with_obs

if TYPE_CHECKING:
    from anndata import AnnData

APL = "TCGA-AB-2872-03A"


@pytest.fixture(scope="module")
def leukemias(aml20: AnnData) -> pd.DataFrame:
    return predict(aml20, disease="AML")


def test_the_one_apl_is_the_only_sensitive_patient(leukemias: pd.DataFrame) -> None:
    rows = leukemias[leukemias["question"] == "sensitivity"].set_index("sample")
    assert len(rows) == 20
    assert list(rows.index[rows["call"] == "sensitive"]) == [APL]
    assert set(rows["call"].drop(APL)) == {"no call"}
    assert rows["score"].idxmax() == APL


def test_every_row_of_the_leukemias_has_a_reason(leukemias: pd.DataFrame) -> None:
    assert (leukemias["reason"].str.len() > 20).all()
    others = leukemias[(leukemias["question"] == "sensitivity") & (leukemias["sample"] != APL)]
    assert others["reason"].str.startswith("no APL programme; no validated model").all()
    response = leukemias[leukemias["question"] == "response"]
    assert set(response["call"]) == {"no call"}
    assert response["reason"].str.startswith("needs a baseline: 0 usable").all()


def test_scores_lie_where_a_first_look_found_them(leukemias: pd.DataFrame) -> None:
    # An independent first look: the APL patient 0.21, the next 0.09 and 0.05 on the two lists.
    scores = leukemias[leukemias["question"] == "sensitivity"].set_index("sample")["score"]
    assert scores[APL] == pytest.approx(0.21, abs=0.005)
    assert scores.drop(APL).max() < 0.07
    assert scores.min() > -0.05


def test_frozen_figures_are_those_that_the_script_computes(
    shared: object, apl_reference: ModuleType
) -> None:
    folder = shared / "data" / "aml_tcga20"  # type: ignore[operator]
    names, values, platform = apl_reference.contrast_table(
        folder / "tcga_laml_20samples_htseq_counts.tsv.gz"
    )
    computed = apl_reference.frozen_figures(values, np.isin(names, [APL]))
    model = next(m for m in load_models() if m.id == "apl_programme")
    frozen = model.platforms[platform].model_dump()  # type: ignore[union-attr]
    digits = apl_reference.DIGITS
    for name in ("thresholds", "non_target_q99", "non_target_maximum", "target"):
        np.testing.assert_array_equal(
            np.round(np.array(frozen[name]), digits), np.array(computed[name])
        )
        np.testing.assert_array_equal(np.round(np.array(frozen[name]), digits), frozen[name])
    assert frozen["n_non_target"] == computed["n_non_target"] == 19
    assert frozen["n_target"] == computed["n_target"] == 1


def test_no_other_leukemia_comes_near_without_the_patient_that_set_the_thresholds(
    apl_reference: ModuleType,
) -> None:
    """Thresholds stand half way, so that the lower side has a margin of its own."""
    figures = next(m for m in load_models() if m.id == "apl_programme").platforms["rnaseq_counts"]  # type: ignore[union-attr]
    for threshold, highest, (target,) in zip(
        figures.thresholds, figures.non_target_maximum, figures.target, strict=True
    ):
        assert threshold == pytest.approx((highest + target) / 2, abs=1e-3)


@pytest.mark.parametrize("kept", [[APL], [APL, "TCGA-AB-2863-03A", "TCGA-AB-3009-03A"]])
def test_real_samples_are_called_alike_in_any_company(
    aml20: AnnData, leukemias: pd.DataFrame, kept: list[str]
) -> None:
    alone = predict(aml20[kept[::-1]].copy(), disease="AML")
    expected = pd.concat([leukemias[leukemias["sample"] == name] for name in kept[::-1]])
    pd.testing.assert_frame_equal(alone, expected.reset_index(drop=True), check_exact=True)


def test_gene_order_of_a_real_matrix(aml20: AnnData, leukemias: pd.DataFrame) -> None:
    turned = aml20[:, np.random.default_rng(3).permutation(aml20.n_vars)].copy()
    pd.testing.assert_frame_equal(predict(turned, disease="AML"), leukemias, check_exact=True)


def test_drivers_of_real_samples_sum_to_their_score(aml20: AnnData) -> None:
    found = predict_with_drivers(aml20, disease="AML", samples=[APL])
    sums = found.drivers.groupby("model")["contribution"].sum()
    scores = found.calls.dropna(subset="score").set_index("model")["score"]
    assert dict(sums) == pytest.approx(dict(scores), abs=1e-12)
    assert set(sums.index) == {"apl_programme"}


# --- SH-SY5Y before and after retinoic acid ---


def _treated(shsy5y: AnnData, **columns: object) -> pd.DataFrame:
    expr = with_obs(shsy5y, list(shsy5y.obs_names), **columns)
    calls = predict(expr, disease="neuroblastoma", tissue="")
    return calls[calls["question"] == "response"].set_index("sample")


def test_differentiated_cells_respond_and_others_never(shsy5y: AnnData) -> None:
    timepoint = ["baseline" if "nodiff" in name else "exposed" for name in shsy5y.obs_names]
    rows = _treated(shsy5y, timepoint=timepoint, material="cell line")
    calls = rows["call"]
    for name in shsy5y.obs_names:
        expected = "no call" if "nodiff" in name else "responding"
        assert calls[name] == expected, name
    exposed = rows[rows["call"] == "responding"]
    assert (exposed["score"] > 0.2).all()
    assert exposed["reference"].str.startswith("3 baselines of the same context").all()
    assert (exposed["grade"] == "cell lines").all()


def test_differentiated_cells_respond_as_pairs(shsy5y: AnnData) -> None:
    timepoint = ["baseline" if "nodiff" in name else "exposed" for name in shsy5y.obs_names]
    patient = [name[-4:] for name in shsy5y.obs_names]
    rows = _treated(shsy5y, timepoint=timepoint, patient=patient)
    assert (rows["call"] == "responding").sum() == 3
    assert rows.loc[rows["call"] == "responding", "reference"].str.startswith("own ").all()


@pytest.mark.parametrize("timepoint", ["", "exposed"])
def test_without_any_baseline_nobody_is_called(shsy5y: AnnData, timepoint: str) -> None:
    rows = _treated(shsy5y, timepoint=timepoint)
    assert set(rows["call"]) == {"no call"}
    assert rows["reason"].str.contains("needs a baseline: 0 usable").all()


def test_turned_round_nothing_responds(shsy5y: AnnData) -> None:
    timepoint = ["exposed" if "nodiff" in name else "baseline" for name in shsy5y.obs_names]
    rows = _treated(shsy5y, timepoint=timepoint)
    assert set(rows["call"]) == {"no call", "not responding"}


# --- 109 gastric cancers on an array ---


def test_gastric_cancers_are_told_which_model_is_missing(gastric: AnnData) -> None:
    calls = predict(gastric, disease="gastric cancer")
    rows = calls[calls["question"] == "sensitivity"]
    assert len(rows) == 109
    assert set(rows["model"]) == {"gastric_guarrera2023"}
    assert set(rows["call"]) == {"no call"}
    assert rows["reason"].str.contains("42-gene model").all()
    assert rows["reason"].str.contains("import --as guarrera2023-gastric42 TABLE").all()


def test_the_programme_is_not_called_on_an_array(gastric: AnnData) -> None:
    rows = predict(gastric, disease="AML", samples=list(gastric.obs_names[:5]))
    rows = rows[rows["question"] == "sensitivity"]
    assert set(rows["call"]) == {"no call"}
    assert rows["reason"].str.contains("no frozen reference for microarray data").all()
    # An untuned first look found -0.08 to -0.01 on the first list.
    assert rows["score"].between(-0.1, 0.02).all()
