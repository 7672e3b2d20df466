"""The calls of a run as a section of a MultiQC report (its custom content)."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from atrasig.report.html import RESEARCH_USE
from atrasig.report.index import IndexRow
from atrasig.report.index_overview import Overview

FILE = "atrasig_mqc.json"
"""Name of the file; MultiQC finds it by its ending."""

_SCORE = {"format": "{:,.3f}", "scale": False}
_COUNT = {"format": "{:,.0f}", "scale": False, "min": 0}
_HEADERS: dict[str, dict[str, Any]] = {
    "sensitivity": {
        "title": "Sensitivity",
        "description": "Is the sample likely to respond to ATRA? From its transcriptome before it",
        "scale": False,
    },
    "sensitivity_score": {
        "title": "Sensitivity score",
        "description": "Score of the model behind the sensitivity call",
        **_SCORE,
    },
    "response": {
        "title": "Response",
        "description": "Has the sample responded to ATRA? From its transcriptome after it",
        "scale": False,
    },
    "response_score": {
        "title": "Response score",
        "description": "Score of the model behind the response call",
        **_SCORE,
    },
    "failed_checks": {
        "title": "Failed checks",
        "description": "Quality checks that failed: each withholds a call",
        **_COUNT,
    },
    "warned_checks": {
        "title": "Warnings",
        "description": "Quality checks that warned",
        **_COUNT,
    },
    "disease": {
        "title": "Disease",
        "description": "Disease that the sample sheet states",
        "scale": False,
        "hidden": True,
    },
}


def multiqc_section(overview: Overview, version: str) -> dict[str, Any]:
    """Make the section: one table, a row a sample that the index lists, in its order.

    Parameters
    ----------
    overview
        Index rows of the samples.
    version
        Version of atrasig.

    Returns
    -------
    dict
        Custom content of MultiQC, plot type ``table``. MultiQC puts names into its HTML as they
        are, so they are escaped here.
    """
    return {
        "id": "atrasig",
        "section_name": "atrasig",
        "section_href": "",
        "description": (
            f"Calls of sensitivity and response to all-trans retinoic acid (ATRA), by atrasig "
            f"{version}. <em>No call</em> is an answer: its reason stands on the page of the "
            f"sample. {_listed(overview)}"
            f"<strong>{RESEARCH_USE.rstrip('.')}</strong>"  # MultiQC adds the full stop
        ),
        "plot_type": "table",
        "pconfig": {
            "id": "atrasig_table",
            "title": "atrasig: calls of ATRA sensitivity and response",
            "namespace": "atrasig",
            "col1_header": "Sample",
            "sort_rows": False,
        },
        "headers": _HEADERS,
        "data": {escape(row.sample): _cells(row) for row in overview.rows},
    }


def _listed(overview: Overview) -> str:
    n_listed = len(overview.rows)
    if n_listed == overview.n_rows:
        return ""
    return f"{n_listed:,} of {overview.n_rows:,} samples are listed; all are in calls.tsv. "


def multiqc_json(overview: Overview, version: str) -> str:
    """Write the section as JSON; its order is that of rows and columns in MultiQC."""
    section = multiqc_section(overview, version)
    return json.dumps(section, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _cells(row: IndexRow) -> dict[str, str | float]:
    cells = {
        "sensitivity": row.sensitivity,
        "sensitivity_score": row.sensitivity_score,
        "response": row.response,
        "response_score": row.response_score,
        "failed_checks": row.n_fail,
        "warned_checks": row.n_warn,
        "disease": escape(row.disease) or None,
    }
    return {name: cell for name, cell in cells.items() if cell is not None}
