"""A printed page loses nothing: headings, numbers, and on every sheet what the page is not for."""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from atrasig.report.html import RESEARCH_USE

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import OpenPage

A4 = (595, 842)


def squeezed(text: str) -> str:
    """A text without what type-setting changes: blanks, capitals and ligatures."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def sheets(page: Page) -> list[str]:
    """Text of each printed sheet, a line for each piece that was set."""
    pypdf = pytest.importorskip("pypdf", reason="pypdf (extra `dev`) is not installed")
    reader = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    texts = []
    for sheet in reader.pages:
        assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == A4
        pieces: list[str] = []
        sheet.extract_text(visitor_text=lambda text, *_, pieces=pieces: pieces.append(text))
        texts.append("\n".join(pieces))
    return texts


def absent(parts: list[str], text: str) -> list[str]:
    """Parts of a page that its print does not have."""
    whole = squeezed(text)
    return [part for part in parts if squeezed(part) not in whole]


def lost(page: Page, text: str) -> list[str]:
    """Numbers that stand on a page more often than in its print."""
    wanted = Counter(one.strip() for one in page.locator("main data").all_text_contents())
    return [
        f"{number}: {count}"
        for number, count in wanted.items()
        if len(re.findall(rf"(?<![\d.,]){re.escape(number)}(?!\d)", text)) < count
    ]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_sample_page(open_sample: OpenPage, *, scripts: bool) -> None:
    page = open_sample("P1-exposed", java_script_enabled=scripts)
    printed = sheets(page)
    print(f"{len(printed)} sheets")
    assert len(printed) > 1
    for number, sheet in enumerate(printed, 1):
        assert squeezed(RESEARCH_USE) in squeezed(sheet)
        assert f"{number}/{len(printed)}" in squeezed(sheet)
    text = "\n".join(printed)
    headings = page.locator("h1, h2, h3").all_text_contents()
    assert len(headings) > 13
    assert absent(headings, text) == []
    assert page.locator("main data").count() > 100
    assert lost(page, text) == []


def test_index(open_index: OpenPage) -> None:
    page = open_index()
    printed = sheets(page)
    print(f"{len(printed)} sheets")
    assert all(squeezed(RESEARCH_USE) in squeezed(sheet) for sheet in printed)
    text = "\n".join(printed)
    headings = page.locator("h1, h2").all_text_contents()
    assert absent(headings, text) == []
    assert lost(page, text) == []
