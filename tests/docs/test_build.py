"""The guide is built, strictly; what is made for it is made from the program as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from atrasig.cli import main
from atrasig.signatures import load_signatures
from scripts import build_docs, docs_pages
from scripts.docs_links import BrokenLink, rewrite_links
from scripts.screenshots import PAGE, annotate, numbered_parts


def test_the_guide_builds_without_a_warning(repository: Path, tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="the extra `docs` is not installed (`make docs` does)")
    pytest.importorskip("myst_parser", reason="the extra `docs` is not installed")
    pytest.importorskip("furo", reason="the extra `docs` is not installed")
    command = [sys.executable, "-m", "scripts.build_docs", "--no-run", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    html = tmp_path / "html"
    assert {"index.html", "quickstart.html", "api.html", "signature_catalogue.html"} <= {
        path.name for path in html.iterdir()
    }
    for built in html.rglob("*.html"):
        text = built.read_text(encoding="utf-8")
        assert 'src="http' not in text, f"{built.name} needs a network"


def test_every_signature_stands_in_the_catalogue() -> None:
    signatures = list(load_signatures())
    text = docs_pages.catalogue(signatures)
    for one in signatures:
        up = sum(gene.direction == "up" for gene in one.genes)
        name = docs_pages.plain(one.id)
        row = next(line for line in text.splitlines() if line.startswith(f"| [{name}]"))
        assert [cell.strip() for cell in row.split(" | ")][2:4] == [
            str(up),
            str(len(one.genes) - up),
        ]
        assert f"### {name}\n" in text
    assert text == docs_pages.catalogue(reversed(signatures))


def test_every_command_stands_in_its_page() -> None:
    text = docs_pages.commands(main)
    for name in main.commands:
        assert f"## atrasig {name}\n" in text
    assert "## atrasig signatures import\n" in text


def test_every_public_name_stands_in_the_reference() -> None:
    import atrasig

    text = docs_pages.api()
    for name in set(atrasig.__all__) - {"__version__", "tl"}:
        assert f":: atrasig.{name}\n" in text
    assert ".. autofunction:: atrasig.tl.score\n" in text


@pytest.mark.parametrize(
    ("link", "turned"),
    [
        ("[f](formats.md)", "[f](formats.md)"),
        ("[f](formats.md#geo)", "[f](formats.md#geo)"),
        ("[c](../config/README.md)", "[c](configuration.md)"),
        ("[t](tutorials/bulk_cohort.py)", "[t](tutorials/bulk_cohort.md)"),
        ("[a](api.md)", "[a](api.md)"),
        ("[l](../LICENSE)", "l"),
        ("[w](https://example.org/x)", "[w](https://example.org/x)"),
        ("![i](images/index.png)", "![i](images/index.png)"),
    ],
)
def test_links_are_turned_to_the_built_guide(repository: Path, link: str, turned: str) -> None:
    assert rewrite_links(link, "docs/quickstart.md", repository) == f"{turned}\n"


def test_links_of_pages_that_stand_elsewhere(repository: Path) -> None:
    assert rewrite_links("[f](../docs/formats.md)", "config/README.md", repository) == (
        "[f](formats.md)\n"
    )
    fenced = "```text\n[x](nowhere.md)\n```\n"
    assert rewrite_links(fenced, "docs/quickstart.md", repository) == fenced
    with pytest.raises(BrokenLink, match=r"nowhere\.md"):
        rewrite_links("[x](nowhere.md)", "docs/quickstart.md", repository)


def test_patterns_of_no_page_leave_the_contents(tmp_path: Path) -> None:
    (tmp_path / "targets.md").write_text("x")
    text = "methods\ntargets*\nvalidation*\n* a list\n"
    kept = "methods\ntargets*\n* a list\n"
    assert build_docs.without_empty_patterns(text, tmp_path) == kept


def test_the_annotated_parts_are_those_of_a_page(repository: Path) -> None:
    parts = numbered_parts(PAGE.read_text(encoding="utf-8"))
    assert list(parts.values()) == list(range(1, len(parts) + 1))
    templates = repository / "atrasig" / "report" / "templates"
    text = "".join(path.read_text(encoding="utf-8") for path in templates.glob("*.j2"))
    assert [anchor for anchor in parts if f'id="{anchor}"' not in text] == []
    html = "<head></head><section id='x'><section id=\"calls\">"
    assert '#calls::before{content:"1"' in annotate(html, {"calls": 1})
    with pytest.raises(LookupError, match="no part nothing"):
        annotate(html, {"nothing": 1})
