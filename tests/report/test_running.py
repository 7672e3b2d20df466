"""Running sums: a plain walk over all genes, and the enrichment score as their area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import rankdata

from atrasig.enrich import enrich_samples
from atrasig.report.running import MAX_POINTS, TOP_SETS, running_sums, walk
from atrasig.report.strips import running_figure
from atrasig.report.tables import GroupedTable

if TYPE_CHECKING:
    from tests.report.conftest import Cohort


def _plain_walk(ranks: np.ndarray, is_hit: np.ndarray) -> np.ndarray:
    """One step a gene, highest first, as Barbie 2009 describes it."""
    total = (ranks[is_hit] ** 0.25).sum()
    sums, here = [], 0.0
    for place in np.argsort(-ranks, kind="stable"):
        here += ranks[place] ** 0.25 / total if is_hit[place] else -1 / (~is_hit).sum()
        sums.append(here)
    return np.array(sums)


@pytest.mark.parametrize("n_hits", [1, 7, 90])
def test_the_walk_is_the_plain_one(n_hits: int) -> None:
    rng = np.random.default_rng(n_hits)
    ranks = rng.permutation(500) + 1.0
    is_hit = np.zeros(500, dtype=bool)
    is_hit[rng.choice(500, n_hits, replace=False)] = True
    x, y, hits = walk(np.sort(ranks), ranks[is_hit])
    steps = np.arange(1, 501) / 500
    np.testing.assert_allclose(np.interp(steps, x, y), _plain_walk(ranks, is_hit), atol=1e-12)
    assert (x[0], x[-1], y[0], y[-1]) == (0, 1, 0, 0)
    np.testing.assert_allclose(hits, np.sort((500 - ranks[is_hit] + 0.5) / 500))


def test_a_long_walk_is_read_off_at_even_places() -> None:
    rng = np.random.default_rng(5)
    ranks, is_hit = rng.permutation(4000) + 1.0, rng.random(4000) < 0.2
    x, y, _ = walk(np.sort(ranks), ranks[is_hit])
    assert x.size == y.size == MAX_POINTS
    whole = np.concatenate([[0.0], _plain_walk(ranks, is_hit)])
    np.testing.assert_allclose(y, np.interp(x, np.arange(4001) / 4000, whole), atol=1e-9)


def test_tied_genes_are_taken_together_as_the_mean_over_their_orders() -> None:
    rng = np.random.default_rng(3)
    ranks = rankdata(rng.integers(0, 9, 200))
    is_hit = rng.random(200) < 0.1
    x, y, _ = walk(np.sort(ranks), ranks[is_hit])
    orders = [rng.permutation(200) for _ in range(1000)]
    drawn = np.array([_plain_walk(ranks[order], is_hit[order]) for order in orders])
    ours = np.interp(np.arange(1, 201) / 200, x, y)
    error = drawn.std(axis=0) / np.sqrt(len(orders))
    assert (np.abs(ours - drawn.mean(axis=0)) <= 5 * error + 1e-12).all()


@pytest.mark.parametrize("n_own", [0, 10])
def test_a_set_without_genes_or_of_all_has_no_walk(n_own: int) -> None:
    ranks = np.arange(10) + 1.0
    assert [part.size for part in walk(ranks, ranks[:n_own])] == [0, 0, 0]


def test_the_area_is_the_enrichment_score(cohort: Cohort) -> None:
    expr = cohort.expr.copy()
    rng = np.random.default_rng(9)
    expr.X = rng.permuted(np.tile(np.arange(expr.n_vars, dtype=float), (expr.n_obs, 1)), axis=1)
    table = enrich_samples(expr, cohort.signatures)
    names = [str(name) for name in expr.obs_names]
    rows = GroupedTable(table, "sample", ("signature", "direction", "z"), name="enrichment")
    found = running_sums(expr, cohort.signatures, rows, names)
    score = table.set_index(["sample", "signature", "direction"])["es"]
    for sample, walks in found.items():
        assert len(walks) == TOP_SETS
        for one in walks:
            area = one.n_genes * np.trapezoid(one.y, one.x) if hasattr(np, "trapezoid") else (
                one.n_genes * np.trapz(one.y, one.x)
            )  # fmt: skip
            assert area == pytest.approx(score[sample, one.signature, one.direction], rel=1e-9)
    zs = table.assign(size=table["z"].abs()).sort_values("size", ascending=False)
    first = zs[
        zs["sample"].eq(names[0]) & zs["signature"].str.contains("apl|cluster|core|broad|mar")
    ]
    assert [one.signature for one in found[names[0]]] == list(first["signature"][:TOP_SETS])


def test_no_set_tested_no_walk(cohort: Cohort) -> None:
    table = cohort.tables["enrichment"].assign(z=np.nan)
    record = cohort.records(["APL-01"], enrichment=table)[0]
    assert record.enrichment.running == ()


def test_the_figure_names_set_and_axes(cohort: Cohort) -> None:
    record = cohort.records(["APL-01"])[0]
    figure = running_figure(record.enrichment.running[0])
    for text in ("<title>Running sum of test_", "highest gene", "rank in this sample", "lowest of"):
        assert text in figure
    assert figure.count("<path") == 2
