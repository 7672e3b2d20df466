"""Environments and images hold what the package declares; other workflows can import this one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

INSTALL = 'python -m pip install --no-cache-dir -c constraints.txt ".[workflow,storage]"'


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    text = (repository / "pyproject.toml").read_text(encoding="utf-8")
    declared: dict[str, Any] = tomllib.loads(text)["project"]
    return declared


def _copied_by_containerfile(repository: Path) -> dict[str, str]:
    """Place in the image of everything that the Containerfile copies."""
    text = (repository / "Containerfile").read_text(encoding="utf-8")
    copied = {}
    for line in re.findall(r"^COPY (.*)$", text, flags=re.MULTILINE):
        *sources, target = line.split()
        copied |= {one: one if target == "./" else target for one in sources}
    return copied


def _copied_by_definition(repository: Path) -> dict[str, str]:
    text = (repository / "apptainer.def").read_text(encoding="utf-8")
    section = text.split("%files\n")[1].split("\n%")[0]
    pairs = [line.split() for line in section.splitlines() if line.strip()]
    return {source: target.removeprefix("/opt/atrasig/") for source, target in pairs}


def test_conda_environment_is_what_the_package_declares(
    repository: Path, project: dict[str, Any]
) -> None:
    text = (repository / "workflow/envs/atrasig.yaml").read_text(encoding="utf-8")
    listed = [line.replace(" ", "") for line in yaml.safe_load(text)["dependencies"]]
    assert listed == [f"python{project['requires-python']}", *project["dependencies"]]


def test_every_rule_names_an_environment_that_is_there(repository: Path) -> None:
    rules = repository / "workflow" / "rules"
    named = {
        path
        for file in rules.glob("*.smk")
        for path in re.findall(r'conda:\s+"(.*?)"', file.read_text(encoding="utf-8"))
    }
    assert named == {"../envs/atrasig.yaml"}
    assert (rules / "../envs/atrasig.yaml").is_file()


def test_images_are_built_alike(repository: Path, project: dict[str, Any]) -> None:
    container, definition = (
        (repository / name).read_text(encoding="utf-8")
        for name in ("Containerfile", "apptainer.def")
    )
    (image,) = re.findall(r"^FROM (\S+)$", container, flags=re.MULTILINE)
    assert re.findall(r"^From: (\S+)$", definition, flags=re.MULTILINE) == [image]
    (version,) = re.findall(r"/python:(3\.\d+)-slim$", image)
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]
    assert _copied_by_containerfile(repository) == _copied_by_definition(repository)
    assert INSTALL in container
    assert INSTALL in definition
    assert {"workflow", "storage"} <= project["optional-dependencies"].keys()
    settings = re.findall(r"(\w+=(?:/tmp/\S+|1))", container)
    assert sorted(settings) == sorted(re.findall(r"export (\S+)", definition))
    assert re.search(r"^USER (?!root|0)", container, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def image_folder(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that an image holds before anything is installed in it."""
    folder = tmp_path_factory.mktemp("image")
    for source, target in _copied_by_containerfile(repository).items():
        path = repository / source
        if path.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(path, folder / target, ignore=ignored)
        else:
            shutil.copy(path, folder / target)
    return folder


def test_files_of_an_image_build_the_package(image_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling (extra `dev`) builds the distributions")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=image_folder, check=True, capture_output=True)
    (wheel,) = tmp_path.iterdir()
    assert wheel.name.startswith("atrasig-")


def test_files_of_an_image_plan_a_run(image_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("snakemake", reason="snakemake (extra `workflow`) is not installed")
    (tmp_path / "config").symlink_to(image_folder / "config")
    said = _snakemake(image_folder / "Snakefile", tmp_path, "--dry-run")
    assert re.search(r"^collect +1$", said, flags=re.MULTILINE)


def _snakemake(snakefile: Path, folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile)]
    command += ["--directory", str(folder), "--cores", "2", *options]
    done = subprocess.run(
        command,
        cwd=snakefile.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


IMPORTING = """
configfile: "config.yaml"


module atrasig:
    snakefile:
        {snakefile!r}
    config:
        config["atrasig"]


use rule * from atrasig as atrasig_*


rule count_calls:
    default_target: True
    input:
        rules.atrasig_collect.output.calls,
    output:
        "counted.txt",
    shell:
        "wc -l {{input}} > {{output}}"


use rule ingest from atrasig as atrasig_ingest with:
    resources:
        mem_mb=4321,
"""


@pytest.mark.slow
def test_another_workflow_imports_this_one(repository: Path, tmp_path: Path) -> None:
    pytest.importorskip("snakemake", reason="snakemake (extra `workflow`) is not installed")
    own = {"samples": "cohort/samples.tsv", "results": "scored"}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"atrasig": own}), encoding="utf-8")
    (tmp_path / "cohort").symlink_to(repository / "config" / "demo")
    snakefile = tmp_path / "Snakefile"
    text = IMPORTING.format(snakefile=str(repository / "workflow" / "Snakefile"))
    snakefile.write_text(text, encoding="utf-8")
    said = _snakemake(snakefile, tmp_path, "--dry-run")
    assert re.search(r"^atrasig_collect +1$", said, flags=re.MULTILINE)
    assert re.search(r"^count_calls +1$", said, flags=re.MULTILINE)
    assert "mem_mb=4321" in said
    _snakemake(snakefile, tmp_path, "--until", "atrasig_ingest")
    assert len(list(tmp_path.glob("scored/work/*/raw.h5ad"))) == 2


def test_workflow_catalogue_finds_its_files(repository: Path) -> None:
    """The files by which the Snakemake workflow catalogue knows a workflow that it can deploy."""
    for name in ("workflow/Snakefile", "config/README.md", "README.md", "LICENSE"):
        assert (repository / name).is_file(), name
    catalogue = repository / ".snakemake-workflow-catalog.yml"
    usage = yaml.safe_load(catalogue.read_text(encoding="utf-8"))["usage"]
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment", "report"}
    assert usage["mandatory-flags"].keys() == {"desc", "flags"}
    deployment = usage["software-stack-deployment"]
    assert deployment.keys() == {"conda", "apptainer", "apptainer+conda"}
    assert all(isinstance(value, bool) for value in [*deployment.values(), usage["report"]])
