"""Rules: conditions of one sample against a frozen or declared reference."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import ModelError
from atrasig.prediction import load_models, predict, predict_with_drivers
from atrasig.prediction.condition import Condition, Judged
from atrasig.prediction.kinds import RuleModel
from atrasig.prediction.loading import model_hash, read_model
from atrasig.signatures import SignatureSet
from tests.prediction.making import (
    FREE_FLOORS,
    make_expr,
    make_set,
    only,
    with_obs,
    write_model,
)

if TYPE_CHECKING:
    from anndata import AnnData

N_GENES = 101  # the normalised rank of the gene at place i is (i + 1) / 101
N_REFERENCE = 12
APL = "TCGA-AB-2872-03A"
RULES = {
    "aml_rara_high",
    "breast_luminal",
    "breast_rara_high",
    "mds_rara_high",
    "myeloma_nsd2_high",
    "tnbc_notch",
}


def _condition(**changed: Any) -> dict[str, Any]:
    return {
        "gene": "G0000",
        "side": "at or above",
        "quantile": 0.75,
        "why": "made for this test",
        "citation": "Nobody 2020",
        **changed,
    }


def _rule(*conditions: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "id": "my_rule",
        "version": "1.0.0",
        "title": "Made up",
        "question": "sensitivity",
        "kind": "rule",
        "priority": 50,
        "grade": "cell lines",
        "context": {"diseases": ["melanoma"]},
        "floors": FREE_FLOORS,
        "universe": "coding",
        "combine": "all",
        "conditions": list(conditions) or [_condition()],
        "reported": "in which nothing was reported",
        "reference": "declared",
        "min_likeness": 0,
        **changed,
    }


def _frozen(**changed: Any) -> dict[str, Any]:
    values = [place / 20 for place in range(1, 20)]
    condition = _condition(frozen={"rnaseq_counts": values})
    return _rule(condition, reference="frozen", cohort="19 made-up samples", **changed)


def _cohort(places: Mapping[str, int], **columns: object) -> AnnData:
    """Baselines b00, b01, ... and sample ``x``, whose genes are given places in the order of x.

    Gene G0000 stands at place 10 in b00, at 15 in b01 and so on, G0001 the other way round.
    """
    orders = []
    for number in range(N_REFERENCE):
        orders.append(_order({"G0000": 10 + 5 * number, "G0001": 10 + 5 * (11 - number)}))
    names = [f"b{number:02d}" for number in range(N_REFERENCE)]
    facts: dict[str, Any] = {"timepoint": ["baseline"] * N_REFERENCE + [""]}
    expr = make_expr([*orders, _order(places)], facts, samples=[*names, "x"])
    expr.obs["disease"] = "melanoma"
    for column, value in columns.items():
        expr.obs[column] = value
    return expr


def _order(places: Mapping[str, int]) -> np.ndarray:
    """Values of one sample, some genes at their places and the others in between by name."""
    names = [f"G{number:04d}" for number in range(N_GENES)]
    free = [place for place in range(N_GENES) if place not in places.values()]
    others = dict(zip([n for n in names if n not in places], free, strict=True))
    return np.array([places.get(name, others.get(name)) for name in names], dtype=float)


def _row(
    folder: Path, expr: AnnData, content: Mapping[str, Any], signatures: SignatureSet | None = None
) -> pd.Series:
    path = write_model(folder, content)
    calls = predict(expr, models=path, signatures=signatures or make_set(), samples=["x"])
    return only(calls, model="my_rule")


# --- the call ---


@pytest.mark.parametrize(
    ("place", "call", "passed"),
    [(100, "intermediate", 12), (51, "intermediate", 9), (50, "no call", 8), (0, "no call", 0)],
)
def test_at_or_above_a_quantile(tmp_path: Path, place: int, call: str, passed: int) -> None:
    # Baselines stand at 10, 15, ... 65; the sample at 50 has 8 strictly below it, an equal one not.
    row = _row(tmp_path, _cohort({"G0000": place}), _rule())
    assert row["call"] == call
    assert row["score"] == pytest.approx(passed / 12 - 0.75)
    assert row["percentile"] == pytest.approx(100 * passed / 12)
    assert f"{passed} of 12 reference samples below it" in row["reason"]
    assert f"normalised rank {(place + 1) / 101:.3f}" in row["reason"]
    assert "Nobody 2020" in row["reason"]
    assert ("no measured prediction" in row["reason"]) == (call != "no call")
    assert ("no evidence of resistance" in row["reason"]) == (call == "no call")


@pytest.mark.parametrize(("place", "call"), [(19, "intermediate"), (20, "no call")])
def test_below_a_quantile(tmp_path: Path, place: int, call: str) -> None:
    # Below 0.15: at least 85 % lie strictly above, 11 of 12 and not 9 of 12.
    content = _rule(_condition(side="below", quantile=0.2))
    row = _row(tmp_path, _cohort({"G0000": place}), content)
    passed = 12 - len([b for b in range(10, 70, 5) if b <= place])
    assert row["score"] == pytest.approx(passed / 12 - 0.8)
    assert row["call"] == call
    assert f"{passed} of 12 reference samples above it" in row["reason"]


@pytest.mark.parametrize(
    ("combine", "places", "call", "deciding"),
    [
        ("all", {"G0000": 90, "G0001": 95}, "intermediate", "G0000"),  # both pass all: the first
        ("all", {"G0000": 90, "G0001": 12}, "no call", "G0001"),
        ("any", {"G0000": 13, "G0001": 90}, "intermediate", "G0001"),
        ("any", {"G0000": 32, "G0001": 12}, "no call", "G0000"),
    ],
)
def test_all_or_any(
    tmp_path: Path, combine: str, places: dict[str, int], call: str, deciding: str
) -> None:
    content = _rule(_condition(), _condition(gene="G0001"), combine=combine)
    path = write_model(tmp_path, content)
    found = predict_with_drivers(_cohort(places), models=path, samples=["x"])
    row = only(found.calls, model="my_rule")
    assert row["call"] == call
    drivers = found.drivers.set_index("gene")
    assert list(drivers.index) == ["G0000", "G0001"]
    assert (row["n_genes"], row["n_matched"]) == (2, 2)
    assert drivers["contribution"].sum() == row["score"]
    assert drivers.loc[deciding, "contribution"] == row["score"]
    assert list(drivers["rank"]) == [(places[g] + 1) / 101 for g in drivers.index]


def test_a_list_counts_by_its_mean_rank(tmp_path: Path) -> None:
    condition = _condition(signature="two_genes", quantile=0.75)
    del condition["gene"]
    # Of every baseline the two genes have the mean place 37.5, of the sample 38.
    row = _row(
        tmp_path,
        _cohort({"G0000": 70, "G0001": 6}),
        _rule(condition),
        make_set(two_genes=["G0000", "G0001"]),
    )
    assert row["call"] == "intermediate"
    assert "two_genes at normalised rank 0.386 has 12 of 12" in row["reason"]


def test_a_rule_never_says_more_than_intermediate(tmp_path: Path) -> None:
    calls = {
        _row(tmp_path, _cohort({"G0000": place}), content)["call"]
        for place in (0, 50, 100)
        for content in (_rule(), _frozen(), _rule(stated=["melanoma"]))
    }
    assert calls == {"intermediate", "no call"}


def test_contradicting_findings_stand_in_every_reason(tmp_path: Path) -> None:
    content = _rule(_condition(contradicting=["Somebody 2021 found the opposite."]))
    for place in (0, 100):
        row = _row(tmp_path, _cohort({"G0000": place}), content)
        assert row["reason"].endswith("; against it: Somebody 2021 found the opposite.")


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 12), (14, 19), (19, 19), (54, 108)])
def test_interval_is_that_of_scipy(k: int, n: int) -> None:
    from scipy.stats import binomtest

    condition = Condition(**_condition(quantile=0.7))
    wanted = binomtest(k, n).proportion_ci(0.95, "exact")
    found = Judged(condition, 0.5, k, n)
    assert found.interval == pytest.approx((wanted.low - 0.7, wanted.high - 0.7))
    assert found.interval[0] <= found.margin <= found.interval[1]


# --- the reference ---


def test_a_frozen_reference_knows_no_other_sample(tmp_path: Path) -> None:
    expr = _cohort({"G0000": 80})
    row = _row(tmp_path, expr, _frozen())
    assert row["call"] == "intermediate"
    assert row["reference"] == "frozen in the model: 19 made-up samples"
    assert "16 of 19" in row["reason"]
    alone = _row(tmp_path, expr[["x"]].copy(), _frozen())
    pd.testing.assert_series_equal(alone, row, check_names=False, check_exact=True)


def test_a_platform_class_without_frozen_values(tmp_path: Path) -> None:
    expr = _cohort({"G0000": 80})
    expr.uns["atrasig"]["platform"] = "microarray"
    row = _row(tmp_path, expr, _frozen())
    assert row["reason"] == (
        "the rule has no frozen reference for microarray data (it has: rnaseq counts)"
    )


def test_declared_baselines_are_named_and_hashed(tmp_path: Path) -> None:
    expr = _cohort({"G0000": 80})
    row = _row(tmp_path, expr, _rule())
    assert row["reference"].startswith("12 baselines of the same context: b00, b01, ")
    assert "(sha256 " in row["reference"]
    other = expr.copy()
    other.X[3, [40, 41]] = other.X[3, [41, 40]]
    assert _row(tmp_path, other, _rule())["reference"] != row["reference"]


def test_samples_outside_the_declared_reference_change_nothing(tmp_path: Path) -> None:
    from anndata import concat

    expr = _cohort({"G0000": 80})
    wanted = _row(tmp_path, expr, _rule())
    strangers = _cohort({"G0000": 3}, disease="breast cancer")
    strangers.obs_names = [f"y{name}" for name in strangers.obs_names]
    both = concat([strangers, expr[::-1]], merge="same", uns_merge="first")
    found = _row(tmp_path, both, _rule())
    pd.testing.assert_series_equal(found, wanted, check_names=False, check_exact=True)


def test_a_baseline_is_judged_without_itself(tmp_path: Path) -> None:
    path = write_model(tmp_path, _rule())
    calls = predict(_cohort({"G0000": 80}), models=path, samples=["b11"])
    row = only(calls, model="my_rule")
    assert row["call"] == "intermediate"
    assert "11 of 11 reference samples below it" in row["reason"]


@pytest.mark.parametrize(
    ("column", "word"),
    [("disease", "uveal melanoma"), ("tissue", "skin"), ("material", "cell line")],
)
def test_the_reference_shares_the_context(tmp_path: Path, column: str, word: str) -> None:
    expr = _cohort({"G0000": 80}, tissue="", material="")
    expr.obs.loc["b03":"b11", column] = word
    row = _row(tmp_path, expr, _rule())
    assert row["call"] == "no call"
    assert row["reason"].startswith("needs a reference: 3 usable baseline samples of the same")
    assert row["reason"].endswith("10 are needed to say what is high or low")
    assert np.isnan(row["score"])


def test_unfit_baselines_are_left_out_and_named(tmp_path: Path) -> None:
    expr = _cohort({"G0000": 80})
    expr.obs["qc_platform"] = "rnaseq_counts"
    expr.obs.loc["b00", "qc_platform"] = "rnaseq_normalised"
    expr.obs.loc["b01", "qc_library_size"] = 10.0
    row = _row(tmp_path, expr, _rule(floors={**FREE_FLOORS, "library_size": 100}))
    assert row["reference"].startswith("10 baselines of the same context: b02, ")
    assert row["reference"].endswith(
        "; left out: b00 (rnaseq normalised values, not rnaseq counts), b01 (too shallow: 10 reads "
        "in genes, 100 needed)"
    )


def test_a_gene_that_is_not_measured(tmp_path: Path) -> None:
    row = _row(tmp_path, _cohort({}), _rule(_condition(gene="RARA")))
    assert row["call"] == "no call"
    assert row["reason"] == "too few signature genes: RARA: 0 of 1 measured, 60% needed"
    assert (row["n_genes"], row["n_matched"]) == (1, 0)
    absent = _cohort({"G0000": 80})
    absent.X[2, 0] = np.nan
    row = _row(tmp_path, absent, _rule())
    assert row["reason"] == (
        "too few signature genes: a gene of the rule is not measured in every baseline"
    )


def test_a_sample_unlike_its_baselines(tmp_path: Path) -> None:
    expr = _cohort({"G0000": 80})
    assert _row(tmp_path, expr, _rule(min_likeness=0.7))["call"] == "intermediate"
    expr.X[-1, 1:] = expr.X[-1, 1:][::-1]
    row = _row(tmp_path, expr, _rule(min_likeness=0.7))
    assert row["call"] == "no call"
    assert row["reason"].startswith("the sample is unlike its declared baselines: the rank correla")
    assert row["score"] > 0  # shown, not called


def test_a_sample_that_lacks_genes_of_its_baselines(tmp_path: Path) -> None:
    expr = _cohort({"G0000": 80})
    expr.X[-1, 1:61] = np.nan
    row = _row(tmp_path, expr, _rule(min_likeness=0.7))
    assert row["reason"] == (
        "too few genes in common with the reference: 41 of the 101 genes that tell how alike they "
        "are were measured, 60% needed"
    )


# --- a disease that meets the rule by itself ---


def test_a_stated_disease_meets_the_rule(tmp_path: Path) -> None:
    content = _rule(_condition(contradicting=["But not always."]), stated=["melanoma"])
    row = _row(tmp_path, _cohort({"G0000": 0}), content)
    assert (row["call"], row["reference"]) == ("intermediate", "the sheet")
    assert row["reason"] == (
        "the sheet states melanoma, a context in which nothing was reported (no measured "
        "prediction) [Nobody 2020]; against it: But not always."
    )
    assert np.isnan(row["score"])


def test_a_stated_disease_does_not_open_the_gates(tmp_path: Path) -> None:
    expr = _cohort({"G0000": 0}, qc_library_size=10.0)
    content = _rule(stated=["melanoma"], floors={**FREE_FLOORS, "library_size": 100})
    row = _row(tmp_path, expr, content)
    assert (row["call"], row["reason"]) == ("no call", "too shallow: 10 reads in genes, 100 needed")


def test_an_excluded_disease_is_not_answered(tmp_path: Path) -> None:
    content = _rule(context={"diseases": ["breast_cancer"], "excluding": ["tnbc"]})
    path = write_model(tmp_path, content)
    for disease, answers in (("breast cancer", True), ("luminal A", True), ("TNBC", False)):
        calls = predict(_cohort({}, disease=disease), models=path, samples=["x"])
        assert ("my_rule" in set(calls["model"])) == answers


# --- the file ---


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (_rule(_condition(signature="a")), "either a gene or a signature"),
        (_rule(_condition(gene="")), "either a gene or a signature"),
        (_rule(_condition(citation="")), "citation"),
        (_rule(_condition(frozen={"rnaseq_counts": [0.1] * 12})), "none of a declared one"),
        (_rule(reference="frozen", cohort="x"), "needs values of the same platform classes"),
        (_frozen(combine="some"), "combine"),
        ({**_frozen(), "cohort": ""}, "cohort says what a frozen reference is"),
        (_rule(cohort="x"), "cohort says what a frozen reference is"),
        (_rule(stated=["no_such_disease"]), "unknown: no_such_disease"),
        (_rule(min_reference=9), "min_reference"),
        (_rule(_condition(quantile=1)), "conditions"),
        (
            _rule(_condition(frozen={"rnaseq_counts": [0.1] * 9}), reference="frozen", cohort="x"),
            "10 or more samples",
        ),
        (
            _rule(
                _condition(frozen={"rnaseq_counts": [0.2] * 9 + [0.1]}),
                reference="frozen",
                cohort="x",
            ),
            "ascending",
        ),
    ],
)
def test_files_that_are_refused(tmp_path: Path, content: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        read_model(write_model(tmp_path, content))


def test_words_of_a_condition_are_not_hashed_and_its_figures_are(tmp_path: Path) -> None:
    def of(**changed: Any) -> str:
        return model_hash(
            read_model(write_model(tmp_path, _rule(_condition(**changed)))), make_set()
        )

    assert of(why="another", citation="Others 1999", contradicting=["x"]) == of()
    assert len({of(), of(quantile=0.8), of(side="below"), of(gene="G0001")}) == 4


# --- the shipped rules ---


def _shipped() -> dict[str, RuleModel]:
    return {m.id: m for m in load_models() if isinstance(m, RuleModel)}


def test_shipped_rules_state_source_reason_and_limits() -> None:
    rules = _shipped()
    assert set(rules) == RULES
    for rule in rules.values():
        assert rule.limits
        assert rule.grade != "none"
        assert rule.question == "sensitivity"
        for condition in rule.conditions:
            assert any(mark in condition.citation for mark in ("doi:", "http"))
    for name in ("aml_rara_high", "mds_rara_high"):
        assert "not ATRA" in rules[name].reported
        assert rules[name].conditions[0].contradicting
        assert rules[name].context.materials == ("patient",)
    assert rules["myeloma_nsd2_high"].conditions[0].contradicting
    assert "proxy" in rules["tnbc_notch"].title


def test_frozen_figures_are_those_that_the_script_computes(repository: Path, shared: Path) -> None:
    path = repository / "scripts" / "rule_reference.py"
    spec = importlib.util.spec_from_file_location("rule_reference", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    matrix = shared / "data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz"
    genes, ranks, platform = script.ranks_of(matrix, [APL])
    rule = _shipped()["aml_rara_high"]
    frozen = rule.conditions[0].frozen
    assert list(frozen) == [platform]
    assert list(frozen[platform]) == script.frozen_values(genes, ranks, "RARA")
    assert [(g.gene, g.typical[platform]) for g in rule.genes] == script.typical_rows(genes, ranks)


@pytest.fixture(scope="module")
def leukemias(aml20: AnnData) -> pd.DataFrame:
    calls = predict(aml20, disease="AML")
    return calls[calls["question"] == "sensitivity"]


def test_the_rule_stands_beside_the_programme(leukemias: pd.DataFrame) -> None:
    assert set(leukemias.loc[leukemias["primary"], "model"]) == {"apl_programme"}
    rows = leukemias[leukemias["model"] == "aml_rara_high"].set_index("sample")
    assert len(rows) == 20
    assert not rows["primary"].any()
    assert set(rows["call"]) == {"intermediate", "no call"}
    # 5 of the 19 that the reference is made of lie at or above its 0.7 quantile: 26 %.
    assert (rows["call"].drop(APL) == "intermediate").sum() == 5
    assert list(leukemias.loc[leukemias["call"] == "sensitive", "sample"]) == [APL]


def test_simulated_leukemias_meet_no_rule(demo: AnnData) -> None:
    calls = predict(demo)
    rows = calls[calls["model"] == "aml_rara_high"]
    assert len(rows) == demo.n_obs
    assert set(rows["call"]) == {"no call"}


def test_arrays_of_another_tissue_get_no_call_of_the_leukemia_rule(gastric: AnnData) -> None:
    calls = predict(gastric, disease="AML", samples=list(gastric.obs_names[:5]))
    rows = calls[calls["model"] == "aml_rara_high"]
    assert rows["reason"].str.startswith("the rule has no frozen reference for microarray").all()
    assert (
        not predict(gastric, disease="gastric cancer", samples=list(gastric.obs_names[:2]))["model"]
        .isin(RULES)
        .any()
    )


@pytest.mark.parametrize(
    ("disease", "first", "others"),
    [
        ("breast cancer", "breast_luminal", ["breast_rara_high", "breast_bolis2017"]),
        ("luminal A", "breast_luminal", ["breast_rara_high", "breast_bolis2017"]),
        ("TNBC", "tnbc_notch", ["breast_rara_high", "breast_bolis2017"]),
        ("HER2+ breast cancer", "breast_rara_high", ["breast_bolis2017"]),
        ("AML", "apl_programme", ["aml_rara_high"]),
        ("APL", "apl_programme", []),
        ("MDS", "mds_rara_high", []),
        ("RRMM", "myeloma_nsd2_high", []),
        ("gastric cancer", "gastric_guarrera2023", []),
    ],
)
def test_the_order_of_models(demo: AnnData, disease: str, first: str, others: list[str]) -> None:
    calls = predict(with_obs(demo, ["AML-1"], disease=disease))
    rows = calls[calls["question"] == "sensitivity"]
    assert list(rows["model"]) == [first, *others]
    assert list(rows["primary"]) == [True] + [False] * len(others)


def test_a_recorded_fusion_answers_before_every_rule(demo: AnnData) -> None:
    calls = predict(with_obs(demo, ["AML-1"], fusion="PML::RARA"))
    rows = calls[calls["question"] == "sensitivity"]
    assert list(rows["model"]) == ["rara_fusions", "apl_programme", "aml_rara_high"]


def test_gastric_cancers_declared_as_another_disease_never_become_sensitive(
    gastric: AnnData,
) -> None:
    expr = with_obs(gastric, list(gastric.obs_names[:24]), timepoint="baseline")
    calls = predict(expr, disease="breast cancer")
    rows = calls[calls["model"].isin(RULES)]
    assert len(rows) == 2 * 24
    assert set(rows["call"]) == {"intermediate", "no call"}
    assert (rows["low"] <= rows["score"]).all()
    assert (rows["score"] <= rows["high"]).all()
    assert ((rows["score"] >= 0) == (rows["call"] == "intermediate")).all()
