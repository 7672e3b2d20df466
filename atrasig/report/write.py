"""Records to files: the JSON, its page and the index, each whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from atrasig.failures import Failure
from atrasig.files import write_text
from atrasig.report.html import render_index, render_sample
from atrasig.report.index_overview import Overview
from atrasig.report.pairs import NO_PAIRS, PairView
from atrasig.report.record import Contrast, Provenance, SampleRecord


def write_sample(record: SampleRecord, out: str | Path) -> tuple[Path, Path]:
    """Write the record and the page of one sample.

    Parameters
    ----------
    record
        The record.
    out
        Results folder; the files go to its folder ``samples``.

    Returns
    -------
    tuple of pathlib.Path
        The JSON and the HTML file.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    folder = Path(out) / "samples"
    json_path, html_path = folder / f"{record.file}.json", folder / f"{record.file}.html"
    write_text(json_path, record.model_dump_json(indent=2) + "\n")
    write_text(html_path, render_sample(record))
    return json_path, html_path


def write_index(
    overview: Overview,
    provenance: Provenance,
    contrasts: Sequence[Contrast],
    out: str | Path,
    pairs: PairView = NO_PAIRS,
    failed: Sequence[tuple[str, Failure]] = (),
) -> Path:
    """Write ``index.html`` into the results folder and return its path.

    What it shows is given as to :func:`atrasig.report.render_index`.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    path = Path(out) / "index.html"
    write_text(path, render_index(overview, provenance, contrasts, pairs, failed))
    return path
