"""What a finished run found, for a terminal."""

from __future__ import annotations

import csv
from pathlib import Path


def call_summary(results: str | Path) -> str:
    """Tabulate the primary calls of a finished run, and name its index page.

    Parameters
    ----------
    results
        Results folder.
    """
    folder = Path(results)
    with (folder / "calls.tsv").open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle, delimiter="\t") if row["primary"] == "True"]
    calls: dict[str, dict[str, str]] = {}
    for row in rows:
        calls.setdefault(row["sample"], {})[row["question"]] = row["call"]
    lines = [("sample", "sensitivity", "response")]
    lines += [
        (sample, answers.get("sensitivity", ""), answers.get("response", ""))
        for sample, answers in calls.items()
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(2)]
    table = [f"{a:{widths[0]}}  {b:{widths[1]}}  {c}" for a, b, c in lines]
    return "\n".join([*table, "", f"Index page: {folder / 'index.html'}"])
