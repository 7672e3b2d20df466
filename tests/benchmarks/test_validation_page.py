"""The page of validation figures says what the artefacts hold, and these what was computed."""

from __future__ import annotations

from pathlib import Path

import pytest

from atrasig.prediction import load_models
from benchmarks.validation import page, recipes, responses


def _page(repository: Path) -> str:
    return (repository / "docs" / "validation.md").read_text(encoding="utf-8")


def test_figures_on_the_page_are_those_of_the_artefacts(repository: Path) -> None:
    models, found, _ = _page(repository).partition(recipes.TITLE)
    assert found
    assert models.rstrip("\n") == page.shipped().rstrip("\n")


def test_every_shipped_model_is_on_the_page_with_its_figures(repository: Path) -> None:
    text = _page(repository)
    for model in load_models():
        chapter = text.split(f"### `{model.id}` ")[1].split("\n### ")[0]
        assert model.version in chapter
        for row in model.validation:
            assert f"| {row.measure} | {row.how} | {row.n} |" in chapter, (model.id, row)
            assert page.span(row) in chapter
        assert model.validation or "No figures: " in chapter


@pytest.mark.slow
def test_artefacts_hold_what_is_computed_from_the_cultures(
    shared: Path, repository: Path, tmp_path: Path
) -> None:
    for written in responses.freeze(shared / "data", tmp_path):
        artefact = repository / "signatures" / "models" / written.name
        assert written.read_bytes() == artefact.read_bytes(), written.name
