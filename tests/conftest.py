"""Fixtures that every test may use."""

from __future__ import annotations

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
