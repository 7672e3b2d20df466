"""Record and page of a sample that a run could not take: no result, and why."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from atrasig.failures import Failure
from atrasig.files import canonical_json, safe_name, write_text
from atrasig.report.html import render_page
from atrasig.report.part import Part

_VERBS = {
    "ingest": "reading its values",
    "harmonise": "bringing its values to a common scale",
    "score": "scoring it",
    "predict": "calling it",
    "enrich": "testing it for enrichment",
    "hypotheses": "holding it against the evidence on combinations",
    "report": "writing its page",
}


class Cause(Part):
    """Why a sample has no result, and what to do."""

    stage: str
    reason: str
    fix: str


class FailureRecord(Part):
    """What stands in the place of the record of a sample that has no result."""

    id: str
    file: str
    matrix: str
    failed: Cause


def write_failure(failure: Failure, matrix: str, out: str | Path) -> tuple[Path, Path]:
    """Write the record and the page of a sample without result.

    Parameters
    ----------
    failure
        Sample, stage and reason.
    matrix
        Name of its matrix.
    out
        Results folder; the files go to its folder ``samples``, where those of a result would lie.

    Returns
    -------
    tuple of pathlib.Path
        The JSON and the HTML file.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    cause = Cause(stage=failure.stage, reason=failure.reason, fix=failure.fix)
    file = safe_name(failure.sample)
    record = FailureRecord(id=failure.sample, file=file, matrix=matrix, failed=cause)
    folder = Path(out) / "samples"
    json_path, html_path = folder / f"{file}.json", folder / f"{file}.html"
    write_text(json_path, canonical_json(record.model_dump(mode="json")))
    write_text(html_path, render_failure(record))
    return json_path, html_path


def render_failure(record: FailureRecord) -> str:
    """HTML page of a sample without result."""
    doing = _VERBS.get(record.failed.stage, record.failed.stage)
    return render_page("failure.html.j2", "print.js", {"record": record, "doing": doing})


def read_failure(out: str | Path, sample: str) -> Failure | None:
    """Read the failure of a sample from the results folder; None if there is none."""
    path = Path(out) / "samples" / f"{safe_name(sample)}.json"
    if not path.is_file():
        return None
    try:
        record = FailureRecord.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, ValueError):  # the record of a result
        return None
    cause = record.failed
    return Failure(record.id, cause.stage, cause.reason, cause.fix)
