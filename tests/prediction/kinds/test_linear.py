"""Linear models by hand: ranks within the panel, missing genes, thresholds, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from atrasig.errors import ModelError
from atrasig.prediction import predict_with_drivers
from atrasig.prediction.building.writing import artefact_yaml, table_text
from atrasig.prediction.kinds import linear
from atrasig.prediction.kinds.linear import panel_ranks
from atrasig.prediction.loading import read_model
from atrasig.prediction.run import Predictions
from tests.prediction.making import FREE_FLOORS, gene_names, make_expr, only

UPHILL = [10.0 * (place + 1) for place in range(10)]
PANEL = ["G0001", "G0003", "G0005", "G0007"]
WEIGHTED = {"G0003": (2.0, 0.5, 0.25), "G0007": (-1.0, 0.75, 0.5)}
Ask = Callable[..., Predictions]


def model(**changed: Any) -> dict[str, Any]:
    return {
        "id": "my_linear", "version": "1.0.0", "title": "Made up", "question": "sensitivity",
        "kind": "linear", "priority": 50, "grade": "cell lines",
        "context": {"diseases": ["gastric_cancer"]}, "floors": FREE_FLOORS, "universe": "panel",
        "features": "rank", "response": "AUC", "unit": "area", "higher_is": "sensitive",
        "intercept": 0.5, **changed,
    }  # fmt: skip


def write(
    folder: Path,
    content: dict[str, Any],
    weighted: dict[str, tuple[float, float, float]] = WEIGHTED,
    panel: Sequence[str] = PANEL,
) -> Path:
    import yaml

    rows = ["gene\tweight\tcentre\tspread"]
    rows += [
        "\t".join([gene, *(map(repr, weighted[gene]) if gene in weighted else ["", "", ""])])
        for gene in panel
    ]
    (folder / "my_linear.tsv").write_text("\n".join(rows) + "\n")
    path = folder / "my_linear.yaml"
    path.write_text(yaml.safe_dump({**content, "table": "my_linear.tsv"}))
    return path


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    def answer(
        values: Any = (UPHILL,), obs: dict[str, Any] | None = None, weighted: Any = WEIGHTED,
        panel: Sequence[str] = PANEL, **changed: Any,
    ) -> Predictions:  # fmt: skip
        expr = make_expr(values, obs)
        path = write(tmp_path, model(**changed), weighted, panel)
        return predict_with_drivers(expr, disease="gastric cancer", models=[path])

    return answer


def row(found: Predictions, sample: str = "s0") -> Any:
    return only(found.calls, sample=sample, model="my_linear")


def test_the_score_by_hand(ask: Ask) -> None:
    # Among the four genes of the panel G0003 ranks 2/4 and G0007 4/4.
    found = ask()
    assert row(found)["score"] == pytest.approx(0.5 + 2 * (0.5 - 0.5) / 0.25 - (1 - 0.75) / 0.5)
    drivers = found.drivers[found.drivers["model"] == "my_linear"].set_index("gene")
    assert drivers["contribution"].sum() == pytest.approx(row(found)["score"], abs=1e-12)
    assert drivers.loc["(intercept)", "contribution"] == 0.5
    assert list(drivers["rank"].dropna()) == [0.5, 1.0]


def test_without_thresholds_there_is_a_prediction_and_no_call(ask: Ask) -> None:
    said = row(ask())
    assert said["call"] == "no call"
    assert said["reason"].startswith("a prediction and no call: the model has no thresholds")
    assert np.isfinite(said["score"])
    assert np.isnan([said["low"], said["high"]]).all()


@pytest.mark.parametrize(
    ("higher_is", "sensitive", "resistant", "call"),
    [
        ("sensitive", 0.0, -1.0, "sensitive"),
        ("sensitive", 0.1, 0.0, "resistant"),
        ("sensitive", 0.1, -0.1, "intermediate"),
        ("resistant", 0.0, 1.0, "sensitive"),
        ("resistant", -1.0, 0.0, "resistant"),
        ("resistant", -0.1, 0.1, "intermediate"),
        ("sensitive", 0.1, None, "intermediate"),
        ("sensitive", None, 0.0, "resistant"),
    ],
)
def test_calls_beyond_the_thresholds(
    ask: Ask, higher_is: str, sensitive: float | None, resistant: float | None, call: str
) -> None:
    said = row(
        ask(
            higher_is=higher_is, sensitive=sensitive, resistant=resistant,
            n_sensitive=3, n_resistant=4,
        )
    )  # fmt: skip
    assert said["score"] == pytest.approx(0.0)
    assert said["call"] == call
    # The report shades upwards from a threshold, which is wrong where lower is more sensitive.
    assert np.isnan(said["threshold_high"]) == (higher_is == "resistant" or sensitive is None)


def test_a_rank_means_the_same_in_a_wider_matrix(tmp_path: Path) -> None:
    wide = make_expr([UPHILL])
    narrow = wide[:, ["G0001", "G0003", "G0004", "G0005", "G0007"]].copy()
    path = write(tmp_path, model())
    answers = [
        predict_with_drivers(expr, disease="gastric cancer", models=[path])
        for expr in (wide, narrow)
    ]
    assert row(answers[0])["score"] == row(answers[1])["score"]


def test_ties_share_their_mean_rank_and_the_missing_have_none() -> None:
    ranks = panel_ranks(np.array([1.0, np.nan, 1.0, 3.0]))
    np.testing.assert_array_equal(ranks, [0.5, np.nan, 0.5, 1.0])


def test_genes_outside_the_panel_change_nothing(ask: Ask) -> None:
    other = list(UPHILL)
    other[0], other[2], other[8] = 1000.0, 0.1, 45.0
    scores = [row(ask(values=[values]))["score"] for values in (UPHILL, other)]
    assert scores[0] == scores[1]


def test_a_missing_gene_is_taken_at_its_mean_and_told(ask: Ask) -> None:
    values = list(UPHILL)
    values[7] = np.nan
    said = ask(
        values=[values], sensitive=0.1, n_sensitive=3, floors={**FREE_FLOORS, "coverage": 0.5}
    )
    # Three genes are left: G0003 ranks 2/3.
    assert row(said)["score"] == pytest.approx(0.5 + 2 * (2 / 3 - 0.5) / 0.25)
    assert row(said)["call"] == "sensitive"
    assert "1 of 2 genes are not measured and taken at their training mean" in row(said)["reason"]
    assert (row(said)["n_matched"], row(said)["n_genes"]) == (1, 2)
    drivers = said.drivers[said.drivers["model"] == "my_linear"]
    assert drivers["contribution"].sum() == pytest.approx(row(said)["score"], abs=1e-12)


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ([7], "too few signature genes: 1 of 2 measured, 60% needed"),
        ([1, 5], "too few genes: 2 of the 4 that the model ranks are measured, 60% needed"),
    ],
)
def test_too_few_genes_make_no_call(ask: Ask, missing: list[int], reason: str) -> None:
    values = np.array(UPHILL)
    values[missing] = np.nan
    said = row(ask(values=[values], sensitive=-99.0, n_sensitive=3))
    assert said["call"] == "no call"
    assert said["reason"].startswith(reason)


def test_no_gene_at_all(ask: Ask) -> None:
    values = np.array(UPHILL)
    values[[3, 7]] = np.nan
    said = row(ask(values=[values], sensitive=-99.0, n_sensitive=3))
    assert said["call"] == "no call"
    assert np.isnan(said["score"])


def test_the_interval_is_that_of_the_group_where_there_is_one(ask: Ask) -> None:
    interval = {
        "level": 0.9, "method": "conformal", "pooled": {"half_width": 2.0, "n": 90},
        "column": "tissue", "groups": {"stomach": {"half_width": 0.5, "n": 30}},
    }  # fmt: skip
    found = ask([UPHILL, UPHILL], {"tissue": ["stomach", "breast"]}, interval=interval)
    own, other = row(found), row(found, "s1")
    assert (own["low"], own["high"]) == pytest.approx((-0.5, 0.5))
    assert (other["low"], other["high"]) == pytest.approx((-2.0, 2.0))
    assert own["interval_kind"].startswith("90% conformal of 30 training samples of stomach")


def test_the_probability_by_hand(ask: Ask) -> None:
    fitted = {"slope": 2.0, "intercept": 1.0, "n_positive": 10, "n_negative": 12}
    said = row(ask(probability=fitted))
    assert f"{1 / (1 + np.exp(-1.0)):.2f}" in said["reason"]


def test_expression_values_are_applied_to_no_sample(ask: Ask) -> None:
    said = row(ask(features="zscore"))
    assert said["call"] == "no call"
    assert "applied to no sample" in said["reason"]
    assert np.isnan(said["score"])


CONTROL = {
    "name": "NB4", "expected": "sensitive", "response": 3.17, "rank": 76, "of": 155,
    "among": "blood", "passed": False,
}  # fmt: skip


def test_data_that_fail_their_control_predict_and_never_call(ask: Ask) -> None:
    said = row(ask(positive_controls=[CONTROL]))
    assert said["call"] == "no call"
    assert "fail their own positive control (NB4 ranks 76 of 155 (blood)" in said["reason"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sensitive": 0.5, "n_sensitive": 9, "positive_controls": [CONTROL]}, "NB4: no threshold"),
        ({"sensitive": 0.5}, "no labelled sample stands behind sensitive"),
        ({"resistant": 0.5, "n_sensitive": 9}, "no labelled sample stands behind resistant"),
        ({"sensitive": 0, "resistant": 1, "n_sensitive": 1, "n_resistant": 1}, "must lie above"),
        (
            {"higher_is": "resistant", "sensitive": 1, "resistant": 0, "n_sensitive": 1,
             "n_resistant": 1},
            "must lie below",
        ),
        ({"features": "zscore", "sensitive": 0.5, "n_sensitive": 9}, "takes no threshold"),
        (
            {"probability": {"slope": 1, "intercept": 0, "n_positive": 9, "n_negative": 50}},
            "greater than or equal to 10",
        ),
        (
            {"probability": {"slope": -1, "intercept": 0, "n_positive": 90, "n_negative": 50}},
            "greater than 0",
        ),
    ],
)  # fmt: skip
def test_what_an_artefact_refuses(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_model(write(tmp_path, model(**changed)))


def test_a_table_without_weights_or_standards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="gives no gene a weight"):
        read_model(write(tmp_path, model(), {}))
    path = write(tmp_path, model())
    (tmp_path / "my_linear.tsv").write_text("gene\tweight\nG0001\t1.0\n")
    with pytest.raises(ModelError, match="need centre and spread: G0001"):
        read_model(path)


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    content = model(
        intercept=0.1 + 0.2, sensitive=1 / 3, n_sensitive=3,
        positive_controls=[{**CONTROL, "passed": True}],
        limits=["- a: b", "1.0"], quantiles={"rnaseq_counts": [0.1, 1 / 7]},
    )  # fmt: skip
    weighted = {"G0003": (1 / 3, 1e-12, 1e-7), "G0007": (-1e20, 0.1, 0.7)}
    first = read_model(write(tmp_path, content, weighted))
    (tmp_path / "again.tsv").write_text(table_text(first.genes))
    (tmp_path / "again.yaml").write_text(artefact_yaml(first, "again.tsv"))
    assert read_model(tmp_path / "again.yaml") == first


def test_genes_beyond_the_largest_are_one_line(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "MAX_DRIVERS", 3)
    genes = gene_names(10)
    weighted = {gene: (float(place + 1), 0.5, 0.25) for place, gene in enumerate(genes)}
    found = ask(weighted=weighted, panel=genes)
    drivers = found.drivers[found.drivers["model"] == "my_linear"]
    assert list(drivers["gene"]) == [
        "(intercept)", "G0007", "G0008", "G0009", "(7 further genes)"
    ]  # fmt: skip
    assert drivers["contribution"].sum() == pytest.approx(row(found)["score"], abs=1e-12)


def test_company_changes_nothing(ask: Ask) -> None:
    values = np.random.default_rng(1).normal(size=(5, 10))
    together = ask(values=values)
    alone = ask(values=values[3:4])
    same = ["call", "score", "low", "high", "reason"]
    assert row(together, "s3")[same].astype(str).tolist() == row(alone)[same].astype(str).tolist()
