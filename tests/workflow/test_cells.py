"""Matrices of single cells in the workflow: which rules make what of them."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest

from atrasig.cli import main
from atrasig.config import CellMethod
from atrasig.errors import ConfigError
from atrasig.scoring.registry import METHODS
from atrasig.sheet import matrix_id
from atrasig.workflow_helpers import RunPlan
from tests.workflow.running import Workplace

SHEET = "sample\tmatrix\nP1|B\tcells.h5ad\nP1|T\tcells.h5ad\nP1|B cell\tsparse.mtx\nA\tbulk.tsv\n"


@pytest.fixture
def _cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.tsv").write_text(SHEET, encoding="utf-8")
    (tmp_path / "labels $.tsv").write_text("cell\tsample\nc1\tP1\n", encoding="utf-8")
    for name in ("cells.h5ad", "sparse.mtx", "bulk.tsv"):
        (tmp_path / name).write_text("x\n", encoding="utf-8")


def _plan(**cells: object) -> RunPlan:
    return RunPlan.from_config({"samples": "s.tsv", "results": "out", "cells": cells})


def _of(matrix: str) -> SimpleNamespace:
    return SimpleNamespace(matrix=matrix_id(matrix))


@pytest.mark.usefixtures("_cohort")
def test_each_matrix_is_either_ingested_or_summed() -> None:
    for named in ([], ["cells.h5ad"], ["cells.h5ad", "sparse.mtx", "bulk.tsv"]):
        plan = _plan(matrices=named)
        for name in ("cells.h5ad", "sparse.mtx", "bulk.tsv"):
            patterns = (plan.cells.pattern, plan.cells.others_pattern)
            matched = [bool(re.fullmatch(p, matrix_id(name))) for p in patterns]
            assert matched == [name in named, name not in named]
    assert _plan(matrices=["cells.h5ad"]).cells.tables == [
        f"out/cells/{matrix_id('cells.h5ad')}.parquet"
    ]
    assert _plan(matrices=["cells.h5ad"], scores=[]).cells.tables == []


@pytest.mark.usefixtures("_cohort")
def test_options_are_those_of_the_commands() -> None:
    plan = _plan(matrices=["cells.h5ad"], by=["a b"], labels="labels $.tsv", min_cells=3)
    chosen = ["--by", "a b", "--labels", "labels $.tsv"]
    assert plan.cells.sum_options(_of("cells.h5ad")) == [*chosen, "--min-cells", "3"]
    scoring = ["--method", "ucell", "--universe", "coding"]
    assert plan.cells.score_options(_of("cells.h5ad")) == [*chosen, *scoring]
    for command, options in (
        ("pseudobulk", plan.cells.sum_options),
        ("score-cells", plan.cells.score_options),
    ):
        known = {name for one in main.commands[command].params for name in one.opts}
        assert {o for o in options(_of("cells.h5ad")) if o.startswith("--")} <= known


@pytest.mark.usefixtures("_cohort")
def test_memory_follows_how_the_cells_are_read() -> None:
    plan = _plan(matrices=["cells.h5ad", "sparse.mtx"])
    large = SimpleNamespace(size_mb=5_000)
    banded, held = (plan.cells.memory_mb(_of(m), large, 1) for m in plan.config.cells.matrices)
    assert banded < 3_000 < 100_000 < held
    assert plan.cells.memory_mb(_of("cells.h5ad"), large, 2) == 2 * banded


@pytest.mark.usefixtures("_cohort")
def test_faults_of_the_section() -> None:
    with pytest.raises(
        ConfigError, match=r"cells\.matrices: no sample of the sheet lies in 'x\.h5'"
    ):
        _plan(matrices=["cells.h5ad", "x.h5"])
    with pytest.raises(ConfigError, match=r"cells: labels names the cells of one matrix"):
        _plan(matrices=["cells.h5ad", "sparse.mtx"], labels="labels $.tsv")
    with pytest.raises(ConfigError, match=r"cells\.labels: 'absent\.tsv' is not there"):
        _plan(matrices=["cells.h5ad"], labels="absent.tsv")
    with pytest.raises(ConfigError, match=r"cells\.scores"):
        _plan(matrices=["cells.h5ad"], scores=["zscore"])


def test_methods_of_cells_are_those_that_take_one_sample() -> None:
    alone = {name for name, method in METHODS.items() if not method.needs_cohort}
    assert set(get_args(CellMethod)) == alone


def test_sums_go_through_all_stages_and_cells_are_scored(workplace: Workplace) -> None:
    folder = workplace.folder / "cells"
    folder.mkdir()
    (folder / "s.tsv").write_text(SHEET, encoding="utf-8")
    for name in ("cells.h5ad", "sparse.mtx", "bulk.tsv"):
        (folder / name).write_text("x\n", encoding="utf-8")
    named = 'cells={"matrices": ["cells.h5ad", "sparse.mtx"]}'
    output = workplace.snakemake("--dry-run", "--config", "samples=cells/s.tsv", named)
    jobs = dict(re.findall(r"^(\w+)\s+(\d+)$", output, flags=re.MULTILINE))
    wanted = {"pseudobulk": "2", "ingest": "1", "score_cells": "2", "harmonise": "3", "report": "3"}
    assert {rule: jobs[rule] for rule in wanted} == wanted
