"""What was found, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from atrasig.targets.find import Targets

SHOWN = 20
_LISTED = ("direct, bound and induced", "motif and induced")
_LIMITS = (
    "Research use only. A response element is a short word, which chance alone gives too: the "
    "counts say how often. It is no proof of binding. Elements beyond the promoter, in enhancers, "
    "are not looked for. A gene that is induced without peak and element, or late, may be a target "
    "of a target. Classes speak of what was given: without peaks no gene is direct.",
)  # fmt: skip


def render_targets(found: Targets, inputs: Mapping[str, str]) -> str:
    """Write a page.

    Parameters
    ----------
    found
        Target genes.
    inputs
        Name and value of what was given, in order; empty values are left out.

    Returns
    -------
    str
        Markdown: inputs, classes, the first genes of the induced classes that have evidence,
        comparisons, and counts. The texts of the user are escaped.
    """
    parts = [
        "# Target genes of ATRA",
        _table(("Input", ""), ((name, value) for name, value in inputs.items() if value)),
        "## Classes",
        _table(("Class", "Genes"), ((n, f"{c:,}") for n, c in found.counts.items() if c)),
        *(_genes(found.genes, name) for name in _LISTED),
        "## Elements and peaks in promoters of changed and unchanged genes",
        _comparisons(found.enrichment),
        "## Counts",
        _table(("What", "How many"), ((n, str(value)) for n, value in found.facts.items())),
        *_LIMITS,
    ]
    return "\n\n".join(parts) + "\n"


def _genes(genes: pd.DataFrame, name: str) -> str:
    rows = genes[genes["class"] == name]
    if rows.empty:
        return f"## Genes: {name}\n\nNone."
    shown = [
        column
        for column in rows
        if str(column).endswith(("log2fc", "_q"))
        or column in ("gene", "q", "time", "best_element", "best_element_tss_distance", "n_peaks")
    ]
    shown = [name for name in shown if any(_cell(value) not in ("", "–") for value in rows[name])]
    head = f"## Genes: {name}\n\n{min(len(rows), SHOWN)} of {len(rows)}, by adjusted p.\n\n"
    values = rows[shown].head(SHOWN).astype(object).to_numpy().tolist()
    return head + _table([str(one) for one in shown], ([_cell(v) for v in row] for row in values))


def _comparisons(table: pd.DataFrame) -> str:
    if table.empty:
        return "Promoters were not scanned."
    names = ("Group", "Feature", "Method", "Group with it", "Others with it", "Odds ratio (95 %)")
    return _table((*names, "p", "q", "Notes"), map(_comparison, table.to_dict("records")))


def _comparison(row: Mapping[Any, Any]) -> list[str]:
    ratio = "" if pd.isna(row["odds_ratio"]) else f"{row['odds_ratio']:.2f} "
    span = f"({row['low']:.2f} to {row['high']:.2f})" if ratio else "–"
    unmatched = f"{row['n_unmatched']} not matched" if row["n_unmatched"] else ""
    return [
        *(str(row[name]) for name in ("group", "feature", "method")),
        f"{row['with_feature_group']} of {row['n_group']}",
        f"{row['with_feature_background']} of {row['n_background']}",
        ratio + span,
        _cell(row["p"]),
        _cell(row["q"]),
        "; ".join(filter(None, (str(row["reason"]), unmatched))),
    ]


def _cell(value: Any) -> str:
    if value is None or pd.isna(value):
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_line(head), _line(["---"] * len(head)), *map(_line, rows)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    plain = (" ".join(cell.split()).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(cell.replace('<', '&lt;') for cell in plain)} |"
