"""Pages of a finished run to PDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from atrasig.errors import InputError
from atrasig.files import safe_name
from atrasig.pipeline.stages import progress
from atrasig.report.pdf import find_browser, print_pdf


def print_results(results: Path, samples: Sequence[str] = ()) -> list[Path]:
    """Print pages of samples to PDF, each beside its page.

    Parameters
    ----------
    results
        Results folder.
    samples
        Names of the samples; all that have a page by default.

    Returns
    -------
    list of pathlib.Path
        The PDF files.

    Raises
    ------
    InputError
        If there is no page, or none of a sample.
    OutputError
        If no browser is there, or it fails.
    """
    folder = results / "samples"
    there = sorted(folder.glob("*.html"))
    if not there:
        raise InputError(
            "There are no pages of samples",
            where=str(folder),
            fix="Name the results folder of a finished run.",
        )
    named = {name: folder / f"{safe_name(name)}.html" for name in samples}
    absent = [name for name, page in named.items() if page not in there]
    if absent:
        raise InputError(
            f"{len(absent)} of {len(named)} samples have no page, the first is {absent[0]!r}",
            where=str(folder),
            fix="Names are those of the sample sheet; `calls.tsv` lists them.",
        )
    browser, chosen = find_browser(), list(named.values()) or there
    for page in progress(chosen, "pdf", len(chosen)):
        print_pdf(page, page.with_suffix(".pdf"), browser)
    return [page.with_suffix(".pdf") for page in chosen]
