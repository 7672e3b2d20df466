"""Fixtures that every test may use."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the files that take minutes first, or one worker ends alone with them."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/workflow/"))


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the source checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of public reference data beside the checkout; tests that need it skip without it."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "data" / "INDEX.md").is_file():
        pytest.skip(f"public reference data are not beside the checkout ({folder} is absent)")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _own_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep every test, and every process it starts, away from the user's library."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATRASIG_SIGNATURES", str(tmp_path_factory.mktemp("library")))
        yield


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of `atrasig run` on the demo cohort, to read; made once for all workers."""
    from atrasig.pipeline.run import RunSettings, run_matrix

    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    results, made = base / "demo_run", base / "demo_run.made"
    with (base / "demo_run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            demo = REPOSITORY / "config" / "demo"
            run_matrix(demo / "counts.tsv.gz", results, RunSettings(sheet=demo / "samples.tsv"))
            made.touch()
    return results
