"""The tables of a run as the sheets of its workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from atrasig.report.index import IndexRow
from atrasig.report.index_overview import Overview
from atrasig.report.workbook import Table

_BEFORE = ("sample", "disease")
_AFTER = (
    "sensitivity", "sensitivity_score", "sensitivity_low", "sensitivity_high",
    "sensitivity_reason", "response", "response_score", "response_low", "response_high",
    "response_reason", "failed", "warned", "matrix", "page",
)  # fmt: skip


def run_tables(overview: Overview, method: str) -> dict[str, Table]:
    """Make the sheets of a run, to which the rows of the tables are still to be added.

    Parameters
    ----------
    overview
        Index rows of the samples.
    method
        Method of the scores that are kept where all are too many.

    Returns
    -------
    dict of str to Table
        By the name of its file without ending, samples first; each knows what is left of it where
        it is too long.
    """
    sheets: tuple[tuple[str, str, str, Any], ...] = (
        (
            "Calls", "calls", "one sample, question and model; primary marks the answer",
            (lambda table: table[table["primary"].astype(bool)], "the answers (primary) only"),
        ),
        (
            "Checks", "qc", "one sample and check",
            (lambda table: table[table["level"] != "pass"], "what failed or warned only"),
        ),
        (
            "Scores", "scores", "one sample, signature and method",
            (
                lambda table: _wide(table, method),
                f"a row a sample, a column a signature: the score by {method} only",
            ),
        ),
        (
            "Enrichment", "enrichment", "one signature in a contrast or in a sample",
            (lambda table: table[table["scope"] == "contrast"], "contrasts only"),
        ),
        (
            "Roles", "roles", "one list of a role of ATRA in a contrast or in a sample",
            (lambda table: table[table["scope"] == "contrast"], "contrasts only"),
        ),
        ("Pairs", "pairs", "one patient and response model: before against after", ()),
        ("Pair tests", "pair_tests", "one response model over all pairs of a matrix", ()),
        (
            "Hypotheses", "hypotheses", "one sample, combination and marker gene",
            (lambda table: table[table["status"] == "supported"], "supported combinations only"),
        ),
    )  # fmt: skip
    tables = {stem: Table(name, about, f"{stem}.tsv", *core) for name, stem, about, core in sheets}
    return {"samples": _samples(overview), **tables}


def _samples(overview: Overview) -> Table:
    n_others = overview.n_rows - len(overview.rows)
    file = "calls.tsv" if n_others else "index.html"
    table = Table(
        "Samples",
        "one sample with its two calls",
        file,
        core_about="failed checks first, then by sensitivity call",
    )
    table.add(_sample_rows(overview.rows))
    table.leave_out(n_others)
    return table


def _sample_rows(rows: Sequence[IndexRow]) -> pd.DataFrame:
    """One row a sample in the order of the index; names of checks joined by ``; ``."""
    groups = list(dict.fromkeys(name for row in rows for name in row.groups))
    records = []
    for row in rows:
        values = [getattr(row, name) for name in _AFTER]
        texts = ["; ".join(value) if isinstance(value, tuple) else value for value in values]
        own = [row.groups.get(name, "") for name in groups]
        records.append([*(getattr(row, name) for name in _BEFORE), *own, *texts])
    return pd.DataFrame(records, columns=[*_BEFORE, *groups, *_AFTER])


def _wide(scores: pd.DataFrame, method: str) -> pd.DataFrame:
    """Scores by one method, a row a sample, in the order of the table."""
    own = scores[scores["method"] == method]
    table = own.pivot(index="sample", columns="signature", values="score")
    return table.reindex(own["sample"].unique()).rename_axis(columns=None).reset_index()


def flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of nested facts with dotted names.

    Parameters
    ----------
    value
        Mappings, lists and plain values, as JSON holds them.
    name
        Name of `value` itself.

    Examples
    --------
    >>> list(flat({"a": {"b": 1}, "c": ["x", "y"]}))
    [('a.b', 1), ('c', 'x; y')]
    """
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield from flat(value[key], f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(item, (Mapping, list)) for item in value):
        for place, item in enumerate(value):
            yield from flat(item, f"{name}.{place}")
    elif isinstance(value, list):
        yield name, "; ".join(map(str, value))
    else:
        yield name, value
