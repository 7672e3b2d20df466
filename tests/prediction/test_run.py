"""The table of calls: its columns, its one primary row a question, and where context comes from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import atrasig
from atrasig.errors import UsageError
from atrasig.prediction import predict, predict_with_drivers
from atrasig.sheet import read_sheet
from tests.prediction.making import make_expr, only, primary, repeated, with_obs

if TYPE_CHECKING:
    from anndata import AnnData

CALLS = [
    *("sample", "question", "model", "model_version", "model_hash", "call", "score", "low", "high"),
    *("interval_kind", "grade", "reference", "reason", "primary", "coverage", "n_genes"),
    *("n_matched", "threshold_low", "threshold_high", "percentile", "probability"),
    *("control", "control_score"),
    *("control_low", "control_high", "specificity"),
]
DRIVERS = ["sample", "model", "gene", "set", "rank", "contribution", "matched"]


def test_columns_and_types(demo: AnnData) -> None:
    found = predict_with_drivers(demo)
    assert list(found.calls.columns) == CALLS
    assert list(found.drivers.columns) == DRIVERS
    assert found.calls["primary"].dtype == bool
    assert found.drivers["matched"].dtype == bool
    for column in ("score", "low", "high", "coverage"):
        assert found.calls[column].dtype == np.float64
    assert set(found.calls["model_hash"].str.len()) == {64}


def test_the_table_is_the_same_with_and_without_drivers(demo: AnnData) -> None:
    pd.testing.assert_frame_equal(predict(demo), predict_with_drivers(demo).calls)


def test_every_row_has_a_reason_and_an_interval_around_its_score(demo: AnnData) -> None:
    calls = predict(demo)
    assert (calls["reason"].str.len() > 20).all()
    scored = calls[calls["score"].notna()]
    assert len(scored) > 40
    assert (scored["low"] <= scored["score"]).all()
    assert (scored["score"] <= scored["high"]).all()
    assert (scored["interval_kind"].str.contains("not a probability")).all()
    assert (calls.loc[calls["score"].isna(), "interval_kind"] == "").all()


def test_one_primary_row_a_sample_and_question(demo: AnnData) -> None:
    fusions = ["", "PML::RARA", "ZBTB16::RARA", "RUNX1::RUNX1T1", "TBL1XR1::RARA"]
    diseases = ["AML", "", "healthy", "gastric cancer", "ATRA-resistant APL", "breast cancer"]
    rows = [(f, d) for f in fusions for d in diseases]
    expr = repeated(demo, "APL-1", fusion=[f for f, _ in rows], disease=[d for _, d in rows])
    calls = predict(expr)
    per_question = calls.groupby(["sample", "question"])["primary"].sum()
    assert len(per_question) == 2 * len(rows)
    assert (per_question == 1).all()
    assert not calls.duplicated(["sample", "question", "model"]).any()
    # In the order of the matrix, sensitivity first, the primary row first.
    assert list(dict.fromkeys(calls["sample"])) == list(expr.obs_names)
    firsts = calls.groupby(["sample", "question"], sort=False).head(1)
    assert firsts["primary"].all()
    assert list(firsts["question"]) == ["sensitivity", "response"] * len(rows)


def test_drivers_of_every_model_sum_to_its_score(demo: AnnData, gene_poor: AnnData) -> None:
    for expr in (demo, gene_poor):
        found = predict_with_drivers(expr)
        sums = found.drivers.groupby(["sample", "model"])["contribution"].sum()
        scores = found.calls.set_index(["sample", "model"])["score"].dropna()
        assert set(sums.index) == set(scores.index)
        np.testing.assert_allclose(sums[scores.index], scores, rtol=0, atol=1e-12)
        matched = found.drivers["matched"]
        assert found.drivers.loc[matched, ["rank", "contribution"]].notna().all(axis=None)
        assert found.drivers.loc[~matched, "contribution"].isna().all()
        counts = found.drivers.groupby(["sample", "model"])["matched"].agg(["sum", "size"])
        stated = found.calls.set_index(["sample", "model"]).loc[counts.index]
        assert list(counts["sum"]) == list(stated["n_matched"])
        assert list(counts["size"]) == list(stated["n_genes"])
    assert not found.drivers["matched"].all()  # the gene-poor sample lacks some


# --- where the context comes from ---


@pytest.fixture
def sheet_file(tmp_path: Path) -> Path:
    (tmp_path / "m.tsv").write_text("gene\n")
    path = tmp_path / "samples.tsv"
    path.write_text(
        "sample\tmatrix\tdisease\tfusion\n"
        "APL-1\tm.tsv\tAML\t\n"
        "APL-2\tm.tsv\t\t\n"
        "AML-1\tm.tsv\tLAML\tPML-RARA\n"
    )
    return path


def _bare(demo: AnnData) -> AnnData:
    expr = demo[["APL-1", "APL-2", "AML-1"]].copy()
    expr.obs = expr.obs[[c for c in expr.obs if c.startswith("qc_")]]
    return expr


@pytest.mark.parametrize("as_path", [True, False])
def test_a_sheet_or_its_path(demo: AnnData, sheet_file: Path, as_path: bool) -> None:  # noqa: FBT001
    expr = _bare(demo)
    calls = predict(expr, sheet=str(sheet_file) if as_path else read_sheet(sheet_file))
    chosen = calls[calls["primary"] & (calls["question"] == "sensitivity")].set_index("sample")
    assert dict(chosen["call"]) == {
        "APL-1": "sensitive",
        "APL-2": "no call",
        "AML-1": "sensitive",
    }
    assert "not stated" in chosen.loc["APL-2", "reason"]
    assert chosen.loc["AML-1", "model"] == "rara_fusions"
    assert not {"disease", "fusion"} & set(expr.obs.columns)  # the matrix is left as it was


def test_sheet_then_obs_then_keyword(demo: AnnData, sheet_file: Path) -> None:
    expr = _bare(demo)
    expr.obs["disease"] = ["healthy", "healthy", ""]

    def reasons(**options: Any) -> dict[str, str]:
        calls = predict(expr, **options)
        rows = calls[calls["primary"] & (calls["question"] == "sensitivity")]
        return dict(zip(rows["sample"], rows["reason"], strict=True))

    from_sheet = reasons(sheet=sheet_file, disease="gastric cancer")
    assert "programme present" in from_sheet["APL-1"]  # the sheet says AML
    assert "healthy is not a malignant" in from_sheet["APL-2"]  # the sheet is empty: obs
    from_obs = reasons(disease="gastric cancer")
    assert "healthy is not a malignant" in from_obs["APL-1"]
    assert "42-gene" in from_obs["AML-1"]  # obs is empty: the keyword
    assert "not stated" in reasons()["AML-1"]


def test_a_sheet_without_a_sample_of_the_matrix(demo: AnnData, sheet_file: Path) -> None:
    with pytest.raises(UsageError, match=r"1 samples .* not in the sheet, the first is 'APL-3'"):
        predict(demo[["APL-1", "APL-3"]].copy(), sheet=sheet_file)


@pytest.mark.parametrize(
    "name", ["AML", "LAML", "acute myeloid leukemia", "Acute Myeloid Leukaemia"]
)
def test_one_disease_by_its_names(demo: AnnData, name: str) -> None:
    calls = predict(_bare(demo), disease=name)
    reference = predict(_bare(demo), disease="AML")
    pd.testing.assert_frame_equal(calls, reference)


def test_context_of_the_keywords_reaches_the_baselines(demo: AnnData) -> None:
    expr = with_obs(demo, ["P1-baseline", "P2-baseline", "P3-baseline", "P1-exposed"], patient="")
    expr.obs[["disease", "tissue"]] = ""
    expr.obs.loc["P1-exposed", "tissue"] = "bone marrow"
    assert only(predict(expr), "response", primary=True, sample="P1-exposed")["call"] == "no call"
    given = predict(expr, tissue="bone marrow")
    assert only(given, "response", primary=True, sample="P1-exposed")["call"] == "responding"


# --- which samples ---


def test_some_samples(demo: AnnData) -> None:
    chosen = ["P2-exposed", "APL-1"]
    calls = predict(demo, samples=chosen)
    assert list(dict.fromkeys(calls["sample"])) == chosen
    whole = predict(demo)
    expected = pd.concat([whole[whole["sample"] == name] for name in chosen])
    pd.testing.assert_frame_equal(calls, expected.reset_index(drop=True))


def test_a_sample_named_twice_is_answered_once(demo: AnnData) -> None:
    calls = predict(demo, samples=["APL-1", "APL-1"])
    assert calls["model"].is_unique
    assert primary(calls)["call"] == "sensitive"


def test_an_unknown_sample(demo: AnnData) -> None:
    with pytest.raises(UsageError, match="'nobody'"):
        predict(demo, samples=["APL-1", "nobody"])


def test_no_samples(demo: AnnData) -> None:
    found = predict_with_drivers(demo, samples=[])
    assert list(found.calls.columns) == CALLS
    assert list(found.drivers.columns) == DRIVERS
    assert len(found.calls) == len(found.drivers) == 0


def test_samples_of_one_name() -> None:
    expr = make_expr(np.ones((2, 5)), samples=["a", "b"])
    expr.obs_names = ["a", "a"]
    with pytest.raises(UsageError, match="several samples of one name, the first is 'a'"):
        predict(expr)


# --- single cells ---


def _cells(n: int, reads: float, share: float = 1.0) -> AnnData:
    expr = make_expr(np.random.default_rng(1).uniform(size=(n, 100)), library_size=reads)
    expr.obs["qc_coding_detected"] = int(100 * share)
    return expr


def test_single_cells_are_refused() -> None:
    with pytest.raises(UsageError, match=r"50 rows have a median of 10,000 reads.*single cells"):
        predict(_cells(50, 10_000.0))


@pytest.mark.parametrize(
    ("n", "reads"), [(49, 10_000.0), (50, 50_000.0), (500, 2e6), (50, float("nan"))]
)
def test_bulk_is_not_taken_for_cells(n: int, reads: float) -> None:
    assert len(predict(_cells(n, reads))) == 2 * n


def test_cells_among_which_a_few_are_deep_are_still_cells() -> None:
    expr = _cells(60, 5_000.0)
    expr.obs.iloc[:10, expr.obs.columns.get_loc("qc_library_size")] = 1e7
    with pytest.raises(UsageError, match="single cells"):
        predict(expr)


def test_normalised_cells_are_told_by_how_little_they_detect() -> None:
    with pytest.raises(UsageError, match="median of 10% of the protein-coding genes detected"):
        predict(_cells(80, float("nan"), share=0.1))
    assert len(predict(_cells(80, float("nan"), share=0.6))) == 160


def test_real_single_cells_are_refused(shared: Path) -> None:
    cells = atrasig.read_expression(shared / "data/singlecell/healthy_bm_pbmc_250x462.h5ad")
    del cells.uns["atrasig"]["input"]["unit"]
    with pytest.raises(UsageError, match=r"single\s+cells"):
        predict(atrasig.harmonise(cells), disease="AML")


def test_cells_that_are_declared_get_no_call_and_no_score(shared: Path) -> None:
    cells = atrasig.read_expression(shared / "data/singlecell/healthy_bm_pbmc_250x462.h5ad")
    calls = predict(atrasig.harmonise(cells), disease="AML")
    rows = calls[calls["model"] == "apl_programme"]
    assert set(calls["call"]) == {"no call"}
    assert rows["score"].isna().all()
    assert rows["reason"].str.startswith("the model does not read single cell values").all()


def test_log_values_of_cells_are_told_by_the_reads_they_stand_for() -> None:
    expr = _cells(60, float("nan"))
    expr.obs["qc_implied_reads"] = 4_000.0
    with pytest.raises(UsageError, match="a median of 4,000 reads"):
        predict(expr)


# --- the public name ---


def test_the_public_function_is_this_one() -> None:
    assert atrasig.predict is predict


def test_predict_does_not_need_heavy_packages_at_import() -> None:
    code = (
        "import atrasig.prediction, sys; print({'scanpy', 'gseapy', 'anndata'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
