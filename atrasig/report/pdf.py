"""Pages to PDF by an installed Chromium, which reads nothing else and reaches no network."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from atrasig.errors import OutputError
from atrasig.files import atomic_path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
TIMEOUT = 120
"""Seconds that a page may take."""

_DATE = re.compile(rb"(?<=/CreationDate \()D:[^)]*(?=\))|(?<=/ModDate \()D:[^)]*(?=\))")
_NO_DATE = b"D:20000101000000+00'00'"
_NODE = re.compile(rb"(?<=\(node)\d{8}(?=\))")
_SWITCHES = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)


def find_browser() -> Path:
    """Find Chromium or Chrome: the one that ``ATRASIG_BROWSER`` names, else one of `BROWSERS`.

    Raises
    ------
    OutputError
        If there is none.
    """
    named = os.environ.get("ATRASIG_BROWSER", "")
    for name in [named] if named else BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    raise OutputError(
        "A PDF is made by Chromium or Chrome, and none is there",
        where=f"ATRASIG_BROWSER={named}" if named else f"looked for {', '.join(BROWSERS)}",
        fix="Install one (Debian: apt-get install chromium) or name one in the variable "
        "ATRASIG_BROWSER. Without: open the page in any browser and print it there.",
    )


def print_pdf(page: Path, out: Path, browser: Path, timeout: float = TIMEOUT) -> None:
    """Print a page to PDF, whole or not at all; the same page and browser give the same bytes.

    Parameters
    ----------
    page
        HTML file.
    out
        File ``*.pdf``.
    browser
        Program, as `find_browser` gives it.
    timeout
        Seconds after which the browser is ended.

    Raises
    ------
    OutputError
        If the browser fails, takes too long, or writes no PDF.
    """
    with (
        tempfile.TemporaryDirectory(prefix="atrasig-browser-", ignore_cleanup_errors=True) as home,
        atomic_path(out) as temporary,
    ):
        command = [
            str(browser),
            *_SWITCHES,
            *_without_sandbox(),
            f"--user-data-dir={home}",
            f"--print-to-pdf={temporary}",
            page.resolve().as_uri(),
        ]
        said = _run(command, page, timeout)
        content = temporary.read_bytes()
        if not content.startswith(b"%PDF-"):
            raise _no_pdf("The browser wrote no PDF", page, said)
        temporary.write_bytes(_settle(content))


def _without_sandbox() -> list[str]:
    """Chromium refuses to start as root, as in most containers, unless its sandbox is off.

    What it opens is a page of ours, whose policy admits no script but its own.
    """
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def _settle(content: bytes) -> bytes:
    """Make equal what a browser writes differently each time, without moving a byte.

    Those are the dates, and the numbers of the parts of a page in the tree for screen readers,
    which depend on when the browser got to them; their order does not.
    """
    dated = _DATE.sub(lambda found: _NO_DATE[: len(found[0])].ljust(len(found[0])), content)
    places = {number: place for place, number in enumerate(sorted(set(_NODE.findall(dated))))}
    return _NODE.sub(lambda found: b"%08d" % places[found[0]], dated)


def _run(command: list[str], page: Path, timeout: float) -> str:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise _no_pdf(f"The browser does not start: {error.strerror}", page, "") from error
    with process:
        try:
            _, said = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            # The browser is many processes; what started it knows only the first.
            os.killpg(process.pid, signal.SIGKILL)
            raise _no_pdf(f"The browser took more than {timeout:g} s", page, "") from error
    text = said.decode("utf-8", "replace")
    if process.returncode != 0:
        raise _no_pdf(f"The browser ended with status {process.returncode}", page, text)
    return text


def _no_pdf(what: str, page: Path, said: str) -> OutputError:
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "")
    return OutputError(
        f"{what}: {last}" if last else what,
        where=str(page),
        fix="Name another browser in the variable ATRASIG_BROWSER, or print the page from any.",
    )
