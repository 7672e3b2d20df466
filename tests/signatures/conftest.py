"""A valid signature file, and a way to write variants of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def _write(text: str, name: str = "mine.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return _write
