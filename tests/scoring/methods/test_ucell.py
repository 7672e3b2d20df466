"""UCell against its published formula, on ties, gaps, small panels and real cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import rankdata

from atrasig.scoring.methods.ucell import MAX_RANK, METHOD
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


def u_score(values: np.ndarray, members: np.ndarray) -> float:
    """One minus the rank sum, capped and scaled from its least to its largest value."""
    last = min(MAX_RANK, values.size)
    ranks = rankdata(-values)
    k, total = 0, 0.0
    for rank, is_member in zip(ranks, members, strict=True):
        if is_member:
            total += min(rank, last)
            k += 1
    least = k * (k + 1) / 2
    return 1 - (total - least) / (k * last - least)


def published(values: np.ndarray, up: np.ndarray, down: np.ndarray) -> float:
    """U score of the up genes minus that of the down genes."""
    up_score = u_score(values, up) if up.any() else 0.0
    return up_score - (u_score(values, down) if down.any() else 0.0)


@pytest.mark.parametrize("n_genes", [150, 1500, 2500])
def test_is_the_published_formula(n_genes: int) -> None:
    pairs = some_pairs(n_genes)
    for values in (untied_values(3, n_genes), tied_values(3, n_genes)):
        for matrix in (values, with_gaps(values)):
            found = scores(METHOD, matrix, pairs).score
            np.testing.assert_allclose(found, expected(published, matrix, pairs), rtol=1e-12)


def test_best_and_worst_sets_score_one_and_zero() -> None:
    values = np.arange(2000.0)[None, :]
    top, bottom = np.arange(1990, 2000), np.arange(10)
    found = scores(METHOD, values, [(top, []), (bottom, []), (bottom, top), ([], top)]).score
    np.testing.assert_allclose(found, [[1, 0, -1, -1]], atol=1e-15)


def test_a_set_of_more_genes_than_ranks_are_counted_has_no_score() -> None:
    values = untied_values(2, 2000)
    fits, does_not = np.arange(MAX_RANK), np.arange(MAX_RANK + 1)
    result = scores(METHOD, values, [(fits, []), (does_not, []), ([1999], does_not)], null=True)
    assert result.reasons is not None
    assert result.null is not None
    assert not np.isnan(result.score[:, 0]).any()
    assert np.isnan(result.score[:, 1:]).all()
    assert np.isnan(result.null.p[:, 1:]).all()
    assert (result.reasons[:, 0] == "").all()
    assert all("more genes" in reason for reason in result.reasons[:, 1:].flat)


def test_a_part_of_which_no_gene_is_measured_has_no_score() -> None:
    values = untied_values(2, 200)
    values[0, :3] = np.nan
    result = scores(METHOD, values, [(range(10, 20), range(3))])
    assert result.reasons is not None
    assert result.reasons[:, 0].tolist() == ["none of its down genes is measured", ""]
    assert np.isnan(result.score[:, 0]).tolist() == [True, False]


def scaled(total: np.ndarray, k: int) -> np.ndarray:
    """Scores of sums of k capped ranks."""
    least = k * (k + 1) / 2
    return 1 - (total - least) / (k * MAX_RANK - least)


def test_ties_on_one_side_of_the_cap_score_as_the_mean_over_their_orders() -> None:
    values = np.repeat(np.arange(40.0), 50)[None, :]  # a run ends at 1500
    up = np.arange(0, 2000, 37)
    ranks = 2001 - random_orders(values[0], up)
    draws = scaled(np.minimum(ranks, MAX_RANK).sum(axis=1), up.size)
    mean_is(scores(METHOD, values, [(up, [])]).score[0, 0], draws)


def test_ties_across_the_cap_score_lower_than_the_mean_over_their_orders() -> None:
    values = np.zeros((1, 2000))
    values[0, :1000] = np.arange(1, 1001)
    up = np.arange(900, 1100)
    ranks = 2001 - random_orders(values[0], up, 1000)
    found = scores(METHOD, values, [(up, [])]).score[0, 0]
    assert found < scaled(np.minimum(ranks, MAX_RANK).sum(axis=1), up.size).min()
    # The zeros share rank 1500.5 and count as 1500; over all orders they would count as 1375.25.
    all_last = np.minimum(ranks[0, :100], MAX_RANK).sum() + 100 * MAX_RANK
    assert found == pytest.approx(scaled(all_last, up.size), rel=1e-12)


def test_does_not_depend_on_storage_cohort_or_scale() -> None:
    holds_invariants(METHOD)


@pytest.mark.parametrize("values", [untied_values(1), tied_values(1)], ids=["untied", "tied"])
@pytest.mark.parametrize(("up", "down"), [(12, 0), (9, 6)])
def test_null_is_that_of_random_sets(values: np.ndarray, up: int, down: int) -> None:
    holds_null(METHOD, values, up, down)


def test_real_cells_score_as_if_only_detected_genes_were_ranked(shared: Path) -> None:
    """As pyucell ranks: the zeros of whole-transcriptome cells lie beyond the cap."""
    from scipy.io import mmread
    from scipy.sparse import csr_array

    folder = shared / "data" / "parity" / "ucell"
    cells = csr_array(mmread(folder / "sample_matrix.mtx", spmatrix=False).T)
    assert cells.shape == (30, 20_729)
    detected = np.flatnonzero(np.asarray((cells > 0).sum(axis=0)).ravel() > 5)
    draw = np.random.default_rng(8)
    pairs = [(draw.choice(detected, k, replace=False), []) for k in (5, 20, 100)]
    found = scores(METHOD, cells, pairs).score
    for row, values in enumerate(cells.toarray()):
        ranks = np.full(values.size, float(MAX_RANK))
        ranks[values > 0] = np.minimum(rankdata(-values[values > 0]), MAX_RANK)
        for column, (up, _) in enumerate(pairs):
            least = up.size * (up.size + 1) / 2
            want = 1 - (ranks[up].sum() - least) / (up.size * MAX_RANK - least)
            assert found[row, column] == pytest.approx(want, rel=1e-12, abs=1e-14)
