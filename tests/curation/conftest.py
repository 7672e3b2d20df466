"""A library of its own for each test, and tables of genes to fill it from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from atrasig.cli import main


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "library"
    monkeypatch.setenv("ATRASIG_SIGNATURES", str(folder))
    return folder


@pytest.fixture
def cli(library: Path) -> Callable[..., Result]:
    def invoke(*words: str | Path) -> Result:
        return CliRunner().invoke(main, ["signatures", *map(str, words)])

    return invoke


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    def _save(content: str | bytes | Sequence[Sequence[str]], name: str = "table.tsv") -> Path:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8", newline="")
        else:
            lines = ("\t".join(row) + "\n" for row in content)
            path.write_text("".join(lines), encoding="utf-8")
        return path

    return _save
