"""The profile for SLURM: in step with the rules and the default profile, every entry explained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.workflow.running import Workplace, planned_jobs

# A cluster's folders are refreshed later than a laptop's.
DIFFERENT = {"latency-wait"}


def _path(repository: Path, name: str) -> Path:
    return repository / "workflow/profiles" / name / "config.yaml"


def _load(repository: Path, name: str) -> dict[str, Any]:
    entries: dict[str, Any] = yaml.safe_load(_path(repository, name).read_text(encoding="utf-8"))
    return entries


def test_it_holds_what_the_default_profile_holds(repository: Path) -> None:
    slurm, default = _load(repository, "slurm"), _load(repository, "default")
    assert default.keys() <= slurm.keys()
    assert {key for key in default if slurm[key] != default[key]} == DIFFERENT


@pytest.mark.parametrize("name", ["default", "slurm"])
def test_every_entry_has_a_comment_above_it_or_its_paragraph(repository: Path, name: str) -> None:
    text = _path(repository, name).read_text(encoding="utf-8")
    paragraphs = [part for part in text.split("\n\n") if re.search(r"^\S+:", part, re.MULTILINE)]
    explained = [part for part in paragraphs if part.startswith("#")]
    named = "".join(explained)
    bare = [key for key in _load(repository, name) if not re.search(f"^{key}:", named, re.M)]
    assert bare == ["executor"] or bare == []


def test_every_stage_of_blocks_is_in_a_group(repository: Path) -> None:
    """A stage left out would be a submission a block."""
    rules = "".join(
        path.read_text(encoding="utf-8") for path in (repository / "workflow/rules").glob("*.smk")
    )
    bodies = {text.split(":")[0]: text for text in re.split(r"^rule ", rules, flags=re.M)[1:]}
    of_blocks = {name for name, text in bodies.items() if "--block {wildcards.block}" in text}
    groups = dict(entry.split("=") for entry in _load(repository, "slurm")["groups"])
    components = dict(entry.split("=") for entry in _load(repository, "slurm")["group-components"])
    assert groups.keys() == of_blocks
    assert components.keys() == set(groups.values())


def test_a_run_can_be_planned_with_it(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its name, as the guide calls it, on a machine without SLURM."""
    pytest.importorskip(
        "snakemake_executor_plugin_slurm", reason="the extra `slurm` is not installed"
    )
    monkeypatch.delenv("SLURM_CONF", raising=False)
    place = Workplace.make(tmp_path, repository)
    output = place.snakemake("--dry-run", "--workflow-profile", "slurm")
    assert re.search(r"workflow specific profile .*profiles/slurm", output)
    assert planned_jobs(output) > 0
