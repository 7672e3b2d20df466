"""Commands on what the library rests on."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from atrasig.cli import main
from atrasig.cli.signatures import _KINDS, _ROLES
from atrasig.signatures import AtraRole, load_modifiers
from atrasig.signatures.model import Kind


@pytest.fixture(autouse=True)
def _no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATRASIG_SIGNATURES", str(tmp_path / "library"))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["signatures", *words])


def test_choices_are_those_of_the_model() -> None:
    assert get_args(Kind) == _KINDS
    assert get_args(AtraRole) == _ROLES


def test_modifiers_are_listed_one_a_line() -> None:
    lines = run("modifiers").output.splitlines()
    modifiers = load_modifiers()
    assert len(lines) == 1 + len(modifiers) + 1
    for line, entry in zip(lines[1:-1], modifiers, strict=True):
        assert line.startswith(entry.gene)
        assert entry.disease in line
        assert line.endswith("yes") == bool(entry.contradicting)


@pytest.mark.parametrize("name", ["CD38", "cd38"])
def test_all_that_is_recorded_on_a_gene(name: str) -> None:
    shown = run("modifiers", "--gene", name).output
    assert shown.startswith("CD38, expression, multiple myeloma\n")
    assert "response 5%" in shown
    assert "\nCD38\n" in shown  # the marker


def test_a_gene_under_its_other_name() -> None:
    assert run("modifiers", "--gene", "EVI1").output.startswith("MECOM, expression")
    assert run("modifiers", "--gene", "CD11b").output.startswith("ITGAM\n")


def test_a_gene_on_which_nothing_is_recorded() -> None:
    result = run("modifiers", "--gene", "GAPDH")
    assert result.exit_code == 2
    assert "Nothing is recorded on GAPDH" in result.output


def test_trace_draws_the_same_genes_again() -> None:
    first = run("trace", "--n", "10", "--seed", "1").output
    assert first == run("trace").output
    assert first.count("\n  citation ") == 10
    assert first != run("trace", "--seed", "2").output


def test_trace_of_named_genes() -> None:
    shown = run("trace", "GPR56", "ADGRG1").output
    assert shown.count("ADGRG1  up  lsc17\n") == 1
    assert "GPR56" in [line.split()[1] for line in shown.splitlines() if "  printed " in line]
    result = run("trace", "RARB", "NOWHERE")
    assert result.exit_code == 2
    assert "No signature lists NOWHERE" in result.output


def test_signatures_of_a_role_come_with_its_markers() -> None:
    lines = run("list", "--role", "angiogenesis").output.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == [
        "hallmark_angiogenesis",
        "hallmark_hypoxia",
    ]
    assert lines[-1].startswith("markers  VEGFA (measured), ")
    assert "ANGPT1 (down)" in lines[-1]


def test_show_says_the_role() -> None:
    assert (
        "ATRA roles  autophagy, apoptosis" in run("show", "hallmark_pi3k_akt_mtor_signaling").output
    )
