"""singscore against its published formula, and against what the R package printed."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import median_abs_deviation, rankdata

from atrasig.scoring.method import Method
from atrasig.scoring.methods.singscore import METHODS
from atrasig.scoring.sets import SetIndex
from tests.scoring.conftest import make_signature
from tests.scoring.methods.rank_cases import (
    block_of,
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

DIRECTED, UNDIRECTED, DISPERSION = METHODS

# Printed in the vignette of the R package singscore 1.1.2 for its TGF-beta data: total, up and
# down score; total, up and down dispersion.
PRINTED = """
D_Ctrl_R1 -0.088097993 0.06096415 -0.14906214 5734.697 3119.390 2615.306
D_TGFb_R1 0.286994210 0.24931565 0.03767856 4435.939 2352.886 2083.053
D_Ctrl_R2 -0.098964086 0.06841242 -0.16737650 5722.836 3129.769 2593.067
D_TGFb_R2 0.270721958 0.25035661 0.02036534 4757.663 2470.012 2287.652
Hes_Ctrl_R1 -0.002084788 0.08046490 -0.08254969 5492.292 3134.216 2358.075
Hes_TGFb_R1 0.176122839 0.22894035 -0.05281751 5195.030 2416.638 2778.392
Hes_Ctrl_R2 0.016883867 0.08817828 -0.07129441 5401.112 3138.664 2262.448
Hes_TGFb_R2 0.188466953 0.23895473 -0.05048778 4910.371 2324.717 2585.654
Hil_Ctrl_R1 -0.061991164 0.08314254 -0.14513371 6078.660 3553.792 2524.868
Hil_Ctrl_R2 -0.064937366 0.07433863 -0.13927600 5918.539 3396.637 2521.903
"""


def part(ranks: np.ndarray, members: np.ndarray) -> float:
    """Mean rank between its lowest and highest attainable value, centred."""
    n, k = ranks.size, int(members.sum())
    if not k:
        return 0.0
    low, high = (k + 1) / 2, (2 * n - k + 1) / 2
    return float((ranks[members].mean() - low) / (high - low) - 0.5)


def directed(values: np.ndarray, up: np.ndarray, down: np.ndarray) -> float:
    return part(rankdata(values), up) + part(rankdata(-values), down)


def undirected(values: np.ndarray, up: np.ndarray, down: np.ndarray) -> float:
    """Mean distance from the median rank, rounded up, between its bounds; no ties."""
    ranks = rankdata(values)
    distance = np.abs(ranks - ceil(np.median(ranks)))
    members = up | down
    k, n = floor(members.sum() / 2), ceil(values.size / 2)
    low, high = (k + 1) / 2, (2 * n - k + 1) / 2
    return float((distance[members].mean() - low) / (high - low))


def dispersion(values: np.ndarray, up: np.ndarray, down: np.ndarray) -> float:
    ranks = rankdata(values)
    return sum(
        1.4826 * float(median_abs_deviation(ranks[members]))
        for members in (up, down)
        if members.any()
    )


@pytest.mark.parametrize("n_genes", [150, 151])
@pytest.mark.parametrize(
    ("method", "reference", "with_ties"),
    [(DIRECTED, directed, True), (UNDIRECTED, undirected, False), (DISPERSION, dispersion, True)],
    ids=["directed", "undirected", "dispersion"],
)
def test_is_the_published_formula(
    n_genes: int,
    method: Method,
    reference: Callable[[np.ndarray, np.ndarray, np.ndarray], float],
    *,
    with_ties: bool,
) -> None:
    pairs = some_pairs(n_genes)
    cases = [untied_values(3, n_genes), *([tied_values(3, n_genes)] if with_ties else [])]
    for values in cases:
        for matrix in (values, with_gaps(values)):
            found = scores(method, matrix, pairs).score
            want = expected(reference, matrix, pairs)
            np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-14)


def parity_set(shared: Path, name: str) -> tuple[pd.DataFrame, SetIndex]:
    """Samples x genes, and the index of: both parts, up alone, down alone."""
    folder = shared / "data" / "parity" / "singscore"
    table = pd.read_csv(
        folder / f"{name}_expr{'_10' * (name == 'tgfb')}_se.tsv.gz", sep="\t", index_col=0
    )
    up, down = ((folder / f"{name}_gs_{way}.txt").read_text().split() for way in ("up", "dn"))
    genes = np.array([str(gene) for gene in table.index], dtype=object)
    signatures = [
        make_signature("total", up, down),
        make_signature("up", up),
        make_signature("down", [], down),
    ]
    return table.T, SetIndex.build(signatures, genes)


def test_equals_what_the_package_printed(shared: Path) -> None:
    table, index = parity_set(shared, "tgfb")
    printed = [line.split() for line in PRINTED.strip().splitlines()]
    assert [line[0] for line in printed] == list(table.index)
    want = np.array([[float(value) for value in line[1:]] for line in printed])
    block = block_of(table.to_numpy())
    found = DIRECTED.function(block, index, False).score
    print(f"largest difference of scores: {np.abs(found - want[:, :3]).max():.1e}")
    np.testing.assert_allclose(found, want[:, :3], rtol=0, atol=5.1e-9)
    spread = DISPERSION.function(block, index, False).score
    print(f"largest difference of dispersions: {np.abs(spread - want[:, 3:]).max():.1e}")
    np.testing.assert_allclose(spread, want[:, 3:], rtol=0, atol=5.1e-4)


def test_toy_set_of_the_package(shared: Path) -> None:
    table, index = parity_set(shared, "toy")
    genes = [str(gene) for gene in table.columns]
    up, down = (sets.toarray()[0].astype(bool) for sets in (index.up, index.down))
    assert (len(genes), up.sum(), down.sum()) == (20, 5, 5)
    values = table.to_numpy()
    for method, reference in zip(METHODS, (directed, undirected, dispersion), strict=True):
        found = method.function(block_of(values), index, False).score[:, 0]
        np.testing.assert_allclose(found, [reference(row, up, down) for row in values], rtol=1e-12)


def between(mean: np.ndarray, k: int, n: int) -> np.ndarray:
    """Means between the lowest and the highest one of k of the numbers 1 to n."""
    return (mean - (k + 1) / 2) / (n - k)


@pytest.mark.parametrize("n_genes", [100, 101])
def test_ties_score_as_the_mean_over_their_orders(n_genes: int) -> None:
    pairs = [(range(40), []), (range(40, 45), []), (range(50, 68), range(70, 80))]
    values = tied_values(1, n_genes)
    ranks = random_orders(values[0], range(n_genes))
    distance = np.abs(ranks - ceil((n_genes + 1) / 2))
    directed_scores = scores(DIRECTED, values, pairs).score[0]
    undirected_scores = scores(UNDIRECTED, values, pairs).score[0]
    for column, (up, down) in enumerate(pairs):
        total = np.zeros(len(ranks))
        for genes, sign in ((up, 1), (down, -1)):
            if len(genes):
                means = ranks[:, list(genes)].mean(axis=1)
                total += sign * (between(means, len(genes), n_genes) - 0.5)
        mean_is(directed_scores[column], total)
        means = distance[:, [*up, *down]].mean(axis=1)
        half = (len(up) + len(down)) // 2
        mean_is(undirected_scores[column], between(means, half, ceil(n_genes / 2)))


def test_random_genes_score_nothing_and_extreme_ones_everything() -> None:
    values = np.arange(300.0)[None, :]
    top, bottom = range(290, 300), range(10)
    pairs = [(top, []), (bottom, []), (top, bottom), (bottom, top), ([], bottom)]
    found = scores(DIRECTED, values, pairs).score
    np.testing.assert_allclose(found, [[0.5, -0.5, 1, -1, 0.5]], atol=1e-15)
    flat = scores(DIRECTED, np.full((1, 300), 7.0), pairs)
    np.testing.assert_allclose(flat.score, 0, atol=1e-15)


def test_undirected_counts_both_ends_alike() -> None:
    values = np.arange(301.0)[None, :]
    ends, centre = [*range(5), *range(296, 301)], range(146, 156)
    found = scores(UNDIRECTED, values, [(ends, []), (ends[:5], ends[5:]), (centre, [])]).score[0]
    assert found[0] == found[1]
    assert 0.97 < found[0] < 1
    assert -1 / 291 <= found[2] < 0.01


@pytest.mark.parametrize("method", [DIRECTED, UNDIRECTED], ids=lambda method: method.name)
@pytest.mark.parametrize("size", [9, 10])
def test_a_set_of_every_measured_gene_has_no_score(method: Method, size: int) -> None:
    values = untied_values(2, size + 1)
    values[1, size] = np.nan
    result = scores(method, values, [(range(size), [])], null=True)
    assert result.reasons is not None
    assert result.null is not None
    assert result.reasons[:, 0].tolist() == ["", "the set holds every measured gene"]
    assert np.isnan(result.score[:, 0]).tolist() == [False, True]
    assert np.isnan(result.null.p[:, 0]).tolist() == [False, True]


def test_a_part_of_which_no_gene_is_measured_has_no_score() -> None:
    values = untied_values(2, 200)
    values[0, :3] = np.nan
    pairs = [(range(10, 20), range(3))]
    for method in (DIRECTED, DISPERSION):
        result = scores(method, values, pairs)
        assert result.reasons is not None
        assert result.reasons[:, 0].tolist() == ["none of its down genes is measured", ""]
        assert np.isnan(result.score[:, 0]).tolist() == [True, False]
    assert not np.isnan(scores(UNDIRECTED, values, pairs).score).any()


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_does_not_depend_on_storage_cohort_or_scale(method: Method) -> None:
    holds_invariants(method)


@pytest.mark.parametrize("method", [DIRECTED, UNDIRECTED], ids=lambda method: method.name)
@pytest.mark.parametrize("values", [untied_values(1), tied_values(1)], ids=["untied", "tied"])
@pytest.mark.parametrize(("up", "down"), [(12, 0), (9, 6)])
def test_null_is_that_of_random_sets(
    method: Method, values: np.ndarray, up: int, down: int
) -> None:
    holds_null(method, values, up, down)


def test_dispersion_has_no_null() -> None:
    assert scores(DISPERSION, untied_values(1), some_pairs(2000), null=True).null is None
