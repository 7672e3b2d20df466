"""Screenshots of the guide: the demo's pages in a headless Chromium, with numbers on the parts.

Run from the top of the repository: ``python scripts/screenshots.py [RESULTS]``. Without a results
folder the demo is run first. The parts and their numbers are the rows of the table in
``docs/reading_a_report.md`` whose second cell is an anchor such as ``#calls``.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "reading_a_report.md"
IMAGES = REPOSITORY / "docs" / "images"
WIDTH = 1280
FRONT_HEIGHT = 900
TALLEST = 6000
PART_HEIGHT = 620
COLOURS = 128
_ROW = re.compile(r"^\| (\d+) \| `#([a-z-]+)` \|", re.MULTILINE)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


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
        f'#{anchor}{{position:relative;max-height:{PART_HEIGHT}px;overflow:hidden}}#{anchor}::before{{content:"{number}";{badge}}}'
        for anchor, number in parts.items()
    )
    return _POLICY.sub("", html).replace("</head>", f"<style>{rules}</style></head>", 1)


def browser() -> str:
    """Path of a Chromium.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise FileNotFoundError(f"none of {', '.join(_BROWSERS)} is installed")
    return found


def _headless(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        [browser(), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=3000", *arguments],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def height(page: Path, folder: Path) -> int:
    """Height of a page as wide as the screenshots, in pixels."""
    probe = folder / "probe.html"
    script = "<script>document.title='h='+document.documentElement.scrollHeight</script>"
    html = _POLICY.sub("", page.read_text(encoding="utf-8"))
    probe.write_text(html.replace("</body>", f"{script}</body>"), encoding="utf-8")
    dom = _headless(folder, f"--window-size={WIDTH},{FRONT_HEIGHT}", "--dump-dom", probe.as_uri())
    found = re.search(r"<title>h=(\d+)", dom)
    return int(found[1]) if found else TALLEST


def shoot(page: Path, image: Path, tall: int, folder: Path) -> None:
    """Write a picture of the top of a page, in few colours."""
    from PIL import Image

    raw = folder / "raw.png"
    _headless(folder, f"--window-size={WIDTH},{tall}", f"--screenshot={raw}", page.as_uri())
    with Image.open(raw) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        image.parent.mkdir(exist_ok=True)
        small.save(image, optimize=True)


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
    """Write the screenshots that the guide shows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", help="results of the demo")
    given = parser.parse_args().results
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        results = given.resolve() if given else run_demo(folder)
        before, after = (results / "samples" / f"{name}.html" for name in ("APL-1", "P1-exposed"))
        shoot(before, IMAGES / "sample.png", FRONT_HEIGHT, folder)
        shoot(results / "index.html", IMAGES / "index.png", FRONT_HEIGHT, folder)
        marked = folder / "marked.html"
        parts = numbered_parts(PAGE.read_text(encoding="utf-8"))
        marked.write_text(annotate(after.read_text(encoding="utf-8"), parts), encoding="utf-8")
        shoot(marked, IMAGES / "report_parts.png", min(height(marked, folder), TALLEST), folder)
    for image in sorted(IMAGES.glob("*.png")):
        print(f"{image.relative_to(REPOSITORY)}: {image.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
