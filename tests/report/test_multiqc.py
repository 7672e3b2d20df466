"""The section for MultiQC, without MultiQC; `tests/pipeline/test_run.py` runs MultiQC on it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from atrasig.report import Overview, index_row
from atrasig.report.html import RESEARCH_USE
from atrasig.report.index import ordered
from atrasig.report.multiqc import multiqc_json, multiqc_section
from atrasig.report.record import SampleRecord


def test_every_sample_has_its_calls_scores_and_checks(records: dict[str, SampleRecord]) -> None:
    rows = [index_row(record) for record in records.values()]
    section = json.loads(multiqc_json(Overview.of(rows), "1.2.3"))
    assert list(section["data"]) == [row.sample for row in ordered(rows)]
    for row in rows:
        cells = section["data"][row.sample]
        assert (cells["sensitivity"], cells["response"]) == (row.sensitivity, row.response)
        assert cells.get("sensitivity_score") == row.sensitivity_score
        assert cells.get("response_score") == row.response_score
        assert (cells["failed_checks"], cells["warned_checks"]) == (row.n_fail, row.n_warn)


def test_every_column_is_explained_and_the_use_is_stated(records: dict[str, SampleRecord]) -> None:
    section = multiqc_section(Overview.of(map(index_row, records.values())), "1.2.3")
    used = {name for cells in section["data"].values() for name in cells}
    assert used <= section["headers"].keys()
    assert all(header["title"] and header["description"] for header in section["headers"].values())
    assert RESEARCH_USE.rstrip(".") in section["description"]
    assert "1.2.3" in section["description"]


def test_samples_that_are_not_listed_are_told(records: dict[str, SampleRecord]) -> None:
    rows = [index_row(record) for record in records.values()]
    section = multiqc_section(Overview.of(rows, at_most=2), "1")
    assert list(section["data"]) == [row.sample for row in ordered(rows)[:2]]
    assert f"2 of {len(rows)} samples are listed; all are in calls.tsv" in section["description"]


def test_names_cannot_become_html(cohort_of: Callable[[Sequence[str]], Any]) -> None:
    names = ["<img src=x onerror=alert(1)>", "\"'><script>alert(2)</script>"]
    records = cohort_of(names).records()
    section = multiqc_section(Overview.of(map(index_row, records)), "1")
    text = json.dumps([section["data"]])
    assert not re.search(r"[<>]", text)
    assert len(section["data"]) == 2
