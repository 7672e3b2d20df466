"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


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
