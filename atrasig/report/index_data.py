"""Rows of the cohort index as one block of JSON that the script of the page reads.

Fields stand column by column. Texts that repeat stand once, in a list; reasons that differ in
their numbers alone share a template. Nothing is rounded or cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from atrasig.report.index import IndexRow

_NUMERAL = re.compile(r"(\d+(?:\.\d+)?)")
_PLAIN = (
    "sample", "page", "sensitivity_score", "sensitivity_low", "sensitivity_high",
    "response_score", "response_low", "response_high", "n_fail", "n_warn",
)  # fmt: skip
_REPEATED = (
    "matrix", "disease", "sensitivity", "sensitivity_model", "response", "response_model",
    "score_method",
)  # fmt: skip
_REASONS = ("sensitivity_reason", "response_reason")
_CHECKS = ("failed", "warned")


def index_data(
    rows: Sequence[IndexRow],
    signatures: Sequence[str],
    heat_levels: Sequence[Sequence[int | None]],
) -> dict[str, Any]:
    """Pack rows for the script.

    Parameters
    ----------
    rows
        Rows in the order of the page.
    signatures
        Signatures of the heat map.
    heat_levels
        Levels of the heat map, one list a column: sensitivity, response, then the signatures.

    Returns
    -------
    dict
        ``texts`` and ``templates``, to which the other parts refer by place; ``plain`` (values by
        field); ``repeated`` (places of texts by field); ``reasons`` (``[template, numeral, ...]``
        by field: a numeral stands between two pieces of the template); ``checks`` (lists of places
        by field); ``groups`` (places by column, null where none is stated); ``scores`` (by
        signature) and ``levels``.
    """
    texts: dict[str, int] = {}
    templates: dict[tuple[str, ...], int] = {}
    columns = sorted({name for row in rows for name in row.groups})

    def place(text: str | None) -> int | None:
        return None if text is None else texts.setdefault(text, len(texts))

    def reason(text: str) -> list[int | str]:
        pieces = _NUMERAL.split(text)
        template = tuple(pieces[::2])
        return [templates.setdefault(template, len(templates)), *pieces[1::2]]

    return {
        "plain": {name: [getattr(row, name) for row in rows] for name in _PLAIN},
        "repeated": {name: [place(getattr(row, name)) for row in rows] for name in _REPEATED},
        "reasons": {name: [reason(getattr(row, name)) for row in rows] for name in _REASONS},
        "checks": {
            name: [[place(check) for check in getattr(row, name)] for row in rows]
            for name in _CHECKS
        },
        "groups": {name: [place(row.groups.get(name)) for row in rows] for name in columns},
        "scores": {name: [row.scores.get(name) for row in rows] for name in signatures},
        "levels": heat_levels,
        "texts": list(texts),
        "templates": list(templates),
    }


def json_block(data: Any) -> Markup:
    """Write JSON that no text in it can end: each ``<`` is escaped.

    Parameters
    ----------
    data
        The value.

    Returns
    -------
    markupsafe.Markup
        For the inside of ``<script type="application/json">``.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))
