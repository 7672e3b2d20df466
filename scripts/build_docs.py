"""Build the guide: gather its pages in one folder, then call Sphinx, to which warnings are errors.

Run from the top of the repository: ``python -m scripts.build_docs``. No network is needed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

from scripts import docs_pages
from scripts.docs_links import ELSEWHERE, rewrite_links
from scripts.docs_tutorials import run_tutorial

REPOSITORY = Path(__file__).resolve().parents[1]


def gather(repository: Path, source: Path, *, execute: bool = True) -> None:
    """Write every page of the guide as Sphinx reads it.

    Parameters
    ----------
    repository
        Top of the repository.
    source
        Folder to write to; made anew.
    execute
        Whether the tutorials are run, so that they show what their code prints.
    """
    from atrasig.cli import main
    from atrasig.signatures import load_signatures

    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(
        repository / "docs", source, ignore=shutil.ignore_patterns("_build", "*.py", "*.md")
    )
    pages = {str(p.relative_to(repository)): p for p in (repository / "docs").rglob("*.md")}
    pages |= {name: repository / name for name in ELSEWHERE if (repository / name).is_file()}
    for name, path in pages.items():
        if "_build" not in path.parts:
            new = ELSEWHERE.get(name, name.removeprefix("docs/"))
            _write(source / new, rewrite_links(path.read_text(encoding="utf-8"), name, repository))
    index = source / "index.md"
    _write(index, without_empty_patterns(index.read_text(encoding="utf-8"), source))
    _write(source / "signature_catalogue.md", docs_pages.catalogue(load_signatures()))
    _write(source / "commands.md", docs_pages.commands(main))
    _write(source / "api.md", docs_pages.api())
    for script in sorted((repository / "docs" / "tutorials").glob("*.py")):
        page = source / "tutorials" / f"{script.stem}.md"
        page.parent.mkdir(exist_ok=True)
        text = run_tutorial(script, figures=page.parent, folder=repository, execute=execute)
        _write(page, rewrite_links(text, f"docs/tutorials/{script.name}", repository))


def without_empty_patterns(contents: str, source: Path) -> str:
    """Leave out patterns of the table of contents that name no page, of which Sphinx would warn.

    Parameters
    ----------
    contents
        Text of the page that holds the table.
    source
        Folder of all pages.
    """
    kept = [
        line
        for line in contents.splitlines()
        if not re.fullmatch(r"[\w/-]*\*", line) or any(source.glob(f"{line}.md"))
    ]
    return "\n".join(kept) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build(repository: Path, out: Path, *, execute: bool = True) -> int:
    """Gather the pages and build them.

    Parameters
    ----------
    repository
        Top of the repository.
    out
        Folder to write to: ``source``, ``html``.
    execute
        Whether the tutorials are run.

    Returns
    -------
    int
        Exit code of Sphinx: not 0 if it warned of anything.
    """
    from sphinx.cmd.build import main as sphinx

    gather(repository, out / "source", execute=execute)
    shutil.rmtree(out / "html", ignore_errors=True)
    places = (str(out / "source"), str(out / "html"))
    return sphinx(
        ["-W", "--keep-going", "-q", "-E", "-b", "html", "-c", str(repository / "docs"),
         "-d", str(out / "doctrees"), *places]
    )  # fmt: skip


def main() -> int:
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "_build")
    parser.add_argument("--no-run", action="store_true", help="do not run the tutorials")
    given = parser.parse_args()
    code = build(REPOSITORY, given.out, execute=not given.no_run)
    if code == 0:
        print(given.out / "html" / "index.html")
    return code


if __name__ == "__main__":
    sys.exit(main())
