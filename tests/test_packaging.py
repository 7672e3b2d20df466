"""What a user installs is what stands in the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from itertools import chain
from pathlib import Path

import pytest
import yaml

import atrasig

PIP_INSTALL = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
PIN = re.compile(r'[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+(; python_version (<|>=) "3\.\d+")?')


def _build(source: Path, kind: str, out: Path) -> Path:
    """Build an sdist or a wheel with the installed hatchling: no network, nothing left behind."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)],
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
    )
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling (extra `dev`) builds the distributions")
    return _build(repository, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (root,) = folder.iterdir()
    return root


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip makes it from the sdist."""
    return _build(unpacked, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder into which the wheel alone is installed."""
    target = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [*PIP_INSTALL, "--no-deps", "--no-index", "--target", str(target), str(wheel)],
        check=True,
        capture_output=True,
        text=True,
    )
    return target


def _run_installed(installed: Path, code: str) -> str:
    """Output of Python code run outside the checkout, with the installed copy found first."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=installed,
        env=os.environ | {"PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_installed_signatures_equal_the_checkout(installed: Path) -> None:
    code = (
        "import atrasig; from atrasig.files import data_path\n"
        "print(atrasig.__file__, data_path('signatures'), atrasig.load_signatures().hash)"
    )
    module, folder, digest = _run_installed(installed, code).split()
    assert Path(module) == installed / "atrasig" / "__init__.py"
    assert Path(folder) == installed / "atrasig" / "data" / "signatures"
    assert digest == atrasig.load_signatures().hash


def test_console_script_runs_from_the_wheel(installed: Path) -> None:
    script = installed / "bin" / "atrasig"
    done = subprocess.run(
        [sys.executable, str(script), "--version"],
        cwd=installed,
        env=os.environ | {"PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert atrasig.__version__ in done.stdout


def test_wheel_holds_every_package_file(repository: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("atrasig/")}
    package = {
        path.relative_to(repository).as_posix()
        for path in (repository / "atrasig").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    signatures = {
        f"atrasig/data/signatures/{path.relative_to(repository / 'signatures').as_posix()}"
        for path in (repository / "signatures").rglob("*")
        if path.is_file()
    }
    assert "atrasig/py.typed" in package
    assert signatures
    assert held == package | signatures


def test_sdist_holds_what_a_run_needs(unpacked: Path) -> None:
    for name in (
        "LICENSE",
        "README.md",
        "Makefile",
        "Snakefile",
        "constraints.txt",
        "config/config.yaml",
        "config/README.md",
        "workflow/Snakefile",
        "workflow/rules/score.smk",
        "signatures/markers.yaml",
        "tests/conftest.py",
    ):
        assert (unpacked / name).is_file(), name


def test_version_is_one(repository: Path, sdist: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((repository / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "version" in project["dynamic"]
    assert sdist.name == f"atrasig-{atrasig.__version__}.tar.gz"
    assert citation["version"] == atrasig.__version__
    assert f"## {atrasig.__version__}" in changelog


def test_constraints_are_pins_only(repository: Path) -> None:
    lines = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not PIN.fullmatch(line)] == []


def test_every_dependency_is_pinned(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {_plain(line.split("==")[0]) for line in lines if "==" in line}
    wanted = chain(project["dependencies"], *project["optional-dependencies"].values())
    names = {_plain(re.split(r"[<>=!~;\[ ]", line)[0]) for line in wanted}
    assert names <= pinned


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
