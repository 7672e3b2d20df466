"""A sample's page as a reader uses it: with the eye, the mouse, the keyboard, without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scripts.browsing import NARROW, WIDE
from tests.browser.watching import cells, heading, numbers, tab_to

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPage
    from tests.workflow.running import Results

SAMPLE, PAIRED = "APL-1", "P1-exposed"
SECTIONS = (
    "calls", "checks", "place", "models", "scores", "genes", "markers", "enrichment",
    "hypotheses", "evidence", "methods", "provenance", "downloads",
)  # fmt: skip
SEEN = "part => document.querySelector(part).getBoundingClientRect().top < innerHeight"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
NO_STORAGE = """
Object.defineProperty(window, "localStorage", { get() { throw new Error("denied"); } });
"""
WORDS = """(() => {
    const copy = document.querySelector("main").cloneNode(true);
    copy.querySelectorAll("svg title").forEach(title => title.remove());
    return copy.textContent.split(/\\s+/).filter(Boolean).join(" ");
})()"""


@pytest.mark.parametrize("sample", [SAMPLE, PAIRED])
def test_both_calls_are_seen_at_once(open_sample: OpenPage, demo: Results, sample: str) -> None:
    page = open_sample(sample)
    assert page.locator("h1").inner_text().strip() == sample
    assert sample in page.title()
    words = [call["call"] for call in demo.record(sample)["calls"].values()]
    for word in set(words):
        shown = page.locator("#calls").get_by_text(re.compile(f"^{word}$", re.IGNORECASE))
        assert shown.count() >= words.count(word)
        for one in shown.all()[: words.count(word)]:
            box = one.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= WIDE.height, f"{word} is below the first screen"


def test_sections_are_there_and_the_contents_lead_to_them(open_sample: OpenPage) -> None:
    page = open_sample(SAMPLE)
    for name in SECTIONS:
        assert page.locator(f"section#{name} h2").count() >= 1, name
    links = page.locator("nav a[href^='#']")
    targets = [link.get_attribute("href") or "" for link in links.all()]
    assert len(targets) >= len(SECTIONS) - 1
    assert [target for target in targets if page.locator(target).count() != 1] == []
    links.last.click()
    page.wait_for_function(SEEN, arg=targets[-1])


def test_markers_sort_by_number_both_ways(open_sample: OpenPage, demo: Results) -> None:
    page = open_sample(SAMPLE)
    table = page.locator("#markers table.sortable")
    head, column = heading(table, "Percentile")
    expected = sorted(m["percentile"] for m in demo.record(SAMPLE)["markers"] if m["measured"])
    before = cells(table, 0)
    for direction, ordered in (("ascending", expected), ("descending", expected[::-1])):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == direction
        assert numbers(cells(table, column)) == ordered
    assert sorted(map(str, cells(table, 0))) == sorted(map(str, before))
    assert table.locator("[aria-sort]").count() == 1


def test_every_sortable_table_sorts_by_every_column(open_sample: OpenPage) -> None:
    page = open_sample(PAIRED)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    tables = page.locator("table.sortable").all()
    assert len(tables) >= 2
    for table in tables:
        rows = sorted(row.strip() for row in table.locator("tbody tr").all_inner_texts())
        for column, head in enumerate(table.locator("thead th").all()):
            if not head.get_by_role("button").count():
                continue
            head.get_by_role("button").click()
            found = numbers(cells(table, column))
            assert found == sorted(found)
        after = sorted(row.strip() for row in table.locator("tbody tr").all_inner_texts())
        assert after == rows


def test_long_parts_open_by_mouse_and_by_key(open_sample: OpenPage) -> None:
    page = open_sample(PAIRED)
    closed = page.locator("main details:not([open])")
    assert closed.count() >= 2
    first, second = (closed.nth(i).element_handle() for i in range(2))
    for part in (first, second):
        summary = part.query_selector("summary")
        assert summary is not None
        if part is first:
            summary.click()
        else:
            summary.press("Enter")
        assert part.evaluate("part => part.open && part.lastElementChild.checkVisibility()")


def test_theme_goes_round_and_is_remembered(open_sample: OpenPage) -> None:
    page = open_sample(SAMPLE, color_scheme="light")
    button = page.locator("button#theme")
    seen = []
    for _ in range(4):
        theme = page.evaluate("document.documentElement.dataset.theme || 'auto'")
        name = button.evaluate("b => b.getAttribute('aria-label') || b.textContent")
        assert theme in name.lower()
        seen.append((theme, page.evaluate(BACKGROUND)))
        button.click()
    assert [theme for theme, _ in seen] == ["auto", "light", "dark", "auto"]
    assert seen[0] == seen[3]
    assert seen[0][1] == seen[1][1] != seen[2][1]
    button.click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(BACKGROUND) == seen[2][1]
    other = open_sample(SAMPLE, color_scheme="dark")
    assert other.evaluate(BACKGROUND) == seen[2][1], "the two ways to dark look different"


def test_theme_works_where_storage_is_denied(open_sample: OpenPage) -> None:
    page = open_sample(SAMPLE)
    page.add_init_script(NO_STORAGE)
    page.reload()
    page.locator("button#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_keyboard_alone_is_enough(open_sample: OpenPage) -> None:
    page = open_sample(SAMPLE)
    skip = page.locator("a.skip")
    page.keyboard.press("Tab")
    assert skip.evaluate("link => link === document.activeElement")
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    page.reload()
    theme = page.locator("button#theme")
    tab_to(page, theme)
    page.keyboard.press("Space")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    link = page.locator("nav a[href='#markers']")
    tab_to(page, link)
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#markers"
    head, column = heading(page.locator("#markers table.sortable"), "Percentile")
    tab_to(page, head.get_by_role("button"))
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    found = numbers(cells(page.locator("#markers table.sortable"), column))
    assert found == sorted(found)


def test_without_scripts_everything_is_there(open_sample: OpenPage, demo: Results) -> None:
    plain = open_sample(PAIRED, java_script_enabled=False)
    assert plain.locator("button").count() == 0
    scripted = open_sample(PAIRED)
    texts = [page.evaluate(WORDS) for page in (plain, scripted)]
    assert texts[0] == texts[1]
    part = plain.locator("main details:not([open])").first.element_handle()
    part.query_selector("summary").click()
    assert part.get_attribute("open") is not None
    reasons = [call["reason"] for call in demo.record(PAIRED)["calls"].values()]
    assert all(" ".join(reason.split()) in texts[0] for reason in reasons)


@pytest.mark.parametrize("sample", [SAMPLE, PAIRED])
def test_nothing_is_wider_than_a_phone(open_sample: OpenPage, sample: str) -> None:
    page = open_sample(sample, viewport=NARROW._asdict())
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW.width
