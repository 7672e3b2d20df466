"""Parts of the demo cohort and of its run, shared by the tests of the pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo(repository: Path) -> Path:
    return repository / "config" / "demo"


@pytest.fixture(scope="session")
def demo_work(demo_run: Path) -> Path:
    return next((demo_run / "work").iterdir())
