"""Captions of Snakemake's report: they quote the configuration, and nothing in it becomes HTML."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from atrasig.config import load_config

jinja2 = pytest.importorskip("jinja2")
publish = pytest.importorskip("docutils.core", reason="docutils comes with snakemake").publish_parts

CAPTIONS = sorted((Path(__file__).parents[2] / "workflow" / "report").glob("*.rst"))
SCRIPT = ".. raw:: html\n\n   <script>alert(1)</script>\n\n"
HOSTILE = f" x`` .. raw:: html\n\n{SCRIPT}`a <javascript:b>`_ |c|\\"


def _html(path: Path, **values: object) -> str:
    config = load_config(values).model_dump(mode="json")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    text = environment.from_string(path.read_text(encoding="utf-8"))
    rendered = text.render(snakemake=SimpleNamespace(config=config))
    # Complaints of docutils are an error here, as they would stand in the report.
    return str(publish(rendered, writer="html", settings_overrides={"halt_level": 2})["body"])


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
def test_a_caption_needs_no_key_of_the_configuration(path: Path) -> None:
    assert len(_html(path)) > 100


def test_captions_quote_what_was_asked(repository: Path) -> None:
    shown = {
        path.stem: " ".join(
            _html(
                path,
                block_size=7,
                seed=11,
                samples="my/sheet.tsv",
                models=["a.yaml", "b.yaml"],
                score={"methods": ["ucell", "gsva"]},
                predict={"disease": "AML"},
                enrich={"permutations": 333, "min_size": 6, "max_size": 77},
                harmonise={"scale": "tpm"},
            ).split()
        )
        for path in CAPTIONS
    }
    said = {
        "workflow": ("my/sheet.tsv", "ucell and gsva", "blocks of 7 samples", "seed 11"),
        "calls": ("and 2 of the configuration", "AML"),
        "pairs": ("those among 2 of the configuration",),
        "enrichment": ("333 permutations with seed 11", "with 6 to 77 measured genes"),
        "qc": ("tpm",),
        "roles": ("ucell, gsva",),
        "workbook": ("ucell, gsva", "Research use only"),
    }
    for name, parts in said.items():
        assert [part for part in parts if part not in shown[name]] == [], name


def test_what_a_configuration_says_stays_text() -> None:
    values = {"samples": HOSTILE, "results": HOSTILE, "models": [HOSTILE]}
    for path in CAPTIONS:
        html = _html(path, **values)
        assert "<script" not in html
        assert "javascript:" not in html.replace("&lt;javascript:b&gt;", "")
