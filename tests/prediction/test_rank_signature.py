"""A user's own list: by hand, with its thresholds, and in the place of an empty slot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import ModelError, SignatureError
from atrasig.prediction import predict, predict_with_drivers
from atrasig.prediction.run import Predictions
from atrasig.signatures import SignatureSet, load_signatures
from tests.prediction.making import (
    gene_names,
    make_expr,
    make_signature,
    only,
    primary,
    rank_model,
    write_model,
)

# Ten genes; in the second sample their order is turned round.
UPHILL = [10.0 * (place + 1) for place in range(10)]
EXPR_VALUES = [UPHILL, UPHILL[::-1]]
Ask = Callable[..., Predictions]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    def answer(
        up: list[str],
        down: list[str] | None = None,
        weights: dict[str, float] | None = None,
        values: Any = EXPR_VALUES,
        genes: list[str] | None = None,
        library_size: float = 5e6,
        **changed: Any,
    ) -> Predictions:
        signature = make_signature("my_genes", up, down or [], weights)
        return predict_with_drivers(
            make_expr(values, genes=genes, library_size=library_size),
            disease="gastric cancer",
            models=[write_model(tmp_path, rank_model(**changed))],
            signatures=SignatureSet([signature]),
        )

    return answer


def _row(found: Predictions, sample: str = "s0") -> pd.Series:
    return only(found.calls, sample=sample, model="my_gastric")


def test_score_by_hand_without_weights(ask: Ask) -> None:
    # G0009 ranks 1.0 and G0006 0.7, up; G0000 ranks 0.1, down: (0.5 + 0.2 + 0.4) / 3.
    found = ask(["G0009", "G0006"], ["G0000"])
    assert _row(found)["score"] == pytest.approx(1.1 / 3, abs=1e-12)
    assert _row(found)["call"] == "sensitive"
    # Turned round: ranks 0.1, 0.4 and 1.0: (-0.4 - 0.1 - 0.5) / 3.
    assert _row(found, "s1")["score"] == pytest.approx(-1 / 3, abs=1e-12)
    assert _row(found, "s1")["call"] == "resistant"


def test_score_by_hand_with_weights(ask: Ask) -> None:
    weights = {"G0009": 3.0, "G0006": 0.5, "G0000": -1.5}
    found = ask(["G0009", "G0006"], ["G0000"], weights)
    expected = (3.0 * 0.5 + 0.5 * 0.2 + -1.5 * -0.4) / (3.0 + 0.5 + 1.5)
    assert _row(found)["score"] == pytest.approx(expected, abs=1e-12)
    drivers = found.drivers[found.drivers["sample"] == "s0"].set_index("gene")["contribution"]
    assert drivers["G0000"] == pytest.approx(0.6 / 5.0, abs=1e-12)
    assert drivers.sum() == pytest.approx(expected, abs=1e-12)


def test_missing_genes_leave_the_sum_alone(ask: Ask) -> None:
    weights = {"G0009": 3.0, "G0006": 0.5, "ABSENT": 9.0, "G0000": -1.5}
    found = ask(["G0009", "G0006", "ABSENT"], ["G0000"], weights)
    row = _row(found)
    drivers = found.drivers[found.drivers["sample"] == "s0"].set_index("gene")
    assert not drivers.loc["ABSENT", "matched"]
    assert np.isnan(drivers.loc["ABSENT", "contribution"])
    assert drivers["contribution"].sum() == pytest.approx(row["score"], abs=1e-12)
    assert row["score"] == pytest.approx((1.5 + 0.1 + 0.6) / 5.0, abs=1e-12)
    assert (row["n_genes"], row["n_matched"], row["coverage"]) == (4, 3, 0.75)


def test_interval_holds_the_score_and_depends_on_the_sample_alone(ask: Ask) -> None:
    genes = gene_names(10)
    both = _row(ask(genes[5:], genes[:5], values=EXPR_VALUES))
    alone = _row(ask(genes[5:], genes[:5], values=[UPHILL]))
    assert both["low"] < both["score"] < both["high"]
    assert list(both[["score", "low", "high"]]) == list(alone[["score", "low", "high"]])


def test_between_the_thresholds(ask: Ask) -> None:
    # G0005 ranks 0.6 in one sample, 0.5 in the other.
    found = ask(["G0005"])
    assert list(found.calls[found.calls["model"] == "my_gastric"]["call"]) == ["intermediate"] * 2


@pytest.mark.parametrize(
    ("changed", "call", "said"),
    [
        ({"n_resistant": 5}, "resistant", "resistant at -0.200 (5)"),
        ({"n_resistant": 0}, "intermediate", "no labelled resistant sample stands behind it"),
        ({"resistant": None}, "intermediate", "no threshold for resistant"),
        ({"resistant": None, "n_resistant": 5}, "intermediate", "no threshold for resistant"),
    ],
)
def test_resistant_needs_labelled_resistant_samples(
    ask: Ask, changed: dict[str, Any], call: str, said: str
) -> None:
    row = _row(ask(["G0009", "G0008"], **changed), "s1")
    assert row["score"] < -0.2
    assert row["call"] == call
    assert said in row["reason"]


def test_thresholds_are_inclusive(ask: Ask) -> None:
    score = _row(ask(["G0009", "G0006"], ["G0000"]))["score"]
    assert _row(ask(["G0009", "G0006"], ["G0000"], sensitive=float(score)))["call"] == "sensitive"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"floors": {"library_size": 9e6, "coding_measured": 0, "coverage": 0.6}},
            "too shallow: 5,000,000 reads in genes, 9,000,000 needed",
        ),
        (
            {"floors": {"library_size": 0, "coding_measured": 11, "coverage": 0.6}},
            "too few genes: 10 protein-coding genes measured, 11 needed",
        ),
        (
            {"genes": [*gene_names(8), "X", "Y"]},
            "too few signature genes: 1 of 3 measured, 60% needed",
        ),
    ],
)
def test_a_sample_that_offers_too_little_keeps_its_score(
    ask: Ask, changed: dict[str, Any], reason: str
) -> None:
    row = _row(ask(["G0009", "G0008", "G0000"], **changed))
    assert row["call"] == "no call"
    assert row["reason"] == reason
    assert np.isfinite([row["score"], row["low"], row["high"]]).all()


def test_no_gene_at_all(ask: Ask) -> None:
    row = _row(ask(["NOWHERE"]))
    assert (row["call"], row["n_genes"], row["n_matched"]) == ("no call", 1, 0)
    assert np.isnan(row["score"])
    assert row["reason"] == "too few signature genes: 0 of 1 measured, 60% needed"


# --- in the place of the gastric slot ---


def test_gastric_slot_names_the_model_and_how_to_add_it() -> None:
    row = primary(predict(make_expr([UPHILL]), disease="gastric cancer"))
    assert (row["model"], row["call"], row["grade"]) == ("gastric_guarrera2023", "no call", "none")
    for word in (
        "42-gene model for gastric cancer",
        "Guarrera 2023",
        "atrasig signatures import --as guarrera2023-gastric42 TABLE",
    ):
        assert word in row["reason"]
    assert "doi:10.1186/s13046-023-02869-w" in row["reference"]
    assert np.isnan(row["score"])


@pytest.mark.parametrize("priority", [1, 50, 90, 1000])
def test_a_users_model_answers_and_the_slot_steps_back(ask: Ask, priority: int) -> None:
    calls = ask(["G0009", "G0008"], priority=priority).calls
    chosen = only(calls, sample="s0", primary=True)
    assert (chosen["model"], chosen["call"]) == ("my_gastric", "sensitive")
    slot = only(calls, sample="s0", model="gastric_guarrera2023")
    assert not slot["primary"]
    assert slot["call"] == "no call"


def test_a_users_model_for_cell_lines_steps_back_for_a_patient(ask: Ask, tmp_path: Path) -> None:
    signatures = SignatureSet([make_signature("my_genes", ["G0009", "G0008"])])
    context = {"diseases": ["gastric_cancer"]}
    lines = rank_model(id="for_lines", priority=1, context={**context, "materials": ["cell line"]})
    files = [write_model(tmp_path, m) for m in (lines, rank_model(id="for_all", priority=60))]
    expr = make_expr([UPHILL, UPHILL], {"material": ["patient", "cell line"]})
    calls = predict(expr, disease="gastric cancer", models=files, signatures=signatures)
    chosen = calls[calls["primary"] & (calls["question"] == "sensitivity")]
    assert list(chosen["model"]) == ["for_all", "for_lines"]
    assert list(chosen["call"]) == ["sensitive", "sensitive"]
    held = only(calls, sample="s0", model="for_lines")
    assert held["call"] == "no call"
    assert held["reason"] == "the model holds for cell line samples, this one is patient"
    assert np.isfinite(held["score"])


def test_a_users_signatures_stand_beside_the_shipped_ones(ask: Ask) -> None:
    models = set(ask(["G0009"]).calls["model"])
    assert models == {"my_gastric", "gastric_guarrera2023", "retinoid_response"}


def test_a_shipped_model_keeps_its_shipped_genes() -> None:
    expr = make_expr([UPHILL])
    mine = SignatureSet([make_signature("retinoid_response_core", ["G0001"])])
    with pytest.raises(SignatureError, match=r"other genes: retinoid_response_core"):
        predict(expr, signatures=mine)
    hashes = [
        primary(predict(expr, signatures=given), "response")["model_hash"]
        for given in (None, load_signatures())
    ]
    assert hashes[0] == hashes[1]


def test_a_model_without_its_signature(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"not loaded: my_genes.*signatures of the run"):
        predict(make_expr([UPHILL]), models=[write_model(tmp_path, rank_model())])
