"""The shipped table, and readers of the public tables it was derived from."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from atrasig.genes import GeneTable, load_gene_table

Records = Callable[..., list[dict[str, str]]]


@pytest.fixture(scope="session")
def table() -> GeneTable:
    return load_gene_table()


@pytest.fixture(scope="session")
def records(shared: Path) -> Records:
    """Read a table of identifiers as a list of dicts."""

    def read(name: str, delimiter: str = "\t") -> list[dict[str, str]]:
        path = shared / "data/ids" / name
        with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle, delimiter=delimiter))

    return read


@pytest.fixture(scope="session")
def alias_targets(records: Records) -> dict[str, set[str]]:
    """Name to the approved symbols that HGNC gives for it."""
    targets: dict[str, set[str]] = defaultdict(set)
    for row in records("hgnc_alias_to_approved_HGNChelper.tsv.gz"):
        targets[row["Symbol"]].add(row["Approved.Symbol"])
    return targets


@pytest.fixture
def script(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Load a maintainer's script as a module."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, repository / f"scripts/{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load
