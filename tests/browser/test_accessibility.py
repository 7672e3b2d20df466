"""axe-core finds nothing serious on the pages, in light and dark, with every part opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scripts.browsing import NARROW

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import OpenPage

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
OPEN_ALL = "document.querySelectorAll('details').forEach(part => { part.open = true; })"
RUN = "async () => await axe.run(document, { resultTypes: ['violations'] })"


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that judges a page."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (`make test` does it where npm is)")
    return AXE.read_text(encoding="utf-8")


def findings(page: Page) -> list[str]:
    """What axe-core finds: impact, rule, number of places and the first of them."""
    page.evaluate(OPEN_ALL)
    result: dict[str, Any] = page.evaluate(RUN)
    assert result["passes"], "no rule was applied"
    return [
        f"{one['impact']} {one['id']} x{len(one['nodes'])}: {one['help']}"
        f" {one['nodes'][0]['target']} {one['nodes'][0]['html'][:200]}"
        for one in result["violations"]
    ]


def _none_is_grave(page: Page) -> None:
    found = findings(page)
    print(*found, sep="\n")
    assert [one for one in found if one.startswith(GRAVE)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sample", ["APL-1", "P1-exposed"])
def test_sample_page(open_sample: OpenPage, axe: str, sample: str, scheme: str) -> None:
    page = open_sample(sample, color_scheme=scheme, init_script=axe)
    _none_is_grave(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_index(open_index: OpenPage, axe: str, scheme: str) -> None:
    _none_is_grave(open_index(color_scheme=scheme, init_script=axe))


def test_on_a_phone(open_index: OpenPage, open_sample: OpenPage, axe: str) -> None:
    small = {"viewport": NARROW._asdict(), "init_script": axe}
    for opened in (open_index(**small), open_sample("P1-exposed", **small)):
        _none_is_grave(opened)


def test_axe_would_find_something(open_page: OpenPage, axe: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<!DOCTYPE html><html><body><img src='data:,'><button></button></body></html>")
    found = findings(open_page(bad, init_script=axe))
    assert any(one.startswith("critical button-name") for one in found)
