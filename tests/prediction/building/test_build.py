"""What a fit freezes, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import atrasig
from atrasig.errors import AtrasigError, InputError, ModelError, UsageError
from atrasig.prediction.building import FittedModel
from atrasig.prediction.loading import read_model
from tests.prediction.planted import Cohort, plant

STATED: dict[str, Any] = {"id": "mine", "higher_is": "sensitive", "permutations": 0, "folds": 3}


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return plant()


@pytest.fixture(scope="module")
def ridge(cohort: Cohort) -> FittedModel:
    return atrasig.fit(cohort.expr, "LN", groups="study", recipe="ridge", **STATED)


def test_planted_genes_are_found(cohort: Cohort) -> None:
    found = atrasig.fit(cohort.expr, "LN", recipe="correlation", **STATED)
    weighted = {gene.gene for gene in found.model.genes if gene.weight is not None}
    hits = weighted & set(cohort.planted)
    assert len(hits) >= 10
    assert len(hits) >= 0.8 * len(weighted)
    assert found.model.validation[0].value is not None
    assert found.model.validation[0].value > 0.7
    assert set(found.inference["gene"]) == weighted


def test_the_domain_is_that_of_the_training_samples(cohort: Cohort, ridge: FittedModel) -> None:
    model = ridge.model
    assert model.context.materials == ("cell line",)
    assert model.context.diseases == ("aml",)
    assert model.context.platforms == ("rnaseq_counts",)
    assert model.grade == "cell lines"
    assert model.panel == tuple(sorted(cohort.counts.columns))
    assert model.floors.coding_measured == int(np.ceil(0.6 * len(model.panel)))
    assert set(model.min_correlation) == set(model.quantiles) == {"rnaseq_counts"}
    assert all("rnaseq_counts" in gene.typical for gene in model.genes)


def test_the_record_and_the_figures(ridge: FittedModel) -> None:
    (record,) = ridge.model.training
    assert (record.n, record.n_positive) == (60, None)
    measures = {(row.measure, row.how.split(",")[0]) for row in ridge.model.validation}
    assert {
        ("Spearman", "pooled"),
        ("Spearman", "within study_0"),
        ("Spearman", "within groups"),
        ("Spearman", "permuted"),
        ("Spearman", "permuted within lineages"),
        ("coverage of the 90% interval", "pooled"),
    } <= measures
    assert ridge.model.interval is not None
    errors = np.sort(np.abs(ridge.predictions["response"] - ridge.predictions["out_of_fold"]))
    # The 55th of 60 errors: ceil(61 * 0.9).
    assert ridge.model.interval.pooled.half_width == pytest.approx(errors[54])


def test_whole_lineages_are_held_out(ridge: FittedModel) -> None:
    assert ridge.predictions.groupby("group")["fold"].nunique().max() == 1


def test_the_order_of_samples_and_genes_changes_nothing(cohort: Cohort, ridge: FittedModel) -> None:
    turned = cohort.expr[::-1, ::-1].copy()
    again = atrasig.fit(turned, "LN", groups="study", recipe="ridge", **STATED)
    assert again.model == ridge.model
    pd.testing.assert_frame_equal(again.predictions, ridge.predictions)


def test_values_by_sample_are_as_good_as_a_column(cohort: Cohort, ridge: FittedModel) -> None:
    table = cohort.table
    again = atrasig.fit(cohort.expr, table["LN"], groups=table["study"], recipe="ridge", **STATED)
    assert again.model == ridge.model


def test_samples_that_do_not_serve_are_counted(cohort: Cohort) -> None:
    expr = cohort.expr
    expr.obs["LN"] = expr.obs["LN"].astype(object)
    expr.obs.loc["S000", "LN"] = "NA"
    expr.obs["timepoint"] = ["baseline", "exposed", *["baseline"] * 58]
    expr.obs.loc["S002", "qc_library_size"] = 10.0
    expr.obs["qc_platform"] = ["rnaseq_counts"] * 59 + ["microarray"]
    expr.obs.loc["S003", "study"] = ""
    found = atrasig.fit(expr, "LN", groups="study", recipe="ridge", **STATED)
    assert found.model.training[0].n == 55
    told = "\n".join(found.left_out)
    for text in (
        "1 left out, no response is given: S000",
        "taken after exposure",
        "too shallow: 10 reads",
        "no lineage is given: relatives of the sample may lie in every fold: S003",
        "its values are microarray, most are rnaseq_counts: S059",
    ):
        assert text in told
    assert set(found.left_out) <= set(found.model.limits)


def test_genes_not_measured_in_every_sample_take_no_part(cohort: Cohort) -> None:
    expr = cohort.expr
    expr.X[5, 7] = np.nan
    found = atrasig.fit(expr, "LN", recipe="ridge", **STATED)
    assert expr.var_names[7] not in found.model.panel
    assert "1 more are not measured in every sample" in found.model.limits[0]


def test_a_label_gets_a_probability_of_the_frozen_score(cohort: Cohort) -> None:
    found = atrasig.fit(cohort.expr, "label", positive="R", recipe="ridge", **STATED)
    model = found.model
    assert (model.training[0].n_positive, model.training[0].n_negative) == (30, 30)
    assert (model.n_sensitive, model.n_resistant) == (30, 30)
    assert model.interval is None
    assert model.probability is not None
    # Calibrated on scores without the intercept: the model's own is taken off again.
    middle = model.probability.at(model.intercept)
    assert 0.3 < middle < 0.7
    assert model.unit == "log odds"


def test_few_labels_give_no_probability(cohort: Cohort) -> None:
    labels = pd.Series(["R"] * 9 + ["N"] * 51, index=cohort.table.index, name="few")
    found = atrasig.fit(cohort.expr, labels, positive="R", recipe="ridge", **STATED)
    assert found.model.probability is None
    assert any(line.startswith("No probability: 9 positive") for line in found.model.limits)


def test_a_control_that_fails_forbids_thresholds(cohort: Cohort) -> None:
    by_response = cohort.table["LN"].sort_values()
    low, high = str(by_response.index[20]), str(by_response.index[-1])
    given = {**STATED, "recipe": "ridge"}
    found = atrasig.fit(cohort.expr, "LN", positive_controls=[low, high], **given)
    passed = {control.name: control.passed for control in found.model.positive_controls}
    assert passed == {low: False, high: True}
    rows = [row for row in found.model.validation if row.measure == "rank of a positive control"]
    assert sorted(row.value for row in rows) == [1.0, 40.0]  # type: ignore[type-var]
    with pytest.raises(UsageError, match=rf"fail their positive control {low} \(40 of 60"):
        atrasig.fit(cohort.expr, "LN", positive_controls=[low], sensitive=1.0, **given)


def test_a_control_is_ranked_in_its_lineage(cohort: Cohort) -> None:
    own = cohort.table[cohort.table["study"] == "study_0"]["LN"].sort_values()
    name = str(own.index[-5])
    found = atrasig.fit(
        cohort.expr, "LN", groups="study", positive_controls=[name], recipe="ridge", **STATED
    )
    (control,) = found.model.positive_controls
    assert (control.rank, control.of, control.among, control.passed) == (5, 20, "study_0", True)


def test_thresholds_count_the_samples_behind_them(cohort: Cohort) -> None:
    given = {**STATED, "recipe": "ridge", "higher_is": "resistant"}
    found = atrasig.fit(cohort.expr, "LN", sensitive=-0.5, resistant=0.5, **given)
    values = cohort.table["LN"]
    assert found.model.n_sensitive == (values <= -0.5).sum()
    assert found.model.n_resistant == (values >= 0.5).sum()


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"response": "nowhere"}, UsageError, "no column 'nowhere'"),
        ({"response": "label"}, InputError, "are no finite numbers"),
        ({"response": "label", "positive": "X"}, UsageError, "No sample has 'X'"),
        ({"response": "disease", "positive": "AML"}, InputError, "one value in all samples"),
        ({"recipe": "lasso"}, UsageError, "Unknown recipe"),
        ({"id": "Not An Id"}, ModelError, "id: String should match"),
        ({"diseases": "nothing known"}, ModelError, "diseases"),
        ({"material": "patient"}, UsageError, "contradicts the samples, which are cell line"),
        ({"positive_controls": ["S999"]}, UsageError, "not among the training samples: S999"),
        ({"sensitive": 99.0}, UsageError, "No training sample is sensitive"),
        ({"sensitive": 0.1, "resistant": 0.5}, UsageError, "contradict that higher is sensitive"),
        ({"folds": 1}, UsageError, "1 folds cannot be made"),
        ({"level": 1.0}, UsageError, "level of coverage"),
    ],
)
def test_what_is_refused(
    cohort: Cohort, changed: dict[str, Any], error: type[AtrasigError], message: str
) -> None:
    given = {**STATED, "response": "LN", "recipe": "ridge", **changed}
    with pytest.raises(error, match=message):
        atrasig.fit(cohort.expr, given.pop("response"), **given)


def test_too_few_samples_say_which_were_left_out(cohort: Cohort) -> None:
    few = cohort.table["LN"].iloc[:12]
    with pytest.raises(InputError, match=r"12 samples are too few.*left out: 48 \(no response"):
        atrasig.fit(cohort.expr, few, **STATED)


def test_disease_and_material_must_be_known(cohort: Cohort) -> None:
    expr = cohort.expr
    expr.obs["disease"] = ""
    with pytest.raises(UsageError, match="state a disease"):
        atrasig.fit(expr, "LN", **STATED)
    expr.obs["material"] = ""
    with pytest.raises(UsageError, match="60 of 60 samples state no material"):
        atrasig.fit(expr, "LN", **STATED)
    with pytest.raises(UsageError, match="grade of evidence does not follow"):
        atrasig.fit(expr, "LN", diseases="AML", material="organoid", **STATED)


def test_noise_gives_no_signature(cohort: Cohort) -> None:
    noise = pd.Series(
        np.random.default_rng(10).normal(size=60), index=cohort.table.index, name="noise"
    )
    with pytest.raises(InputError, match="finds nothing in these data"):
        atrasig.fit(cohort.expr, noise, **STATED)


def test_relative_values_are_fitted_for_figures_alone(cohort: Cohort, tmp_path: Path) -> None:
    expr = cohort.expr
    expr.uns["atrasig"]["platform"] = "zscore"
    with pytest.raises(InputError, match="cannot be ranked within a sample"):
        atrasig.fit(expr, "LN", recipe="ridge", **STATED)
    found = atrasig.fit(expr, "LN", recipe="ridge", features="zscore", **STATED)
    assert found.model.min_correlation == found.model.quantiles == {}
    found.save(tmp_path)
    assert read_model(tmp_path / "mine.yaml") == found.model
    with pytest.raises(UsageError, match="takes no threshold"):
        atrasig.fit(expr, "LN", features="zscore", sensitive=0.1, **STATED)


def test_permuted_responses_are_told_of(cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
    few = atrasig.fit(cohort.expr, "LN", recipe="ridge", **{**STATED, "permutations": 3})
    assert any("3 permuted responses are too few" in line for line in few.model.limits)
    (row,) = [row for row in few.model.validation if row.how.startswith("permuted")]
    assert row.note == "p 0.25, 3 permutations"
    monkeypatch.setattr("atrasig.prediction.building.limits.ALPHA", 0.25)
    better = atrasig.fit(cohort.expr, "LN", recipe="ridge", **{**STATED, "permutations": 3})
    assert any("better than permuted responses (p 0.25" in line for line in better.model.limits)


def test_saved_and_read_again(ridge: FittedModel, tmp_path: Path) -> None:
    paths = ridge.save(tmp_path / "deep" / "folder")
    assert [path.name for path in paths] == [
        "mine.yaml", "mine.tsv", "mine.validation.tsv", "mine.predictions.tsv",
        "mine.inference.tsv",
    ]  # fmt: skip
    assert read_model(paths[0]) == ridge.model
    table = pd.read_csv(paths[2], sep="\t")
    assert len(table) == len(ridge.model.validation)
