"""Target genes from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from atrasig.cli import main
from tests.targets.planting import Planted, plant


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("planted"))


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["targets", *(str(one) for one in arguments)])


def test_classes_and_counts_are_printed(planted: Planted, tmp_path: Path) -> None:
    result = invoke(
        planted.path("late.csv"), "--genome", planted.path("genome.fa.gz"),
        "--gtf", planted.path("genes.gtf.gz"), "--peaks", planted.path("rara.narrowPeak"),
        "--direct", "1,2,5", "--inverted", "0", "--out", tmp_path / "out",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert any(line.startswith("direct, bound and induced") for line in lines)
    assert any("log2 fold change column" in line and "log2FoldChange" in line for line in lines)
    assert (tmp_path / "out" / "targets.tsv").is_file()


def test_help_has_an_example_and_names_what_is_written() -> None:
    text = " ".join(invoke("--help").output.split())
    assert "Examples: atrasig targets" in text
    assert "targets.tsv" in text


def test_errors_are_one_message(planted: Planted, tmp_path: Path) -> None:
    table = planted.path("late.csv")
    out = tmp_path / "out"
    result = invoke(table, "--gtf", planted.path("genes.gtf.gz"), "--out", out)
    assert result.exit_code == 2
    assert "no sequence to scan and no peak to look for" in result.output
    assert "Traceback" not in result.output
    assert invoke(table, "--promoters", table, "--direct", "1;2", "--out", out).exit_code == 2
    refused = invoke(table, "--promoters", table, "--out", out)
    assert "first line does not begin with >" in refused.output
    assert not out.exists()
