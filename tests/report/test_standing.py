"""Where a score stands: in the cohort without the sample itself, and never as part of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import percentileofscore

from atrasig.report import render_sample
from atrasig.report.record import ResponseCall
from atrasig.report.standing import MAX_SHOWN, cohort_scores, standing_of
from atrasig.report.strips import cohort_strip, reference_strip

if TYPE_CHECKING:
    from atrasig.report import SampleRecord
    from tests.report.conftest import Cohort

    Records = dict[str, SampleRecord]


def test_percentile_is_among_the_others(cohort: Cohort, records: Records) -> None:
    calls = cohort.tables["calls"]
    for sample, record in records.items():
        for found in record.standing:
            rows = calls[(calls["model"] == found.model) & (calls["sample"] != sample)]
            others = rows["score"].dropna()
            assert found.n_cohort == len(others)
            assert list(found.cohort) == sorted(others)
            if found.score is None:
                assert found.cohort_percentile is None
            else:
                expected = percentileofscore(others, found.score, kind="mean")
                assert found.cohort_percentile == pytest.approx(expected)


def _call(score: float, **changed: Any) -> ResponseCall:
    return ResponseCall(
        model="m", question="response", call="no call", score=score, primary=True, **changed
    )


def _cohort(scores: list[float]) -> Any:
    frame = pd.DataFrame({"question": "response", "model": "m", "score": scores})
    return cohort_scores(frame)


def test_ties_are_counted_half_and_the_sample_is_left_out_once() -> None:
    (found,) = standing_of([_call(1.0)], _cohort([0.0, 1.0, 1.0, 1.0, 2.0, float("nan")]))
    assert (found.n_cohort, found.n_below, found.cohort_percentile) == (4, 1, 50.0)


def test_a_large_cohort_is_shown_by_evenly_spaced_scores() -> None:
    scores = np.random.default_rng(1).normal(size=2001)
    (found,) = standing_of([_call(float(scores[0]))], _cohort(scores.tolist()))
    assert found.n_cohort == 2000
    assert len(found.cohort) == MAX_SHOWN
    others = np.delete(scores, 0)
    assert (found.cohort[0], found.cohort[-1]) == (others.min(), others.max())
    even = np.quantile(others, np.linspace(0, 1, MAX_SHOWN))
    assert np.abs(np.searchsorted(np.sort(others), found.cohort)
                  - np.searchsorted(np.sort(others), even)).max() <= 1  # fmt: skip


def test_a_sample_alone_has_no_cohort() -> None:
    (found,) = standing_of([_call(1.0)], _cohort([1.0]))
    assert (found.n_cohort, found.cohort_percentile) == (0, None)
    assert cohort_strip(found) == ""
    assert reference_strip(found) == ""


def test_the_strip_marks_every_other_sample_and_this_one() -> None:
    (found,) = standing_of([_call(1.0, percentile=25.0)], _cohort([0.0, 1.0, 2.0]))
    strip = cohort_strip(found, [("partial", 0.5)])
    assert 'd="M50 2V22M950 2V22" class="other"' in strip
    assert 'data-say="0.000\n2.000"' in strip
    assert strip.count('class="limit"') == 1
    assert '<circle cx="50.00%"' in strip
    assert '<circle cx="27.50%"' in reference_strip(found)


def test_the_page_keeps_reference_and_cohort_apart(cohort: Cohort) -> None:
    calls = cohort.tables["calls"].assign(percentile=12.5)
    page = render_sample(cohort.records(["APL-01"], calls=calls)[0])
    section = page.partition('<section id="place">')[2].partition("</section>")[0]
    assert "<b>Frozen reference.</b> Percentile <data" in section
    assert section.count("<b>This cohort.</b>") == 2
    assert "The cohort is context" in section
