"""An index of 5,000 samples opens, sorts, filters, searches and turns its pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from atrasig.report import IndexRow, Overview, build_provenance, index_row, write_index
from tests.browser.test_index_page import TABLE, choose, shown, told
from tests.browser.watching import cells, numbers
from tests.report.conftest import make_cohort

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import OpenPage

SAMPLES = 5000
LARGEST = 5_000_000
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@pytest.fixture(scope="module")
def rows() -> list[IndexRow]:
    """Rows with the words of the made-up cohort, scores and names of their own."""
    kinds = [index_row(record) for record in make_cohort().records()]
    scores = np.random.default_rng(3).permutation(SAMPLES) / SAMPLES
    return [
        kinds[number % len(kinds)].model_copy(
            update={
                "sample": f"S{number:05d}",
                "page": f"samples/S{number:05d}.html",
                "sensitivity_score": float(score),
                "sensitivity_low": float(score) - 0.01,
                "sensitivity_high": float(score) + 0.01,
            }
        )
        for number, score in enumerate(scores)
    ]


@pytest.fixture(scope="module")
def index(rows: list[IndexRow], tmp_path_factory: pytest.TempPathFactory) -> Path:
    cohort = make_cohort()
    provenance = build_provenance(cohort.provenance, [cohort.expr], cohort.tables["calls"])
    return write_index(Overview.of(rows), provenance, [], tmp_path_factory.mktemp("large"))


@pytest.fixture
def page(open_page: OpenPage, index: Path) -> Page:
    return open_page(index)


def test_it_opens_in_a_small_file(page: Page, index: Path) -> None:
    size, paint = index.stat().st_size, page.evaluate(FIRST_PAINT)
    print(f"{SAMPLES} samples: {size / 1e6:.2f} MB, first paint {paint:.0f} ms")
    assert size < LARGEST
    assert page.locator(f"{TABLE} tbody tr").count() <= 200
    assert re.search(r"5,?000", told(page))


def test_it_sorts_over_all_pages(page: Page) -> None:
    table = page.locator(TABLE)
    texts = [one.strip().lower() for one in table.locator("thead th").all_inner_texts()]
    column = next(i for i, one in enumerate(texts) if "score" in one)
    head = table.locator("thead th").nth(column)
    for direction, first in (("ascending", 0.0), ("descending", 1 - 1 / SAMPLES)):
        while head.get_attribute("aria-sort") != direction:
            head.get_by_role("button").click()
        found = numbers(cells(table, column))
        step = 1 / SAMPLES if direction == "ascending" else -1 / SAMPLES
        assert found == pytest.approx([first + step * i for i in range(len(found))], abs=1e-6)


def test_pages_turn_to_the_end_of_a_filter(page: Page, rows: list[IndexRow]) -> None:
    choose(page, "#filter-sensitivity", "intermediate")
    expected = {row.sample for row in rows if row.sensitivity == "intermediate"}
    assert f"{len(expected):,}" in told(page) or str(len(expected)) in told(page)
    found = shown(page)
    assert page.locator("#previous").is_disabled()
    while page.locator("#next").is_enabled():
        page.locator("#next").click()
        found += shown(page)
    assert len(found) == len(set(found))
    assert set(found) == expected
    page.locator("#previous").click()
    assert shown(page) != found[-len(shown(page)) :]


def test_search_finds_one_of_all(page: Page) -> None:
    page.locator("#search").fill("S04321")
    assert shown(page) == ["S04321"]
