"""Frozen models against labels: what is counted, what is left out, and what nothing depends on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import atrasig
from atrasig.errors import InputError, SheetError, UsageError
from atrasig.prediction.validation import Validation, as_markdown, read_label_sheet, validate
from atrasig.signatures import SignatureSet
from tests.prediction.making import gene_names, make_expr, make_signature, rank_model, write_model

if TYPE_CHECKING:
    from anndata import AnnData

N, GENES = 60, 300
FEW = {"draws": 200, "permutations": 200}


@pytest.fixture(scope="module")
def expr() -> AnnData:
    """Sixty samples, every third with the first twenty genes up, in two lineages."""
    rng = np.random.default_rng(1)
    values = rng.normal(6, 1, size=(N, GENES))
    truth = np.arange(N) % 3 == 0
    values[truth, :20] += 0.9
    lineage = np.where(np.arange(N) < 40, "one", "two")
    obs = {
        "outcome": np.where(truth, "yes", "no"),
        "measured": [f"{x:.3f}" for x in 3 * truth + rng.normal(size=N)],
        "lineage": lineage,
    }
    return make_expr(values, obs)


@pytest.fixture
def model(tmp_path: Path) -> dict[str, Any]:
    """A model of those genes, as arguments."""
    signature = make_signature("my_genes", gene_names(GENES)[:20])
    return {
        "disease": "gastric cancer",
        "models": [write_model(tmp_path, rank_model())],
        "signatures": SignatureSet([signature]),
        "model": "my_gastric",
    }


def row(found: Validation, measure: str, how: str = "pooled") -> pd.Series:
    rows = found.figures[(found.figures["measure"] == measure) & (found.figures["how"] == how)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_figures_are_those_of_the_predictions(expr: AnnData, model: dict[str, Any]) -> None:
    found = validate(expr, label="outcome", positive="yes", group="lineage", **model, **FEW)
    rows = found.predictions
    assert list(rows["model"].unique()) == ["my_gastric"]
    assert len(rows) == N
    pooled = row(found, "AUROC")
    positive = rows["positive"].to_numpy(dtype=bool)
    assert pooled["value"] == pytest.approx(roc_auc_score(positive, rows["score"]))
    assert 0.5 < pooled["low"] < pooled["value"] <= pooled["high"] <= 1
    assert (pooled["n"], pooled["n_positive"], pooled["n_negative"]) == (60, 20, 40)
    for name in ("one", "two"):
        own = rows["group"] == name
        expected = roc_auc_score(positive[own], rows.loc[own, "score"])
        assert row(found, "AUROC", f"within {name}")["value"] == pytest.approx(expected)
    assert row(found, "AUROC", "permuted labels")["value"] == pytest.approx(0.5, abs=0.05)
    assert row(found, "AUROC p", "permuted within groups")["value"] < 0.05
    assert row(found, "AUROC p", "within groups, permuted")["value"] < 0.05
    assert found.confusion["n"].sum() == N
    assert list(found.reliability) != []
    assert found.reliability.empty


def test_a_measured_response(expr: AnnData, model: dict[str, Any]) -> None:
    found = validate(expr, response="measured", group="lineage", **model, **FEW)
    from scipy.stats import spearmanr

    rows = found.predictions
    pooled = row(found, "Spearman")
    assert pooled["value"] == pytest.approx(spearmanr(rows["score"], rows["response"])[0])
    assert row(found, "Spearman", "within groups")["value"] > 0.2
    assert pd.isna(pooled["n_positive"])
    assert found.confusion.empty
    assert "AUROC" not in set(found.figures["measure"])


def test_nothing_depends_on_the_order_of_the_samples(expr: AnnData, model: dict[str, Any]) -> None:
    asked = {"label": "outcome", "positive": "yes", "group": "lineage", **model, **FEW}
    turned = expr[expr.obs_names[::-1]].copy()
    one, other = validate(expr, **asked), validate(turned, **asked)
    pd.testing.assert_frame_equal(one.figures, other.figures)
    pd.testing.assert_frame_equal(one.predictions, other.predictions)


def test_every_sample_left_out_is_counted(expr: AnnData, model: dict[str, Any]) -> None:
    labels = expr.obs[["outcome", "lineage"]].copy()
    labels.iloc[:3, 0] = ["", "NA", None]
    labels.iloc[5, 1] = ""
    labels = pd.concat([labels.iloc[:58], labels.iloc[[6]].set_axis(["stranger"])])
    found = validate(expr, labels, label="outcome", positive="yes", group="lineage", **model, **FEW)
    assert row(found, "samples", "in the matrix")["n"] == 60
    assert row(found, "samples", "in the matrix and not in the table of labels")["n"] == 2
    strangers = row(found, "samples", "in the table of labels and not in the matrix")
    assert (strangers["n"], strangers["reason"]) == (1, "stranger")
    empty = row(found, "samples", "label outcome is empty")
    assert (empty["n"], empty["reason"]) == (3, "s0, s1, s2")
    assert row(found, "samples", "compared")["n"] == 55
    assert row(found, "AUROC")["n"] == 55
    assert "1 samples without a group" in row(found, "AUROC", "within groups")["reason"]


def test_a_score_without_a_call_counts_and_that_is_said(
    expr: AnnData, model: dict[str, Any]
) -> None:
    shallow = expr.copy()
    shallow.obs["qc_library_size"] = [10.0] * 20 + [5e6] * 40
    changed = rank_model(floors={"library_size": 100, "coding_measured": 0, "coverage": 0.6})
    path = write_model(model["models"][0].parent, changed)
    found = validate(shallow, label="outcome", positive="yes", **model | {"models": path}, **FEW)
    silent = found.confusion.set_index("call").loc["no call", "n"]
    assert silent >= 20
    assert row(found, "AUROC")["n"] == N
    assert f"{silent} of the 60 scores are of samples with no call" in row(found, "AUROC")["reason"]


def test_a_sample_the_model_does_not_speak_about_is_no_call(
    expr: AnnData, model: dict[str, Any]
) -> None:
    mixed = expr.copy()
    mixed.obs["disease"] = ["AML"] * 20 + ["gastric cancer"] * 40
    found = validate(mixed, label="outcome", positive="yes", **model, **FEW)
    assert len(found.predictions) == N
    assert found.confusion["n"].sum() == N
    assert row(found, "AUROC")["n"] == 40
    assert "20 of 60 samples have no score" in row(found, "AUROC")["reason"]


def test_small_and_one_sided_groups_say_why(expr: AnnData, model: dict[str, Any]) -> None:
    grouped = expr.copy()
    grouped.obs["lineage"] = ["a"] * 2 + ["b"] * 48 + list("cccccccccc")
    grouped.obs.loc[grouped.obs_names[-10:], "outcome"] = "no"
    found = validate(grouped, label="outcome", positive="yes", group="lineage", **model, **FEW)
    reasons = {name: row(found, "AUROC", f"within {name}")["reason"] for name in "abc"}
    assert reasons == {
        "a": "2 samples, 5 needed in a group", "b": "", "c": "no sample is positive",
    }  # fmt: skip
    within = row(found, "AUROC", "within groups")
    assert "2 of 3 groups have both classes; 10 samples of the other groups" in within["reason"]


def test_probabilities_are_checked_where_a_model_states_them(
    expr: AnnData, model: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from atrasig.prediction.validation import run

    plain = run.predict

    def with_probability(*args: Any, **named: Any) -> pd.DataFrame:
        calls = plain(*args, **named)
        calls["probability"] = 1 / (1 + np.exp(-10 * calls["score"]))
        calls.loc[calls["sample"] == "s4", "probability"] = np.nan
        return calls

    monkeypatch.setattr(run, "predict", with_probability)
    found = validate(expr, label="outcome", positive="yes", **model, **FEW)
    assert found.reliability["n"].sum() == N - 1
    assert "1 of 60 samples have no probability" in row(found, "Brier")["reason"]
    assert row(found, "Brier")["low"] < row(found, "Brier")["value"]
    assert row(found, "calibration slope")["value"] > 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "nothing to compare"),
        ({"label": "outcome"}, "belong together"),
        ({"label": "outcom", "positive": "yes"}, "no column 'outcom'"),
        ({"label": "outcome", "positive": "y"}, "'no', 'yes'"),
        ({"response": "outcome"}, "60 cells of the column 'outcome' are no finite numbers"),
        ({"label": "outcome", "positive": "yes", "model": "none_such"}, "No sample gets an answer"),
    ],
)
def test_what_cannot_be_asked(
    expr: AnnData, model: dict[str, Any], asked: dict[str, str], said: str
) -> None:
    with pytest.raises((UsageError, InputError), match=said):
        validate(expr, **model | asked, **FEW)


def test_no_common_sample_and_no_model(expr: AnnData, model: dict[str, Any]) -> None:
    labels = pd.DataFrame({"sample": ["x", "y"], "outcome": ["yes", "no"]})
    with pytest.raises(UsageError, match="None of the 2 samples"):
        validate(expr, labels, label="outcome", positive="yes", **model)
    twice = pd.DataFrame({"sample": ["s1", "s1"], "outcome": ["yes", "no"]})
    with pytest.raises(UsageError, match="more than once"):
        validate(expr, twice, label="outcome", positive="yes", **model)
    with pytest.raises(InputError, match="No sensitivity model speaks"):
        validate(expr, label="outcome", positive="yes", disease="melanoma", **FEW)


def test_a_table_of_labels_needs_no_matrix(tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text("id\tFAB\tdisease\ns1\tM3\tAML\ns2\t\tAML\n", encoding="utf-8")
    sheet = read_label_sheet(path, sample="id")
    assert sheet.samples == ("s1", "s2")
    assert "matrix" not in sheet.columns
    with pytest.raises(SheetError, match="sample: required column is missing"):
        read_label_sheet(path)
    with pytest.raises(SheetError, match="name: column is missing"):
        read_label_sheet(path, sample="name")


def test_a_table_by_its_path_states_contexts_too(
    expr: AnnData, model: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "labels.tsv"
    lines = [f"{name}\t{label}\tgastric cancer" for name, label in expr.obs["outcome"].items()]
    path.write_text("\n".join(["sample\toutcome\tdisease", *lines]), encoding="utf-8")
    stated = validate(
        expr, path, label="outcome", positive="yes", **model | {"disease": None}, **FEW
    )
    given = validate(expr, label="outcome", positive="yes", **model, **FEW)
    pd.testing.assert_frame_equal(stated.figures, given.figures)


def test_markdown_is_one_escaped_line_a_figure(expr: AnnData, model: dict[str, Any]) -> None:
    renamed = expr.copy()
    renamed.obs["lineage"] = "a|b <i>"
    found = validate(renamed, label="outcome", positive="yes", group="lineage", **model, **FEW)
    lines = as_markdown(found.figures).splitlines()
    assert len(lines) == len(found.figures) + 2
    assert {line.replace("\\|", "").count("|") for line in lines} == {9}
    assert any("within a\\|b &lt;i>" in line for line in lines)
    assert any("(0." in line and "| AUROC | pooled | 60 | 20 | 40 |" in line for line in lines)


def test_the_function_is_exported() -> None:
    assert atrasig.validate is validate
