"""The command line: help with examples, errors as one message, light start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from atrasig import __version__
from atrasig.cli import main


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def commands(group: click.Group, prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        found.append((*prefix, name))
        if isinstance(command, click.Group):
            found += commands(command, (*prefix, name))
    return found


def is_group(path: tuple[str, ...]) -> bool:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    return isinstance(command, click.Group)


def example(help_text: str) -> str:
    """What follows the options, on one line."""
    _, _, options = help_text.partition("Options:")
    return " ".join(options.split()) + " "


def test_the_contracted_commands_are_there() -> None:
    named = {
        "run", "ingest", "harmonise", "score", "predict", "enrich", "report", "collect",
        "signatures", "simulate",
    }  # fmt: skip
    assert named <= set(main.commands)


@pytest.mark.parametrize("path", commands(main), ids=" ".join)
def test_every_command_helps_with_an_example(path: tuple[str, ...]) -> None:
    result = invoke(*path, "--help")
    assert result.exit_code == 0
    assert is_group(path) or f"atrasig {' '.join(path)} " in example(result.output)


def test_version() -> None:
    assert invoke("--version").output.strip().endswith(__version__)


def test_an_error_is_one_message_without_a_traceback(tmp_path: Path) -> None:
    result = invoke("ingest", str(tmp_path / "none.tsv"), "--out", str(tmp_path / "o.h5ad"))
    assert result.exit_code == 2
    assert result.output.startswith("atrasig: error: There is no such file")
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_bad_parameters_are_refused(tmp_path: Path) -> None:
    words = ["--out", str(tmp_path), "--manifest", "m"]
    tables = ("scores", "calls", "drivers", "enrichment", "contrasts", "pairs")
    for name in ("expr", *tables, "hypotheses", "hypothesis-summaries"):
        words += [f"--{name}", "x"]
    assert "not JSON" in invoke("report", *words, "--parameters", "{").output
    assert "a JSON object is needed" in invoke("report", *words, "--parameters", "[1]").output


def test_signatures_list_and_show() -> None:
    listing = invoke("signatures", "list").output.splitlines()
    core = next(line for line in listing if line.startswith("retinoid_response_core "))
    assert core.split()[1:4] == ["response", "12", "0"]
    assert "limits:" in invoke("signatures", "show", "retinoid_response_core").output
    shown = json.loads(invoke("signatures", "show", "--json", "retinoid_response_core").output)
    assert {gene["gene"] for gene in shown["genes"]} >= {"CYP26A1", "DHRS3", "RARB"}
    missing = invoke("signatures", "show", "retinoid_response_cor")
    assert missing.exit_code == 2
    assert "Did you mean retinoid_response_core" in missing.output


def test_simulate_writes_the_demo(tmp_path: Path, repository: Path) -> None:
    assert invoke("simulate", "--out", str(tmp_path)).exit_code == 0
    demo = repository / "config" / "demo"
    assert (tmp_path / "truth.tsv").read_bytes() == (demo / "truth.tsv").read_bytes()


def test_help_stays_light() -> None:
    code = (
        "import sys; from atrasig.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'scanpy', 'gseapy', 'anndata', 'pandas', 'numpy', 'snakemake'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
