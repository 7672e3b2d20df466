"""The tutorials run: on the demo and simulated cells, and on public data where these are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.docs_tutorials import Cell, cells, run_tutorial

FAINT = "ignore:.*observed=False.*"


def tutorial(repository: Path, name: str, **parameters: Any) -> str:
    script = repository / "docs" / "tutorials" / f"{name}.py"
    return run_tutorial(script, folder=repository, parameters=parameters)


def test_a_script_is_split_into_cells() -> None:
    script = (
        '"""Head."""\n\n# %% [markdown]\n# # T\n#\n# x\n# %% [parameters]\nA = 1\n# %%\nprint(A)\n'
    )
    assert cells(script) == [
        Cell("markdown", "# T\n\nx"), Cell("parameters", "A = 1"), Cell("code", "print(A)"),
    ]  # fmt: skip


def test_parameters_can_be_given(tmp_path: Path) -> None:
    script = tmp_path / "one.py"
    script.write_text("# %% [parameters]\nA = 1\n# %%\nprint(A)\n")
    assert run_tutorial(script).count("```text\n1\n```") == 1
    assert "```text\n2\n```" in run_tutorial(script, parameters={"A": 2})
    assert "```text" not in run_tutorial(script, execute=False)
    with pytest.raises(KeyError, match="no parameter B"):
        run_tutorial(script, parameters={"B": 2})


def test_bulk_cohort(repository: Path) -> None:
    text = tutorial(repository, "bulk_cohort")
    assert "APL programme present in every contrast" in text
    assert "```text\n0.0\n```" in text
    assert "paired t" in text


def test_single_cells(repository: Path) -> None:
    text = tutorial(repository, "single_cell")
    lines = [line for line in text.splitlines() if "_exposed|" in line and "responding" in line]
    assert len(lines) == 6
    assert all("not responding" in line for line in lines if "|T cell" in line)
    assert all("not responding" not in line for line in lines if "|monocyte" in line)


@pytest.mark.slow
def test_bulk_cohort_of_public_leukemias(repository: Path, shared: Path) -> None:
    sheet = repository / "tests/workflow/aml_tcga20/samples.tsv"
    matrix = "../../../../shared/data/aml_tcga20/tcga_laml_20samples_htseq_counts.tsv.gz"
    text = tutorial(
        repository,
        "bulk_cohort",
        COUNTS=str(shared / "data/aml_tcga20" / Path(matrix).name),
        SHEET=str(sheet),
        MATRIX=matrix,
        BASELINE=("TCGA-AB-2872-03A", "TCGA-AB-2856-03A"),
    )
    assert "TCGA-AB-2872-03A: APL programme present in every contrast" in text
    assert "```text\n0.0\n```" in text


@pytest.mark.slow
def test_public_single_cells(repository: Path, shared: Path) -> None:
    text = tutorial(
        repository,
        "single_cell",
        CELLS=str(shared / "data/singlecell/healthy_bm_pbmc_250x462.h5ad"),
        CELL_TYPE="condensed_cell_type",
        SAMPLE="Batch",
    )
    assert "no call" in text
    assert "responding" not in text.partition("## Sum cells")[2]
