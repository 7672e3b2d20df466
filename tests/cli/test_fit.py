"""`atrasig fit` as it is typed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from atrasig.cli import main
from atrasig.cli.fit import GRADES, MATERIALS
from atrasig.prediction.artefact import Grade, Material
from tests.prediction.planted import plant


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cohort = plant()
    cohort.counts.T.to_csv(tmp_path / "counts.tsv", sep="\t")
    table = cohort.table.rename_axis("sample").reset_index()
    table.to_csv(tmp_path / "lines.tsv", sep="\t", index=False)
    return tmp_path


def fit(folder: Path, *more: object) -> Result:
    return invoke(
        "fit", folder / "counts.tsv", "--sheet", folder / "lines.tsv", "--higher-is", "sensitive",
        "--id", "mine", "--permutations", 0, "--folds", 3, "--out", folder / "models", *more,
    )  # fmt: skip


def test_fit_then_predict(folder: Path) -> None:
    fitted = fit(folder, "--response", "LN", "--group", "study", "--positive-control", "S000")
    assert fitted.exit_code == 0, fitted.output
    assert "Spearman, pooled, n 60: 0." in fitted.output
    assert "rank of a positive control" in fitted.output
    names = ["inference.tsv", "predictions.tsv", "tsv", "validation.tsv", "yaml"]
    assert sorted(path.name for path in (folder / "models").iterdir()) == [
        f"mine.{name}" for name in names
    ]
    expr, calls = folder / "expr.h5ad", folder / "calls.parquet"
    assert invoke("ingest", folder / "counts.tsv", "--out", folder / "raw.h5ad").exit_code == 0
    assert invoke("harmonise", folder / "raw.h5ad", "--out", expr).exit_code == 0
    predicted = invoke(
        "predict", expr, "--models", folder / "models" / "mine.yaml", "--disease", "AML",
        "--out", calls, "--drivers", folder / "drivers.parquet",
    )  # fmt: skip
    assert predicted.exit_code == 0, predicted.output
    table = pd.read_parquet(calls)
    own = table[table["model"] == "mine"].set_index("sample")["score"]
    known = pd.read_csv(folder / "models" / "mine.predictions.tsv", sep="\t", index_col="sample")
    pd.testing.assert_series_equal(own, known["fitted"], check_names=False, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--response", "nowhere"], "There is no column 'nowhere'"),
        (["--response", "label"], "are no finite numbers"),
        (["--response", "LN", "--sensitive", "1", "--resistant", "2"], "contradict that higher is"),
        (["--response", "LN", "--positive-control", "S777"], "Positive controls are not among"),
        (["--response", "LN", "--resistant", "-99"], "No training sample is resistant"),
    ],
)
def test_an_error_writes_nothing(folder: Path, arguments: list[str], message: str) -> None:
    result = fit(folder, *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output
    assert not (folder / "models").exists()


def test_help_has_an_example() -> None:
    text = invoke("fit", "--help").output
    assert "Example: atrasig fit" in text
    assert "makes no call" in text


def test_the_choices_are_those_of_the_artefact() -> None:
    assert set(MATERIALS) == set(Material.__args__)  # type: ignore[attr-defined]
    assert set(GRADES) < set(Grade.__args__)  # type: ignore[attr-defined]
