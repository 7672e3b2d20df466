"""Figures of the index: every sample once, on honest axes, whatever the size of the cohort."""

from __future__ import annotations

import re
from statistics import median
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrasig.report import IndexRow, index_row
from atrasig.report.index_figures import (
    BINS,
    Spot,
    binned,
    distribution,
    scatter,
)
from atrasig.report.index_plots import MAX_GROUPS, distributions, scatter_view

if TYPE_CHECKING:
    from atrasig.report import SampleRecord

SCORES = st.lists(st.floats(-2, 2), min_size=1, max_size=60)
TONES = ("yes", "half", "no", "none")


@pytest.fixture(scope="module")
def rows(records: dict[str, SampleRecord]) -> list[IndexRow]:
    return [index_row(record) for record in records.values()]


@given(SCORES)
def test_every_score_is_in_one_bin(scores: list[float]) -> None:
    counts = binned(scores, min(scores), max(scores))
    assert len(counts) == BINS
    assert sum(counts) == len(scores)


@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.sampled_from(TONES)), min_size=1))
def test_every_sample_is_one_mark(points: list[tuple[float, float, str]]) -> None:
    spots = [Spot(*point) for point in points]
    figure = str(scatter(spots, "a", "b"))
    for tone in TONES:
        path = re.search(rf'd="([^"]*)" class="spot {tone}"', figure)
        expected = sum(spot.tone == tone for spot in spots)
        assert (path[1].count("M") if path else 0) == expected
    places = [float(x) for x in re.findall(r"M([\d.-]+) ", figure)]
    assert all(0 <= place <= 1000 for place in places)


def test_marks_stand_as_the_scores_do() -> None:
    spots = [Spot(0.1, -0.1, "none"), Spot(0.3, 0.2, "none"), Spot(0.2, 0.1, "none")]
    path = re.search(r'd="([^"]*)" class="spot none"', str(scatter(spots, "a", "b")))
    assert path
    marks = [tuple(map(float, pair)) for pair in re.findall(r"M([\d.]+) ([\d.]+)v", path[1])]
    assert sorted(range(3), key=lambda i: marks[i][0]) == [0, 2, 1]
    assert sorted(range(3), key=lambda i: -marks[i][1]) == [0, 2, 1]


def test_figures_are_described_and_names_escaped() -> None:
    for figure in (
        distribution("<b>", [0.1, 0.2], 0.1, 0.2),
        scatter([Spot(0.1, 0.2, "yes")], "<b>", "b"),
    ):
        assert "<b>" not in figure
        assert "<title>" in figure
        assert "<desc>" in figure
    assert distribution("empty", [], 0.0, 0.0) == ""
    assert scatter([], "a", "b") == ""


def test_distributions_hold_each_sample_once_a_question(rows: list[IndexRow]) -> None:
    found = dict(distributions(rows))
    assert list(found) == ["disease", "timepoint"]
    for parts in found.values():
        for question in ("sensitivity", "response"):
            own = [part for part in parts if part.question == question]
            assert sum(g.n_scored + g.n_without for part in own for g in part.groups) == len(rows)
    leukemia = found["disease"][0].groups[0]
    scores = [
        row.sensitivity_score
        for row in rows
        if row.disease == leukemia.name and row.sensitivity_score is not None
    ]
    assert leukemia.median == median(scores)
    assert leukemia.n_scored == len(scores)


def test_models_and_groups_are_kept_apart(rows: list[IndexRow]) -> None:
    scored = next(row for row in rows if row.sensitivity_score is not None)
    others = [
        scored.model_copy(update={"disease": f"disease {number}", "sensitivity_model": "other"})
        for number in range(MAX_GROUPS + 3)
    ]
    parts = dict(distributions([*rows, *others, others[0]]))["disease"]
    assert [(part.question, part.model) for part in parts] == [
        ("sensitivity", "other"), ("sensitivity", scored.sensitivity_model),
        ("response", scored.response_model),
    ]  # fmt: skip
    assert parts[0].groups[0].name == "disease 0"
    assert len(parts[0].groups) == MAX_GROUPS
    assert (parts[0].n_left_out, parts[0].n_samples_left_out) == (3, 3)


def test_scatter_counts_what_it_does_not_draw(rows: list[IndexRow]) -> None:
    view = scatter_view(rows)
    both = [r for r in rows if None not in (r.sensitivity_score, r.response_score)]
    assert sum(plot["n_spots"] for plot in view["scatters"]) == len(both) == view["n_both"]
    told = ("n_both", "n_sensitivity_alone", "n_response_alone", "n_neither")
    assert sum(view[name] for name in told) == len(rows)
    models = [
        both[0].model_copy(update={"response_model": f"model {number}"}) for number in range(5)
    ]
    many = scatter_view([*models, both[0]])
    assert len(many["scatters"]) == 3
    assert (many["n_pairs_not_drawn"], many["n_not_drawn"]) == (3, 3)
