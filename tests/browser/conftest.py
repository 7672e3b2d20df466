"""One browser a file, watched pages, and the demo's results; skipped where no browser is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scripts.browsing import WIDE, absence, launched
from tests.browser.watching import Watch
from tests.workflow.running import Results

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OpenPage = Callable[..., "Page"]


@pytest.fixture(scope="session", autouse=True)
def _a_browser_is_here() -> None:
    """Skip before anything is run for these tests."""
    if absence():
        pytest.skip(absence())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium; it ends with the file, for its event loop would disturb other tests."""
    with launched() as running:
        yield running


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open an HTML file of a results folder; the test fails on all that a page must not do."""
    watches: list[Watch] = []
    with ExitStack() as contexts:

        def opened(path: Path, folder: Path | None = None, **options: Any) -> Page:
            settings = {"viewport": WIDE._asdict(), "offline": True, **options}
            script = settings.pop("init_script", None)
            context = contexts.enter_context(browser.new_context(**settings))
            context.set_default_timeout(10_000)
            watches.append(Watch(folder or path.parent))
            watches[-1].follow(context)
            if script:
                context.add_init_script(script)
            page = context.new_page()
            page.goto(path.resolve().as_uri())
            return page

        yield opened
    assert [wrong for watch in watches for wrong in watch.wrong] == []


@pytest.fixture(scope="session")
def demo(demo_run: Path) -> Results:
    """Results of the demo cohort."""
    return Results(demo_run)


@pytest.fixture
def open_index(open_page: OpenPage, demo: Results) -> OpenPage:
    """Open the demo's index."""
    return lambda **options: open_page(demo.folder / "index.html", **options)


@pytest.fixture
def open_sample(open_page: OpenPage, demo: Results) -> OpenPage:
    """Open the page of a sample of the demo."""

    def opened(sample: str, **options: Any) -> Page:
        return open_page(demo.folder / "samples" / f"{sample}.html", demo.folder, **options)

    return opened
