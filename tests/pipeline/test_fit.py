"""From files to a model, and from the model to calls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atrasig.errors import SheetError, UsageError
from atrasig.files import read_h5ad, sha256_file
from atrasig.pipeline import stages
from atrasig.pipeline.fit import fit_matrix
from atrasig.pipeline.run import RunSettings, run_matrix
from atrasig.prediction import predict
from tests.prediction.making import only
from tests.prediction.planted import Cohort, plant

STATED = {
    "id": "mine", "higher_is": "sensitive", "recipe": "ridge", "permutations": 0, "folds": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return plant(80, effect=2.0)


@pytest.fixture
def folder(cohort: Cohort, tmp_path: Path) -> Path:
    """Counts of all; responses of the first 60."""
    cohort.counts.T.to_csv(tmp_path / "counts.tsv", sep="\t")
    table = cohort.table.rename_axis("sample").reset_index()
    table.loc[60:, ["LN", "label"]] = np.nan
    table.to_csv(tmp_path / "responses.tsv", sep="\t", index=False)
    table.assign(matrix="counts.tsv").to_csv(tmp_path / "sheet.tsv", sep="\t", index=False)
    table.rename(columns={"sample": "line"}).to_csv(tmp_path / "lines.csv", index=False)
    return tmp_path


def harmonised(folder: Path) -> Path:
    stages.ingest(folder / "counts.tsv", folder / "raw.h5ad", sheet=folder / "sheet.tsv")
    stages.harmonise(folder / "raw.h5ad", folder / "expr.h5ad", sheet=folder / "sheet.tsv")
    return folder / "expr.h5ad"


def test_the_model_predicts_samples_old_and_new(cohort: Cohort, folder: Path) -> None:
    found = fit_matrix(
        folder / "counts.tsv", sheet=folder / "responses.tsv", response="LN", sensitive=0.8,
        resistant=-0.8, **STATED,
    )  # fmt: skip
    assert found.left_out[0].startswith("20 left out, no response is given: S060")
    (record,) = found.model.training
    assert (record.source, record.n) == ("counts.tsv", 60)
    assert record.sha256 == sha256_file(folder / "counts.tsv")
    path = found.save(folder / "models")[0]
    calls = predict(read_h5ad(harmonised(folder)), models=[path])
    own = calls[calls["model"] == "mine"].set_index("sample")
    fitted = found.predictions.set_index("sample")["fitted"]
    np.testing.assert_allclose(own.loc[fitted.index, "score"].astype(float), fitted, atol=1e-7)
    new = own.loc["S060":]
    truth = cohort.table.loc["S060":, "LN"]
    assert new["score"].astype(float).corr(truth, method="spearman") > 0.8
    assert set(new["call"]) <= {"sensitive", "intermediate", "resistant"}
    wrong = ((new["call"] == "sensitive") & (truth < -0.8)) | (
        (new["call"] == "resistant") & (truth > 0.8)
    )
    assert not wrong.any()
    # Nominal 0.9 of 20: fewer than 13 has a chance of 1 in 10,000.
    assert ((new["low"] <= truth) & (truth <= new["high"])).sum() >= 13
    assert own["percentile"].between(0, 100).all()


def test_what_the_model_was_not_made_for_gets_no_call(folder: Path) -> None:
    found = fit_matrix(
        folder / "counts.tsv", sheet=folder / "responses.tsv", response="LN", sensitive=-9.0,
        **STATED,
    )  # fmt: skip
    path = found.save(folder)[0]
    expr = read_h5ad(harmonised(folder))["S060"].copy()

    def answer(**changed: object) -> pd.Series:
        one = expr.copy()
        for column, value in changed.items():
            if column == "platform":
                one.uns["atrasig"]["platform"] = value
            elif column == "X":
                one.X = value
            else:
                one.obs[column] = value
        return only(predict(one, models=[path]), model="mine")

    assert answer()["call"] == "sensitive"
    reasons = {
        "does not read microarray values": {"platform": "microarray"},
        "holds for cell line samples, this one is patient": {"material": "patient"},
        "too shallow": {"qc_library_size": 10.0},
        "unlike those the model was made from": {"X": expr.X[:, ::-1].copy()},
        "too few genes": {"X": np.where(np.arange(expr.n_vars) % 5 < 2, expr.X, np.nan)},
    }
    for reason, changed in reasons.items():
        said = answer(**changed)
        assert said["call"] == "no call", reason
        assert reason in said["reason"]


def test_every_way_to_give_the_data_gives_one_model(folder: Path) -> None:
    counts = folder / "counts.tsv"
    tables = [
        fit_matrix(counts, sheet=folder / "responses.tsv", response="LN", **STATED),
        fit_matrix(counts, sheet=folder / "sheet.tsv", response="LN", **STATED),
        fit_matrix(counts, sheet=folder / "lines.csv", sample="line", response="LN", **STATED),
    ]
    expr = harmonised(folder)
    stored = [
        fit_matrix(expr, response="LN", source="counts.tsv", **STATED),
        fit_matrix(expr, sheet=folder / "sheet.tsv", response="LN", source="counts.tsv", **STATED),
    ]
    assert all(found.model == tables[0].model for found in tables)
    unhashed = tables[0].model.model_copy(update={"training": stored[0].model.training})
    assert [found.model for found in stored] == [unhashed, unhashed]


def test_same_input_same_bytes(folder: Path) -> None:
    written = []
    for name in ("one", "two"):
        found = fit_matrix(
            folder / "counts.tsv", sheet=folder / "responses.tsv", response="LN",
            group="study", **{**STATED, "permutations": 2},
        )  # fmt: skip
        written.append([path.read_bytes() for path in found.save(folder / name)])
    assert written[0] == written[1]


def test_the_report_shows_a_fitted_model(folder: Path) -> None:
    found = fit_matrix(
        folder / "counts.tsv", sheet=folder / "responses.tsv", response="LN", **STATED
    )
    path = found.save(folder)[0]
    table = pd.read_csv(folder / "sheet.tsv", sep="\t").iloc[:2]
    table.to_csv(folder / "two.tsv", sep="\t", index=False)
    settings = RunSettings(sheet=folder / "two.tsv", models=[path], methods=["singscore"])
    run_matrix(folder / "counts.tsv", folder / "results", settings)
    records = [path.read_text() for path in (folder / "results").rglob("*.json")]
    assert sum('"gene": "(intercept)"' in record for record in records) == 2
    pages = [path.read_text() for path in (folder / "results").rglob("S000*.html")]
    assert any("predicted LN (as measured)" in page for page in pages)


def test_a_table_that_names_no_sample_of_the_matrix(folder: Path) -> None:
    other = pd.DataFrame({"sample": ["X1", "X2"], "LN": [1, 2]})
    other.to_csv(folder / "other.tsv", sep="\t", index=False)
    with pytest.raises(UsageError, match="None of the 2 samples of the table is in the matrix"):
        fit_matrix(folder / "counts.tsv", sheet=folder / "other.tsv", response="LN", **STATED)
    with pytest.raises(SheetError):
        fit_matrix(
            folder / "counts.tsv", sheet=folder / "responses.tsv", sample="nowhere",
            response="LN", **STATED,
        )  # fmt: skip
