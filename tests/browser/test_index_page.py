"""The index as a reader uses it: search, filter, sort, turn pages, follow a link."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scripts.browsing import NARROW
from tests.browser.watching import cells, heading, numbers, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import OpenPage
    from tests.workflow.running import Results

TABLE = "#samples table.index"


def shown(page: Page) -> list[str]:
    """Names of the samples in the table, in its order."""
    return [text.strip() for text in page.locator(f"{TABLE} tbody th a").all_inner_texts()]


def told(page: Page) -> str:
    """What the page says of how much it shows."""
    return " ".join(page.locator("#shown").inner_text().split())


def test_it_lists_every_sample_and_says_so(open_index: OpenPage, demo: Results) -> None:
    page = open_index()
    calls = demo.calls("sensitivity")
    assert sorted(shown(page)) == sorted(calls)
    assert page.locator("#shown").get_attribute("role") == "status"
    assert re.search(rf"\b{len(calls)}\b", told(page))
    tallies = page.locator("#calls").inner_text()
    for question in ("sensitivity", "response"):
        found = list(demo.calls(question).values())
        for word in set(found):
            assert re.search(rf"\b{found.count(word)}\s+{word}", tallies, re.IGNORECASE), word


def test_every_name_leads_to_its_page(open_index: OpenPage) -> None:
    page = open_index()
    names = shown(page)
    for name in (names[0], names[-1]):
        page.locator(f"{TABLE} tbody th a").nth(names.index(name)).click()
        assert page.locator("h1").inner_text().strip() == name
        page.go_back()


def test_search_keeps_what_holds_the_text(open_index: OpenPage) -> None:
    page = open_index()
    everything = shown(page)
    for typed in ("P1-", "apl-1", "no such sample", "(", "\\", " "):
        page.locator("#search").fill(typed)
        expected = [name for name in everything if typed.strip().lower() in name.lower()]
        assert shown(page) == expected, typed
        assert str(len(expected) or "No sample matches") in told(page)


@pytest.mark.parametrize("question", ["sensitivity", "response"])
def test_filters_keep_one_call(open_index: OpenPage, demo: Results, question: str) -> None:
    page = open_index()
    calls = demo.calls(question)
    for word in sorted(set(calls.values())):
        choose(page, f"#filter-{question}", word)
        expected = sorted(sample for sample, call in calls.items() if call == word)
        assert sorted(shown(page)) == expected
        assert re.search(rf"\b{len(expected)}\b", told(page))


def choose(page: Page, select: str, word: str) -> None:
    """Choose the option of a list that begins with a word; its number may stand behind it."""
    options = page.locator(f"{select} option").all_inner_texts()
    label = next(one for one in options if one.strip().lower().startswith(word.lower()))
    page.select_option(select, label=label)


def test_filters_and_search_work_together(open_index: OpenPage, demo: Results) -> None:
    page = open_index()
    calls = demo.calls("sensitivity")
    page.locator("#search").fill("baseline")
    choose(page, "#filter-sensitivity", "no call")
    expected = {name for name, call in calls.items() if call == "no call" and "baseline" in name}
    assert expected <= set(shown(page))
    assert all(calls[name] == "no call" for name in shown(page))


def test_checks_can_be_chosen(open_index: OpenPage, demo: Results) -> None:
    page = open_index()
    checks = demo.table("qc.tsv")
    samples = shown(page)
    for level in ("fail", "warn"):
        expected = set(checks.loc[checks["level"] == level, "sample"])
        assert 0 < len(expected) < len(samples)
        page.select_option("#filter-flags", value=level)
        assert set(shown(page)) == expected
    page.select_option("#filter-flags", index=0)
    assert shown(page) == samples


def test_diseases_can_be_chosen(open_index: OpenPage, demo: Results) -> None:
    page = open_index()
    diseases = {name: demo.record(name)["metadata"]["disease"] for name in shown(page)}
    for disease in sorted(set(diseases.values())):
        page.select_option("#filter-disease", label=disease)
        assert set(shown(page)) == {name for name, own in diseases.items() if own == disease}


@pytest.mark.parametrize(("nth", "question"), [(0, "sensitivity"), (1, "response")])
def test_scores_sort_both_ways(
    open_index: OpenPage, demo: Results, nth: int, question: str
) -> None:
    page = open_index()
    table = page.locator(TABLE)
    texts = [one.strip().lower() for one in table.locator("thead th").all_inner_texts()]
    column = [i for i, one in enumerate(texts) if "score" in one][nth]
    expected = sorted(demo.primary(question)["score"].dropna())
    head = table.locator("thead th").nth(column)
    for direction, ordered in (("ascending", expected), ("descending", expected[::-1])):
        while head.get_attribute("aria-sort") != direction:
            head.get_by_role("button").click()
        assert numbers(cells(table, column)) == pytest.approx(ordered, rel=1e-6)


def test_names_sort(open_index: OpenPage) -> None:
    page = open_index()
    head, _ = heading(page.locator(TABLE), "Sample")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    first = shown(page)
    head.get_by_role("button").click()
    assert shown(page) == first[::-1]
    assert sorted(first, key=str.lower) == sorted(shown(page), key=str.lower)


def test_keyboard_alone_is_enough(open_index: OpenPage, demo: Results) -> None:
    page = open_index()
    page.keyboard.press("Tab")
    assert page.locator("a.skip").evaluate("link => link === document.activeElement")
    tab_to(page, page.locator("#search"))
    page.keyboard.type("P1-")
    assert set(shown(page)) == {"P1-baseline", "P1-exposed"}
    tab_to(page, page.locator("#filter-response"))
    page.keyboard.type("responding")
    assert set(shown(page)) == {
        name for name, call in demo.calls("response").items()
        if name.startswith("P1-") and call == "responding"
    }  # fmt: skip
    head, _ = heading(page.locator(TABLE), "Sample")
    tab_to(page, head.get_by_role("button"))
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    link = page.locator(f"{TABLE} tbody th a").first
    name = link.inner_text().strip()
    tab_to(page, link)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/samples/{name}.html")
    assert page.locator("h1").inner_text().strip() == name


def test_theme_is_that_of_the_sample_pages(open_index: OpenPage) -> None:
    page = open_index(color_scheme="light")
    page.locator("button#theme").click()
    page.locator("button#theme").click()
    page.locator(f"{TABLE} tbody th a").first.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_without_scripts_every_page_can_be_reached(open_index: OpenPage, demo: Results) -> None:
    page = open_index(java_script_enabled=False)
    links = [link.get_attribute("href") for link in page.locator("main a[href^='samples/']").all()]
    assert {f"samples/{name}.html" for name in demo.calls("sensitivity")} <= set(links)
    assert page.locator("button#theme").count() == 0


def test_nothing_is_wider_than_a_phone(open_index: OpenPage) -> None:
    page = open_index(viewport=NARROW._asdict())
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW.width
