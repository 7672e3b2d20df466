"""Distributions of scores a group, and sensitivity against response, as the index shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from typing import Any, NamedTuple

from markupsafe import Markup

from atrasig.report.index import IndexRow
from atrasig.report.index_figures import Spot, axis, distribution, scatter, spot_key
from atrasig.report.index_overview import Brief
from atrasig.report.view import TONES, WORDS

MAX_GROUPS, MAX_SCATTERS = 20, 3
"""Groups of a distribution and pairs of models that are drawn; the others are counted."""
NOT_STATED = "not stated"


class Group(NamedTuple):
    """Scores of a group by one model."""

    name: str
    n_scored: int
    n_without: int
    median: float | None
    low: float | None
    high: float | None
    figure: Markup


class Distribution(NamedTuple):
    """Groups that one model scored, on one axis; the smallest of many groups are left out."""

    question: str
    model: str
    groups: tuple[Group, ...]
    axis: Markup
    n_left_out: int
    n_samples_left_out: int


def group_values(rows: Sequence[Brief | IndexRow]) -> list[tuple[str, list[str]]]:
    """Columns that put samples into groups, with their values."""
    columns = sorted({name for row in rows for name in row.groups})
    return [
        (name, sorted({row.groups[name] for row in rows if name in row.groups})) for name in columns
    ]


def distributions(rows: Sequence[Brief]) -> list[tuple[str, list[Distribution]]]:
    """Distributions of both scores by disease and by each column of groups.

    Parameters
    ----------
    rows
        All samples.

    Returns
    -------
    list of (str, list of Distribution)
        Name of the grouping, and one distribution a question and model that scored anything,
        because scores of different models have no common scale. A sample without a word for the
        grouping is in the group "not stated".
    """
    columns = [name for name, _ in group_values(rows)]
    groupings: list[tuple[str, Callable[[Brief], str]]] = [
        ("disease", lambda row: row.disease),
        *((name, lambda row, name=name: row.groups.get(name, "")) for name in columns),
    ]
    found = []
    for name, group_of in groupings:
        parts = [
            _distribution(question, model, rows, group_of)
            for question in WORDS
            for model in _scoring_models(rows, question)
        ]
        if parts:
            found.append((name, parts))
    return found


def _scoring_models(rows: Sequence[Brief], question: str) -> list[str]:
    """Models that gave a score, the one with most samples first."""
    counts = Counter(
        getattr(row, f"{question}_model")
        for row in rows
        if getattr(row, f"{question}_score") is not None
    )
    return sorted(counts, key=lambda model: (-counts[model], model))


def _distribution(
    question: str, model: str, rows: Sequence[Brief], group_of: Callable[[Brief], str]
) -> Distribution:
    groups: dict[str, list[float | None]] = {}
    for row in rows:
        if getattr(row, f"{question}_model") == model:
            score = getattr(row, f"{question}_score")
            groups.setdefault(group_of(row) or NOT_STATED, []).append(score)
    by_size = sorted(groups, key=lambda name: (-len(groups[name]), name))
    left_out = by_size[MAX_GROUPS:]
    shown = {name: [s for s in groups[name] if s is not None] for name in by_size[:MAX_GROUPS]}
    known = [score for scores in shown.values() for score in scores]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    return Distribution(
        question,
        model,
        tuple(
            _group(name, scores, len(groups[name]) - len(scores), (low, high))
            for name, scores in shown.items()
        ),
        axis(low, high),
        len(left_out),
        sum(len(groups[name]) for name in left_out),
    )


def _group(name: str, scores: Sequence[float], n_without: int, ends: tuple[float, float]) -> Group:
    quarters = quantiles(scores, n=4, method="inclusive") if len(scores) > 1 else [*scores] * 3
    return Group(
        name,
        len(scores),
        n_without,
        median(scores) if scores else None,
        quarters[0] if quarters else None,
        quarters[2] if quarters else None,
        distribution(name, scores, *ends),
    )


def unscored(rows: Sequence[Brief], question: str) -> int:
    """Count the samples without a score for a question."""
    return sum(getattr(row, f"{question}_score") is None for row in rows)


def scatter_view(rows: Sequence[Brief]) -> dict[str, Any]:
    """Template variables of the section that sets sensitivity against response.

    Parameters
    ----------
    rows
        All samples.

    Returns
    -------
    dict
        ``scatters`` (one a pair of models, the largest first), and the numbers of samples with
        both scores, with one of them, with none, and of those in pairs of models not drawn.
    """
    spots: dict[tuple[str, str], list[Spot]] = {}
    having: Counter[tuple[bool, bool]] = Counter()
    for row in rows:
        x, y = row.sensitivity_score, row.response_score
        having[x is not None, y is not None] += 1
        if x is not None and y is not None:
            models = (row.sensitivity_model, row.response_model)
            spots.setdefault(models, []).append(Spot(x, y, TONES[row.sensitivity]))
    by_size = sorted(spots, key=lambda models: (-len(spots[models]), models))
    return {
        "scatters": [
            {
                "models": models,
                "n_spots": len(spots[models]),
                "figure": scatter(spots[models], *models),
                "marks": _marks(spots[models]),
            }
            for models in by_size[:MAX_SCATTERS]
        ],
        "n_both": having[True, True],
        "n_sensitivity_alone": having[True, False],
        "n_response_alone": having[False, True],
        "n_neither": having[False, False],
        "n_not_drawn": sum(len(spots[models]) for models in by_size[MAX_SCATTERS:]),
        "n_pairs_not_drawn": len(by_size[MAX_SCATTERS:]),
    }


def _marks(spots: Sequence[Spot]) -> list[tuple[str, Markup, int]]:
    """Words of the calls among the marks, with the mark and the number of each."""
    counts = Counter(spot.tone for spot in spots)
    return [
        (word, spot_key(TONES[word]), counts[TONES[word]])
        for word in WORDS["sensitivity"]
        if counts[TONES[word]]
    ]
