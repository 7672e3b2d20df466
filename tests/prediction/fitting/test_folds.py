"""Folds: a lineage is never on both sides, and the order of the input decides nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atrasig.errors import UsageError
from atrasig.prediction.fitting import leave_one_out, make_folds, training_data
from tests.prediction.fitting.planting import plant


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 8), min_size=20, max_size=60), st.integers(2, 6))
def test_whole_lineages(lineages: list[int], n_folds: int) -> None:
    n = len(lineages)
    random = np.random.default_rng(n)
    data = training_data(
        [f"s{i}" for i in range(n)], ["a"], random.normal(size=(n, 1)), random.normal(size=n),
        "quantitative", [f"l{i}" for i in lineages],
    )  # fmt: skip
    folds = make_folds(data, n_folds, seed=0)
    assert set(folds.ids) == set(range(folds.n_folds))
    if len(set(lineages)) >= 2:
        assert folds.n_folds == min(n_folds, len(set(lineages)))
        for lineage in data.lineages:
            assert (
                len({f for f, g in zip(folds.ids, data.groups, strict=True) if g == lineage}) == 1
            )
    else:
        assert folds.n_folds == n_folds
        assert np.ptp(np.bincount(folds.ids)) <= 1


def test_lineages_are_balanced_greedily() -> None:
    sizes = {"a": 2, "b": 9, "c": 5, "d": 4, "e": 4}
    groups = [name for name, size in sizes.items() for _ in range(size)]
    random = np.random.default_rng(0)
    data = training_data(
        [f"s{i:02d}" for i in range(24)], ["g"], random.normal(size=(24, 1)),
        random.normal(size=24), "quantitative", groups,
    )  # fmt: skip
    folds = make_folds(data, 3, seed=0)
    # By hand: b 9 | c 5 | d 4, then e 4 to the fold of 4, then a 2 to the fold of 5.
    assert sorted(np.bincount(folds.ids)) == [7, 8, 9]
    assert folds.scheme == "3 folds of 5 whole lineages"


def test_positives_are_spread_over_folds() -> None:
    groups = [f"l{i}" for i in range(6) for _ in range(6)]
    labels = np.repeat([1.0, 1, 0, 0, 0, 0], 6)
    data = training_data(
        [f"s{i:02d}" for i in range(36)], ["g"], np.random.default_rng(0).normal(size=(36, 1)),
        labels, "label", groups,
    )  # fmt: skip
    folds = make_folds(data, 2, seed=0)
    assert [data.response[folds.ids == fold].sum() for fold in (0, 1)] == [6, 6]


def test_strata_of_a_label_and_of_a_response() -> None:
    data = plant(1, n=60, kind="label", prevalence=0.25)
    folds = make_folds(data, 5, seed=3)
    assert [data.response[folds.ids == fold].sum() for fold in range(5)] == [3] * 5
    quantitative = plant(1, n=60)
    folds = make_folds(quantitative, 5, seed=3)
    thirds = np.argsort(np.argsort(quantitative.response)) // 20
    counts = np.zeros((5, 3), dtype=int)
    np.add.at(counts, (folds.ids, thirds), 1)
    assert (counts == 4).all()


def test_seed_decides_random_folds_alone() -> None:
    random, grouped = plant(1, n=60), plant(1, n=60, n_lineages=7)
    assert np.array_equal(make_folds(random, 5, 1).ids, make_folds(random, 5, 1).ids)
    assert not np.array_equal(make_folds(random, 5, 1).ids, make_folds(random, 5, 2).ids)
    assert np.array_equal(make_folds(grouped, 5, 1).ids, make_folds(grouped, 5, 2).ids)


def test_one_lineage_is_no_ground_for_lineage_folds() -> None:
    folds = make_folds(plant(1, n=60, n_lineages=1), 5, 1)
    assert folds.scheme == "5 folds stratified by response"


def test_leave_one_out() -> None:
    folds = leave_one_out(plant(1, n=20))
    assert folds.n_folds == 20
    assert folds.training(3).sum() == 19


@pytest.mark.parametrize("n_folds", [1, 61])
def test_impossible_folds(n_folds: int) -> None:
    with pytest.raises(UsageError, match="cannot be made"):
        make_folds(plant(1, n=60), n_folds, 0)
