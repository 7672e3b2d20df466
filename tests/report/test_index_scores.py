"""Which scores the index shows, and how far they are said to lie from those of their matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from atrasig.files import data_path
from atrasig.report import index_row
from atrasig.report.index_scores import KEY_SIGNATURES, MAX_LEVEL, MIN_COMPARED, key_scores, levels

if TYPE_CHECKING:
    from atrasig.report import SampleRecord

VALUES = st.lists(st.none() | st.floats(-1, 1).map(lambda x: round(x, 6)), max_size=30)


def test_headings_are_the_titles_of_the_shipped_lists() -> None:
    folder = data_path("signatures")
    for name, title in KEY_SIGNATURES.items():
        lines = (folder / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
        found = next(line for line in lines if line.startswith("title: "))
        assert found.removeprefix("title: ").strip("'\"") == title


def test_scores_are_those_of_the_record(records: dict[str, SampleRecord]) -> None:
    for record in records.values():
        row = index_row(record)
        method, scores = row.score_method, row.scores
        assert method == "singscore"
        known = {s.signature: s.score for s in record.scores if s.method == method}
        assert scores == {name: known[name] for name in scores}
        assert list(scores) == [
            "test_apl_list", "test_cluster_list", "test_broad", "test_core", "test_markers",
            "test_stem",
        ]  # fmt: skip


def test_another_method_is_taken_where_singscore_was_not_run(
    records: dict[str, SampleRecord],
) -> None:
    record = records["APL-01"]
    own = tuple(score for score in record.scores if score.method == "ssgsea")
    assert index_row(record.model_copy(update={"scores": own})).score_method == "ssgsea"
    assert key_scores({}, {}) == ("", {})


@given(VALUES)
def test_levels_count_robust_deviations_from_the_median(scores: list[float | None]) -> None:
    found = levels(scores)
    known = np.array([score for score in scores if score is not None])
    spread = median_abs_deviation(known, scale=1 / 1.4826) if known.size else 0.0
    if known.size < MIN_COMPARED or spread == 0:
        assert found == [None] * len(scores)
        return
    for score, level in zip(scores, found, strict=True):
        assert (level is None) == (score is None)
        if score is not None and level is not None:
            away = (score - np.median(known)) / spread
            assert abs(level) <= MAX_LEVEL
            assert level == pytest.approx(np.clip(np.trunc(away), -MAX_LEVEL, MAX_LEVEL), abs=1)
            assert level * away >= 0
            assert abs(level) <= abs(away) + 1e-9


def test_levels_do_not_follow_an_outlier() -> None:
    scores = [0.0, 0.1, 0.2, 0.3, 0.4, 99.0]
    assert levels(scores)[-1] == MAX_LEVEL
    assert levels(scores)[:5] == [-1, 0, 0, 0, 0]
