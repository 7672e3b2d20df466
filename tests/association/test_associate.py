"""Associations of whole cohorts: planted effects, families of tests, counts, warnings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from atrasig.association import COLUMNS, FACTS, associate
from atrasig.errors import InputError, UsageError
from tests.association.cohorts import scores_of, sheet_of

N = 90


@pytest.fixture(scope="module")
def sheet() -> pd.DataFrame:
    return sheet_of(N)


@pytest.fixture(scope="module")
def scores(sheet: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    noise = {f"noise{place}": rng.normal(size=N) for place in range(12)}
    age = stats.zscore(sheet["age"].astype(float).to_numpy())
    planted = {
        "by_age": 0.8 * age + rng.normal(size=N),
        "by_stage": 1.2 * (sheet["stage"] == "III").to_numpy() + rng.normal(size=N),
        "by_batch": 2.0 * (sheet["batch"] == "b").to_numpy() + rng.normal(size=N),
    }
    return scores_of(noise | planted)


@pytest.fixture(scope="module")
def table(scores: pd.DataFrame, sheet: pd.DataFrame) -> pd.DataFrame:
    found = associate(
        scores, sheet, ["age", "sex", "stage"], batch="batch", time="months", event="death",
        adjust=["sex"],
    )  # fmt: skip
    assert tuple(found.table) == COLUMNS
    assert tuple(found.covariates) == FACTS
    return found.table


def test_planted_effects_are_found(table: pd.DataFrame) -> None:
    best = table.loc[table.groupby(["covariate", "test"])["p"].idxmin()]
    named = best.set_index(["covariate", "test"])["signature"]
    assert named["age", "coefficient"] == "by_age"
    assert named["stage", "overall"] == named["stage", "level"] == "by_stage"
    assert named["batch", "share"] == "by_batch"
    noise = table[table["signature"].str.startswith("noise")]
    assert (noise["q"] < 0.05).sum() <= 2


def test_a_column_is_not_adjusted_for_itself(table: pd.DataFrame) -> None:
    adjusted = table.groupby("covariate", sort=False)["adjusted_for"].first()
    assert adjusted.to_dict() == {
        "batch": "", "age": "sex, batch", "sex": "batch", "stage": "sex, batch",
        "months and death": "sex, batch",
    }  # fmt: skip


def test_q_is_benjamini_hochberg_within_a_family(table: pd.DataFrame) -> None:
    for (covariate, test), rows in table.groupby(["covariate", "test"]):
        assert len(rows) == 15 * (2 if test == "level" else 1), covariate
        assert rows["q"].to_numpy() == pytest.approx(multipletests(rows["p"], method="fdr_bh")[1])


def test_the_share_between_batches_is_that_of_an_analysis_of_variance(
    table: pd.DataFrame, scores: pd.DataFrame, sheet: pd.DataFrame
) -> None:
    y = scores[scores["signature"] == "by_batch"]["score"].to_numpy()
    parts = [y[sheet["batch"] == name] for name in ("a", "b", "c")]
    between = sum(len(own) * (own.mean() - y.mean()) ** 2 for own in parts)
    row = table[(table["covariate"] == "batch") & (table["signature"] == "by_batch")].iloc[0]
    assert row["effect"] == pytest.approx(between / ((y - y.mean()) ** 2).sum())
    assert row["note"] == f"chance alone gives {2 / (N - 1):.3f}"


def test_two_groups_without_adjusting_are_a_difference_of_means(
    scores: pd.DataFrame, sheet: pd.DataFrame
) -> None:
    found = associate(scores, sheet, ["sex"], signatures=["noise3"]).table.iloc[0]
    y = scores[scores["signature"] == "noise3"]["score"].to_numpy()
    male, female = (y[sheet["sex"] == name] for name in "MF")
    assert found["effect"] == pytest.approx((male.mean() - female.mean()) / y.std(ddof=1))
    # Welch's error divides by n where HC3 divides by n - 1.
    se = np.sqrt(male.var(ddof=1) / (len(male) - 1) + female.var(ddof=1) / (len(female) - 1))
    assert found["statistic"] == pytest.approx((male.mean() - female.mean()) / se)
    assert (found["term"], found["reference"], found["n_term"]) == ("M", "F", len(male))


def test_every_sample_is_accounted_for(scores: pd.DataFrame, sheet: pd.DataFrame) -> None:
    holed, short = scores.copy(), sheet.copy()
    holed.loc[holed["signature"].eq("noise0") & holed["sample"].isin(["s1", "s2"]), "score"] = (
        np.nan
    )
    short.loc[[2, 3, 4], "age"] = "NA"
    short.loc[5, "stage"] = "IV"
    short.loc[6, "death"] = ""
    found = associate(
        holed, short, ["age", "stage"], adjust=["age"], time="months", event="death"
    ).table
    counted = found[["n", "n_missing", "n_unscored", "n_left_out"]].sum(axis=1)
    assert (counted == N).all()
    first = found[(found["signature"] == "noise0") & (found["covariate"] == "age")].iloc[0]
    assert (first["n"], first["n_missing"], first["n_unscored"]) == (N - 4, 2, 2)
    assert found.loc[found["term"] == "IV", "reason"].eq("no sample of 'IV' can be used").all()
    survival = found[found["covariate"] == "months and death"]
    assert survival["n_missing"].max() == 4


def test_batch_and_covariate_that_go_together(scores: pd.DataFrame, sheet: pd.DataFrame) -> None:
    mixed = sheet.copy()
    mixed["site"] = mixed["batch"].map({"a": "x", "b": "y", "c": "y"})
    mixed["arm"] = np.where(np.arange(N) % 10 == 0, "new", mixed["site"])
    found = associate(scores, mixed, ["site", "arm", "age"], batch="batch")
    assert found.warnings[0] == "site: aliased with batch: the two cannot be told apart"
    assert found.warnings[1].startswith("arm: confounded with batch")
    assert len(found.warnings) == 2
    refused = found.table[found.table["covariate"] == "site"]
    assert refused["reason"].str.contains("aliased").all()
    assert refused["p"].isna().all()


def test_samples_without_a_partner_and_repeated_patients_are_told(
    scores: pd.DataFrame, sheet: pd.DataFrame
) -> None:
    found = associate(
        scores, sheet.iloc[:60].assign(patient=["p1", "p1", *["" for _ in range(58)]]), ["age"]
    )
    assert found.facts["samples with scores and a row in the sheet"] == 60
    assert any("30 samples with scores have no row: 's60'" in text for text in found.warnings)
    assert any("1 patients have more than one sample" in text for text in found.warnings)


def test_scores_that_do_not_vary_have_a_reason(sheet: pd.DataFrame) -> None:
    found = associate(scores_of({"flat": np.full(N, 0.1) + 0.2}), sheet, ["age"]).table
    assert found["reason"].tolist() == ["the score is the same in all samples"]


def test_few_events_are_refused_or_told(scores: pd.DataFrame, sheet: pd.DataFrame) -> None:
    rare = sheet.assign(death=["1" if place < 8 else "0" for place in range(N)])
    one = associate(scores, rare, time="months", event="death", signatures=["noise1"]).table
    assert "weak: 8.0 events for each of 1 coefficients" in one["note"].iloc[0]
    assert one["n_events"].iloc[0] == 8
    rarer = sheet.assign(death=["1" if place < 6 else "0" for place in range(N)])
    many = associate(
        scores, rarer, adjust=["age", "sex", "stage"], time="months", event="death",
        signatures=["noise1"],
    ).table  # fmt: skip
    assert "6 events for" in many["reason"].iloc[0]
    assert many["p"].isna().all()


def test_the_order_of_rows_does_not_matter(scores: pd.DataFrame, sheet: pd.DataFrame) -> None:
    kept = {"covariates": ["age", "stage"], "time": "months", "event": "death"}
    first = associate(scores, sheet, **kept).table
    turned = associate(scores.iloc[::-1], sheet.iloc[::-1], **kept).table
    pd.testing.assert_frame_equal(first, turned, rtol=1e-6)


def test_what_cannot_be_asked(scores: pd.DataFrame, sheet: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="nothing to compare"):
        associate(scores, sheet)
    with pytest.raises(UsageError, match="belong together"):
        associate(scores, sheet, time="months")
    with pytest.raises(UsageError, match="signature 'x'"):
        associate(scores, sheet, ["age"], signatures=["x"])
    with pytest.raises(InputError, match="No sample has both"):
        associate(scores.assign(sample="other" + scores["sample"]), sheet, ["age"])
    with pytest.raises(InputError, match="stand twice"):
        associate(pd.concat([scores, scores.iloc[:3]]), sheet, ["age"])
    with pytest.raises(InputError, match="no column 'score'"):
        associate(scores.drop(columns="score"), sheet, ["age"])
