"""House rules that a reader relies on: layers, sizes, docstrings, light imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import atrasig

PACKAGE = Path(atrasig.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 400
HEAVY = {"scanpy", "gseapy", "snakemake", "anndata"}

# Rooms of the package, lowest first. A module imports from its own row or from a row above it.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"_version", "errors", "failures", "files", "temporary"}),
    frozenset({"config", "sheet", "vocabulary", "signatures", "genes"}),
    frozenset({"io"}),
    frozenset({"harmonisation", "singlecell"}),
    frozenset({"scoring"}),
    frozenset({"prediction", "enrich", "targets", "evidence", "association", "tl"}),
    frozenset({"qc"}),
    frozenset({"provenance"}),
    frozenset({"report"}),
    frozenset({"pipeline", "curation", "simulate", "workflow_helpers"}),
    frozenset({"cli"}),
    frozenset({"__init__", "__main__"}),
)
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}


def _dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _room(dotted: str) -> str:
    """Top-level room of the package that a dotted name lies in."""
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


NAMES = {_dotted(path) for path in MODULES}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _imports(path: Path) -> Iterator[str]:
    """Modules of the package that a module imports, wherever in its text."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in NAMES)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in NAMES:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in NAMES else node.module


def _public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name.startswith("_"):
                continue
            yield f"{prefix}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{node.name}.")


def _module_id(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_every_module_has_a_layer() -> None:
    assert {_room(name) for name in NAMES} <= LAYER_OF.keys()


@pytest.mark.parametrize("path", MODULES, ids=_module_id)
def test_imports_never_point_upward(path: Path) -> None:
    own = LAYER_OF[_room(_dotted(path))]
    upward = sorted(name for name in _imports(path) if LAYER_OF[_room(name)] > own)
    assert upward == []


def test_prediction_and_enrich_do_not_know_each_other() -> None:
    edges = {(_room(_dotted(path)), _room(name)) for path in MODULES for name in _imports(path)}
    assert not edges & {("prediction", "enrich"), ("enrich", "prediction")}


def test_rooms_form_no_cycle() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        room = _room(_dotted(path))
        below = {_room(name) for name in _imports(path)} - {room, "__init__"}
        graph.setdefault(room, set()).update(below)
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError and names the cycle


@pytest.mark.parametrize("path", MODULES, ids=_module_id)
def test_modules_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", MODULES, ids=_module_id)
def test_public_names_are_documented(path: Path) -> None:
    tree = _tree(path)
    assert ast.get_docstring(tree), "the module has no docstring"
    bare = [
        name
        for name, node in _public(tree.body)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not ast.get_docstring(node)
    ]
    assert bare == []


def test_exported_names_exist() -> None:
    missing = [name for name in atrasig.__all__ if not hasattr(atrasig, name)]
    assert missing == []


@pytest.mark.parametrize("statement", ["import atrasig", "import atrasig.cli"])
def test_imports_stay_light(statement: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", statement],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {
        line.rsplit("|", 1)[1].strip().split(".")[0]
        for line in done.stderr.splitlines()
        if line.startswith("import time:") and not line.rstrip().endswith("imported package")
    }
    assert "atrasig" in loaded
    assert loaded & HEAVY == set()


def test_no_path_of_one_machine_in_the_project(repository: Path) -> None:
    """Results and sources must mean the same on every machine."""
    machine = re.compile(r"(?<![\w.}>])/(?:home|root|Users|work)/")
    folders = ("atrasig", "workflow", "config", "signatures", "docs")
    texts = [
        path
        for folder in folders
        for path in sorted((repository / folder).rglob("*"))
        if path.suffix in {".py", ".smk", ".yaml", ".yml", ".tsv", ".md", ".rst", ".j2", ".json"}
    ]
    assert texts
    assert [
        str(path.relative_to(repository))
        for path in texts
        if machine.search(path.read_text(encoding="utf-8"))
    ] == []
