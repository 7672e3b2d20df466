"""One run of the demo cohort in one process, shared by the tests of the pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from atrasig.pipeline.run import RunSettings, run_matrix


@pytest.fixture(scope="session")
def demo(repository: Path) -> Path:
    return repository / "config" / "demo"


@pytest.fixture(scope="session")
def demo_run(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    run_matrix(demo / "counts.tsv.gz", out, RunSettings(sheet=demo / "samples.tsv"))
    return out


@pytest.fixture(scope="session")
def demo_work(demo_run: Path) -> Path:
    return next((demo_run / "work").iterdir())
