"""Scoring from the command line: blocks of a file, its layouts, and the methods explained."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from anndata import AnnData
from click.testing import CliRunner, Result

from atrasig.cli import main
from atrasig.cli.options import METHODS as CHOICES
from atrasig.genes import load_gene_table
from atrasig.scoring.registry import METHODS
from atrasig.scoring.sources.rows import StoredRows
from tests.scoring.methods.cohort_making import cells


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def expr(tmp_path: Path) -> Path:
    """Twelve samples with the genes of the shipped lists, and others."""
    genes = sorted(load_gene_table().coding)[::8]
    adata = AnnData(cells(12, len(genes)), var=pd.DataFrame(index=pd.Index(genes, dtype=object)))
    adata.var["biotype"] = "protein_coding"
    adata.uns["atrasig"] = {"platform": "single_cell"}
    adata.write_h5ad(tmp_path / "expr.h5ad")
    return tmp_path / "expr.h5ad"


def table(expr: Path, *options: object) -> pd.DataFrame:
    out = expr.with_name("scores.parquet")
    result = invoke("score", expr, "--out", out, *options)
    assert result.exit_code == 0, result.output
    return pd.read_parquet(out)


def test_a_block_reads_only_its_own_rows(expr: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    methods = ["--method", "singscore", "--method", "weighted", "--threads", 2]
    whole = table(expr, *methods)
    read: list[int] = []
    take = StoredRows.take

    def noting(self: StoredRows, rows: object, columns: object) -> object:
        read.extend(rows)  # type: ignore[arg-type]
        return take(self, rows, columns)  # type: ignore[arg-type]

    monkeypatch.setattr(StoredRows, "take", noting)
    part = table(expr, *methods, "--block", 1, "--block-size", 5)
    assert sorted(read) == [5, 6, 7, 8, 9]
    expected = whole[whole["sample"].isin([str(row) for row in range(5, 10)])]
    pd.testing.assert_frame_equal(part, expected.reset_index(drop=True), rtol=1e-12)
    table(expr, "--method", "zscore", "--block", 1, "--block-size", 5)
    assert sorted(set(read)) == list(range(12))


def test_a_block_that_is_not_there(expr: Path) -> None:
    result = invoke("score", expr, "--out", expr.with_name("x"), "--block", 3, "--block-size", 5)
    assert result.exit_code == 2
    assert "The matrix has 12 samples and no block 3 of 5" in result.output
    assert not expr.with_name("x").exists()


def test_wide_layout(expr: Path) -> None:
    wide = table(expr, "--layout", "wide", "--method", "ucell")
    tidy = table(expr, "--method", "ucell")
    assert len(wide) == 12
    assert list(wide.columns[1:]) == [f"ucell/{name}" for name in tidy["signature"].unique()]


def test_methods_are_listed_one_a_line() -> None:
    lines = invoke("methods").output.splitlines()
    assert lines[0].split()[:3] == ["method", "depends", "on"]
    assert [line.split()[0] for line in lines[1:]] == list(METHODS)
    for line, method in zip(lines[1:], METHODS.values(), strict=True):
        assert line.split()[1] == ("cohort" if method.needs_cohort else "sample")
        assert line.endswith(method.title)


def test_choices_are_the_registered_methods() -> None:
    assert tuple(METHODS) == CHOICES


@pytest.mark.parametrize("name", list(METHODS))
def test_all_about_one_method(name: str) -> None:
    method, shown = METHODS[name], invoke("methods", name).output
    assert shown.startswith(method.title)
    assert method.reference in shown
    assert method.null in shown
    assert ("all samples of the matrix" in shown) == method.needs_cohort
    assert ("all genes of the matrix" in shown) == (method.universe == "all")


def test_an_unknown_method_is_refused() -> None:
    result = invoke("methods", "nonsense")
    assert result.exit_code == 2
    assert "'nonsense' is not one of" in result.output
