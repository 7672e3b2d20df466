"""AUCell against its published formula; ties against the mean over their orders."""

from __future__ import annotations

from itertools import pairwise
from math import ceil

import numpy as np
import pytest

from atrasig.scoring.methods.aucell import METHOD
from tests.scoring.methods.rank_cases import (
    expected,
    holds_invariants,
    holds_null,
    mean_is,
    random_orders,
    scores,
    some_pairs,
    tied_values,
    untied_values,
    with_gaps,
)


def area(from_top: list[float], end: int) -> float:
    """Area under the steps of the recovery curve, from the first gene to the end."""
    steps = [*sorted(rank for rank in from_top if rank < end), float(end)]
    total = 0.0
    for number, (here, after) in enumerate(pairwise(steps), start=1):
        total += (after - here) * number
    return total


def auc(from_top: np.ndarray, n_genes: int) -> float:
    """Area of the recovery curve of the top 5 %, over that of a set of which all are first."""
    end = ceil(0.05 * n_genes)
    best = [float(rank) for rank in range(1, from_top.size + 1)]
    return area([float(rank) for rank in from_top], end) / area(best, end)


def published(values: np.ndarray, up: np.ndarray, down: np.ndarray) -> float:
    """AUC of the up genes minus that of the down genes; no ties."""
    from_top = np.argsort(np.argsort(-values)) + 1
    total = auc(from_top[up], values.size) if up.any() else 0.0
    return total - (auc(from_top[down], values.size) if down.any() else 0.0)


@pytest.mark.parametrize("n_genes", [140, 199, 2000])
def test_is_the_published_formula_where_nothing_ties(n_genes: int) -> None:
    pairs = some_pairs(n_genes)
    values = untied_values(8, n_genes)
    for matrix in (values, with_gaps(values)):
        found = scores(METHOD, matrix, pairs).score
        np.testing.assert_allclose(found, expected(published, matrix, pairs), rtol=1e-12)


def test_best_sets_score_one_however_large() -> None:
    values = np.arange(400.0)[None, :]
    pairs = [(np.arange(400 - k, 400), []) for k in (3, 19, 20, 100)]
    found = scores(METHOD, values, [*pairs, ([], np.arange(390, 400)), (np.arange(380), [])]).score
    np.testing.assert_allclose(found, [[1, 1, 1, 1, -1, 0]], atol=1e-15)


def test_ties_score_as_the_mean_over_their_orders() -> None:
    n_genes = 200
    end = ceil(0.05 * n_genes)
    pairs = some_pairs(n_genes)[:4]

    def mean_area(ranks: np.ndarray, genes: np.ndarray) -> np.ndarray:
        best = np.maximum(end - np.arange(1, len(genes) + 1), 0).sum()
        return np.maximum(end - (n_genes + 1 - ranks[:, genes]), 0).sum(axis=1) / max(best, 1)

    for values in (tied_values(1, n_genes), np.minimum(tied_values(1, n_genes), 1)):
        found = scores(METHOD, values, pairs).score[0]
        ranks = random_orders(values[0], range(n_genes))
        for score, (up, down) in zip(found, pairs, strict=True):
            up_area = mean_area(ranks, np.asarray(up, dtype=int))
            mean_is(score, up_area - mean_area(ranks, np.asarray(down, dtype=int)))


def test_equal_genes_score_equally_wherever_they_stand() -> None:
    values = np.zeros((1, 300))
    values[0, 100:105] = 1.0
    pairs = [(range(start, start + 10), []) for start in (0, 50, 200, 290)]
    found = scores(METHOD, values, pairs).score[0]
    assert np.ptp(found) == 0
    assert found[0] > 0  # five of the fifteen first places are left to the zeros, as at random


def test_twenty_genes_have_no_top_five_percent() -> None:
    pairs = [(range(5), [])]
    few = scores(METHOD, untied_values(2, 20), pairs, null=True)
    assert few.reasons is not None
    assert few.null is not None
    assert np.isnan(few.score).all()
    assert np.isnan(few.null.p).all()
    assert all("too few genes" in reason for reason in few.reasons.flat)
    enough = scores(METHOD, untied_values(2, 21), pairs)
    assert not np.isnan(enough.score).any()


def test_does_not_depend_on_storage_cohort_or_scale() -> None:
    holds_invariants(METHOD)


@pytest.mark.parametrize("values", [untied_values(1), tied_values(1)], ids=["untied", "tied"])
@pytest.mark.parametrize(("up", "down"), [(12, 0), (9, 6)])
def test_null_is_that_of_random_sets(values: np.ndarray, up: int, down: int) -> None:
    holds_null(METHOD, values, up, down)
