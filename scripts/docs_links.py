"""Where the pages of the guide stand in the repository, and links between them.

Pages are written so that their links work where the repository is browsed. In the built guide all
pages lie in one folder: links to pages of the guide are turned to point there, and of links to
other files of the repository the words are left.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ELSEWHERE = {
    "config/README.md": "configuration.md",
    "config/demo/README.md": "demo.md",
    "signatures/README.md": "signature_files.md",
    "signatures/models/README.md": "model_files.md",
    "benchmarks/README.md": "benchmarks.md",
    "benchmarks/RESULTS.md": "benchmark_results.md",
    "benchmarks/PARITY.md": "parity.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
"""Pages of the guide that stand outside ``docs``: path in the repository, name in the guide."""

GENERATED = ("signature_catalogue.md", "commands.md", "api.md")
"""Pages that are made when the guide is built."""

_LINK = re.compile(
    r"(?P<image>!?)\[(?P<words>[^\]]*)\]\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)"
)
_FENCE = re.compile(r"^\s*(```+|~~~+)")


class BrokenLink(Exception):
    """A page points to a file that is not there."""


def split_fences(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a page, each with whether it stands in a fenced block.

    Parameters
    ----------
    text
        Markdown.
    """
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if fence:
            yield line, True
            if mark and mark[1].startswith(fence):
                fence = ""
        else:
            fence = mark[1] if mark else ""
            yield line, bool(fence)


def place_in_guide(path: str) -> str | None:
    """Name of a file in the built guide, None for one that is no part of it.

    Parameters
    ----------
    path
        Path from the top of the repository.
    """
    if path in ELSEWHERE:
        return ELSEWHERE[path]
    inside = path.removeprefix("docs/")
    if inside == path:
        return None
    return re.sub(r"^(tutorials/.+)\.py$", r"\1.md", inside)


def rewrite_links(text: str, page: str, repository: Path) -> str:
    """Turn the links of a page into those of the built guide.

    Parameters
    ----------
    text
        Markdown of the page.
    page
        Its path from the top of the repository.
    repository
        The top of the repository, in which linked files must exist.

    Raises
    ------
    BrokenLink
        If a link leads to no file.
    """
    own = PurePosixPath(place_in_guide(page) or page)

    def turned(match: re.Match[str]) -> str:
        target = match["target"]
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        path = os.path.normpath(PurePosixPath(page).parent / target)
        if path.removeprefix("docs/") not in GENERATED and not (repository / path).exists():
            raise BrokenLink(f"{page}: {target}")
        new = place_in_guide(path)
        if new is None:
            return match["words"]
        relative = os.path.relpath(new, own.parent)
        return f"{match['image']}[{match['words']}]({relative}{match['anchor'] or ''})"

    lines = [
        line if fenced else _LINK.sub(turned, line) for line, fenced in split_fences(_joined(text))
    ]
    return "\n".join(lines) + "\n"


def _joined(text: str) -> str:
    """Keep the words of a link on one line, so that links can be read line by line."""
    return re.sub(r"\[[^\]\n]*\n[^\]\n]*\]\(", lambda m: m[0].replace("\n", " "), text)
