"""The pictures of the guide, and of every page at every width: the script that takes them works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import screenshots
from scripts.browsing import WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.workflow.running import Results


def test_pages_at_both_widths_in_light_and_dark(
    browser: Browser, demo: Results, tmp_path: Path
) -> None:
    from PIL import Image

    taken = screenshots.all_pictures(browser, demo.folder, tmp_path)
    assert len({path.name for path in taken}) == 8
    for path in taken:
        name, width, scheme = path.stem.split("-")
        with Image.open(path) as picture:
            assert picture.size == screenshots.SIZES[width], name
            colours = picture.convert("RGB").getcolors(picture.width * picture.height)
            ground = max(colours)[1]
        assert len(colours) > 20
        assert (sum(ground) > 3 * 128) == (scheme == "light"), path.name


def test_pictures_of_the_guide_are_those_that_the_script_takes(
    browser: Browser, demo: Results, repository: Path, tmp_path: Path
) -> None:
    from PIL import Image

    taken = {path.name for path in screenshots.guide_pictures(browser, demo.folder, tmp_path)}
    assert taken == {path.name for path in screenshots.IMAGES.glob("*.png")}
    guide = [repository / "README.md", *(repository / "docs").glob("*.md")]
    shown = {
        name
        for page in guide
        for name in re.findall(r"!\[[^\]]*\]\([^)]*images/([^)]+)\)", page.read_text("utf-8"))
    }
    assert shown == taken
    for name in taken:
        with Image.open(tmp_path / name) as picture:
            assert picture.width == WIDE.width


def test_every_part_is_explained_in_the_order_of_the_page(demo: Results) -> None:
    page = (demo.folder / screenshots.EXPLAINED).read_text(encoding="utf-8")
    explained = screenshots.numbered_parts(screenshots.PAGE.read_text(encoding="utf-8"))
    assert list(explained) == re.findall(r'<section id="([a-z-]+)"', page)
