"""stingscore against its published formula; its lists; missing stable genes; nulls."""

from __future__ import annotations

import numpy as np
import pytest

from atrasig.errors import UsageError
from atrasig.genes import load_gene_table
from atrasig.scoring.methods.stable import BLOOD, CARCINOMA, METHODS, stable_method
from tests.scoring.methods.rank_cases import (
    expected,
    holds_invariants,
    holds_null,
    names_of,
    scores,
    some_pairs,
    tied_values,
    untied_values,
)

STABLE = (7, 400, 1200, 1201, 1999)
METHOD = stable_method("here", "this test", [str(gene) for gene in names_of(2000)[list(STABLE)]])


def places(values: np.ndarray, stable: list[int]) -> list[float]:
    """One more than the stable genes below each gene, over their number plus one."""
    out = []
    for gene, value in enumerate(values):
        below = 0.0
        for other in stable:
            if other != gene:
                below += (values[other] < value) + 0.5 * (values[other] == value)
        out.append((below + 1) / (len(stable) + 1))
    return out


def reference(values: np.ndarray, up: np.ndarray, down: np.ndarray, stable: list[int]) -> float:
    own, total = np.array(places(values, stable)), 0.0
    if up.any():
        total += own[up].mean() - 0.5
    if down.any():
        total += 1 - own[down].mean() - 0.5
    return float(total)


@pytest.mark.parametrize("values", [untied_values(2), tied_values(2)], ids=["untied", "tied"])
def test_is_the_published_formula(values: np.ndarray) -> None:
    pairs = [*some_pairs(2000), (STABLE, range(4))]
    found = scores(METHOD, values, pairs).score
    want = expected(lambda v, up, down: reference(v, up, down, list(STABLE)), values, pairs)
    np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-14)


def test_places_are_counted_among_the_stable_genes_that_are_measured() -> None:
    values = untied_values(3)
    values[0, [7, 400]] = np.nan
    values[1, [7, 400, 1200]] = np.nan
    pairs = [(range(20, 30), [])]
    result = scores(METHOD, values, pairs, null=True)
    assert result.reasons is not None
    assert result.null is not None
    want = reference(
        values[0], np.isin(np.arange(2000), range(20, 30)), np.zeros(2000, bool), [1200, 1201, 1999]
    )
    assert result.score[0, 0] == pytest.approx(want, rel=1e-12)
    assert np.isnan(result.score[:, 0]).tolist() == [False, True, False]
    assert np.isnan(result.null.p[:, 0]).tolist() == [False, True, False]
    assert result.reasons[:, 0].tolist() == [
        "",
        "fewer than half of the 5 stable genes are measured",
        "",
    ]


def test_a_matrix_without_the_stable_genes_has_no_scores() -> None:
    for method in METHODS:
        result = scores(method, untied_values(2, 300), [(range(5), [])], null=True)
        assert np.isnan(result.score).all()
        assert result.null is not None
        assert np.isnan(result.null.p).all()


def test_other_genes_do_not_enter() -> None:
    values = untied_values(1)
    pairs = [(range(500, 510), range(600, 605))]
    kept = [*STABLE, *range(500, 510), *range(600, 605)]
    alone = np.full_like(values, np.nan)
    alone[:, kept] = values[:, kept]
    assert scores(METHOD, alone, pairs).score == scores(METHOD, values, pairs).score


def test_does_not_depend_on_storage_cohort_or_scale() -> None:
    holds_invariants(METHOD, STABLE)


@pytest.mark.parametrize("values", [untied_values(1), tied_values(1)], ids=["untied", "tied"])
@pytest.mark.parametrize(("up", "down"), [(12, 0), (9, 6)])
def test_null_is_that_of_random_sets(values: np.ndarray, up: int, down: int) -> None:
    holds_null(METHOD, values, up, down)


def test_lists_are_approved_symbols_and_fit_for_scoring() -> None:
    approved = load_gene_table().coding
    assert {*CARCINOMA, *BLOOD} <= approved
    assert [method.name for method in METHODS] == ["stingscore", "stingscore_blood"]


@pytest.mark.parametrize("genes", [[], ["HNRNPK", "BRAP", "HNRNPK"]])
def test_a_list_of_none_or_twice_the_same_is_refused(genes: list[str]) -> None:
    with pytest.raises(UsageError, match="each once"):
        stable_method("own", "my samples", genes)
