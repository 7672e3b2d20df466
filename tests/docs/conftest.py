"""Folders in which pages of the guide are followed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

SAMPLES = ["APL-1", "AML-1", "P1-baseline", "P1-exposed"]


@pytest.fixture
def folder(tmp_path: Path, repository: Path) -> Path:
    """A folder as a reader has it after `make demo`, with some samples as their own counts."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for name in ("Snakefile", "workflow", "profiles", "config"):
        (tmp_path / name).symlink_to(repository / name)
    counts, sheet = few_samples(repository)
    for place in (tmp_path, tmp_path / "my"):
        place.mkdir(exist_ok=True)
        counts.to_csv(place / "counts.tsv.gz", sep="\t")
        sheet.to_csv(place / "samples.tsv", sep="\t", index=False)
    (tmp_path / "my" / "samples.tsv").unlink()
    return tmp_path


def few_samples(repository: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts and sheet of a few samples of the demo."""
    demo = repository / "config" / "demo"
    counts = pd.read_csv(demo / "counts.tsv.gz", sep="\t", index_col=0)[SAMPLES]
    sheet = pd.read_csv(demo / "samples.tsv", sep="\t", dtype=str, keep_default_na=False)
    return counts, sheet[sheet["sample"].isin(SAMPLES)]


@pytest.fixture
def checkout(tmp_path: Path, repository: Path) -> Path:
    """A copy of what a contributor changes, whose `atrasig` and `python` are the copy's own."""
    for name in ("atrasig", "signatures", "scripts", "workflow", "config"):
        shutil.copytree(repository / name, tmp_path / name)  # with what is compiled already
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    start = f"#!/bin/sh\nexport PYTHONPATH={tmp_path}\nexec {sys.executable}"
    code = "from atrasig.cli import main; main()"
    for name, rest in (("python", '"$@"'), ("atrasig", f"-c '{code}' \"$@\"")):
        (commands / name).write_text(f"{start} {rest}\n", encoding="utf-8")
        (commands / name).chmod(0o755)
    counts, sheet = few_samples(repository)
    counts.to_csv(tmp_path / "counts.tsv.gz", sep="\t")
    sheet.to_csv(tmp_path / "samples.tsv", sep="\t", index=False)
    return tmp_path
