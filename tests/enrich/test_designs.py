from __future__ import annotations

import pandas as pd
import pytest

from atrasig.enrich.designs import automatic_contrasts, named_contrast
from atrasig.errors import UsageError


def sheet(**columns: list[str]) -> pd.DataFrame:
    length = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"s{i}" for i in range(length)])


def test_timepoint_and_two_groups() -> None:
    obs = sheet(
        timepoint=["exposed", "exposed", "baseline", "baseline", "", ""],
        group=["a", "b", "a", "b", "b", "a"],
    )
    formed, skipped = automatic_contrasts(obs)
    assert [(c.name, c.first, c.second) for c in formed] == [
        ("exposed vs baseline", ("s0", "s1"), ("s2", "s3")),
        ("b vs a", ("s1", "s3", "s4"), ("s0", "s2", "s5")),
    ]
    assert skipped == ()


def test_the_same_partition_is_tested_once() -> None:
    obs = sheet(
        timepoint=["baseline", "baseline", "exposed", "exposed"],
        group=["undifferentiated", "undifferentiated", "differentiated", "differentiated"],
    )
    formed, skipped = automatic_contrasts(obs)
    assert [c.name for c in formed] == ["exposed vs baseline"]
    assert [s.contrast for s in skipped] == ["undifferentiated vs differentiated"]
    assert "'exposed vs baseline'" in skipped[0].reason


def test_three_groups_against_the_rest_and_small_ones_skipped() -> None:
    obs = sheet(group=["c", "c", "a", "a", "b", "", ""])
    formed, skipped = automatic_contrasts(obs)
    assert [(c.name, c.first, c.second) for c in formed] == [
        ("a vs rest", ("s2", "s3"), ("s0", "s1", "s4")),
        ("c vs rest", ("s0", "s1"), ("s2", "s3", "s4")),
    ]
    [small] = skipped
    assert small.contrast == "b vs rest"
    assert small.reason == "1 against 4 samples, at least 2 a side are needed"


def test_baseline_alone_is_skipped_with_its_reason_and_nothing_means_nothing() -> None:
    _, [skipped] = automatic_contrasts(sheet(timepoint=["baseline"] * 3))
    assert skipped.reason.startswith("0 against 3 samples")
    assert automatic_contrasts(sheet(tissue=["x"] * 3)) == ((), ())
    assert automatic_contrasts(sheet(group=["", "a", "a"], timepoint=["", "", ""])) == ((), ())


def test_order_of_the_sheet_and_categories_change_nothing() -> None:
    obs = sheet(group=["b", "a", "b", "a"])
    expected = automatic_contrasts(obs)
    assert automatic_contrasts(obs.iloc[[2, 1, 3, 0]].astype("category")) == expected


@pytest.mark.parametrize(
    ("text", "column", "first", "second"),
    [
        ("a vs b", "group", ("s0", "s1"), ("s2", "s3")),
        ("rest vs a", "group", ("s2", "s3", "s4", "s5"), ("s0", "s1")),
        ("x vs y vs a", "group", ("s4", "s5"), ("s0", "s1")),
        ("baseline vs exposed", "timepoint", ("s1", "s3", "s5"), ("s0", "s2", "s4")),
    ],
)
def test_named(text: str, column: str, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    obs = sheet(
        group=["a", "a", "b", "b", "x vs y", "x vs y"], timepoint=["exposed", "baseline"] * 3
    )
    contrast = named_contrast(obs, text)
    assert (contrast.name, contrast.column) == (text, column)
    assert (contrast.first, contrast.second) == (first, second)


@pytest.mark.parametrize(
    "text", ["a vs c", "a vs exposed", "a vs a", "a", "rest vs rest", "c vs rest"]
)
def test_unknown_names_list_what_exists(text: str) -> None:
    obs = sheet(group=["a", "a", "b", "b"], timepoint=["exposed", "baseline"] * 2)
    with pytest.raises(UsageError, match="timepoint: 'baseline', 'exposed'; group: 'a', 'b'"):
        named_contrast(obs, text)


def test_a_named_contrast_needs_two_samples_a_side() -> None:
    with pytest.raises(UsageError, match="1 against 2 samples"):
        named_contrast(sheet(group=["a", "b", "b"]), "a vs b")
    with pytest.raises(UsageError, match="timepoint: no value; group: no value"):
        named_contrast(sheet(tissue=["x"]), "a vs b")
