"""Validation from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from atrasig.cli import main
from atrasig.harmonisation import harmonise
from atrasig.io import read_expression


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def expr(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo cohort, harmonised with its sheet."""
    folder = repository / "config" / "demo"
    adata = harmonise(
        read_expression(folder / "counts.tsv.gz"), folder / "samples.tsv", matrix="counts.tsv.gz"
    )
    path = tmp_path_factory.mktemp("expr") / "expr.h5ad"
    adata.write_h5ad(path)
    return path


def test_the_labels_may_stand_in_the_matrix(expr: Path, tmp_path: Path) -> None:
    result = invoke(
        "validate", expr, "--label", "planted_truth", "--positive", "APL-like",
        "--model", "apl_programme", "--draws", 100, "--permutations", 100, "--out", tmp_path / "v",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert next(line for line in lines if " AUROC " in line).split()[:3] == [
        "apl_programme", "AUROC", "23",
    ]  # fmt: skip
    assert "23 samples compared" in result.output
    assert (tmp_path / "v" / "validation.html").is_file()


def test_a_wrong_column_is_one_message(expr: Path, tmp_path: Path) -> None:
    result = invoke("validate", expr, "--label", "x", "--positive", "y", "--out", tmp_path / "v")
    assert result.exit_code == 2
    assert "There is no column 'x'" in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "v").exists()
