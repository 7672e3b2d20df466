"""Association from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import atrasig
from atrasig.cli import main
from tests.association.cohorts import scores_of, sheet_of

N = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cohort")
    rng = np.random.default_rng(2)
    scores = scores_of({"one": rng.normal(size=N), "two": rng.normal(size=N)})
    scores.to_parquet(place / "scores.parquet")
    sheet = sheet_of(N)
    sheet.loc[0, "age"] = "not reported"
    sheet.to_csv(place / "sheet.csv", index=False)
    return place


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["associate", *(str(one) for one in arguments)])


def test_effects_are_printed_and_written(folder: Path, tmp_path: Path) -> None:
    result = invoke(
        folder, "--sheet", folder / "sheet.csv", "--covariate", "age", "--covariate", "stage",
        "--reference", "stage=III", "--missing", "not reported", "--batch", "batch",
        "--time", "months", "--event", "death", "--signature", "one", "--out", tmp_path / "out",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "age, coefficient, singscore: 0 of 1 with q < 0.05" in result.output
    assert "II against III" in result.output
    table = pd.read_csv(tmp_path / "out" / "association.tsv", sep="\t")
    assert set(table["signature"]) == {"one"}
    assert table.loc[table["covariate"] == "age", "n_missing"].tolist() == [1]
    assert (tmp_path / "out" / "association.html").is_file()


def test_faults_are_told_in_words(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sheet = ("--sheet", folder / "sheet.csv", "--out", out)
    result = invoke(folder, *sheet, "--covariate", "age")
    assert result.exit_code == 2
    assert "'not reported' (sample 's0') is no number" in result.output
    result = invoke(folder, *sheet)
    assert "There is nothing to compare the scores with" in result.output
    result = invoke(folder, *sheet, "--covariate", "stage", "--reference", "III")
    assert "COLUMN=GROUP" in result.output
    result = invoke(folder, *sheet, "--covariate", "weight")
    assert "The sheet has no column 'weight'" in result.output
    assert not out.exists()


def test_help_has_an_example_and_names_what_is_written() -> None:
    text = " ".join(invoke("--help").output.split())
    assert "Examples: atrasig associate results" in text
    assert "association.tsv" in text


def test_the_interface_of_python_is_the_same(folder: Path) -> None:
    scores = pd.read_parquet(folder / "scores.parquet")
    sheet = pd.read_csv(folder / "sheet.csv", dtype=str)
    found = atrasig.associate(scores, sheet, ["stage"])
    assert found.table["covariate"].unique().tolist() == ["stage"]
