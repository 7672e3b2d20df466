"""Response: what a sample is compared with, and what it must not be compared with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from atrasig.enrich.prerank import prerank
from atrasig.genes import load_gene_table
from atrasig.prediction import predict, predict_with_drivers
from atrasig.signatures import SignatureSet, load_signatures
from tests.prediction.making import (
    make_expr,
    make_signature,
    only,
    primary,
    shift_model,
    with_obs,
    write_model,
)

if TYPE_CHECKING:
    from anndata import AnnData

BASELINES = ["P1-baseline", "P2-baseline", "P3-baseline", "P4-baseline"]
CORE = SignatureSet([make_signature("my_core", ["G0000", "G0001"])])
# Ten genes worth 10 .. 100, so that ranks are tenths; the core stands first, then last but two.
BEFORE = [10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100]
AFTER = [70.0, 80, 10, 20, 30, 40, 50, 60, 90, 100]


def _response(expr: AnnData, sample: str, **options: Any) -> pd.Series:
    return only(predict(expr, **options), "response", primary=True, sample=sample)


# --- by hand ---


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    return write_model(tmp_path, shift_model())


def _pair(**columns: list[str]) -> AnnData:
    obs = {"timepoint": ["baseline", "exposed"], "patient": ["P", "P"], **columns}
    return make_expr([BEFORE, AFTER], obs, samples=["before", "after"])


def test_shift_of_a_pair_by_hand(model_file: Path) -> None:
    found = predict_with_drivers(_pair(), models=[model_file], signatures=CORE)
    row = only(found.calls, "response", primary=True, sample="after")
    # Ranks 0.7 and 0.8 against 0.1 and 0.2.
    assert row["score"] == pytest.approx(0.6, abs=1e-12)
    assert row["call"] == "responding"
    assert row["reference"].startswith("own baseline: before (sha256 ")
    assert "the patient's own baseline" in row["reason"]
    drivers = found.drivers[found.drivers["sample"] == "after"]
    assert list(drivers["gene"]) == ["G0000", "G0001"]
    assert list(drivers["rank"]) == pytest.approx([0.7, 0.8])
    assert list(drivers["contribution"]) == pytest.approx([0.3, 0.3])
    assert drivers["contribution"].sum() == pytest.approx(row["score"], abs=1e-12)


def test_a_gene_that_exposure_lowers_counts_by_its_fall(model_file: Path) -> None:
    # G0007 falls from 0.8 to 0.6; G0000 rises from 0.1 to 0.7.
    signed = SignatureSet([make_signature("my_core", ["G0000"], ["G0007"])])
    row = _response(_pair(), "after", models=[model_file], signatures=signed)
    assert row["score"] == pytest.approx((0.6 + 0.2) / 2, abs=1e-12)


def test_a_gene_missing_in_a_baseline_is_not_compared(model_file: Path) -> None:
    three = SignatureSet([make_signature("my_core", ["G0000", "G0001", "G0002"])])
    before = [10.0, 20, np.nan, 40, 50, 60, 70, 80, 90, 100]
    obs = {"timepoint": ["baseline", "exposed"], "patient": ["P", "P"]}
    expr = make_expr([before, AFTER], obs, samples=["before", "after"])
    found = predict_with_drivers(expr, models=[model_file], signatures=three)
    row = only(found.calls, "response", primary=True, sample="after")
    # Nine genes are ranked in the baseline.
    assert row["score"] == pytest.approx(((0.7 - 1 / 9) + (0.8 - 2 / 9)) / 2, abs=1e-12)
    assert (row["n_genes"], row["n_matched"]) == (3, 2)
    drivers = found.drivers[found.drivers["sample"] == "after"].set_index("gene")
    assert list(drivers["matched"]) == [True, True, False]
    assert drivers["contribution"].sum() == pytest.approx(row["score"], abs=1e-12)


def test_too_few_genes_to_compare(model_file: Path) -> None:
    scarce = SignatureSet([make_signature("my_core", ["G0000", "X", "Y"])])
    row = _response(_pair(), "after", models=[model_file], signatures=scarce)
    assert row["call"] == "no call"
    assert row["reason"] == (
        "too few signature genes: 1 of 3 measured in the sample and its baselines, 60% needed"
    )
    assert row["score"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("core", "call"),
    [
        (["G0000", "G0001"], "responding"),  # +0.6 and +0.6
        (["G0008", "G0009"], "not responding"),  # 0 and 0
        (["G0002", "G0003"], "not responding"),  # -0.2 and -0.2
        (["G0000", "G0007"], "partial"),  # +0.6 and -0.2: the interval reaches below 0
    ],
)
def test_calls_of_a_pair(model_file: Path, core: list[str], call: str) -> None:
    signatures = SignatureSet([make_signature("my_core", core)])
    row = _response(_pair(), "after", models=[model_file], signatures=signatures)
    assert row["call"] == call


def test_half_the_threshold_is_partial_where_the_interval_is_clear(tmp_path: Path) -> None:
    for smallest, call in ((0.6, "responding"), (0.7, "partial"), (0.99, "partial")):
        model = write_model(tmp_path, shift_model(min_shift=smallest))
        assert _response(_pair(), "after", models=[model], signatures=CORE)["call"] == call


def test_unpaired_threshold_is_the_prediction_bound_of_a_further_baseline(
    model_file: Path,
) -> None:
    # Mean core ranks of the baselines: 0.15, 0.35, 0.55; mean 0.35, sample sd 0.2.
    rows = [BEFORE, np.roll(BEFORE, -2).tolist(), np.roll(BEFORE, -4).tolist(), AFTER]
    obs = {"timepoint": ["baseline"] * 3 + ["exposed"]}
    expr = make_expr(rows, obs, samples=["b1", "b2", "b3", "after"])
    row = _response(expr, "after", models=[model_file], signatures=CORE)
    bound = 4.302652729911275 * 0.2 * np.sqrt(1 + 1 / 3)  # Student's t, 2 degrees, 97.5 %
    assert row["score"] == pytest.approx(0.75 - 0.35, abs=1e-12)
    assert f"threshold {bound:.3f}" in row["reason"]
    assert "against 3 baselines" in row["reason"]
    assert row["call"] == "not responding"  # 0.4 is less than half of 0.994


@pytest.mark.parametrize(
    ("disease", "said"), [("gastric cancer", "gastric cancer"), ("", "an unstated disease")]
)
def test_a_response_model_for_other_diseases(tmp_path: Path, disease: str, said: str) -> None:
    model = write_model(tmp_path, shift_model(context={"diseases": ["aml"]}))
    expr = _pair(disease=[disease, disease])
    row = _response(expr, "after", models=[model], signatures=CORE)
    assert (row["model"], row["call"]) == ("none", "no call")
    assert row["reason"] == f"no response model is loaded for {said}"


# --- which baselines ---


def test_exposed_samples_of_the_demo_answer_by_pairs(demo: AnnData) -> None:
    calls = predict(demo)
    for patient in ("P1", "P2", "P3", "P4"):
        row = only(calls, "response", primary=True, sample=f"{patient}-exposed")
        assert row["call"] == "responding"
        assert row["reference"].startswith(f"own baseline: {patient}-baseline (sha256 ")


def test_unpaired_needs_three_baselines(demo: AnnData) -> None:
    for count in range(5):
        expr = with_obs(demo, [*BASELINES[:count], "P1-exposed"], patient="")
        row = _response(expr, "P1-exposed")
        if count >= 3:
            assert row["call"] == "responding"
            assert row["reference"].startswith(f"{count} baselines of the same context: ")
            assert all(name in row["reference"] for name in BASELINES[:count])
        else:
            assert row["call"] == "no call"
            assert f"{count} usable baseline samples" in row["reason"]
            assert "3 are needed" in row["reason"]
            assert np.isnan(row["score"]) == (count == 0)


def test_a_baseline_is_judged_without_itself(demo: AnnData) -> None:
    four = predict(with_obs(demo, BASELINES))
    for name in BASELINES:
        row = only(four, "response", primary=True, sample=name)
        assert row["call"] == "not responding"
        assert name not in row["reference"]
        assert row["reason"].startswith("declared a baseline, so no response is expected")
        assert "against 3 other baselines" in row["reason"]
        assert f"threshold {row['threshold_high']:.3f}" in row["reason"]
        assert row["threshold_low"] == row["threshold_high"] / 2
    three = predict(with_obs(demo, BASELINES[:3]))
    for name in BASELINES[:3]:
        row = only(three, "response", primary=True, sample=name)
        assert row["call"] == "no call"
        assert "2 usable other baseline samples" in row["reason"]


def test_a_baseline_is_not_compared_with_its_own_exposed_sample(demo: AnnData) -> None:
    expr = with_obs(demo, [*BASELINES, "P1-exposed"])
    assert "exposed" not in _response(expr, "P1-baseline")["reference"]


def test_an_unfit_baseline_is_left_out_and_named(demo: AnnData) -> None:
    chosen = with_obs(demo, [*BASELINES[:3], "shallow", "P1-exposed"], patient="")
    row = _response(chosen, "P1-exposed")
    assert row["call"] == "responding"
    assert row["reference"].startswith("3 baselines of the same context: ")
    assert "; left out: shallow (too shallow: " in row["reference"]
    # With two fit ones left there is no call, and the third is still named.
    fewer = with_obs(demo, [*BASELINES[:2], "shallow", "P1-exposed"], patient="")
    row = _response(fewer, "P1-exposed")
    assert row["call"] == "no call"
    assert "2 usable" in row["reason"]
    assert "left out: shallow" in row["reference"]


def test_an_unfit_own_baseline_is_named_where_others_step_in(demo: AnnData) -> None:
    expr = with_obs(demo, [*BASELINES, "P1-exposed"])
    expr.obs.loc["P1-baseline", "qc_library_size"] = 10_000.0
    row = _response(expr, "P1-exposed")
    assert row["call"] == "responding"
    assert row["reference"].startswith("3 baselines of the same context: P2-baseline")
    assert "left out: P1-baseline (too shallow: 10,000 reads" in row["reference"]
    alone = with_obs(demo, ["P1-baseline", "P1-exposed"])
    alone.obs.loc["P1-baseline", "qc_library_size"] = 10_000.0
    row = _response(alone, "P1-exposed")
    assert row["call"] == "no call"
    assert row["reference"] == (
        "no usable baseline; left out: P1-baseline (too shallow: 10,000 reads in genes, "
        "1,000,000 needed)"
    )


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("tissue", ("bone marrow", "blood")),
        ("disease", ("healthy", "AML")),
        ("material", ("patient", "cell line")),
    ],
)
def test_a_pair_across_contexts_is_no_pair(
    demo: AnnData, column: str, words: tuple[str, str]
) -> None:
    expr = with_obs(demo, ["P1-baseline", "P1-exposed"])
    expr.obs[column] = np.array(words, dtype=object)
    row = _response(expr, "P1-exposed")
    assert row["call"] == "no call"
    assert f"left out: P1-baseline ({column} " in row["reference"]
    # What is not stated contradicts nothing.
    expr.obs[column] = np.array(["", words[1]], dtype=object)
    assert _response(expr, "P1-exposed")["call"] == "responding"


@pytest.mark.parametrize("column", ["disease", "tissue", "material"])
def test_unpaired_baselines_share_the_context(demo: AnnData, column: str) -> None:
    expr = with_obs(demo, [*BASELINES[:3], "P1-exposed"], patient="")
    other = {"disease": "breast cancer", "tissue": "breast", "material": "cell line"}[column]
    expr.obs.loc["P1-exposed", column] = other
    row = _response(expr, "P1-exposed")
    assert row["call"] == "no call"
    assert "0 usable baseline samples" in row["reason"]


def test_another_patients_baseline_is_no_pair(demo: AnnData) -> None:
    row = _response(with_obs(demo, ["P2-baseline", "P1-exposed"]), "P1-exposed")
    assert row["call"] == "no call"
    assert "needs a baseline" in row["reason"]


def test_an_empty_patient_pairs_with_nobody(demo: AnnData) -> None:
    row = _response(with_obs(demo, ["P1-baseline", "P1-exposed"], patient=""), "P1-exposed")
    assert row["call"] == "no call"


def test_a_shallow_exposed_sample_keeps_its_shift(demo: AnnData) -> None:
    expr = with_obs(demo, ["P1-baseline", "P1-exposed"])
    expr.obs.loc["P1-exposed", "qc_library_size"] = 10_000.0
    row = _response(expr, "P1-exposed")
    assert row["call"] == "no call"
    assert row["reason"].startswith("too shallow: 10,000 reads")
    assert row["score"] > 0.2


def test_a_sample_without_timepoint_is_no_baseline_and_no_pair(demo: AnnData) -> None:
    expr = with_obs(demo, [*BASELINES[:3], "P4-exposed"])
    expr.obs.loc["P4-exposed", "timepoint"] = ""
    row = _response(expr, "P4-exposed")
    assert row["call"] == "responding"
    assert "P4-exposed" not in row["reference"]


def test_the_reference_names_its_samples_and_hashes_their_content(demo: AnnData) -> None:
    expr = with_obs(demo, ["P1-baseline", "P1-exposed"])
    before = _response(expr, "P1-exposed")["reference"]
    expr.X[0, :50] += 3.0
    after = _response(expr, "P1-exposed")["reference"]
    assert before != after
    assert before.split("(")[0] == after.split("(")[0]


def test_long_references_are_shortened() -> None:
    n = 30
    rng = np.random.default_rng(1)
    names = [f"b{place:02d}" for place in range(n)]
    expr = make_expr(
        rng.normal(size=(n + 1, 7_000)),
        {"timepoint": ["baseline"] * n + ["exposed"]},
        samples=[*names, "x"],
    )
    row = _response(expr, "x")
    assert row["reference"].startswith("30 baselines of the same context: b00, b01")
    assert "b19, and 10 more (sha256 " in row["reference"]
    assert "b20" not in row["reference"]


# --- the control beside it ---

CONTROL = {"signature": "my_control", "title": "made up"}


@pytest.mark.parametrize(
    ("control", "said", "shift"),
    [
        (["G0008", "G0009"], "specific: the list has risen and its control (made up) has not", 0),
        (["G0002"], "specific: the list has risen further than its control (made up) has", -0.2),
        (["G0000"], "not specific: the list has risen no further than its control (made up)", 0.6),
        (["G0000", "X", "Y"], "not known: 1 of 3 genes of my_control measured, 60% needed", None),
    ],
)
def test_control_by_hand(
    tmp_path: Path, control: list[str], said: str, shift: float | None
) -> None:
    sets = SignatureSet([*CORE, make_signature("my_control", control)])
    with_control = write_model(tmp_path, shift_model(control=CONTROL))
    row = _response(_pair(), "after", models=[with_control], signatures=sets)
    assert row["control"] == "my_control"
    assert row["specificity"].startswith(said)
    measured = shift is not None
    expected = pytest.approx(shift if measured else np.nan, abs=1e-12, nan_ok=True)
    assert (row["control_score"], row["control_low"], row["control_high"]) == (expected,) * 3
    # It is shown, hashed, and changes nothing else.
    without = write_model(tmp_path, shift_model())
    bare = _response(_pair(), "after", models=[without], signatures=sets)
    assert bare["control"] == bare["specificity"] == ""
    assert bare["model_hash"] != row["model_hash"]
    for column in ("call", "score", "reason", "threshold_high"):
        assert bare[column] == row[column]


def test_a_list_that_has_not_risen_has_nothing_to_tell_apart(tmp_path: Path) -> None:
    still = [make_signature("my_core", ["G0002"]), make_signature("my_control", ["G0003"])]
    model = write_model(tmp_path, shift_model(control=CONTROL))
    row = _response(_pair(), "after", models=[model], signatures=SignatureSet(still))
    assert row["call"] == "not responding"
    assert row["specificity"].startswith("nothing to tell apart")


def test_the_shipped_control_stays_where_only_the_core_was_raised(demo: AnnData) -> None:
    calls = predict(demo, samples=[f"P{place}-exposed" for place in range(1, 5)])
    core = calls[calls["model"] == "retinoid_response"]
    assert (core["control"] == "hallmark_e2f_targets").all()
    assert core["specificity"].str.startswith("specific: ").all()
    assert core["control_score"].abs().max() < 0.01
    other = calls[calls["model"] == "myeloid_differentiation"]
    assert set(other["call"]) == {"not responding"}
    assert not other["primary"].any()
    assert set(other["grade"]) == {"review statement"}


# --- real cells ---


def test_differentiated_cells_beside_their_control(shsy5y: AnnData) -> None:
    """Cells that differentiate leave the cycle; the core goes further, the broad list does not."""
    names = list(shsy5y.obs_names)
    timepoint = ["baseline" if "nodiff" in name else "exposed" for name in names]
    expr = with_obs(shsy5y, names, timepoint=timepoint, material="cell line")
    calls = predict(expr, disease="neuroblastoma")
    exposed = calls[(calls["question"] == "response") & ~calls["sample"].str.contains("nodiff")]
    columns = ["sample", "model", "call", "score", "low", "high", "control_score", "specificity"]
    print(exposed[columns].to_string())
    core = exposed[exposed["model"] == "retinoid_response"]
    assert set(core["call"]) == {"responding"}
    assert core["primary"].all()
    assert core["specificity"].str.startswith("specific: the list has risen further").all()
    broad = exposed[exposed["model"] == "neuroblastoma_differentiation"]
    assert set(broad["call"]) <= {"responding", "partial"}
    assert (broad["low"] > 0).all()
    assert broad["specificity"].str.startswith("not specific").all()
    untreated = calls[calls["sample"].str.contains("nodiff") & (calls["question"] == "response")]
    assert set(untreated["call"]) == {"no call"}


OF_SKNBE2C = {"CRABP2", "RDH10"}
"""Genes of the core that stand in one list beside that of SK-N-BE(2)C: without it they go."""
RISEN = (
    "core without SK-N-BE(2)C", "rarcc", "go_retinoic_acid_metabolism",
    "go_retinoic_acid_receptor_signaling", "go_response_to_retinoic_acid",
    "reactome_signaling_by_retinoic_acid", "pid_retinoic_acid_pathway", "delacroix_rar_targets",
    "zirn_tretinoin_response", "nb4_atra_induced_genes", "park_tretinoin_response_and_rara_plzf",
)  # fmt: skip
NOT_RISEN = (
    "park_tretinoin_response", "park_tretinoin_response_and_pml_rara", "xu_response_to_tretinoin",
    "nouzova_tretinoin_and_h4_acetylation", "donato_cell_cycle_tretinoin",
)  # fmt: skip
UNSPECIFIC = "martens_tretinoin_response"
CONTROLS = ("hallmark_e2f_targets", "hallmark_g2m_checkpoint")


def _wald(path: Path) -> pd.Series:
    """Statistic of each gene of a DESeq2 table, by approved symbol."""
    table = pd.read_csv(path)
    table["gene"] = load_gene_table().resolve(list(table["gene"])).symbols
    table["wald"] = table["log2FoldChange"] / table["lfcSE"]
    return table.dropna(subset=["gene", "wald"]).drop_duplicates("gene").set_index("gene")["wald"]


def test_retinoid_lists_tell_retinoic_acid_from_palbociclib(shared: Path) -> None:
    """SK-N-BE(2)C: the rising genes of every list that those cells did not help to make."""
    library = load_signatures()
    core = library["retinoid_response_core"]
    assert {g.gene for g in core.genes if _needs_sknbe2c(str(g.note))} == OF_SKNBE2C
    names = (*RISEN[1:], *NOT_RISEN, UNSPECIFIC, *CONTROLS)
    sets = {RISEN[0]: sorted(set(core.up) - OF_SKNBE2C), **{n: library[n].up for n in names}}
    folder = shared / "data" / "response_be2c"
    found = {
        drug: prerank(_wald(folder / f"{drug}vControl_DESeq2output.csv.gz"), sets)
        for drug in ("RA", "PB", "PBandRA")
    }
    shown = {drug: table[["nes", "p", "q"]].round(4) for drug, table in found.items()}
    print(pd.concat(shown, axis=1).to_string())
    retinoid = [*RISEN, *NOT_RISEN, UNSPECIFIC]
    risen = {drug: (t["nes"] > 0) & (t["p"] < 0.05) for drug, t in found.items()}
    # All that were tested, so that none is picked: lists of leukaemic cells do not all carry over.
    assert set(risen["RA"][retinoid].index[risen["RA"][retinoid]]) == {*RISEN, UNSPECIFIC}
    assert set(risen["PB"][retinoid].index[risen["PB"][retinoid]]) == {UNSPECIFIC}
    ra, palbociclib = found["RA"], found["PB"]
    # Both drugs lower the control, palbociclib at least as far.
    assert (ra.loc[list(CONTROLS), "nes"] < -1.5).all()
    assert (palbociclib.loc[list(CONTROLS), "nes"] < ra.loc[list(CONTROLS), "nes"]).all()


def _needs_sknbe2c(note: str) -> bool:
    """Whether fewer than two lists support a gene of the core without that of SK-N-BE(2)C."""
    lists = set(note.removeprefix("in ").split(", "))
    return "NB_SKNBE2C_RA_UP" in lists and len(lists) < 3


def test_two_questions_never_borrow_words(demo: AnnData) -> None:
    calls = predict(demo)
    said = calls.groupby("question")["call"].agg(set)
    assert said["sensitivity"] <= {"sensitive", "intermediate", "resistant", "no call"}
    assert said["response"] <= {"responding", "partial", "not responding", "no call"}
    assert primary(calls[calls["sample"] == "P1-exposed"])["call"] == "no call"
