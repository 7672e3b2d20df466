"""A headless Chromium driven by Playwright: it takes the guide's pictures and runs the tests."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Browser

COLOURS = 128
_NAMES = ("chromium", "chromium-browser", "google-chrome")


class Size(NamedTuple):
    """Width and height of a window in pixels."""

    width: int
    height: int


WIDE = Size(1280, 900)
NARROW = Size(390, 844)


def executable() -> str | None:
    """Path of an installed Chromium."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def absence() -> str:
    """Why no browser can be driven here; empty where one can."""
    if find_spec("playwright") is None:
        return "playwright (extra `dev`) is not installed"
    if executable() is None:
        return f"no browser is installed (none of {', '.join(_NAMES)})"
    return ""


@contextmanager
def launched() -> Iterator[Browser]:
    """Run the installed Chromium.

    Raises
    ------
    FileNotFoundError
        If there is no browser, or nothing to drive it.
    """
    from playwright.sync_api import sync_playwright

    if absence():
        raise FileNotFoundError(absence())
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable(), args=["--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def picture(
    browser: Browser, page: Path, image: Path, size: Size, *, scheme: str = "light"
) -> None:
    """Write a picture of the top of a page, in few colours.

    Parameters
    ----------
    browser
        A running browser.
    page, image
        The HTML file, and the PNG to write.
    size
        The window; a height of 0 stands for the height of the whole page.
    scheme
        The colours that the reader's system asks for, ``light`` or ``dark``.
    """
    from PIL import Image

    viewport = {"width": size.width, "height": size.height or WIDE.height}
    with browser.new_context(viewport=viewport, color_scheme=scheme, offline=True) as context:
        sheet = context.new_page()
        sheet.goto(page.as_uri())
        raw = sheet.screenshot(full_page=not size.height)
    with Image.open(io.BytesIO(raw)) as full:
        small = full.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        image.parent.mkdir(parents=True, exist_ok=True)
        small.save(image, optimize=True)
