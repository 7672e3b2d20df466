"""Scales and ticks of the figures."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrasig.report.svg import Scale, even_ticks


@given(st.floats(-50, 50), st.floats(1e-3, 100))
def test_ticks_are_few_even_and_inside(low: float, span: float) -> None:
    ticks = even_ticks(low, low + span)
    assert len(ticks) <= 6
    assert all(low - 1e-6 * span <= tick <= low + (1 + 1e-6) * span for tick in ticks)
    steps = {round(b - a, 9) for a, b in itertools.pairwise(ticks)}
    assert len(steps) <= 1


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-0.1, 0.3, [-0.1, 0.0, 0.1, 0.2, 0.3]),
        (3.0, 98.0, [20.0, 40.0, 60.0, 80.0]),
        (0.5, 0.5, [0.5]),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert even_ticks(low, high) == ticks


def test_a_scale_maps_its_ends_to_its_places() -> None:
    place, down = Scale(-1.0, 3.0), Scale(0.0, 2.0, 290.0, 10.0)
    assert [place(-1.0), place(1.0), place(3.0)] == [5.0, 50.0, 95.0]
    assert [down(0.0), down(0.5), down(2.0)] == [290.0, 220.0, 10.0]
    assert Scale(1.0, 1.0)(1.0) == 5.0
