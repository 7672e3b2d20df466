"""Pictures of the demo's pages: those that the guide shows, and those to look at.

Run from the top of the repository: ``python -m scripts.screenshots [RESULTS] [--all FOLDER]``.
Without a results folder the demo is run first. ``--all`` writes every page at every width in light
and dark to a folder, and leaves the pictures of the guide as they are. The parts and their numbers
are the rows of the table in ``docs/reading_a_report.md`` whose second cell is an anchor such as
``#calls``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.browsing import NARROW, WIDE, Size, launched, picture

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "reading_a_report.md"
IMAGES = REPOSITORY / "docs" / "images"
PAGES = {"sample": "samples/APL-1.html", "index": "index.html"}
EXPLAINED = "samples/P1-exposed.html"
SIZES = {"wide": WIDE, "narrow": NARROW}
SCHEMES = ("light", "dark")
PART_HEIGHT = 440
_ROW = re.compile(r"^\| (\d+) \| `#([a-z-]+)` \|", re.MULTILINE)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


def numbered_parts(page: str) -> dict[str, int]:
    """Anchors that the page about reports explains, with their numbers.

    Parameters
    ----------
    page
        Text of the page.
    """
    return {anchor: int(number) for number, anchor in _ROW.findall(page)}


def annotate(html: str, parts: dict[str, int]) -> str:
    """Put a number on each part, and show the beginning of long ones.

    Parameters
    ----------
    html
        A sample's page.
    parts
        Anchors and numbers.

    Raises
    ------
    LookupError
        If the page has no part of a name, so that the explanation would be out of date.
    """
    absent = [anchor for anchor in parts if f'id="{anchor}"' not in html]
    if absent:
        raise LookupError(f"the page has no part {', '.join(absent)}; see {PAGE.name}")
    badge = (
        "position:absolute;right:8px;top:8px;z-index:9;width:34px;height:34px;border-radius:50%;"
        "background:#c2185b;color:#fff;font:700 18px/34px sans-serif;text-align:center"
    )
    rules = "".join(
        f"#{anchor}{{position:relative;max-height:{PART_HEIGHT}px;overflow:hidden}}"
        f'#{anchor}::before{{content:"{number}";{badge}}}'
        for anchor, number in parts.items()
    )
    return _POLICY.sub("", html).replace("</head>", f"<style>{rules}</style></head>", 1)


def guide_pictures(browser: Browser, results: Path, folder: Path) -> list[Path]:
    """Write the pictures that the guide shows.

    Parameters
    ----------
    browser
        A running browser.
    results
        Results of the demo.
    folder
        Where the pictures go.

    Returns
    -------
    list of pathlib.Path
        The top of each page, and the explained page with its parts numbered.
    """
    written = []
    for name, page in PAGES.items():
        written.append(folder / f"{name}.png")
        picture(browser, results / page, written[-1], WIDE)
    parts = numbered_parts(PAGE.read_text(encoding="utf-8"))
    html = (results / EXPLAINED).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as temporary:
        marked = Path(temporary) / "marked.html"
        marked.write_text(annotate(html, parts), encoding="utf-8")
        written.append(folder / "report_parts.png")
        picture(browser, marked, written[-1], Size(WIDE.width, 0))
    return written


def all_pictures(browser: Browser, results: Path, folder: Path) -> list[Path]:
    """Write the top of each page at each width, in light and dark, to look at.

    Parameters
    ----------
    browser, results, folder
        As in `guide_pictures`.

    Returns
    -------
    list of pathlib.Path
        ``<page>-<width>-<scheme>.png``.
    """
    written = []
    for name, page in PAGES.items():
        for width, size in SIZES.items():
            for scheme in SCHEMES:
                written.append(folder / f"{name}-{width}-{scheme}.png")
                picture(browser, results / page, written[-1], size, scheme=scheme)
    return written


def run_demo(folder: Path) -> Path:
    """Run the demo and give its results folder."""
    demo = REPOSITORY / "config" / "demo"
    results = folder / "results"
    code = "from atrasig.cli import main; main()"
    subprocess.run(
        [sys.executable, "-c", code, "run", str(demo / "counts.tsv.gz"), "--sheet",
         str(demo / "samples.tsv"), "--out", str(results)],
        check=True, cwd=REPOSITORY,
    )  # fmt: skip
    return results


def main() -> None:
    """Write the pictures that are asked for, and name them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", help="results of the demo")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, width and scheme")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, launched() as browser:
        results = given.results.resolve() if given.results else run_demo(Path(temporary))
        take, folder = (all_pictures, given.all) if given.all else (guide_pictures, IMAGES)
        for image in take(browser, results, folder):
            print(f"{image.name}: {image.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
